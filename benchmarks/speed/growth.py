"""How time and memory grow with the corpora: 1,000 to 1,000,000 sentences a language, each measurement in a process of its own.

    python -m benchmarks.speed.growth                 # about 15 minutes and 20 GB of disk
    python -m benchmarks.speed.growth 1000 10000

Texts are made-up words drawn by Zipf's law. Up to 10,000 sentences the built-in encoder is measured as well; all other vectors are
synthetic, one a word plus a little of its sentence, so that what is measured is reading, the cache, mining and training. Results
and their drawing go to benchmarks/results/growth.md and growth.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from tokenizers import Tokenizer

from benchmarks import RESULTS
from benchmarks.speed.core import sentences
from benchmarks.speed.pairs_page import words
from lraln_core.encoder.embedded_tokenizer import load_tokenizer
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.records import Progress, Words, WordVectors, from_lengths

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LENGTH, DIMENSION, CHUNK = 9, 384, 5000
MINED_FROM = 100  # sentences compared with all others
STAGES = {
    "prepare": "read, clean and tokenise both corpora",
    "encode": "put the CCWRs of one corpus into the cache (synthetic)",
    "fetch": "get them all out of it again",
    "mine": f"mine {MINED_FROM} sentences against all of the other corpus, from the cache",
    "run": "500 steps of linear_unsup, everything after encoding",
    "built-in": "encode one corpus with the built-in encoder",
}


class Synthetic:
    """An encoder that costs next to nothing."""

    name, fingerprint, layer = "synthetic", "synthetic", -1

    def __init__(self) -> None:
        self.table = np.random.default_rng(0).standard_normal((8192, DIMENSION)).astype(np.float32)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Runs look at it for words that nobody knows."""
        return load_tokenizer()

    def encode(self, batch: Sequence[Words], *, progress: Progress | None = None) -> WordVectors:
        rows = np.array([zlib.crc32(word.encode()) & 8191 for some in batch for word in some])
        lengths = [len(some) for some in batch]
        own = np.repeat([zlib.crc32(" ".join(some).encode()) & 8191 for some in batch], lengths)
        return from_lengths(self.table[rows] + 0.3 * self.table[own], lengths, np.ones(len(rows), bool))


def write_corpora(folder: Path, size: int) -> None:
    """src.txt and trg.txt of so many sentences."""
    rng = np.random.default_rng(size)
    for side, language in (("src", "mk"), ("trg", "en")):
        vocabulary = words(language, rng)
        with open(folder / f"{side}.txt", "w", encoding="utf-8") as file:
            for start in range(0, size, 50_000):
                drawn = np.minimum(rng.zipf(1.3, size=(min(50_000, size - start), LENGTH)) - 1, len(vocabulary) - 1)
                file.writelines(f"{' '.join(vocabulary[row])} {start + number}\n" for number, row in enumerate(drawn))


def _chunks(folder: Path, side: str) -> Iterator[list[Words]]:
    from lraln_core.text.corpus import open_corpus

    corpus = open_corpus(Path((folder / f"{side}.id").read_text()))
    for start in range(0, len(corpus), CHUNK):
        yield corpus.words(range(start, min(start + CHUNK, len(corpus))))


def stage(name: str, folder: Path, size: int) -> None:
    """One measured piece of work; files of earlier stages are in the folder."""
    from lraln_core.encoder.ccwr_cache import CcwrCache

    workspace = Workspace(folder / "workspace").require_writable()
    cache = CcwrCache(workspace.ccwrs, limit_bytes=10**12)
    if name == "prepare":
        from lraln_core.text.corpus import prepare_corpus

        for side, language in (("src", "mk"), ("trg", "en")):
            corpus = prepare_corpus(folder / f"{side}.txt", language, workspace.corpora)
            (folder / f"{side}.id").write_text(str(workspace.corpora / corpus.id))
    elif name in ("encode", "fetch"):
        for part in _chunks(folder, "trg"):
            cache.fetch(part, Synthetic())
    elif name == "mine":
        from lraln_core.alignment.maps import identity
        from lraln_core.alignment.mining import mine
        from lraln_core.choices import MiningMethod
        from lraln_core.runs.pair_source import MappedChunks

        encoder = Synthetic()
        src = encoder.encode(next(_chunks(folder, "src"))[:MINED_FROM])
        mine(
            src,
            MappedChunks(_Lazy(folder), identity(DIMENSION).trg, lambda some: cache.fetch(some, encoder)),
            method=MiningMethod.FORWARD_BACKWARD,
            threshold=0.2,
        )
    elif name == "run":
        _run(folder, workspace)
    else:
        from lraln_core.encoder.registry import open_encoder

        text = sentences(10_000, "en", "mk", "sw", "ne")
        many = [(*text[i % len(text)], str(i)) for i in range(size)]
        for start in range(0, size, CHUNK):
            cache.fetch(many[start : start + CHUNK], open_encoder())


