"""What the engines cost: overhead of Ray against local threads, one worker against two, and the figures of a shard for `lraln plan`.

    python -m benchmarks.speed.cluster --sentences 10000 --repeats 3
    python -m benchmarks.speed.cluster --rates

The same text is encoded into a new store and mined with itself by both engines in turn (pairs of runs, so that other work on the
machine meets both), with as many workers; the time to open the engine and to bring up its workers with their encoder is measured apart.
Medians of the ratios are printed. The encoder is a BERT of two layers unless --built-in is given: the smaller the encoder, the more the
engine counts. Processor seconds are those of the command and all processes it started, so they hardly depend on what else
the machine does. --rates measures one worker on the built-in encoder, in processor seconds: words encoded, pairs of words compared
exactly and with an index, and bytes read from a store that lies in the file cache.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.robustness.cluster import tiny_encoder, write_text
from lraln_core.alignment.similarity import unit_rows
from lraln_core.choices import BUILT_IN, Backend, Engine, Pooling, Precision
from lraln_core.cluster import shards
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import open_engine
from lraln_core.cluster.mining import Drawn, Wanted, mine_stores
from lraln_core.files.places import Place
from lraln_core.files.randomness import rng_for
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.records import Words, WordVectors, from_lengths
from lraln_core.text.corpus import Corpus, prepare_corpus
from tests.cluster.nodes import prepare_environment


def processor_seconds() -> float:
    """Processor time of this process and of all that it started and that still run (Linux)."""
    tick, parents, used = os.sysconf("SC_CLK_TCK"), {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)], used[int(folder.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / tick
    total = 0.0
    for pid, seconds in used.items():
        above: int | None = pid
        while above is not None and above != os.getpid():
            above = parents.get(above)
        total += seconds if above == os.getpid() else 0.0
    return total


def _quiet(done: int, total: int) -> None:
    """No progress."""


def _timed(
    engine: Any, corpus: Corpus, first: Corpus, choice: EncoderChoice, root: Path, *, shard: int, block: int, mined: int
) -> dict[str, float]:
    """Seconds and processor seconds of start-up (workers and encoder), of encoding, and of mining the store with itself, or `mined`
    drawn sentences of it, as an iteration of a run does."""
    shutil.rmtree(root, ignore_errors=True)
    took = {}

    def note(what: str, began: tuple[float, float]) -> tuple[float, float]:
        now = (time.perf_counter(), processor_seconds())
        took[what], took[f"{what} (processor)"] = now[0] - began[0], now[1] - began[1]
        return now

    moment = (time.perf_counter(), processor_seconds())
    encode_corpora([first], Place(str(root / "first")), choice, engine, shard_sentences=10, progress=_quiet)
    moment = note("start-up", moment)
    store = encode_corpora([corpus], Place(str(root / "store")), choice, engine, shard_sentences=shard, progress=_quiet).store
    moment = note("encode", moment)
    drawn = None
    if 0 < mined < store.sentences:
        sides = (np.sort(rng_for(1, f"sample-{side}").choice(store.sentences, mined, replace=False)) for side in ("src", "trg"))
        drawn = Drawn(0, *sides)
    wanted = Wanted(threshold=0.9, block_words=block)
    mine_stores(store, store, Place(str(root / "pairs")), wanted, engine, drawn=drawn, progress=_quiet)
    note("mine", moment)
    return took


def compare(options: argparse.Namespace, root: Path) -> None:
    """Overhead of Ray, and two workers against one."""
    prepare_environment()
    name = BUILT_IN if options.built_in else str(tiny_encoder(root / "encoder"))
    choice = EncoderChoice(name, -1, Pooling.LAST, "cpu", Precision.BFLOAT16 if options.built_in else Precision.FLOAT32)
    corpora = root / "corpora"
    corpus = prepare_corpus(write_text(root / "text.txt", options.sentences, 7), "en", corpora, tokenized=True)
    first = prepare_corpus(write_text(root / "first.txt", 60, 8), "en", corpora, tokenized=True)
    sizes = {"shard": options.shard_sentences, "block": options.block_words, "mined": options.mined_sentences}
    print(f"{len(corpus):,} sentences, {corpus.report.words:,} words, encoder {Path(name).name}, {json.dumps(sizes)}", flush=True)
    for workers in options.workers:
        times: dict[str, list[dict[str, float]]] = {kind: [] for kind in Engine}
        for number in range(options.repeats):
            for kind in options.engines if number % 2 == 0 else options.engines[::-1]:
                began = time.perf_counter()
                engine = open_engine(kind, workers=workers, spill=root / "spill", check=lambda: None)
                opened = time.perf_counter() - began
                try:
                    took = _timed(engine, corpus, first, choice, root / "out", **sizes)
                finally:
                    engine.close()
                took["start-up"] += opened
                times[kind].append(took)
                print(f"  {workers} workers, {kind}: " + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in took.items()), flush=True)
        for what in ("encode", "encode (processor)", "mine", "mine (processor)") if len(options.engines) > 1 else ():
            ratios = [ray[what] / local[what] for ray, local in zip(times["ray"], times["local"], strict=True)]
            rates = {kind: statistics.median(one[what] for one in found) for kind, found in times.items()}
            print(
                f"{what}, {workers} workers: local {rates['local']:.1f} s, ray {rates['ray']:.1f} s (medians); ray / local "
                f"{statistics.median(ratios):.2f} (pairs: {', '.join(f'{ratio:.2f}' for ratio in ratios)})",
                flush=True,
            )


class _Drawn:
    """An encoder that gives random vectors: for rates of the search, which do not depend on what the vectors say."""

    fingerprint = "drawn"

    def encode(self, sentences: list[Words], *, progress: Any = None) -> WordVectors:
        lengths = [len(words) for words in sentences]
        rng = np.random.default_rng(len(sentences))
        centres = rng.standard_normal((200, 384)).astype(np.float32)
        vectors = centres[rng.integers(200, size=sum(lengths))] + rng.standard_normal((sum(lengths), 384)).astype(np.float32)
        return from_lengths(vectors, lengths, np.ones(sum(lengths), bool))


def rates(options: argparse.Namespace, root: Path) -> None:
    """Work of one worker a second, as `lraln_core.cluster.plan.Rates` has it."""
    engine = open_engine(Engine.LOCAL, workers=1, spill=root, check=lambda: None)
    lines = (SAMPLE_DATA / "corpora" / "en.txt").read_text(encoding="utf-8").splitlines()[: options.rate_sentences]
    (root / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    (root / "first.txt").write_text("one short sentence .\nanother sentence , as short .\n", encoding="utf-8")
    corpus = prepare_corpus(root / "text.txt", "en", root / "corpora")
    began = time.process_time()
    whole = prepare_corpus(SAMPLE_DATA / "corpora" / "en.txt", "en", root / "corpora")
    _say("words read and tokenised a second, by the command", whole.report.words / (time.process_time() - began))
    first = prepare_corpus(root / "first.txt", "en", root / "corpora")
    for precision in (Precision.BFLOAT16, Precision.FLOAT32):
        choice = EncoderChoice(BUILT_IN, -1, Pooling.LAST, "cpu", precision)
        encode_corpora([first], Place(str(root / f"first-{precision}")), choice, engine, shard_sentences=10, progress=_quiet)
        began = time.process_time()
        made = encode_corpora([corpus], Place(str(root / f"store-{precision}")), choice, engine, shard_sentences=200, progress=_quiet)
        _say(f"words encoded a second ({precision})", made.encoded_words / (time.process_time() - began))
    text = [("w",) * 20] * (options.rate_block // 20)
    place, parts = Place(str(root / "drawn")), []
    for number, start in enumerate(range(0, len(text), 1024)):
        name = f"shard-{number}.arrow"
        parts.append(shards.encode(place, name, text[start : start + 1024], _Drawn()))
    store = shards.Store(place, "en", "drawn", "drawn", 384, ({"id": "x", "file": "x", "sentences": len(text)},), tuple(parts))
    store.write_manifest()
    began = time.process_time()
    vectors = shards.vectors_of(store.usable_table(0, store.usable_words))
    unit_rows(vectors)
    _say("bytes read and scaled a second", vectors.nbytes / (time.process_time() - began))
    for backend in (Backend.IVF_PQ_RERANK, Backend.EXACT):
        began = time.process_time()
        wanted = Wanted(backend=backend, block_words=options.rate_block)
        mined = mine_stores(store, store, Place(str(root / backend)), wanted, engine, progress=_quiet)
        seconds = time.process_time() - began
        _say(
            f"pairs of words a second ({backend}, one cell of {store.usable_words:,} words a side, all steps)",
            store.usable_words**2 / seconds,
        )
        _say(f"recall ({backend}, made-up vectors in clusters)", mined.recall)
    engine.close()


def _say(what: str, value: float) -> None:
    print(f"{what}: {value:.3f}" if value < 10 else f"{what}: {value:,.0f}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--shard-sentences", type=int, default=1000)
    parser.add_argument("--block-words", type=int, default=16_384)
    parser.add_argument("--mined-sentences", type=int, default=0, help="sentences of each side that are drawn and mined; 0 for all")
    parser.add_argument("--engines", nargs="+", choices=list(Engine), default=list(Engine), help="one alone, where both take too long")
    parser.add_argument("--built-in", action="store_true", help="the built-in encoder in bfloat16, not a small one in float32")
    parser.add_argument("--rates", action="store_true", help="measure one worker instead")
    parser.add_argument("--rate-sentences", type=int, default=400)
    parser.add_argument("--rate-block", type=int, default=65_536)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lraln-speed-") as root:
        (rates if options.rates else compare)(options, Path(root))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
