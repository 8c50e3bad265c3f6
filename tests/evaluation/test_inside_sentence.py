"""Retrieval among the words of the linked sentence, by hand."""

import numpy as np
import pytest

from lraln_core.evaluation import inside_sentence
from lraln_core.records import ParallelText, from_lengths

EAST, NORTH, BETWEEN = (1.0, 0.0), (0.0, 1.0), (0.8, 0.6)


def _words(vectors, lengths, valid=None):
    vectors = np.array(vectors, np.float32)
    return from_lengths(vectors, lengths, np.ones(len(vectors), bool) if valid is None else np.array(valid))


TEXT = ParallelText((("a", "b"), ("c",)), (("x", "y"), ("z",)), (((0, 0), (1, 1)), ((0, 0),)))


def test_only_words_of_the_linked_sentence_compete():
    src = _words([EAST, BETWEEN, EAST], [2, 1])
    trg = _words([EAST, NORTH, NORTH], [2, 1])
    result = inside_sentence.retrieve(src, trg, TEXT.pairs(), bootstrap_samples=0, rng=np.random.default_rng(0))
    # b is nearer to x than to y; y is nearer to b than to a; c and z have nobody beside them, however unlike they are
    assert result.src2trg_hits.tolist() == [True, False, True]
    assert result.trg2src_hits.tolist() == [True, True, True]
    assert result.mean_accuracy.value == pytest.approx(5 / 6)


def test_a_word_without_a_vector_finds_nothing_and_is_not_found():
    src = _words([EAST, NORTH, (0, 0)], [2, 1], [True, True, False])
    trg = _words([(0, 0), NORTH, NORTH], [2, 1], [False, True, True])
    result = inside_sentence.retrieve(src, trg, TEXT.pairs(), bootstrap_samples=0, rng=np.random.default_rng(0))
    assert result.src2trg_hits.tolist() == [False, True, False]
    assert result.trg2src_hits.tolist() == [False, True, False]
