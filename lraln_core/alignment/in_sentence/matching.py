"""The three aligners of SimAlign [Jalili Sabet et al. 2020, section 2.1]: argmax, itermax, and maximum matching."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from .links import Flags, Float64

ITERMAX_DISCOUNT = 0.9  # alpha: similarity of a word that has a link already
SMALLEST_FOR_ITERMAX = 3  # words a side; with fewer the first iteration is final, as in the published program


def best_both_ways(similarity: Float64) -> Flags:
    """Cells that are the highest of their row and of their column, of equal values the first. (n, m) -> (n, m)."""
    linked = np.zeros(similarity.shape, bool)
    if similarity.size:
        rows, columns = np.arange(similarity.shape[0]), np.arange(similarity.shape[1])
        forward, backward = np.zeros_like(linked), np.zeros_like(linked)
        forward[rows, similarity.argmax(1)] = True
        backward[similarity.argmax(0), columns] = True
        linked = forward & backward
    return linked


def argmax(similarity: Float64) -> Flags:
    """Links whose words are each other's most similar word of the sentence pair. similarity (n, m) -> (n, m)."""
    return best_both_ways(similarity)


def itermax(similarity: Float64, iterations: int = 2) -> Flags:
    """Argmax again and again: after each iteration words with a link count less, and cells between two such words not at all.

    similarity (n, m) must not be negative: it is multiplied by 0, ITERMAX_DISCOUNT or 1. So words may get several links. Stops when
    every word of a side has a link, or when nothing is added.
    """
    linked = best_both_ways(similarity)
    if min(similarity.shape, default=0) < SMALLEST_FOR_ITERMAX:
        return linked
    for _ in range(iterations - 1):
        free_rows: Flags = np.logical_not(linked.any(axis=1, keepdims=True))[:, 0]
        free_columns: Flags = np.logical_not(linked.any(axis=0, keepdims=True))[0]
        if not free_rows.any() or not free_columns.any():
            break
        allowed = free_rows[:, None] | free_columns
        weight = np.where(free_rows[:, None] & free_columns, 1.0, ITERMAX_DISCOUNT) * allowed
        added = best_both_ways(similarity * weight) & allowed
        if not (added & ~linked).any():
            break
        linked |= added
    return linked


def maximum_matching(similarity: Float64) -> Flags:
    """The one-to-one links with the highest sum of similarities; every word of the shorter side has one. (n, m) -> (n, m)."""
    linked = np.zeros(similarity.shape, bool)
    linked[linear_sum_assignment(similarity, maximize=True)] = True
    return linked
