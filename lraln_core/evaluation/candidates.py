"""The nearest words of one word among many of the other language, by cosine and by CSLS: why a pair was found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.similarity import FloatArray

from .pair_scores import Reference, csls, neighbourhood

SEARCHED = 200  # nearest by cosine, among which those by CSLS are looked for


@dataclass(frozen=True)
class Nearest:
    """Candidates for one word, the highest CSLS first. Rows are those of the words that were searched."""

    row: np.ndarray  # (k,) int64
    cosine: FloatArray  # (k,)
    csls: FloatArray  # (k,)
    hubness: FloatArray  # (k,) of the candidate; 1 is the average
    cosine_rank: np.ndarray  # (k,) int64, from 1
    by_cosine: int  # row of the nearest by cosine
    r: float  # r(x) of the word itself: mean cosine to its nearest reference words
    hubness_of_word: float

    @property
    def by_csls(self) -> int:
        """Row of the nearest by CSLS."""
        return int(self.row[0])

    @property
    def margin(self) -> float | None:
        """CSLS of the first less that of the second; None for a single candidate."""
        return float(self.csls[0] - self.csls[1]) if len(self.csls) > 1 else None


def nearest_words(query: FloatArray, words: FloatArray, own: Reference, other: Reference, *, also: int, k: int = 10) -> Nearest:
    """The k candidates with the highest CSLS, and the word `also` (a row) in any case.

    query (d,) and words (n, d) are float32 unit rows; `own` is the reference sample of the language of the query, `other` that of the
    words. The candidates by CSLS are looked for among the SEARCHED nearest by cosine.
    """
    cosines = words @ query
    order = np.lexsort((np.arange(len(words)), -cosines))
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(1, len(words) + 1)
    searched = order[:SEARCHED]
    if also not in searched:
        searched = np.append(searched, also)
    asked = neighbourhood(query[None], other, len(own.vectors))
    near = neighbourhood(words[searched], own, len(other.vectors))
    score = csls(cosines[searched], np.full(len(searched), asked.r[0]), near.r)
    best = np.lexsort((searched, -score))
    kept = best[:k]
    if also not in searched[kept]:
        kept = np.append(kept, best[searched[best] == also])
    row = searched[kept]
    return Nearest(row, cosines[row], score[kept], near.hubness[kept], rank[row], int(order[0]), float(asked.r[0]), float(asked.hubness[0]))
