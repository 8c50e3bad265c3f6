"""Optimal transport: a plan worked out by hand, the marginals it converges to, and the self-labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lraln_core.alignment.in_sentence.probabilities import softmax
from lraln_core.alignment.in_sentence.transport import self_label, sinkhorn

MATRICES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6), elements=st.floats(-1, 1))


def test_one_iteration_by_hand():
    # exp of the scores is [[1, 2], [1, 6]]; columns scaled: [[1/2, 1/4], [1/2, 3/4]]; rows scaled: [[2/3, 1/3], [2/5, 3/5]].
    forward, backward = sinkhorn(np.log([[1.0, 2.0], [1.0, 6.0]]), entropy=1.0, iterations=1)
    assert forward == pytest.approx(np.array([[2 / 3, 1 / 3], [2 / 5, 3 / 5]]))
    assert backward == pytest.approx(np.array([[5 / 8, 5 / 14], [3 / 8, 9 / 14]]))


@given(MATRICES)
def test_without_iterations_it_is_the_softmax(similarity):
    forward, backward = sinkhorn(similarity, entropy=0.5, iterations=0)
    assert forward == pytest.approx(softmax(similarity / 0.5)) and backward == pytest.approx(softmax(similarity.T / 0.5).T)


@given(MATRICES)
def test_with_many_iterations_every_word_gets_its_share(similarity):
    forward, _ = sinkhorn(similarity, entropy=0.5, iterations=500)
    n, m = similarity.shape
    assert forward.sum(1) == pytest.approx(np.ones(n)) and forward.sum(0) == pytest.approx(np.full(m, n / m), rel=1e-3)


def test_a_hub_does_not_take_the_words_of_others():
    # Column 0 is the best of all three rows: argmax links one word, transport gives rows 1 and 2 their second best.
    similarity = np.array([[0.9, 0.1, 0.1], [0.8, 0.7, 0.1], [0.8, 0.1, 0.7]])
    forward, backward = sinkhorn(similarity, entropy=0.1, iterations=20)
    assert self_label(forward, backward, filtering=1).astype(int).tolist() == np.eye(3, dtype=int).tolist()


@given(MATRICES)
def test_low_entropy_comes_near_the_best_assignment_value(similarity):
    n = min(similarity.shape)
    square = similarity[:n, :n]
    forward, _ = sinkhorn(square, entropy=0.01, iterations=3000)
    from scipy.optimize import linear_sum_assignment

    best = square[linear_sum_assignment(square, maximize=True)].sum()
    # Entropic transport loses at most entropy * n log n against the best plan; rows and columns are only nearly balanced.
    assert (forward * square).sum() >= best - 0.01 * n * math.log(max(n, 2)) - 0.1


@given(MATRICES, st.integers(1, 3))
def test_first_labels_are_one_to_one_and_later_rounds_only_add(similarity, filtering):
    plans = sinkhorn(similarity, entropy=0.1, iterations=2)
    first = self_label(*plans, filtering=1)
    assert first.sum(0).max() <= 1 and first.sum(1).max() <= 1
    assert (self_label(*plans, filtering=filtering) | first).tolist() == self_label(*plans, filtering=filtering).tolist()


def test_very_low_entropy_and_extreme_similarities_stay_finite():
    forward, backward = sinkhorn(np.array([[1.0, -1.0], [-1.0, -1.0]]), entropy=0.001, iterations=50)
    assert np.isfinite(forward).all() and np.isfinite(backward).all()
