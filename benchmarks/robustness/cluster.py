"""Nodes and drivers of a Ray cluster killed with SIGKILL, and a disk that fills: the files in the end are those of one machine.

    python -m benchmarks.robustness.cluster --commands 40 --nodes 20 --drivers 4

A text is encoded into a store and two stores are mined by CSLS (both passes, merges and joins). At moments spread over all steps a process
that does it with local threads is killed, and another goes on. Then nodes of a cluster of four are killed, and others join while the work
goes on, and commands that work on Ray. Every file is compared with that of one machine that was left alone, bit by bit; a file that is
not whole is a fault. The disk is a small file system in a mount namespace of its own (Linux, as root): it fills up during encoding, the
command must say so in one sentence, and finish once there is room.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from lraln_core.choices import Engine, Pooling, Precision, Scoring
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import open_engine
from lraln_core.cluster.mining import Wanted, mine_stores
from lraln_core.errors import WorkspaceError
from lraln_core.files.places import Place
from lraln_core.files.workspace import PROJECT
from lraln_core.text.corpus import prepare_corpus
from tests.cluster.nodes import add_node, kill_node, nodes, prepare_environment
from tests.cluster.stores import sentences, store

SHARD, BLOCK = 25, 128
SIZE = 4  # nodes of the cluster
MINE = Wanted(threshold=0.3, block_words=BLOCK, scoring=Scoring.CSLS)
IN_NAMESPACE = "LRALN_BENCHMARK_NAMESPACE"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def tiny_encoder(folder: Path) -> Path:
    """A BERT of random weights over single letters, saved as a checkpoint."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *("##" + letter for letter in LETTERS)]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"
    ).save_pretrained(folder)
    return folder