class _Lazy:
    """The sentences of the second corpus, read when they are asked for."""

    def __init__(self, folder: Path):
        from lraln_core.text.corpus import open_corpus

        self.corpus = open_corpus(Path((folder / "trg.id").read_text()))

    def __len__(self) -> int:
        return len(self.corpus)

    def __getitem__(self, part: slice) -> list[Words]:
        return self.corpus.words(range(*part.indices(len(self))))


def _run(folder: Path, workspace: Workspace) -> None:
    from lraln_core.files.run_folder import create
    from lraln_core.runs import context, worker
    from lraln_core.runs.config import from_json

    context.encoder_of = lambda options, own=None: Synthetic()
    config = from_json(
        {
            "name": "growth",
            "src": {"language": "mk", "corpus": str(folder / "src.txt")},
            "trg": {"language": "en", "corpus": str(folder / "trg.txt")},
            "training": {"steps": 500, "warmup_steps": 100},
        }
    )
    worker.work(config, create(workspace.runs / f"run-{time.time_ns()}", config.to_json()), workspace)


def measured(name: str, folder: Path, size: int) -> dict[str, float]:
    """Seconds and peak memory (GB) of a stage in a fresh process; imports are not counted."""
    command = [sys.executable, "-m", "benchmarks.speed.growth", "--stage", name, "--folder", str(folder), str(size)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} {size}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Both curves side by side as SVG."""
    sizes = alt.X("sentences:Q", scale=alt.Scale(type="log"), title="sentences a language", axis=alt.Axis(values=list(SIZES), format="~s"))
    color = alt.Color("stage:N", sort=list(STAGES), title=None)

    def panel(value: str, title: str, scale: str) -> alt.Chart:
        y = alt.Y(f"{value}:Q", scale=alt.Scale(type=scale), title=title)
        return alt.Chart(frame).mark_line(point=True).encode(x=sizes, y=y, color=color).properties(width=360, height=260)

    chart = panel("seconds", "seconds", "log") | panel("GB", "peak memory, GB", "linear")
    path.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


def report(frame: pd.DataFrame) -> str:
    """The table as Markdown."""
    sizes = sorted(set(frame.sentences))
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; `python -m benchmarks.speed.growth`. Peak "
        "memory includes the libraries of a run, about half a gigabyte.",
        "",
        "![time and memory over the size of the corpora](growth.svg)",
        "",
        f"| work | {' | '.join(f'{size:,}' for size in sizes)} |",
        "|---|" + "---|" * len(sizes),
    ]
    for name, what in STAGES.items():
        found = [frame[(frame.stage == name) & (frame.sentences == size)] for size in sizes]
        cells = [f"{row.seconds.iloc[0]:.1f} s, {row.GB.iloc[0]:.2f} GB" if len(row) else "" for row in found]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--stage", choices=list(STAGES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        print(json.dumps(_timed(lambda: stage(options.stage, options.folder, options.sizes[0]))))
        return
    rows = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            write_corpora(Path(name), size)
            for what in STAGES:
                if what != "built-in" or size <= 10_000:
                    rows.append({"stage": what, "sentences": size} | measured(what, Path(name), size))
                    print(rows[-1], flush=True)
    frame = pd.DataFrame(rows)
    print(report(frame))
    if sorted(options.sizes) == list(SIZES):
        (RESULTS / "growth.md").write_text(report(frame), encoding="utf-8")
        draw(frame, RESULTS / "growth.svg")


def _timed(work: Callable[[], object]) -> dict[str, float]:
    from lraln_core.runs import worker  # noqa: F401  the libraries of a run, before the clock starts

    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if platform.system() == "Linux" else 1e9)
    return {"seconds": round(seconds, 2), "GB": round(peak, 3)}


if __name__ == "__main__":
    main()
