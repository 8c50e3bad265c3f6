"""Usable words, unit rows, and CSLS of a similarity matrix that fits in memory. numpy only, for the app; see also neighbours.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lraln_core.records import WordVectors

FloatArray = npt.NDArray[np.floating]


def unit_rows(vectors: FloatArray) -> npt.NDArray[np.float32]:
    """Rows scaled to length 1 in float32; zero rows stay zero. (n, d) -> (n, d)."""
    vectors = np.asarray(vectors, np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: npt.NDArray[np.float32] = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return scaled


def mean_of_best(similarity: FloatArray, csls_k: int) -> FloatArray:
    """r(x) of CSLS: the mean of the csls_k highest values of each row, of all where there are fewer. (n, m) -> (n,).

    Source: Conneau et al. 2018, section 2.3.
    """
    csls_k = min(csls_k, similarity.shape[1])
    return np.asarray(np.partition(similarity, -csls_k, axis=1)[:, -csls_k:].mean(1))


def csls(similarity: FloatArray, csls_k: int) -> FloatArray:
    """CSLS of every pair, 2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3]. similarity (n, m) cosines -> (n, m)."""
    return np.asarray(2 * similarity - mean_of_best(similarity, csls_k)[:, None] - mean_of_best(similarity.T, csls_k))


def usable(words: WordVectors) -> np.ndarray:
    """Words with a finite vector that is not zero. -> (n_words,) bool."""
    square = np.einsum("ij,ij->i", words.vectors, words.vectors, dtype=np.float32)
    return np.asarray(words.valid & np.isfinite(square) & (square > 0), bool)
