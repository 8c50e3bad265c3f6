"""Do two people judge alike: Cohen's kappa [Cohen 1960]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


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
    equal = sum(a == b for a, b in zip(first, second))
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
