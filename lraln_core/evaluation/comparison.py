"""Whether a difference between two runs holds: retrieval on the same test, and verdicts of people on pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .significance import Interval, bootstrap_difference, bootstrap_ratio

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


@dataclass(frozen=True)
class JudgedPrecision:
    """What people said about the pairs of a run. Every verdict counts, so a place judged by two people counts twice."""

    places: int
    verdicts: dict[str, int]
    right: Interval | None  # right of all decided verdicts; None without any
    similar_too: Interval | None  # right or similar of the same

    @property
    def decided(self) -> int:
        """Verdicts other than unsure."""
        return sum(count for verdict, count in self.verdicts.items() if verdict != "unsure")


def judged_precision(verdicts: pd.DataFrame, rng: np.random.Generator, samples: int = SAMPLES) -> JudgedPrecision:
    """verdicts: place, verdict (right, similar, wrong, unsure). Intervals draw places again, with all verdicts on them."""
    counted = {str(verdict): int(count) for verdict, count in verdicts["verdict"].value_counts().items()}
    decided = verdicts[verdicts["verdict"] != "unsure"]
    places = int(verdicts["place"].nunique())
    if decided.empty:
        return JudgedPrecision(places, counted, None, None)
    place, _ = pd.factorize(decided["place"])
    count = np.bincount(place)

    def share(*good: str) -> Interval:
        return bootstrap_ratio(np.bincount(place, weights=decided["verdict"].isin(good).to_numpy(float)), count, samples, rng)

    return JudgedPrecision(places, counted, share("right"), share("right", "similar"))
