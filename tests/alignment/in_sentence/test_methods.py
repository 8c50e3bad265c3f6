"""All methods through one function: links with confidence, sure and possible ones, words left out of the matrix."""

from __future__ import annotations

import numpy as np
import pytest

from lraln_core.alignment.in_sentence.links import Link, sentence_matrices, similarity_matrix
from lraln_core.alignment.in_sentence.methods import link, sure_and_possible
from lraln_core.choices import Aligner
from lraln_core.records import from_lengths

VALUES = {"temperature": 0.1, "threshold": 0.1, "null": None, "entropy": 0.1, "iterations": 2, "filtering": 2, "rounds": 2}
METHODS = [method for method in Aligner if method.uses_vectors]


@pytest.mark.parametrize("method", METHODS)
def test_an_obvious_pair_is_linked_by_every_method(method):
    similarity = np.array([[0.1, 0.9, 0.1], [0.9, 0.1, 0.1], [0.1, 0.1, 0.9]])
    found = link(similarity, method, **VALUES)
    assert [(one.src, one.trg) for one in found] == [(0, 1), (1, 0), (2, 2)]
    assert all(0.9 < one.confidence <= 1 for one in found)


@pytest.mark.parametrize("method", METHODS)
def test_confidence_is_higher_where_the_choice_is_clear(method):
    similarity = np.array([[0.9, 0.1, 0.1], [0.1, 0.5, 0.45], [0.1, 0.45, 0.5]])
    found = {(one.src, one.trg): one.confidence for one in link(similarity, method, **VALUES)}
    assert found[0, 0] > found[1, 1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0)])
def test_no_words_no_links(method, shape):
    assert link(np.zeros(shape), method, **VALUES) == ()


def test_fast_align_needs_a_text():
    with pytest.raises(ValueError, match="fast_align"):
        link(np.eye(2), Aligner.FAST_ALIGN, **VALUES)


def test_two_thresholds():
    links = (Link(0, 0, 0.9), Link(1, 1, 0.5), Link(2, 2, 0.1))
    assert sure_and_possible(links, 0.6, 0.3) == ((links[0],), (links[1],))
    assert sure_and_possible(links, 0.0, 0.0) == (links, ())


def test_similarity_is_the_cosine_and_0_without_a_vector():
    found = similarity_matrix(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[4.0, 3.0], [-3.0, -4.0]]))
    assert found == pytest.approx(np.array([[0.96, -1.0], [0.0, 0.0]]))


def test_words_left_out_keep_the_numbers_of_the_others():
    src = from_lengths(np.eye(4, dtype=np.float32), [3, 1], np.ones(4, bool))
    trg = from_lengths(np.eye(4, dtype=np.float32)[[2, 0, 3]], [2, 1], np.ones(3, bool))
    first, second = sentence_matrices(src, trg, np.array([True, False, True, True]), np.ones(3, bool))
    assert first.similarity.tolist() == [[0, 1], [1, 0]]
    assert [(one.src, one.trg) for one in first.renumber(link(first.similarity, Aligner.ARGMAX, **VALUES))] == [(0, 1), (2, 0)]
    assert second.similarity.tolist() == [[1]]


def test_sides_of_different_length_are_refused():
    one = from_lengths(np.eye(2, dtype=np.float32), [1, 1], np.ones(2, bool))
    two = from_lengths(np.eye(2, dtype=np.float32), [2], np.ones(2, bool))
    with pytest.raises(ValueError, match="2 source and 1 target"):
        list(sentence_matrices(one, two, np.ones(2, bool), np.ones(2, bool)))


def test_itermax_links_more_than_argmax():
    similarity = np.array([[0.9, 0.5, 0.1], [0.8, 0.2, 0.1], [0.1, 0.1, 0.7]])
    found = {method: {(one.src, one.trg) for one in link(similarity, method, **VALUES)} for method in (Aligner.ARGMAX, Aligner.ITERMAX)}
    assert found[Aligner.ARGMAX] < found[Aligner.ITERMAX]
