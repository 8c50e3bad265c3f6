"""How well figures from unlabelled text rank the layers of the built-in encoder, against word retrieval with gold links.

    python -m benchmarks.quality.layers --data ../shared/data --work /tmp/layers [--sets bible-sw sample-mk] [--sentences 160] [--pairs 80]

For every set and layer: retrieval before and after normalising each language (centred, half whitened), and the figures of
evaluation/layers.py on sentences that are not parallel. The rule of recommendation was chosen on the sets for tuning; the sets for
confirmation are run once. Results go to benchmarks/results/layers.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import RESULTS
from benchmarks.recipe import sets
from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import normalization
from lraln_core.choices import BUILT_IN
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.layers import LayerSet, open_layers
from lraln_core.evaluation import layers
from lraln_core.evaluation.layers import LayerReading
from lraln_core.evaluation.retrieval import retrieve
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText

FIGURES = ("criterion", "agreement", "mutual_types", "identical")


def measure(name: str, found: LayerSet, cache: CcwrCache, options: argparse.Namespace) -> pd.DataFrame:
    """One row a layer: retrieval before, retrieval normalised, and the figures without labels."""
    one = sets.load(name, options.data, options.work, limit=options.sentences)
    src, trg = one.src[: options.sentences], one.trg[: options.sentences]
    test = ParallelText(*(tuple(column[: options.pairs]) for column in (one.test.src, one.test.trg, one.test.links)))
    found.fill(cache, [*src, *trg, *test.src, *test.trg])
    rows, readings = [], []
    for layer in found.layers:
        texts = [found.fetch(cache, layer, sentences) for sentences in (src, trg)]
        tests = [found.fetch(cache, layer, sentences) for sentences in (test.src, test.trg)]
        reading = layers.read(layer, (src, texts[0]), (trg, texts[1]), rng_for(1, "layers"))
        maps = [normalization.fit(words.vectors, whitening=layers.WHITENING) for words in texts]
        mapped = [words.replace_vectors(maps_module.apply(one, words.vectors)) for one, words in zip(maps, tests, strict=True)]
        accuracy = [
            retrieve(*sides, test.pairs(), bootstrap_samples=0, rng=np.random.default_rng(0)).mean_accuracy for sides in (tests, mapped)
        ]
        readings.append(reading)
        rows.append({"set": name, "layer": layer, "before": accuracy[0], "normalised": accuracy[1]} | _figures(reading))
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).assign(recommended=layers.recommend(readings))


def _figures(reading: LayerReading) -> dict[str, float | None]:
    return {name: getattr(reading, name) for name in FIGURES}


def summary(table: pd.DataFrame) -> list[str]:
    """Markdown: by set the rank correlation of every figure with retrieval, the best and the recommended layer, and what it costs."""
    head = ["set", *(f"rank correlation, {name}" for name in FIGURES), "best layer", "recommended", "retrieval there", "lost", "last layer"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, part in table.groupby("set", sort=False):
        score = part.set_index("layer")["normalised"]
        best, chosen, last = int(score.idxmax()), int(part["recommended"].iloc[0]), int(part["layer"].max())
        ranks = [part[["normalised", figure]].astype(float).corr("spearman").iloc[0, 1] for figure in FIGURES]
        cells = ["-" if rank != rank else f"{rank:+.2f}" for rank in ranks]
        cells += [f"{best} ({100 * score[best]:.1f})", str(chosen), f"{100 * score[chosen]:.1f}"]
        cells += [f"{100 * (score[best] - score[chosen]):.1f}", f"{100 * score[last]:.1f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def by_layer(table: pd.DataFrame) -> list[str]:
    """Markdown: every layer of every set."""
    lines = [f"| set | layer | before | normalised | {' | '.join(FIGURES)} |", "|---|" + "---|" * (len(FIGURES) + 3)]
    for row in table.to_dict("records"):
        cells = ["-" if row[name] is None or row[name] != row[name] else f"{row[name]:.3f}" for name in FIGURES]
        lines.append(f"| {row['set']} | {row['layer']} | {100 * row['before']:.1f} | {100 * row['normalised']:.1f} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=sets.names(), default=list(sets.TUNING))
    parser.add_argument("--layers", type=int, nargs="+", default=[])
    parser.add_argument("--sentences", type=int, default=160)
    parser.add_argument("--pairs", type=int, default=80)
    options = parser.parse_args()
    found = open_layers(BUILT_IN, options.layers, device="cpu")
    cache, tables = CcwrCache(options.work / "ccwrs"), []
    for name in options.sets:
        tables.append(measure(name, found, cache, options))
        table = pd.concat(tables)
        lines = [
            f"{BUILT_IN}, {found.deepest.precision}, {options.sentences} sentences of each corpus, {options.pairs} test pairs; "
            f"`python -m benchmarks.quality.layers --sets {' '.join(options.sets)}`. Retrieval in percent after normalising each "
            "language; `lost` is what the recommended layer has less than the best one.",
            "",
            *summary(table),
            "",
            *by_layer(table),
        ]
        (RESULTS / "layers.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
