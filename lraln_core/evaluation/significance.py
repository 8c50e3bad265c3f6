"""Bootstrap confidence intervals: the variation of a figure over test sets of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

DRAWN = 1_000_000  # units drawn at a time


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval, as fractions."""

    value: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """For a difference: whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def bootstrap_ratio(hits: np.ndarray, counts: np.ndarray, samples: int, rng: np.random.Generator) -> Interval:
    """Interval of sum(hits) / sum(counts), resampling units (here: sentence pairs), which keeps the words of a sentence together.

    hits (n,) and counts (n,) per unit. Without samples or units the interval is the value itself.
    """
    total = counts.sum()
    value = float(hits.sum() / total) if total else 0.0
    if not samples or not total:
        return Interval(value, value, value)
    ratios = []
    for weights in _drawn(len(hits), samples, rng):
        total_drawn = weights @ counts
        ratios.append(np.divide(weights @ hits, total_drawn, out=np.full(len(weights), value), where=total_drawn > 0))
    low, high = np.quantile(np.concatenate(ratios), [0.025, 0.975])
    return Interval(value, float(low), float(high))


def bootstrap_statistic(
    columns: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], samples: int, rng: np.random.Generator
) -> Interval:
    """Interval of a figure that is no ratio of two sums, such as F1 with sure and possible links, resampling units.

    columns (n, k) are counts per unit; statistic takes sums of them, (samples, k), and returns the figure of each, (samples,).
    """
    value = float(statistic(columns.sum(0, keepdims=True).astype(float))[0])
    if not samples or not len(columns):
        return Interval(value, value, value)
    figures = np.concatenate([statistic(weights @ columns) for weights in _drawn(len(columns), samples, rng)])
    low, high = np.quantile(figures, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _drawn(n: int, samples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each of n units is drawn in each sample, (samples at a time, n), until there are enough samples."""
    for start in range(0, samples, at_once := max(1, DRAWN // n)):
        drawn = rng.integers(0, n, (min(at_once, samples - start), n))
        drawn += n * np.arange(len(drawn))[:, None]  # so that one count serves all samples
        yield np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(float)


def bootstrap_difference(hits_a: np.ndarray, hits_b: np.ndarray, counts: np.ndarray, samples: int, rng: np.random.Generator) -> Interval:
    """Interval of ratio a minus ratio b on the same units: paired bootstrap [Koehn 2004], both from the same drawn units.

    hits_a, hits_b and counts (n,) per unit, as in `bootstrap_ratio`. Raises ValueError when they do not belong to the same units.
    """
    if not len(hits_a) == len(hits_b) == len(counts):
        raise ValueError(f"Paired systems need the same units: {len(hits_a)}, {len(hits_b)} and {len(counts)}.")
    return bootstrap_ratio(np.asarray(hits_a, float) - np.asarray(hits_b, float), counts, samples, rng)