def write_text(path: Path, count: int, seed: int) -> Path:
    """A text of made-up words, one sentence a line, no two alike."""
    lines = [" ".join((*words, f"n{number}")) for number, words in enumerate(sentences(count, seed=seed))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file of a store or of pairs; half-written ones under their own names."""
    return {
        str(path.relative_to(folder)): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "pairs.json"  # which holds seconds
    }


def _spread(count: int) -> list[float]:
    """Moments from 0 to 1, in the middle of `count` equal parts."""
    return [(2 * number + 1) / (2 * count) for number in range(count)]


def _nothing() -> None:
    """A task."""


def _step(there: set[str]) -> str:
    """What is at work, from the files that there are."""
    if any(name.startswith("shard-") for name in there):
        return "shards"
    for start, what in (("pairs-", "pair shards"), ("found-", "joins by target"), ("candidates-", "joins by source"), ("cell-k", "cells")):
        if any(name.startswith(start) for name in there):
            return what
    return "cells of the first pass, merges" if any(name.startswith("backward-r") for name in there) else "cells of the first pass"


class Harness:
    """The material, the files of one machine, and the counts."""

    def __init__(self, root: Path):
        self.root, self.counts = root, Counter[str]()
        self.encoder = tiny_encoder(root / "encoder")
        self.text = write_text(root / "text.txt", 500, 7)
        self.corpus = prepare_corpus(self.text, "en", root / "workspace" / "corpora", tokenized=True)
        self.stores = (
            store(Place(str(root / "src")), sentences(200, seed=1), shard_sentences=30),
            store(Place(str(root / "trg")), sentences(200, seed=2), shard_sentences=30),
        )
        local = open_engine(Engine.LOCAL, workers=SIZE, spill=root / "spill", check=lambda: None)  # as many reports as on the cluster
        self.ticks = {what: self.work(what, local, root / f"expected-{what}") for what in ("encode", "mine")}
        self.expected = {what: digests(root / f"expected-{what}") for what in ("encode", "mine")}
        local.close()

    def work(self, what: str, engine: Any, out: Path, at: int = -1, then: Any = None) -> int:
        """Encode or mine into `out`; `then` is called at the progress report number `at`. -> how many reports there were."""
        reports = 0

        def progress(done: int, total: int) -> None:
            nonlocal reports
            reports += 1
            if reports == at:
                then()

        if what == "encode":
            choice = EncoderChoice(str(self.encoder), -1, Pooling.LAST, "cpu", Precision.FLOAT32)
            encode_corpora([self.corpus], Place(str(out)), choice, engine, shard_sentences=SHARD, progress=progress)
        else:
            mine_stores(*self.stores, Place(str(out)), MINE, engine, progress=progress)
        return reports

    def compare(self, what: str, out: Path, how: str) -> None:
        """Count a fault where a file differs from that of one machine or is not whole."""
        found = digests(out)
        if found == self.expected[what]:
            self.counts[f"times the files of {what} were those of one machine after {how}"] += 1
        else:
            self.counts["faults"] += 1
            names = sorted({name for name, _ in set(found.items()) ^ set(self.expected[what].items())})
            print(f"FAULT {what} after {how}: {len(names)} files differ, {names[:4]}", flush=True)

    def kill_nodes(self, kills: int, skip: int) -> None:
        """Kill a node, with its workers, at moments spread over both commands; in every third trial another joins at that moment, in the
        others before the next trial."""
        moments = [("encode", share) for share in _spread(max(4, kills // 4))]
        moments += [("mine", share) for share in _spread(kills - len(moments))]
        with nodes(SIZE) as cluster:
            engine = open_engine(Engine.RAY, address=cluster.address, spill=self.root / "spill", check=lambda: None)
            for number, (what, share) in list(enumerate(moments))[skip:]:
                out, at = self.root / f"node-{number}", max(1, round(share * self.ticks[what]))
                there: set[str] = set()

                def lose(number: int = number, out: Path = out, there: set[str] = there) -> None:
                    there.update(path.name for path in out.rglob("*") if path.is_file())
                    victim = sorted(cluster.worker_nodes, key=lambda node: node.unique_id)[number % len(cluster.worker_nodes)]
                    kill_node(victim)
                    cluster.worker_nodes.discard(victim)
                    self.counts["nodes killed"] += 1
                    if number % 3 == 0:
                        add_node(cluster)

                began, redone = time.monotonic(), engine.redone  # type: ignore[attr-defined]
                self.work(what, engine, out, at, lose)
                redone = engine.redone - redone  # type: ignore[attr-defined]
                self.counts["tasks of killed nodes done again"] += redone
                print(
                    f"node killed at report {at} of {self.ticks[what]} of {what} ({_step(there)}): {redone} tasks done again, "
                    f"{time.monotonic() - began:.0f} s",
                    flush=True,
                )
                if not there:
                    self.counts["trials that ended before a node was killed"] += 1
                self.compare(what, out, "a killed node")
                shutil.rmtree(out)
                while len(cluster.worker_nodes) < SIZE:
                    add_node(cluster)
                self._wait_for_workers(engine)
            engine.close()

    def _wait_for_workers(self, engine: Any) -> None:
        """Until every node has a worker that is ready, so that the next trial has one to lose."""
        began = time.monotonic()
        while time.monotonic() - began < 60:
            for _ in engine.map(_nothing, [() for _ in range(SIZE)]):
                pass
            if len(engine._loads({})) == SIZE:
                return
            time.sleep(1)

    def kill_commands(self, kills: int) -> None:
        """Kill a process that does the work with local threads, at moments spread over all steps; another goes on. The process is a
        fork of this one, which spares the imports."""
        reports = [(what, at) for what, count in self.ticks.items() for at in range(1, count)]
        for number in range(kills):
            what, at = reports[(2 * number + 1) * len(reports) // (2 * kills)]
            out, (read, write) = self.root / f"command-{number}", os.pipe()
            child = os.fork()
            if child == 0:
                engine = open_engine(Engine.LOCAL, workers=2, spill=self.root / "spill", check=lambda: None)
                self.work(what, engine, out, at, lambda write=write: os.write(write, b"."))
                os._exit(0)
            os.close(write)
            os.read(read, 1)  # the moment; the threads of the process go on writing until the signal arrives
            os.kill(child, signal.SIGKILL)
            os.close(read)
            self.counts["commands killed in forks"] += os.WIFSIGNALED(os.waitpid(child, 0)[1])
            engine = open_engine(Engine.LOCAL, workers=1, spill=self.root / "spill", check=lambda: None)
            self.work(what, engine, out)
            engine.close()
            print(f"killed at report {at} of {self.ticks[what]} of {what}", flush=True)
            self.compare(what, out, "a killed command")

    def kill_drivers(self, kills: int) -> None:
        """Kill the command itself, and repeat it until it ends."""
        prepare_environment()
        arguments = {
            "encode": [
                "encode",
                "--corpus",
                self.text,
                "--lang",
                "en",
                "--tokenized",
                "--encoder",
                self.encoder,
                "--shard-sentences",
                SHARD,
            ],
            "mine": [
                "mine",
                "--src",
                self.root / "src",
                "--trg",
                self.root / "trg",
                "--scoring",
                "csls",
                "--threshold",
                0.3,
                "--block-words",
                BLOCK,
            ],
        }
        for number in range(kills):
            what = ("encode", "mine")[number % 2]
            out = self.root / f"driver-{number}"
            command = [sys.executable, "-m", "lraln_core", "--workspace", self.root / "workspace", *arguments[what]]
            command += (
                ["--out", out, "--engine", "ray", "--workers", 2, "--device", "cpu", "--precision", "float32"]
                if what == "encode"
                else ["--out", out, "--engine", "ray", "--workers", 2]
            )
            process = subprocess.Popen([*map(str, command)], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wanted = 1 + number * 2
            while process.poll() is None and sum(1 for _ in out.rglob("*.*")) < wanted:
                time.sleep(0.02)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                self.counts["commands killed"] += 1
            process.wait()
            done = subprocess.run([*map(str, command)], cwd=PROJECT, capture_output=True, text=True)
            print(f"command killed during {what}, repeated: exit code {done.returncode}", flush=True)
            if done.returncode:
                self.counts["faults"] += 1
                print(done.stderr[-500:])
            self.compare(what, out, "a killed command")

    def fill_disk(self, kind: Engine) -> None:
        """A store on a disk of 2 MB, of which all but a little is taken."""
        disk = self.root / f"disk-{kind}"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
        try:
            (disk / "filler").write_bytes(b"x" * 2_000_000)
            with nodes(2) if kind is Engine.RAY else contextlib.nullcontext() as cluster:
                address = cluster.address if cluster else ""
                engine = open_engine(kind, address=address, workers=2, spill=self.root / "spill", check=lambda: None)
                try:
                    self.work("encode", engine, disk / "store")
                    self.counts["faults"] += 1
                except WorkspaceError as error:
                    print(f"full disk: {error}", flush=True)
                    self.counts["times a full disk was one sentence"] += 1
                (disk / "filler").unlink()
                self.work("encode", engine, disk / "store")
                self.compare("encode", disk / "store", "a full disk")
                engine.close()
        finally:
            subprocess.run(["umount", str(disk)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=40, help="kills of a process that works with local threads")
    parser.add_argument("--nodes", type=int, default=20, help="kills of a node of a Ray cluster; 0 leaves Ray out")
    parser.add_argument("--skip", type=int, default=0, help="trials with nodes that were made before, which are left out")
    parser.add_argument("--drivers", type=int, default=4, help="kills of a command that works on Ray")
    options = parser.parse_args()
    if os.environ.get(IN_NAMESPACE) is None and sys.platform == "linux":
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", "benchmarks.robustness.cluster", *sys.argv[1:]],
            env=os.environ | {IN_NAMESPACE: "1"},
            cwd=PROJECT,
        ).returncode
    with tempfile.TemporaryDirectory(prefix="lraln-cluster-") as root:
        harness = Harness(Path(root))
        harness.kill_commands(options.commands)
        harness.fill_disk(Engine.LOCAL)
        if options.nodes:
            harness.kill_nodes(options.nodes, options.skip)
            harness.fill_disk(Engine.RAY)
        harness.kill_drivers(options.drivers)
        for what, count in sorted(harness.counts.items()):
            print(f"{count:6}  {what}")
        print(f"{harness.counts['faults']:6}  faults")
    return 1 if harness.counts["faults"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
