"""The aligners of SimAlign against matrices worked out by hand, and rules that hold for every matrix."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lraln_core.alignment.in_sentence.matching import argmax, itermax, maximum_matching

MATRICES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6), elements=st.floats(0.01, 1))


def cells(linked):
    return [tuple(map(int, cell)) for cell in np.argwhere(linked)]


def test_argmax_keeps_what_is_best_in_both_directions():
    # Word 0 prefers column 0, word 1 too; column 0 prefers word 1; column 1 prefers word 0, whose best is column 0.
    assert cells(argmax(np.array([[0.8, 0.7], [0.9, 0.1]]))) == [(1, 0)]


def test_of_equal_similarities_the_first_counts():
    assert cells(argmax(np.full((2, 3), 0.5))) == [(0, 0)]


def test_itermax_links_left_over_words_and_may_link_a_word_twice():
    similarity = np.array([[0.9, 0.5, 0.1], [0.8, 0.2, 0.1], [0.1, 0.1, 0.7]])
    assert cells(argmax(similarity)) == [(0, 0), (2, 2)]
    # Free: row 1, column 1. Row 1 has 0.8 * 0.9 = 0.72 in column 0 (taken), 0.2 in column 1, 0.09 in column 2; its best is column 0.
    # Column 0 has row 1 as its best among cells with a free word, so 1-0 is added. Column 1 prefers row 0 (0.45), whose cells with a
    # free word are column 1 alone, so 0-1 is added too.
    assert cells(itermax(similarity, 2)) == [(0, 0), (0, 1), (1, 0), (2, 2)]


def test_itermax_stops_when_a_side_has_no_free_word():
    similarity = np.array([[0.9, 0.1, 0.1, 0.8], [0.1, 0.9, 0.1, 0.1], [0.1, 0.1, 0.9, 0.1]])
    assert cells(itermax(similarity, 5)) == [(0, 0), (1, 1), (2, 2)]


def test_itermax_of_two_words_is_argmax():
    similarity = np.array([[0.9, 0.8, 0.7], [0.1, 0.2, 0.3]])
    assert cells(itermax(similarity, 3)) == cells(argmax(similarity))


def test_maximum_matching_takes_the_best_sum():
    # Greedy takes 0.9 + 0.1; the best assignment is 0.8 + 0.7.
    assert cells(maximum_matching(np.array([[0.9, 0.8], [0.7, 0.1]]))) == [(0, 1), (1, 0)]


@given(MATRICES)
def test_maximum_matching_is_the_best_of_all_assignments(similarity):
    n, m = similarity.shape
    short, long = (similarity, m) if n <= m else (similarity.T, n)
    best = max(sum(short[i, j] for i, j in enumerate(order)) for order in permutations(range(long), len(short)))
    linked = maximum_matching(similarity)
    assert similarity[linked].sum() == pytest.approx(best)
    assert linked.sum() == min(n, m) and linked.sum(0).max() <= 1 and linked.sum(1).max() <= 1


@given(MATRICES)
def test_argmax_links_are_one_to_one_and_are_in_itermax(similarity):
    linked = argmax(similarity)
    assert linked.sum(0).max() <= 1 and linked.sum(1).max() <= 1
    assert linked.any()  # the highest cell of all is the highest of its row and of its column
    more = itermax(similarity, 3)
    assert (more | linked).tolist() == more.tolist()
    assert itermax(similarity, 1).tolist() == linked.tolist()


@given(MATRICES, st.randoms())
def test_distinct_similarities_give_the_same_links_in_any_order_of_words(similarity, random):
    if len(np.unique(similarity)) < similarity.size:
        return
    rows, columns = list(range(similarity.shape[0])), list(range(similarity.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    for aligner in (argmax, lambda matrix: itermax(matrix, 2)):
        assert aligner(similarity)[np.ix_(rows, columns)].tolist() == aligner(similarity[np.ix_(rows, columns)]).tolist()


@pytest.mark.parametrize("aligner", [argmax, itermax, maximum_matching])
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_has_no_links(aligner, shape):
    assert aligner(np.zeros(shape)).shape == shape
