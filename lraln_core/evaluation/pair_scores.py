"""One comparable score for every mined pair: cosine and CSLS of both words under the same maps, and the hubness of each word.

The neighbourhoods of CSLS and the hubness need all other words. A reference sample of words of each language stands for them, so the
work grows with the number of pairs and not with its square. numpy only, so that the app can use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.similarity import FloatArray

CSLS_K = 10
REFERENCE_WORDS = 5_000  # a side
HUB_FROM = 10.0  # a word is called a hub from so many times the average hubness on
BLOCK_ELEMENTS = 4_000_000  # cosines in memory at a time


@dataclass(frozen=True)
class Reference:
    """Words of one language that stand for all of them."""

    vectors: FloatArray  # (n, d) float32 unit rows
    r: FloatArray  # (n,) mean cosine to the CSLS_K nearest reference words of the other language
    limit: FloatArray  # (n,) cosine to the CSLS_K-th nearest of them: what is as near is among its nearest


@dataclass(frozen=True)
class Neighbourhood:
    """How close words of one language are to those of the other."""

    r: FloatArray  # (n,) r(x) of CSLS: mean cosine to the CSLS_K nearest reference words of the other language
    hubness: FloatArray  # (n,) how often the word is among the CSLS_K nearest of a word of the other language; 1 is the average


def references(src: FloatArray, trg: FloatArray) -> tuple[Reference, Reference]:
    """The reference samples of both languages from their unit rows, (n, d) and (m, d) float32."""
    sides = []
    for own, other in ((src, trg), (trg, src)):
        r, limit = _nearest(own, other)
        sides.append(Reference(own, r, limit))
    return sides[0], sides[1]


def neighbourhood(vectors: FloatArray, other: Reference, own_size: int) -> Neighbourhood:
    """Neighbourhoods of words in the reference sample of the other language.

    vectors (n, d) are float32 unit rows, own_size is the size of the reference sample of their own language. Hubness is the k-occurrence
    of Radovanović et al. 2010 (section 3), k = CSLS_K, divided by its mean over the reference sample.
    """
    r = np.empty(len(vectors), np.float32)
    hubness = np.empty(len(vectors), np.float32)
    k = min(CSLS_K, own_size)
    average = len(other.vectors) * k / max(1, own_size)
    for rows in _blocks(len(vectors), len(other.vectors)):
        cosine = vectors[rows] @ other.vectors.T
        r[rows] = _best(cosine).mean(1)
        hubness[rows] = (cosine >= other.limit).sum(1) / average
    return Neighbourhood(r, hubness)


def csls(cosine: FloatArray, src_r: FloatArray, trg_r: FloatArray) -> FloatArray:
    """2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3], of arrays of one shape."""
    return np.asarray(2 * cosine - src_r - trg_r)


def _nearest(own: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(r, limit) of every word of a reference sample."""
    r, limit = np.empty(len(own), np.float32), np.empty(len(own), np.float32)
    for rows in _blocks(len(own), len(other)):
        best = _best(own[rows] @ other.T)
        r[rows], limit[rows] = best.mean(1), best.min(1)
    return r, limit


def _best(cosine: FloatArray) -> FloatArray:
    """The CSLS_K highest values of each row, in no order. (n, m) -> (n, min(m, CSLS_K))."""
    k = min(CSLS_K, cosine.shape[1])
    return np.asarray(np.partition(cosine, -k, axis=1)[:, -k:])


def _blocks(rows: int, columns: int) -> list[slice]:
    size = max(1, BLOCK_ELEMENTS // max(1, columns))
    return [slice(start, start + size) for start in range(0, rows, size)]
