"""Normalisation of one language's space: centring, all-but-the-top, whitening, from its monolingual CCWRs alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lraln_core.errors import ConfigError, RunError

from .maps import LanguageMap

LEAST_SHRINKAGE = 0.01  # BERT-type encoders end in a layer norm, so one direction has no variance
BLOCK_ROWS = 16_384


def fit(vectors: np.ndarray, *, centre: bool = True, remove_top: int = 0, whitening: float = 0.5) -> LanguageMap:
    """The map W (E - mean) of a language, from its monolingual CCWRs alone. vectors (n, d) -> LanguageMap of d.

    centre      subtract the mean of the language.
    remove_top  drop that many leading principal directions [Mu and Viswanath 2018, algorithm 1].
    whitening   W = C^(-whitening / 2) for the covariance C about the mean: 0 keeps the shape of the cloud, 1 is full (ZCA)
                whitening, 0.5 goes half the way on a logarithmic scale.

    C is shrunk towards a multiple of the identity [Ledoit and Wolf 2004], by LEAST_SHRINKAGE at least, so that directions
    that are poorly estimated from few vectors are not amplified. W is scaled to keep the mean squared distance to the mean, so that two
    normalised languages are as large as they were. Rows that are zero or not finite take no part. Lengths are taken as they
    are: scaling the rows to unit length first changes retrieval by less than half a point. Work is done in float64.
    Raises ConfigError for an option out of range, RunError when there is no vector to learn from.
    """
    vectors = np.asarray(vectors)
    dimension = vectors.shape[1]
    _check(dimension, remove_top, whitening)
    mean, count = _mean(vectors)
    eigenvalues, directions, shrinkage = _spectrum(vectors, mean, count)
    gain = _gain(eigenvalues, shrinkage, whitening)
    removed = min(remove_top, int((eigenvalues > 0).sum()))
    gain[dimension - removed :] = 0
    left = (gain**2 * eigenvalues).sum()
    if left > 0:
        gain *= np.sqrt(eigenvalues.sum() / left)
    matrix = (directions * gain) @ directions.T
    return LanguageMap(matrix.astype(np.float32), mean.astype(np.float32) if centre else None)


def spectrum(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues (d,) and eigenvectors (d, d, columns) of the shrunk covariance of a language's CCWRs (n, d), and their mean (d,).

    Raises RunError when there is no usable vector.
    """
    vectors = np.asarray(vectors)
    mean, count = _mean(vectors)
    eigenvalues, directions, shrinkage = _spectrum(vectors, mean, count)
    shrunk = _shrunk(eigenvalues, shrinkage)
    return (shrunk if shrunk[0] > 0 else np.ones(len(shrunk))), directions, mean


def _check(dimension: int, remove_top: int, whitening: float) -> None:
    if not 0 <= remove_top < dimension:
        raise ConfigError(f"remove_top = {remove_top!r} must be a whole number from 0 to {dimension - 1}.")
    if not 0 <= whitening <= 1:
        raise ConfigError(f"whitening = {whitening!r} must lie between 0 (none) and 1 (full).")


def _blocks(vectors: np.ndarray) -> Iterator[np.ndarray]:
    """The usable rows in float64, a part at a time."""
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = np.asarray(vectors[start : start + BLOCK_ROWS], np.float64)
        yield block[np.isfinite(block).all(1) & block.any(1)]


def _mean(vectors: np.ndarray) -> tuple[np.ndarray, int]:
    total, count = np.zeros(vectors.shape[1]), 0
    for block in _blocks(vectors):
        total += block.sum(0)
        count += len(block)
    if not count:
        raise RunError("There is no word with a vector to normalise by: the encoder does not know this language's script.")
    return total / count, count


def _spectrum(vectors: np.ndarray, mean: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Eigenvalues (ascending) and eigenvectors (columns) of the covariance, and how much to shrink it, 0 to 1."""
    covariance, fourth = np.zeros((len(mean), len(mean))), 0.0
    for block in _blocks(vectors):
        block -= mean
        covariance += block.T @ block
        fourth += float((np.einsum("ij,ij->i", block, block) ** 2).sum())
    covariance /= count
    eigenvalues, directions = np.linalg.eigh(covariance)
    # Rounding leaves values of either sign where there is no variance.
    eigenvalues[eigenvalues < len(mean) * np.finfo(float).eps * max(eigenvalues[-1], 0)] = 0
    spread = ((eigenvalues - eigenvalues.mean()) ** 2).sum()
    error = (fourth / count - (eigenvalues**2).sum()) / count
    return eigenvalues, directions, min(error / spread, 1.0) if spread > 0 else 1.0


def _gain(eigenvalues: np.ndarray, shrinkage: float, whitening: float) -> np.ndarray:
    """How much each principal direction is stretched."""
    shrunk = _shrunk(eigenvalues, shrinkage)
    return shrunk ** (-whitening / 2) if shrunk[0] > 0 else np.ones(len(shrunk))


def _shrunk(eigenvalues: np.ndarray, shrinkage: float) -> np.ndarray:
    """Eigenvalues drawn towards their mean, by LEAST_SHRINKAGE at least."""
    shrinkage = max(shrinkage, LEAST_SHRINKAGE)
    return np.asarray((1 - shrinkage) * eigenvalues + shrinkage * eigenvalues.mean())
