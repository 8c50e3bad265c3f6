"""Bootstrap intervals: how far a figure would move with another test set of the same kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval, as fractions."""

    value: float
    low: float
    high: float


def bootstrap_ratio(hits: np.ndarray, counts: np.ndarray, samples: int, rng: np.random.Generator) -> Interval:
    """Interval of sum(hits) / sum(counts), resampling units (here: sentence pairs), which keeps the words of a sentence together.

    hits (n,) and counts (n,) per unit. Without samples or units the interval is the value itself.
    """
    total = counts.sum()
    value = float(hits.sum() / total) if total else 0.0
    if not samples or not total:
        return Interval(value, value, value)
    ratios = np.empty(samples)
    for i in range(samples):
        weight = np.bincount(rng.integers(0, len(hits), len(hits)), minlength=len(hits))
        drawn = weight @ counts
        ratios[i] = weight @ hits / drawn if drawn else value
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Interval(value, float(low), float(high))
