"""Pairs of word types worth reading: mutual nearest by CSLS between type anchors, each with the precision that it can be expected to have.

Anchors average a word's occurrences, so one odd context proposes nothing, and CSLS keeps frequent words from being the answer to
everything. How far a score can be trusted is measured without a dictionary: words whose translation is known because both languages
spell it alike, in Latin letters (names, numbers, loans), are looked up among all candidates, and the share of them that is found, by
score, is the expected precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.text.romanisation import needs_romanising, romanise

from .glosses import CSLS_K
from .neighbours import csls_both_ways

LEAST_KNOWN = 20  # pairs of known answer that a calibration needs


@dataclass(frozen=True)
class TypePairs:
    """For each source type its best target type by CSLS, best pairs first."""

    src: np.ndarray  # (n,) int64, rows of the source anchors
    trg: np.ndarray  # (n,) int64, rows of the target anchors
    similarity: np.ndarray  # (n,) float32, cosine of the anchors
    score: np.ndarray  # (n,) float32, CSLS: 2 cos - r(x) - r(y)
    margin: np.ndarray  # (n,) float32, score less that of the second best target
    mutual: np.ndarray  # (n,) bool, the source type is also the best of the target type

    def __len__(self) -> int:
        return len(self.src)

    def take(self, index: np.ndarray) -> TypePairs:
        """A selection of pairs."""
        return TypePairs(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def best_pairs(src: np.ndarray, trg: np.ndarray, *, csls_k: int = CSLS_K) -> TypePairs:
    """The best target of every source by CSLS [Conneau et al. 2018, eq. 3], sorted by falling score, ties by row.

    src (n, d) and trg (m, d) are unit rows. Mutual means best in both directions.
    """
    if not len(src) or not len(trg):
        empty, numbers = np.zeros(0, np.float32), np.zeros(0, np.int64)
        return TypePairs(numbers, numbers, empty, empty, empty, np.zeros(0, bool))
    found = csls_both_ways(src, [trg], 2, csls_k)
    there, back = found.forward, found.backward.index[:, 0]
    csls = 2 * there.similarity - found.src_r[:, None] - found.trg_r[there.index]
    score, margin = csls[:, 0], csls[:, 0] - csls[:, -1]
    order = np.lexsort((np.arange(len(src)), -score))
    best = there.index[order, 0]
    return TypePairs(order, best, there.similarity[order, 0], score[order], margin[order], back[best] == order)


def known_pairs(
    src_words: Sequence[str], trg_words: Sequence[str], *, languages: tuple[str, str] = ("", ""), shortest: int = 4
) -> np.ndarray:
    """Types that both languages spell alike: numbers, and words of `shortest` characters or more. -> (n, 2) rows.

    Words of another script than the Latin one are compared in Latin letters, by the rules of their language. Most words found are names
    and loans; shorter words are too often alike by chance.
    """
    src, trg = (_in_latin(words, language) for words, language in zip((src_words, trg_words), languages, strict=True))
    row = {word: number for number, word in enumerate(trg)}
    alike = [(number, row[word]) for number, word in enumerate(src) if word in row and (len(word) >= shortest or word.isdecimal())]
    return np.array(alike, np.int64).reshape(-1, 2)


def _in_latin(words: Sequence[str], language: str) -> Sequence[str]:
    return [word.lower() for word in romanise(words, language)] if needs_romanising(words) else words


@dataclass(frozen=True)
class Calibration:
    """Expected precision as a step function of the score that never falls."""

    score: np.ndarray  # (n,) ascending
    precision: np.ndarray  # (n,) not falling, in (0, 1)
    known: int  # pairs of known answer it rests on

    def expected(self, score: np.ndarray) -> np.ndarray:
        """Expected precision of pairs with these scores. (m,) -> (m,); NaN where nothing is known."""
        if not len(self.score):
            return np.full(len(score), np.nan)
        return self.precision[np.clip(np.searchsorted(self.score, score, side="right") - 1, 0, None)]


def calibrate(pairs: TypePairs, known: np.ndarray) -> Calibration:
    """Isotonic fit [Barlow et al. 1972] of "found the known answer" on the score.

    known (n, 2) holds rows of types whose answer is known; the mutual pairs of these source types are fitted. One right and one wrong
    answer are added at each end (Laplace), so that no score is said to be always right. Fewer than LEAST_KNOWN pairs of known answer
    give no calibration.
    """
    answer = dict(map(tuple, known.tolist()))
    asked = np.array([number for number in np.flatnonzero(pairs.mutual) if int(pairs.src[number]) in answer], np.int64)
    if len(asked) < LEAST_KNOWN:
        return Calibration(np.zeros(0), np.zeros(0), len(asked))
    asked = asked[np.argsort(pairs.score[asked], kind="stable")]
    right = np.array([answer[int(pairs.src[number])] == pairs.trg[number] for number in asked], float)
    score = pairs.score[asked].astype(np.float64)
    ends = np.concatenate([score[:1], score[:1], score, score[-1:], score[-1:]])
    return Calibration(ends, isotonic(np.concatenate([[1.0, 0.0], right, [1.0, 0.0]])), len(asked))


def isotonic(values: np.ndarray) -> np.ndarray:
    """The non-falling sequence nearest to the values by least squares (pool adjacent violators). (n,) -> (n,)."""
    sums: list[float] = []
    sizes: list[int] = []
    for value in values.tolist():
        sums.append(value)
        sizes.append(1)
        while len(sums) > 1 and sums[-2] * sizes[-1] >= sums[-1] * sizes[-2]:
            sums[-2:], sizes[-2:] = [sums[-2] + sums[-1]], [sizes[-2] + sizes[-1]]
    return np.repeat(np.array(sums) / np.array(sizes), sizes)
