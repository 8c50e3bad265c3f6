"""Human judgements of mined word pairs: the precision they show and how far the annotators agree.

The definition is the same wherever judged precision is shown: a place (two words where they stand in the two corpora) counts once
however many iterations found it, with the verdict that an adjudicator or most of its annotators gave; `unsure` is left out; the interval is
Wilson's; and where bands of similarity were judged at different rates, each band counts with its share of all pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import sqrt

from .significance import Interval

Z = 1.959963984540054  # of the standard normal distribution, two-sided 95%


class Verdict(StrEnum):
    """Whether the two words translate each other where they stand."""

    RIGHT = "right"
    SIMILAR = "similar"  # related meanings, no translations of each other: river and sea
    WRONG = "wrong"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"  # takes back the annotator's earlier verdict


STRICT = (Verdict.RIGHT,)
LENIENT = (Verdict.RIGHT, Verdict.SIMILAR)
COUNTED = (Verdict.RIGHT, Verdict.SIMILAR, Verdict.WRONG)  # unsure says nothing about precision

Ends = tuple[float, float]
"""The ends of a band of similarity, [low, high)."""


@dataclass(frozen=True)
class BandPrecision:
    """The judgements of one band of similarity, or of all bands together."""

    low: float | None  # None and None for pairs without a similarity, and for all bands together
    high: float | None
    population: int  # pairs in it, judged or not
    counts: dict[Verdict, int]  # judged pairs by verdict
    strict: Interval | None  # right, of all that are right, similar or wrong; None when nothing was judged
    lenient: Interval | None  # right or similar, of the same

    @property
    def judged(self) -> int:
        """Pairs whose verdict counts."""
        return sum(self.counts.get(verdict, 0) for verdict in COUNTED)


@dataclass(frozen=True)
class JudgedPrecision:
    """The precision of the mined pairs of one run."""

    overall: BandPrecision
    bands: tuple[BandPrecision, ...]
    weighted: bool  # the overall figures count every band with its share of the population
    covered: float  # share of the population in bands with judgements


def majority(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that most annotators gave; unsure when two are given equally often. Raises IndexError without verdicts."""
    most = Counter(verdicts).most_common(2)
    return Verdict.UNSURE if len(most) == 2 and most[0][1] == most[1][1] else most[0][0]


ADJUDICATOR = "(adjudication)"
"""The name under which the decision on a pair is kept that annotators judged differently."""


def settled(verdicts: Mapping[str, Verdict]) -> Verdict:
    """The verdict on a pair: the adjudicator's where there is one, else that of the majority. verdicts: by annotator, at least one."""
    return verdicts[ADJUDICATOR] if ADJUDICATOR in verdicts else majority(list(verdicts.values()))


def judged_precision(
    bands: Sequence[Ends | None], sizes: Sequence[int], verdicts: Sequence[tuple[int, Verdict]], *, is_weighted: bool
) -> JudgedPrecision:
    """Precision by band and overall.

    bands: ends of each band, None for the pairs without a similarity. sizes: distinct pairs in each band. verdicts: (number of
    its band, verdict of the majority) of each judged pair. is_weighted: count each band with its share of all pairs, which is
    needed unless the judged pairs are a simple random sample.
    """
    counts: list[Counter[Verdict]] = [Counter() for _ in bands]
    for band, verdict in verdicts:
        counts[band][verdict] += 1
    found = tuple(
        BandPrecision(
            ends[0] if ends else None, ends[1] if ends else None, size, dict(counted), _share(counted, STRICT), _share(counted, LENIENT)
        )
        for ends, size, counted in zip(bands, sizes, counts, strict=True)
    )
    total = sum(counts, Counter())

    def overall(good: Sequence[Verdict]) -> Interval | None:
        if not is_weighted:
            return _share(total, good)
        return weighted([Stratum(band.population, band.judged, sum(band.counts.get(verdict, 0) for verdict in good)) for band in found])

    return JudgedPrecision(
        BandPrecision(None, None, sum(sizes), dict(total), overall(STRICT), overall(LENIENT)),
        found,
        is_weighted,
        covered([Stratum(band.population, band.judged, 0) for band in found]),
    )


def _share(counts: Mapping[Verdict, int], good: Sequence[Verdict]) -> Interval | None:
    return wilson(sum(counts.get(verdict, 0) for verdict in good), sum(counts.get(verdict, 0) for verdict in COUNTED))


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
    share = sum(weight * part.right / part.judged for weight, part in zip(weights, used, strict=True))
    careful = [(part.right + 1) / (part.judged + 2) for part in used]
    variance = sum(weight**2 * p * (1 - p) / part.judged for weight, p, part in zip(weights, careful, used, strict=True))
    mean = sum(weight * p for weight, p in zip(weights, careful, strict=True))
    equivalent = mean * (1 - mean) / variance
    interval = wilson(share * equivalent, equivalent)
    return Interval(share, interval.low, interval.high) if interval else None


def covered(strata: Sequence[Stratum]) -> float:
    """The share of the population whose part holds at least one judgement."""
    total = sum(part.population for part in strata)
    return sum(part.population for part in strata if part.judged) / total if total else 0.0


@dataclass(frozen=True)
class Agreement:
    """How far two annotators agree on what both judged."""

    first: str
    second: str
    both: int  # pairs that both judged
    observed: float | None  # share of equal verdicts; None when they share no pair
    expected: float | None  # share that chance alone would give them
    kappa: float | None  # None when it is undefined; then `reason` says why
    reason: str = ""


def cohens_kappa(first: Sequence[str], second: Sequence[str]) -> tuple[float, float, float | None]:
    """(observed agreement, agreement expected by chance, kappa) of two annotators, verdict i against verdict i.

    kappa = (observed - expected) / (1 - expected); None when expected is 1, that is when both gave one and the same verdict
    throughout. Raises ValueError when the lists are empty or not of the same length.
    """
    if not first or len(first) != len(second):
        raise ValueError(f"Kappa needs two lists of the same length, at least 1, not {len(first)} and {len(second)}.")
    count = len(first)
    equal = sum(a == b for a, b in zip(first, second, strict=True))
    one, two = Counter(first), Counter(second)
    by_chance = sum(one[verdict] * two[verdict] for verdict in one)  # whole numbers: no rounding decides what is undefined
    observed, expected = equal / count, by_chance / count**2
    if by_chance == count**2:
        return observed, expected, None
    return observed, expected, (equal * count - by_chance) / (count**2 - by_chance)


def agreements(verdicts: Mapping[str, Mapping[int, str]]) -> list[Agreement]:
    """Every two annotators; verdicts: annotator -> pair -> verdict."""
    return [_agreement(one, two, verdicts[one], verdicts[two]) for one, two in combinations(sorted(verdicts), 2)]


def _agreement(one: str, two: str, of_one: Mapping[int, str], of_two: Mapping[int, str]) -> Agreement:
    shared = sorted(of_one.keys() & of_two.keys())
    if not shared:
        return Agreement(one, two, 0, None, None, None, "They have judged no pair in common.")
    first, second = [of_one[pair] for pair in shared], [of_two[pair] for pair in shared]
    observed, expected, kappa = cohens_kappa(first, second)
    reason = ""
    if kappa is None:
        reason = "Both gave the same verdict to every pair, so chance alone would make them agree, and kappa is undefined."
    return Agreement(one, two, len(shared), observed, expected, kappa, reason)
