"""Links by the probability of each word of the other side, softmax or entmax, in both directions [Dou and Neubig 2021, section 2.1]."""

from __future__ import annotations

import numpy as np

from .links import Flags, Float64


def softmax(scores: Float64) -> Float64:
    """Probabilities of each row. (n, m) -> (n, m)."""
    shifted = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def entmax(scores: Float64) -> Float64:
    """1.5-entmax of each row: like softmax, but small probabilities are exactly 0 [Peters et al. 2019, algorithm 2]. (n, m) -> (n, m).

    p_j = max(0, s_j / 2 - tau)^2, where tau makes the sum 1: over the k highest scores, tau = mean - sqrt((1 - k variance) / k), and k
    is the largest number of scores of which the lowest is still above tau.
    """
    half = (scores - scores.max(1, keepdims=True)) / 2
    ordered = -np.sort(-half, axis=1)
    count = np.arange(1, scores.shape[1] + 1)
    mean = ordered.cumsum(1) / count
    spread = count * ((ordered**2).cumsum(1) / count - mean**2)
    threshold = mean - np.sqrt(np.maximum((1 - spread) / count, 0))
    support = np.maximum((threshold <= ordered).sum(1), 1)
    tau = threshold[np.arange(len(scores)), support - 1]
    return np.asarray(np.maximum(half - tau[:, None], 0) ** 2)


def both_ways(similarity: Float64, *, temperature: float, null: float | None, sparse: bool) -> tuple[Float64, Float64]:
    """p(target word | source word) and p(source word | target word). similarity (n, m) -> two matrices (n, m).

    The scores are similarities divided by the temperature. null is the similarity of every word to "no word", in standard deviations
    above the mean of the matrix, so that it means the same for every encoder; the probability of no word is what a row (of the second
    matrix, a column) lacks to 1. None: no such word, as in the published program. sparse: entmax instead of softmax.
    """
    if not similarity.size:
        return similarity, similarity
    function = entmax if sparse else softmax
    nothing = None if null is None else float(similarity.mean() + null * similarity.std())

    def rows(matrix: Float64) -> Float64:
        if nothing is not None:
            matrix = np.concatenate([matrix, np.full((len(matrix), 1), nothing)], 1)
        probabilities = function(matrix / temperature)
        return probabilities if nothing is None else probabilities[:, :-1]

    return rows(similarity), rows(similarity.T).T


def above_threshold(forward: Float64, backward: Float64, threshold: float) -> Flags:
    """Cells with a probability above the threshold in both directions. (n, m), (n, m) -> (n, m)."""
    return np.asarray((forward > threshold) & (backward > threshold))
