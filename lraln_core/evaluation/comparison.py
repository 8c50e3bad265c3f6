"""Whether the difference in word retrieval between two runs holds, on the same test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .significance import Interval, bootstrap_difference

SAMPLES = 1000
DIRECTIONS = ("src2trg", "trg2src")


def retrieval_differences(one: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator, samples: int = SAMPLES) -> dict[str, Interval]:
    """Accuracy after alignment of the first run less that of the second, by direction and for their mean.

    one and other: direction, link, src_sentence, hit_after of the same gold links in the same order. Sentences are drawn again,
    with all their links, for both runs alike. -> {"src2trg", "trg2src", "mean"}.
    """
    counts, hits = {}, {}
    for direction in DIRECTIONS:
        parts = [frame[frame["direction"] == direction] for frame in (one, other)]
        sentence = parts[0]["src_sentence"].to_numpy(np.int64)
        units = int(sentence.max()) + 1 if len(sentence) else 0
        counts[direction] = np.bincount(sentence, minlength=units)
        hits[direction] = [np.bincount(sentence, weights=part["hit_after"].to_numpy(float), minlength=units) for part in parts]
    differences = {name: bootstrap_difference(hits[name][0], hits[name][1], counts[name], samples, rng) for name in DIRECTIONS}
    means = [(hits["src2trg"][side] + hits["trg2src"][side]) / 2 for side in (0, 1)]
    return differences | {"mean": bootstrap_difference(means[0], means[1], counts["src2trg"], samples, rng)}


def retrieval_change(hits: pd.DataFrame, rng: np.random.Generator, samples: int = SAMPLES) -> dict[str, Interval]:
    """Accuracy after alignment less that before it, in one run, by direction and for their mean; the paired bootstrap as above.

    hits: direction, link, src_sentence, hit_before, hit_after. -> {"src2trg", "trg2src", "mean"}.
    """
    return retrieval_differences(hits, hits.assign(hit_after=hits["hit_before"]), rng, samples)
