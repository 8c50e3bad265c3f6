"""Colouring: one language's space given the statistics of another, which stays as it is; no pair and no training needed.

Normalisation moves both languages. A model that was trained on one of them, such as a tagger, is best served when its own space is left
alone and only the other language moves onto it.
"""

from __future__ import annotations

import numpy as np

from .maps import LanguageMap, Maps
from .normalization import spectrum


def fit(src: np.ndarray, trg: np.ndarray, *, power: float = 0.5) -> Maps:
    """The source map x -> C_trg^(p/2) C_src^(-p/2) (x - mean_src) + mean_trg, and the identity for the target.

    src (n, d) and trg (m, d) are monolingual CCWRs, C their covariances, shrunk as for normalisation. p = 1 gives the source the
    mean and covariance of the target [as correlation alignment does, Sun et al. 2016], p = 0 its mean alone; in between, directions
    are stretched part of the way on a logarithmic scale. Raises RunError when a side has no usable vector.
    """
    (src_values, src_axes, src_mean), (trg_values, trg_axes, trg_mean) = spectrum(src), spectrum(trg)
    stretch = (trg_axes * trg_values ** (power / 2)) @ trg_axes.T
    flatten = (src_axes * src_values ** (-power / 2)) @ src_axes.T
    matrix = stretch @ flatten
    # matrix (x - m) = matrix (x - mean_src) + mean_trg; both factors are invertible because the covariances are shrunk
    mean = src_mean - np.linalg.solve(matrix, trg_mean)
    identity = np.eye(len(matrix), dtype=np.float32)
    return Maps(LanguageMap(matrix.astype(np.float32), mean.astype(np.float32)), LanguageMap(identity))
