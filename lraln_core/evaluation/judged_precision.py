"""What share of the mined pairs is right, from judgements of a sample, with its 95% interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .significance import Interval

Z = 1.959963984540054  # of the standard normal distribution, two-sided 95%


@dataclass(frozen=True)
class Stratum:
    """A part of the pairs, for example those of one band of similarity."""

    population: int  # all pairs in it
    judged: int  # of these, with a verdict that says right or wrong
    right: int


def wilson(right: float, judged: float) -> Interval | None:
    """Score interval of a share [Wilson 1927]; None when nothing was judged."""
    if judged <= 0:
        return None
    share = right / judged
    middle = (share + Z**2 / (2 * judged)) / (1 + Z**2 / judged)
    half = Z / (1 + Z**2 / judged) * sqrt(share * (1 - share) / judged + Z**2 / (4 * judged**2))
    return Interval(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def weighted(strata: Sequence[Stratum]) -> Interval | None:
    """The share in the whole population when each part was sampled at a rate of its own.

    Every part counts as it stands in the population [Cochran 1977, ch. 5]; parts in which nothing was judged are left out
    (see `covered`). The interval is Wilson's for the number of simple random judgements that would be as exact; each part's
    variance is taken at (right + 1) / (judged + 2), so that a few judgements that all agree do not pass for certainty.
    With a single part it is Wilson's interval itself. None when nothing was judged.
    """
    used = [part for part in strata if part.judged and part.population]
    total = sum(part.population for part in used)
    if not used:
        return None
    weights = [part.population / total for part in used]
    share = sum(weight * part.right / part.judged for weight, part in zip(weights, used))
    careful = [(part.right + 1) / (part.judged + 2) for part in used]
    variance = sum(weight**2 * p * (1 - p) / part.judged for weight, p, part in zip(weights, careful, used))
    mean = sum(weight * p for weight, p in zip(weights, careful))
    equivalent = mean * (1 - mean) / variance
    interval = wilson(share * equivalent, equivalent)
    return Interval(share, interval.low, interval.high)


def covered(strata: Sequence[Stratum]) -> float:
    """The share of the population whose part holds at least one judgement."""
    total = sum(part.population for part in strata)
    return sum(part.population for part in strata if part.judged) / total if total else 0.0
