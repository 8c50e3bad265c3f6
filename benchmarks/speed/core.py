"""Speed of the core against the obvious way and against bare matrix products, in one run on one machine.

    python -m benchmarks.speed.core                  # everything, about ten minutes on two cores
    python -m benchmarks.speed.core search recipe    # some of it

Texts are the project's own samples. `mining` measures the obvious way on the first of its sixteen source batches a direction and
multiplies; every other figure is measured whole. Results go to benchmarks/results/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
import torch

from benchmarks import RESULTS
from benchmarks.speed import baseline
from lraln_core.alignment.mining import mine
from lraln_core.alignment.neighbours import csls_both_ways, nearest_both_ways
from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.choices import BUILT_IN, MiningMethod
from lraln_core.encoder.frozen import _batches
from lraln_core.encoder.registry import open_encoder
from lraln_core.evaluation.ner.scores import TAGS
from lraln_core.evaluation.ner.tagger import TaggedWords, TaggerOptions, train
from lraln_core.evaluation.retrieval import retrieve
from lraln_core.files.run_folder import create
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.records import WordPairs, Words, WordVectors, from_lengths
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config
from lraln_core.text.reading import read_lines
from lraln_core.text.tokenization import tokenizer_for
from lraln_core.threads import limit_threads

DIMENSION = 384


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    work: str
    ours: str
    reference: str
    ratio: str
    target: str
    met: bool | None


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """The best of `repeat` times."""
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def sentences(count: int, *languages: str) -> list[Words]:
    """The first `count` sample sentences of some languages."""
    found = []
    for code in languages:
        tokenizer = tokenizer_for(code)
        found += [tokenizer(line.text) for line in read_lines(SAMPLE_DATA / "corpora" / f"{code}.txt") if line.text.strip()]
    return found[:count]


def encoding() -> list[Row]:
    encoder, text = open_encoder(BUILT_IN).loaded, sentences(2000, "en", "mk", "sw", "ne")
    some = text[::12]
    words = lambda part: sum(map(len, part))
    encoder.encode(some[:32])
    ours = words(text) / seconds(lambda: encoder.encode(text))
    naive = words(some) / seconds(lambda: baseline.encode(encoder, some))
    tokenizing = seconds(lambda: encoder.tokenize(text)) * ours / words(text)
    lengths = [len(item.ids) for item in encoder.tokenize(text)]
    batches = _batches(sorted(range(len(text)), key=lambda i: (lengths[i], i)), lengths)
    waste = 1 - sum(lengths) / sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    return [
        Row("encoding", f"{ours:,.0f} words/s", f"{naive:,.0f} words/s, fixed padding", f"{ours / naive:.1f}x", ">= 3x", ours >= 3 * naive),
        Row("padding waste", f"{100 * waste:.1f} %", "", "", "<= 5 %", waste <= 0.05),
        Row("tokenising, share of encoding", f"{100 * tokenizing:.1f} %", "", "", "<= 10 %", tokenizing <= 0.1),
    ]


def mining() -> list[Row]:
    encoder = open_encoder(BUILT_IN).loaded
    src, trg = sentences(1000, "mk", "sw", "ne"), sentences(1000, "en", "mk")
    began = time.perf_counter()
    vectors = encoder.encode(src), encoder.encode(trg)
    cold = time.perf_counter() - began
    find = lambda: mine(*vectors, method=MiningMethod.FORWARD_BACKWARD, threshold=0.2)
    find()
    warm = seconds(find, 3)
    batches = -(-len(src) // 64)
    naive = batches * (
        seconds(lambda: baseline.mine_one_way(encoder, src, trg, 64, 1)) + seconds(lambda: baseline.mine_one_way(encoder, trg, src, 64, 1))
    )
    return [
        Row(
            "mining 1K x 1K from text",
            f"{cold + warm:.1f} s",
            f"{naive:,.0f} s, the obvious way",
            f"{naive / (cold + warm):.0f}x",
            ">= 30x",
            naive >= 30 * (cold + warm),
        ),
        Row("mining 1K x 1K from cached CCWRs", f"{warm:.2f} s", f"{naive:,.0f} s", f"{naive / warm:.0f}x", ">= 150x", naive >= 150 * warm),
    ]


def _product(a: np.ndarray, b: np.ndarray) -> float:
    """The bare product by blocks into one buffer, nothing kept."""
    size = max(1, 16_000_000 // len(b))
    one, other = torch.from_numpy(a), torch.from_numpy(b).T
    buffer = torch.empty(size, len(b))

    def product() -> None:
        for start in range(0, len(a), size):
            block = one[start : start + size]
            torch.mm(block, other, out=buffer[: len(block)])

    return seconds(product, 3)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 if platform.system() == "Linux" else float("nan")


def search() -> list[Row]:
    """Nearest neighbours both ways against the bare product, which keeps nothing, and against faiss.knn."""
    rng = np.random.default_rng(0)
    src, trg = (unit_rows(rng.standard_normal((25_000, DIMENSION))) for _ in range(2))
    before = _peak()
    rows = _search_rows(src, trg, "25K x 25K x 384, random")
    extra = _peak() - before
    encoder = open_encoder(BUILT_IN)
    found = [encoder.encode(sentences(2000, *languages)) for languages in (("mk", "sw", "ne"), ("en", "mk"))]
    src, trg = (unit_rows(words.vectors[usable(words)]) for words in found)
    memory = Row("memory of nearest neighbours beyond the inputs", f"{extra:.0f} MB", "", "", "<= 300 MB", extra <= 300)
    return [*rows, memory, *_search_rows(src, trg, f"CCWRs of {len(src):,} and {len(trg):,} words")]


def _search_rows(src: np.ndarray, trg: np.ndarray, what: str) -> list[Row]:
    faiss.omp_set_num_threads(torch.get_num_threads())
    inner_product = faiss.METRIC_INNER_PRODUCT
    works: dict[str, tuple[Callable[[], object], float | None]] = {
        "nearest both ways": (lambda: nearest_both_ways(src, [trg], 1), 1.5),
        "ten nearest both ways": (lambda: nearest_both_ways(src, [trg], 10), 2.0),
        "CSLS both ways": (lambda: csls_both_ways(src, [trg], 1, 10), 4.0),
        "nearest both ways by faiss.knn": (
            lambda: (faiss.knn(src, trg, 1, metric=inner_product), faiss.knn(trg, src, 1, metric=inner_product)),
            None,
        ),
        "ten nearest both ways by faiss.knn": (
            lambda: (faiss.knn(src, trg, 10, metric=inner_product), faiss.knn(trg, src, 10, metric=inner_product)),
            None,
        ),
    }
    bare = _product(src, trg)
    rows = []
    for name, (work, limit) in works.items():
        took = seconds(work, 3)
        target, met = (f"<= {limit}x", took <= limit * bare) if limit else ("", None)
        rows.append(Row(f"{name}, {what}", f"{took:.2f} s", f"{bare:.2f} s, bare product", f"{took / bare:.2f}x", target, met))
    return rows


def recipe() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder)).require_writable()
        for method, limit in (("forward_backward", 45), ("intersection", 90)):
            values = sample_config("sw-en", Preset.PAPER).to_json()
            values["mining"]["method"] = method
            took = {}
            for when in ("cold", "warm"):
                config = from_json(values | {"name": f"{method} {when}"})
                run = create(workspace.runs / f"{method}-{when}", config.to_json())
                took[when] = seconds(lambda config=config, run=run: worker.work(config, run, workspace))
            parts = run.summary()["seconds"]
            goes = ", ".join(f"{name} {value:.1f} s" for name, value in sorted(parts.items(), key=lambda item: -item[1]) if value >= 0.1)
            rows.append(
                Row(
                    f"5,000 steps, 60K sentence pairs, {method}, after encoding",
                    f"{took['warm']:.1f} s",
                    goes,
                    "",
                    f"<= {limit} s",
                    took["warm"] <= limit,
                )
            )
            if method == "forward_backward":
                published = 0.45 * 5000  # seconds a step of the published code on two cores
                rows.append(
                    Row(
                        "the same with encoding",
                        f"{took['cold']:.1f} s",
                        f"{published:,.0f} s, published code at 0.45 s a step",
                        f"{published / took['cold']:.0f}x",
                        ">= 40x",
                        published >= 40 * took["cold"],
                    )
                )
    return rows


def retrieval() -> list[Row]:
    rng = np.random.default_rng(0)
    count = 1000
    lengths = [12] * count
    words = count * 12
    vectors = [rng.standard_normal((words, DIMENSION)).astype(np.float32) for _ in range(2)]
    src, trg = (from_lengths(one, lengths, np.ones(words, bool)) for one in vectors)
    rows = np.sort(rng.choice(words, 10_000, replace=False))
    sentence, word = (rows // 12).astype(np.int32), (rows % 12).astype(np.int32)
    gold = WordPairs(sentence, word, sentence, word, np.ones(len(rows), np.float32), np.ones(len(rows), bool), np.ones(len(rows), bool))
    bare = _product(unit_rows(vectors[0]), unit_rows(vectors[1]))
    took = seconds(lambda: retrieve(src, trg, gold, bootstrap_samples=1000, rng=np.random.default_rng(0)), 3)
    row = lambda name, what, reference: Row(
        name, f"{took:.2f} s", f"{reference:.2f} s, {what}", f"{took / reference:.2f}x", "<= 1.5x", took <= 1.5 * reference
    )
    return [
        row("retrieval, 10K gold pairs of 12K words, both directions, with intervals", "bare products of both directions", 2 * bare),
        row("the same", "one bare product for both directions", bare),
    ]


def tagging() -> list[Row]:
    rng = np.random.default_rng(0)
    count = 20_000
    lengths = rng.integers(8, 20, count)
    labels = rng.integers(0, len(TAGS), lengths.sum())
    vectors = rng.standard_normal((lengths.sum(), DIMENSION)).astype(np.float32)
    words: WordVectors = from_lengths(vectors, lengths.tolist(), np.ones(len(vectors), bool))
    tagged = TaggedWords((), labels, words.vectors, words.valid, words.offsets)
    options = replace(TaggerOptions())
    took = seconds(lambda: list(train(tagged, options, rng=np.random.default_rng(0))))
    return [Row(f"NER head, 20K sentences, {options.epochs} epochs", f"{took:.1f} s", "", "", "<= 60 s", took <= 60)]


PARTS = {"search": search, "encoding": encoding, "mining": mining, "recipe": recipe, "retrieval": retrieval, "tagging": tagging}


def report(rows: list[Row]) -> str:
    """The table as Markdown."""
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"torch {torch.__version__}.",
        "",
        "| work | ours | reference | ratio | must reach | reached |",
        "|---|---|---|---|---|---|",
    ]
    word = {True: "yes", False: "**no**", None: ""}
    lines += [f"| {row.work} | {row.ours} | {row.reference} | {row.ratio} | {row.target} | {word[row.met]} |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--out", type=Path, default=RESULTS / "speed.md")
    options = parser.parse_args()
    limit_threads(0)
    rows = []
    for name in options.parts or PARTS:
        rows += PARTS[name]()
        print(report(rows), flush=True)
    if not options.parts:
        options.out.write_text(report(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
