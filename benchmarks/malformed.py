"""Thousands of damaged inputs through every door: each must be taken or refused in a sentence, quickly, and leave nothing outside.

    python -m benchmarks.malformed --each 500

Good files are damaged at random (bytes flipped, cut, repeated, swapped, replaced by what breaks parsers) and given to every loader. Counted
are inputs taken, inputs refused in a sentence of the project, and faults: any other exception, an input that takes longer than
LIMIT_S, a file written outside the folder that the door may write to. The growth of memory is printed.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lraln_core.alignment import maps
from lraln_core.errors import LralnError
from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.unpack import unpack_run
from lraln_core.runs import config, suite_config
from lraln_core.runs.folder import RunFolder
from lraln_core.store.database import open_database
from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries_pairs import count_pairs
from lraln_core.store.sync import sync
from lraln_core.text import iob2, lexicon, parallel, pharaoh
from lraln_core.text.corpus import prepare_corpus
from lraln_core.workspace import SAMPLE_DATA, Workspace
from tests.store.store_folders import write_sample

LIMIT_S = 10.0
BREAKERS = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n" * 50, b"\t" * 30, "\u202e\u200b\u2028".encode(), b"\xed\xa0\x80",
            b"A" * 70_000, b"../../../../tmp/evil", b"-" * 20 + b"9" * 400, b"1e999", b"NaN", b'"', b"{" * 300, b"[" * 3000, b"%s%n",
            b"'; DROP TABLE runs; --", b"<script>alert(1)</script>", b"O\tB-", b"0-0 " * 2000, b"\\u0000", b"null", b"true"]  # fmt: skip


def damage(good: bytes, rng: random.Random) -> bytes:
    """One to four damages."""
    raw = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(raw) + 1)
        end = min(len(raw), at + rng.choice((1, 4, 50, 2000)))
        kind = rng.randrange(7)
        if kind == 0 and raw:
            for _ in range(rng.choice((1, 3, 30))):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        elif kind == 1:
            del raw[at:]
        elif kind == 2:
            del raw[at:end]
        elif kind == 3:
            raw[at:at] = raw[at:end] * rng.choice((1, 2, 20))
        elif kind == 4:
            raw[at:at] = rng.choice(BREAKERS)
        elif kind == 5:
            raw[at:end] = rng.choice(BREAKERS)
        else:
            raw[at:at] = rng.randbytes(rng.choice((1, 8, 300)))
    return bytes(raw)


def doors(folder: Path) -> dict[str, tuple[bytes, Callable[[bytes, Path], object]]]:
    """Each door: a good input, and what takes a damaged one in a folder of its own."""
    file = lambda name: b"".join((SAMPLE_DATA / name).read_bytes().splitlines(keepends=True)[:40])

    def written(raw: bytes, place: Path, name: str) -> Path:
        path = place / name
        path.write_bytes(raw)
        return path

    def corpus(name: str, column: str = "") -> Callable[[bytes, Path], object]:
        return lambda raw, place: prepare_corpus(written(raw, place, name), "mk", place / "corpora", column=column)

    workspace = Workspace(folder / "made").require_writable()
    run = write_sample(workspace)
    maps.save(run / "maps.safetensors", maps.identity(4), src_language="mk", trg_language="en", encoder="tiny", encoder_fingerprint="x")
    pack_run(RunFolder(run), workspace, folder / "run.zip")
    some = json.dumps({"name": "x", "src": {"language": "mk", "corpus": "a"}, "trg": {"corpus": "b"}, "training": {"steps": 10}}).encode()
    toml = b'name = "x"\nseed = 3\n[src]\nlanguage = "mk"\ncorpus = "a"\n[trg]\nlanguage = "en"\ncorpus = "b"\n[mining]\nthreshold = 0.2\n'
    suite = (b'systems = ["base", "linear_unsup"]\nseeds = [1]\n[[language]]\ncode = "mk"\ncorpus = "a"\nenglish = "b"\ntest = "c"\n'
             b"[studies]\ncandidates = [10]\n")
    tsv = b"".join(b"%d\t%s\n" % (i, line) for i, line in enumerate(file("corpora/mk.txt").splitlines()))
    pairs = written(file("parallel/mk-en.tsv"), folder, "good.tsv")
    links = written(file("parallel/mk-en.pharaoh"), folder, "good.pharaoh")

    def archive(raw: bytes, place: Path) -> object:
        return unpack_run(io.BytesIO(raw), Workspace(place / "w").require_writable())

    def store(name: str) -> Callable[[bytes, Path], object]:
        def take(raw: bytes, place: Path) -> object:
            inner = Workspace(place / "w").require_writable()
            for part in ("runs", "corpora"):
                shutil.copytree(workspace.root / part, inner.root / part, dirs_exist_ok=True)
            (inner.runs / run.name / name).write_bytes(raw)
            db = open_database(inner)
            try:
                return sync(db, inner)
            finally:
                db.close()

        return take

    def judgements(raw: bytes, place: Path) -> object:
        inner = Workspace(place / "w").require_writable()
        inner.judgements.mkdir(exist_ok=True)
        (inner.judgements / "judgements.jsonl").write_bytes(raw)
        db = open_database(inner)
        try:
            return sync(db, inner)
        finally:
            db.close()

    opened = open_database(workspace)
    sync(opened, workspace)
    judged = json.dumps({"id": "1", "run_id": "r", "src_corpus": "c", "src_sentence": 1, "src_word": 2, "src_token": "a", "trg_corpus": "d",
                         "trg_sentence": 1, "trg_word": 1, "trg_token": "b", "annotator": "x", "verdict": "right", "note": "",
                         "time": "2026"})

    def word_filter(raw: bytes, place: Path) -> object:
        return count_pairs(opened, PairFilter(run.name, src_token=raw.decode("utf-8", "replace")[:500], match=Match.REGEX))

    return {
        "corpus .txt": (file("corpora/mk.txt"), corpus("a.txt")),
        "corpus .gz": (gzip.compress(file("corpora/mk.txt")), corpus("a.txt.gz")),
        "corpus .tsv": (tsv, corpus("a.tsv", "2")),
        "corpus .csv": (tsv.replace(b"\t", b","), corpus("a.csv", "2")),
        "parallel text": (file("parallel/mk-en.tsv"), lambda raw, place: parallel.load(
            written(raw, place, "p.tsv"), "mk", "en", alignments=links, tokenized=True)),
        "Pharaoh": (file("parallel/mk-en.pharaoh"), lambda raw, place: pharaoh.read(written(raw, place, "p.pharaoh"))),
        "Pharaoh of a text": (file("parallel/mk-en.pharaoh"), lambda raw, place: parallel.load(
            pairs, "mk", "en", alignments=written(raw, place, "p.pharaoh"), tokenized=True)),
        "IOB2": (file("ner/mk.test.conll"), lambda raw, place: iob2.read(written(raw, place, "a.conll"), types=iob2.ENTITY_TYPES)),
        "lexicon": (file("lexicon/mk-en.tsv"), lambda raw, place: lexicon.read(written(raw, place, "l.tsv"))),
        "configuration .toml": (toml, lambda raw, place: config.load(written(raw, place, "c.toml"))),
        "configuration .json": (some, lambda raw, place: config.load(written(raw, place, "c.json"))),
        "suite file": (suite, lambda raw, place: suite_config.load(written(raw, place, "s.toml"))),
        "maps file": ((run / "maps.safetensors").read_bytes(), lambda raw, place: maps.load(written(raw, place, "m.safetensors"))),
        "run archive": ((folder / "run.zip").read_bytes(), archive),
        "run folder, summary.json": ((run / "summary.json").read_bytes(), store("summary.json")),
        "run folder, status.json": ((run / "status.json").read_bytes(), store("status.json")),
        "run folder, config.json": ((run / "config.json").read_bytes(), store("config.json")),
        "run folder, events.jsonl": ((run / "events.jsonl").read_bytes(), store("events.jsonl")),
        "run folder, pairs": ((run / "pairs-0000.parquet").read_bytes(), store("pairs-0000.parquet")),
        "judgements file": (f"{judged}\n{judged}\n".encode(), judgements),
        "word filter": ("^(а|б)+[а-ш]{2,5}.*$".encode(), word_filter),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=500, help="inputs a door; doors that open a database take a fifth")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "good").mkdir()
        every = doors(root / "good")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        total: Counter[str] = Counter()
        for door, (good, take) in every.items():
            (root / "place").mkdir()
            take(good, root / "place")  # the good input is taken
            shutil.rmtree(root / "place")
            rng, counts, longest = random.Random(f"{options.seed} {door}"), Counter(), 0.0
            slow = door.startswith(("run", "judgements"))
            for number in range(max(1, options.each // 5) if slow else options.each):
                place = root / "place"
                place.mkdir()
                raw, began = damage(good, rng), time.monotonic()
                try:
                    take(raw, place)
                    counts["taken"] += 1
                except LralnError as error:
                    counts["refused"] += 1
                    if not str(error).strip() or "\n" in str(error).strip():
                        faults.append(f"{door} {number}: not one sentence: {str(error)[:200]!r}")
                except Exception as error:  # the point of the harness
                    faults.append(f"{door} {number}: {type(error).__name__}: {str(error)[:200]}")
                took = time.monotonic() - began
                longest = max(longest, took)
                if took > LIMIT_S:
                    faults.append(f"{door} {number}: took {took:.0f} s")
                shutil.rmtree(place)
                strange = [path.name for path in root.iterdir() if path.name != "good"]
                if strange:
                    faults.append(f"{door} {number}: wrote {strange} outside")
            total += counts
            print(f"{door:28} {counts['taken']:6,} taken {counts['refused']:6,} refused   slowest {longest:.2f} s", flush=True)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1e3
    print(f"{sum(total.values()) + len(faults):,} inputs, {total['taken']:,} taken, {total['refused']:,} refused, {len(faults)} faults; "
          f"peak memory grew by {grown:.0f} MB")
    for fault in faults[:40]:
        print("  ", fault)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
