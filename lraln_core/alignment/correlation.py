"""Canonical correlation analysis (CCA) of paired word vectors: directions in which two languages agree, weighted by how well they do.

Plain centring and whitening treat all directions alike. CCA [Hotelling 1936] finds pairs of directions whose coordinates correlate
over word pairs; weighting each by its correlation keeps what both languages share and damps the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.errors import RunError

from .maps import LanguageMap, Maps

RIDGE = 0.1  # share of the mean eigenvalue that is added to a covariance before it is inverted


@dataclass(frozen=True)
class PairMoments:
    """Second moments of paired vectors about their means, in float64."""

    count: int
    src: np.ndarray  # (d, d) covariance of the source vectors
    trg: np.ndarray  # (d, d) covariance of the target vectors
    cross: np.ndarray  # (d, d) covariance of source (rows) with target (columns)


def moments(blocks: Sequence[tuple[np.ndarray, np.ndarray]]) -> PairMoments:
    """Moments over blocks of pairs, each side of each block centred by its own mean.

    A block is (source (n, d), target (n, d)), row i paired with row i. Centring by block removes what differs between blocks for
    another reason than the words, such as text that was written against text that was put together from glosses.
    Raises RunError without any pair.
    """
    count = sum(len(src) for src, _ in blocks)
    if not count:
        raise RunError("There is no word pair to learn the maps from.")
    dimension = blocks[0][0].shape[1]
    sums = [np.zeros((dimension, dimension)) for _ in range(3)]
    for src, trg in blocks:
        if len(src) != len(trg):
            raise ValueError(f"Paired blocks need the same rows: {len(src)} and {len(trg)}.")
        if not len(src):
            continue
        src, trg = (np.asarray(side, np.float64) - np.asarray(side, np.float64).mean(0) for side in (src, trg))
        for total, (one, other) in zip(sums, ((src, src), (trg, trg), (src, trg)), strict=True):
            total += one.T @ other
    return PairMoments(count, *(total / count for total in sums))


def shrink(of: PairMoments, prior_pairs: float) -> PairMoments:
    """The moments drawn towards two languages that agree everywhere: C <- (n C + n0 T) / (n + n0), T the average covariance.

    prior_pairs is n0. With few pairs the result tends to one and the same map for both languages, which keeps every cosine order of
    whitened vectors; with many pairs the prior vanishes.
    """
    average = (of.src + of.trg) / 2
    total = of.count + prior_pairs
    return PairMoments(of.count, *((of.count * part + prior_pairs * average) / total for part in (of.src, of.trg, of.cross)))


@dataclass(frozen=True)
class Correlation:
    """A fitted CCA: linear maps into the shared space and the correlation of each of its directions, in falling order."""

    src: np.ndarray  # (d, d) float32, applied as vectors @ src.T
    trg: np.ndarray  # (d, d) float32
    correlations: np.ndarray  # (d,) in [0, 1]


def fit(of: PairMoments, *, ridge: float = RIDGE, power: float = 2.0) -> Correlation:
    """W_src = (F_src U rho^power)', W_trg = (F_trg V rho^power)' for U rho V' = svd(F_src C F_trg), F = (C + ridge m I)^(-1/2).

    m is the mean eigenvalue of each covariance; correlations are clipped to [0, 1]. The maps are scaled to keep the mean squared
    length of the vectors, both by one factor. Raises RunError when the vectors do not vary or are not finite.
    """
    whiten = []
    for covariance in (of.src, of.trg):
        mean = float(np.trace(covariance)) / len(covariance)
        if not np.isfinite(covariance).all() or mean <= 0:
            raise RunError("The vectors of the word pairs do not vary or are not finite: no map can be learned from them.")
        values, directions = np.linalg.eigh(covariance)
        whiten.append((directions * (np.maximum(values, 0) + ridge * mean) ** -0.5) @ directions.T)
    left, correlations, right = np.linalg.svd(whiten[0] @ of.cross @ whiten[1])
    correlations = np.clip(correlations, 0, 1)
    maps = [(whiten[0] @ left * correlations**power).T, (whiten[1] @ right.T * correlations**power).T]
    before = np.trace(of.src) + np.trace(of.trg)
    after = sum(float(np.einsum("ij,jk,ik->", one, covariance, one)) for one, covariance in zip(maps, (of.src, of.trg), strict=True))
    scale = np.sqrt(before / after) if after > 0 else 1.0
    src, trg = ((one * scale).astype(np.float32) for one in maps)
    return Correlation(src, trg, correlations)


def after(correlation: Correlation, first: Maps) -> Maps:
    """Maps that apply `first` and then the correlation, as one affine map a language."""
    return Maps(
        LanguageMap(correlation.src @ first.src.matrix, first.src.mean),
        LanguageMap(correlation.trg @ first.trg.matrix, first.trg.mean),
    )
