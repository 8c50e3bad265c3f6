"""Sentence pairs from means of word vectors: translations are found, hubs and what all sentences share do not matter."""

from __future__ import annotations

import numpy as np
import pytest

from lraln_core.alignment.sentence_pairs import mine_sentences, sentence_vectors
from lraln_core.records import from_lengths


def words(sentences, valid=None):
    flat = np.array([vector for sentence in sentences for vector in sentence], np.float32)
    return from_lengths(flat, [len(sentence) for sentence in sentences], np.ones(len(flat), bool) if valid is None else np.array(valid))


def test_sentence_vectors_by_hand():
    # Means of unit words: (1, 0) and (0, 1); less their mean (1/2, 1/2), as unit rows: (1, -1) and (-1, 1) over the root of 2.
    vectors, numbers = sentence_vectors(words([[(2, 0), (3, 0)], [(9, 9)], [(0, 5)]], [True, True, False, True]))
    assert numbers.tolist() == [0, 2]
    assert vectors == pytest.approx(np.array([[1, -1], [-1, 1]]) / np.sqrt(2))


def test_translations_among_other_sentences_are_found_best_first():
    rng = np.random.default_rng(1)
    meaning = rng.standard_normal((40, 32))
    # Each language adds a direction of its own, longer than the meaning.
    src = [[vector + 5 * np.eye(32)[0] + 0.1 * rng.standard_normal(32) for _ in range(3)] for vector in meaning[:25]]
    trg = [[vector + 5 * np.eye(32)[1] + 0.1 * rng.standard_normal(32) for _ in range(4)] for vector in meaning[15:]]
    found = mine_sentences(words(src), words(trg), csls_k=5, keep=1.0)
    pairs = dict(zip(found.src.tolist(), found.trg.tolist(), strict=True))
    assert {s: t for s, t in pairs.items() if s >= 15} == {s: s - 15 for s in range(15, 25)}
    assert (np.diff(found.score) <= 0).all()
    # The ten translations are the best ten, and keep leaves the rest out.
    assert set(found.src[:10].tolist()) == set(range(15, 25))
    fewer = mine_sentences(words(src), words(trg), csls_k=5, keep=10 / len(found))
    assert fewer.src.tolist() == found.src[:10].tolist()


def test_without_a_usable_word_nothing_is_found():
    none = words([[(1, 0)]], [False])
    assert len(mine_sentences(none, words([[(1, 0)]]), csls_k=2, keep=1.0)) == 0
