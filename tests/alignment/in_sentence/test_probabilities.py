"""Softmax and entmax against values worked out by hand and by their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lraln_core.alignment.in_sentence.probabilities import above_threshold, both_ways, entmax, softmax

SCORES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7), elements=st.floats(-20, 20))


def test_softmax_by_hand():
    assert softmax(np.array([[0.0, math.log(3)]])) == pytest.approx(np.array([[0.25, 0.75]]))


def test_entmax_by_hand():
    # Two scores, s and 0: p = (s/2 - tau)^2 and (-tau)^2 with sum 1. For s = 1: tau^2 + (1/2 - tau)^2 = 1, tau = (1 - sqrt 7) / 4.
    tau = (1 - math.sqrt(7)) / 4
    assert entmax(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[(0.5 - tau) ** 2, tau**2]]))
    # From a difference of 2 on, the lower score gets exactly nothing.
    assert entmax(np.array([[2.0, 0.0]])).tolist() == [[1.0, 0.0]]
    assert entmax(np.array([[0.3, 0.3, 0.3, 0.3]])) == pytest.approx(np.full((1, 4), 0.25))


@given(SCORES)
def test_entmax_satisfies_its_definition(scores):
    found = entmax(scores)
    assert found.sum(1) == pytest.approx(np.ones(len(scores)))
    for row, probabilities in zip(scores, found, strict=True):
        inside = probabilities > 1e-12
        tau = row[inside] / 2 - np.sqrt(probabilities[inside])
        assert np.ptp(tau) < 1e-6  # one tau for all that have probability
        assert (row[~inside] / 2 <= tau.max() + 1e-6).all()  # and the rest lies below it
    assert found.argmax(1).tolist() == scores.argmax(1).tolist() or (
        found.max(1) == pytest.approx(found[range(len(found)), scores.argmax(1)])
    )


def test_a_word_unlike_all_others_goes_to_no_word():
    similarity = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.12, 0.1, 0.11]])
    forward, backward = both_ways(similarity, temperature=0.05, null=1.0, sparse=False)
    assert forward[2].sum() < 0.01 and forward[:2].max(1) == pytest.approx([1, 1], abs=0.01)
    assert above_threshold(forward, backward, 0.1).astype(int).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    without, _ = both_ways(similarity, temperature=0.05, null=None, sparse=False)
    assert without.sum(1) == pytest.approx(np.ones(3))


def test_the_threshold_counts_in_both_directions():
    forward, backward = np.array([[0.6, 0.4]]), np.array([[0.3, 0.9]])
    assert above_threshold(forward, backward, 0.35).tolist() == [[False, True]]
    assert above_threshold(forward, backward, 0.2).tolist() == [[True, True]]


@given(arrays(np.float64, (4, 5), elements=st.floats(-1, 1)), st.booleans())
def test_sides_change_places_with_the_matrix(similarity, sparse):
    forward, backward = both_ways(similarity, temperature=0.1, null=1.0, sparse=sparse)
    forward_t, backward_t = both_ways(similarity.T, temperature=0.1, null=1.0, sparse=sparse)
    assert forward == pytest.approx(backward_t.T) and backward == pytest.approx(forward_t.T)
