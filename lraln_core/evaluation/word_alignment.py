"""Word alignment against gold links: precision, recall, F1 and alignment error rate with bootstrap intervals [Och and Ney 2003]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lraln_core.text.pharaoh import AlignedSentence

from .significance import Interval, bootstrap_statistic


class Judgement(StrEnum):
    """What a link is when predicted and gold links are laid over each other."""

    RIGHT = "right"  # predicted, and a sure or possible gold link
    WRONG = "wrong"  # predicted, and no gold link
    MISSED = "missed"  # a sure gold link that was not predicted


@dataclass(frozen=True)
class AlignmentScores:
    """Figures over all sentence pairs. Predicted links are A, sure gold links S, sure and possible gold links P."""

    counts: np.ndarray  # (sentence pairs, 4) int64: |A|, |S|, |A and S|, |A and P|
    precision: Interval  # |A and P| / |A|
    recall: Interval  # |A and S| / |S|
    f1: Interval  # their harmonic mean
    aer: Interval  # 1 - (|A and S| + |A and P|) / (|A| + |S|)

    def figures(self) -> dict[str, float | int]:
        """Plain numbers: each figure with the bounds of its 95% interval, and the sums of links."""
        found: dict[str, float | int] = {}
        for name in FIGURES:
            interval: Interval = getattr(self, name)
            found |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
        predicted, sure, *_ = self.counts.sum(0).tolist()
        return found | {"sentence_pairs": len(self.counts), "predicted_links": predicted, "sure_links": sure}


def count(gold: Sequence[AlignedSentence], predicted: Sequence[AlignedSentence]) -> np.ndarray:
    """|A|, |S|, |A and S|, |A and P| of each sentence pair, (n, 4) int64; sure and possible predicted links count alike.

    Raises ValueError for another number of sentence pairs.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold and {len(predicted)} predicted sentence pairs")
    rows = []
    for wanted, found in zip(gold, predicted, strict=True):
        links, sure = {*found.sure, *found.possible}, set(wanted.sure)
        rows.append((len(links), len(sure), len(links & sure), len(links & (sure | set(wanted.possible)))))
    return np.array(rows, np.int64).reshape(-1, 4)


def score(counts: np.ndarray, *, bootstrap_samples: int, rng: np.random.Generator) -> AlignmentScores:
    """The figures of counts (n, 4) with 95% intervals over sentence pairs."""
    intervals = [bootstrap_statistic(counts, figure, bootstrap_samples, rng) for figure in FIGURES.values()]
    return AlignmentScores(counts, *intervals)


def difference(one: np.ndarray, other: np.ndarray, name: str, *, bootstrap_samples: int, rng: np.random.Generator) -> Interval:
    """A figure of `one` less that of `other` on the same gold links: paired bootstrap over sentence pairs [Koehn 2004].

    one and other are counts (n, 4). Raises ValueError when their gold links are not the same.
    """
    if one.shape != other.shape or (one[:, 1] != other[:, 1]).any():
        raise ValueError("Both alignments must be counted against the same gold links.")
    figure = FIGURES[name]
    return bootstrap_statistic(
        np.concatenate([one, other], 1), lambda sums: figure(sums[:, :4]) - figure(sums[:, 4:]), bootstrap_samples, rng
    )


def judge(gold: AlignedSentence, predicted: AlignedSentence) -> dict[tuple[int, int], Judgement]:
    """Every predicted link and every sure gold link with what it is."""
    sure, allowed = set(gold.sure), {*gold.sure, *gold.possible}
    links = {*predicted.sure, *predicted.possible}
    judged = {link: Judgement.RIGHT if link in allowed else Judgement.WRONG for link in sorted(links)}
    return judged | {link: Judgement.MISSED for link in sorted(sure - links)}


def _share(part: np.ndarray, whole: np.ndarray, empty: float) -> np.ndarray:
    shares: np.ndarray = np.divide(part, whole, out=np.full(len(part), empty), where=whole > 0)
    return shares


def _precision(sums: np.ndarray) -> np.ndarray:
    return _share(sums[:, 3], sums[:, 0], 0.0)


def _recall(sums: np.ndarray) -> np.ndarray:
    return _share(sums[:, 2], sums[:, 1], 0.0)


def _f1(sums: np.ndarray) -> np.ndarray:
    precision, recall = _precision(sums), _recall(sums)
    return _share(2 * precision * recall, precision + recall, 0.0)


def _aer(sums: np.ndarray) -> np.ndarray:
    return 1 - _share(sums[:, 2] + sums[:, 3], sums[:, 0] + sums[:, 1], 1.0)


FIGURES = {"precision": _precision, "recall": _recall, "f1": _f1, "aer": _aer}
"""Name -> function of sums (n, 4) as in `count`. Where nothing is predicted, precision and F1 are 0; without any link AER is 0."""
