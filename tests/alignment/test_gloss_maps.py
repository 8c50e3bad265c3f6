"""Gloss maps in a world where the truth is known: words are points, contexts shift them, one language is turned a little, and both vary
in directions that say nothing about meaning."""

import hashlib

import numpy as np
import pytest

from lraln_core.alignment import gloss_maps, normalization
from lraln_core.alignment.maps import Maps, apply
from lraln_core.alignment.similarity import unit_rows
from lraln_core.records import from_lengths

MEANING, NUISANCE, TYPES = 12, 6, 120
DIMENSION = MEANING + NUISANCE
SOURCE = [f"neno{number}" for number in range(TYPES)]
TARGET = [f"word{number}" for number in range(TYPES)]


class World:
    """A word's vector: its meaning and half the mean meaning of its sentence, with a little noise; then directions of noise alone."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.meaning = rng.standard_normal((TYPES, MEANING)) * np.linspace(2, 0.4, MEANING)
        turn = np.linalg.qr(rng.standard_normal((DIMENSION, DIMENSION)))[0]
        self.shape = {"neno": np.eye(DIMENSION), "word": 0.85 * np.eye(DIMENSION) + 0.15 * turn}

    def fetch(self, sentences):
        rows = []
        for words in sentences:
            kinds, numbers = [w.lower()[:4] for w in words], [int(w[4:]) for w in words]
            context = self.meaning[numbers].mean(0)
            for kind, number in zip(kinds, numbers, strict=True):
                seed = list(hashlib.sha256(f"{kind}{number}{context[:3]}".encode()).digest()[:8])
                noise = np.random.default_rng(seed).standard_normal(DIMENSION)
                meant = self.meaning[number] + 0.5 * context + 0.3 * noise[:MEANING]
                rows.append(np.concatenate([meant, 1.5 * noise[MEANING:]]) @ self.shape[kind])
        lengths = [len(words) for words in sentences]
        return from_lengths(np.array(rows, np.float32).reshape(-1, DIMENSION), lengths, np.ones(sum(lengths), bool))


def _corpus(words, rng, sentences=300, length=8):
    return [tuple(words[i] for i in rng.integers(0, TYPES, length)) for _ in range(sentences)]


def _start(world, src, trg):
    return Maps(*(normalization.fit(world.fetch(side).vectors) for side in (src, trg)))


def _accuracy(world, maps, rng):
    """Translated test sentences: does each word find the word at its place among all?"""
    numbers = rng.integers(0, TYPES, (60, 8))
    src, trg = ([tuple(words[i] for i in row) for row in numbers] for words in (SOURCE, TARGET))
    x, y = unit_rows(apply(maps.src, world.fetch(src).vectors)), unit_rows(apply(maps.trg, world.fetch(trg).vectors))
    return ((x @ y.T).argmax(1) == np.arange(len(x))).mean()


def test_gloss_maps_beat_normalisation_and_are_taken():
    world, rng = World(), np.random.default_rng(1)
    src, trg = _corpus(SOURCE, rng), _corpus(TARGET, rng)
    start = _start(world, src, trg)
    options = gloss_maps.GlossOptions(prior_pairs=100)
    learned = gloss_maps.learn(src, trg, start, world.fetch, options=options, rng=np.random.default_rng(2))
    assert learned.used and learned.held_out.better and learned.known is None
    assert learned.pairs == pytest.approx(2 * 10 * TYPES * 0.9, rel=0.1)
    before, after = (_accuracy(world, maps, np.random.default_rng(3)) for maps in (start, learned.maps))
    assert after > before
    again = gloss_maps.learn(src, trg, start, world.fetch, options=options, rng=np.random.default_rng(2))
    np.testing.assert_array_equal(again.maps.src.matrix, learned.maps.src.matrix)


def test_maps_that_do_not_help_are_refused():
    world, rng = World(), np.random.default_rng(1)
    src, trg = _corpus(SOURCE, rng), _corpus(TARGET, rng)
    start = _start(world, src, trg)

    def shuffled(sentences):
        """Every encoding is noise: nothing that a gloss shows is true."""
        words = world.fetch(sentences)
        return words.replace_vectors(np.random.default_rng(len(sentences[0])).permutation(words.vectors))

    learned = gloss_maps.learn(src, trg, start, shuffled, rng=np.random.default_rng(2))
    assert not learned.used and learned.maps is start


def test_a_handful_of_sentences_learns_nothing():
    world, rng = World(), np.random.default_rng(1)
    src, trg = _corpus(SOURCE, rng, 5), _corpus(TARGET, rng, 5)
    learned = gloss_maps.learn(src, trg, start := _start(world, src, trg), world.fetch, rng=rng)
    assert not learned.used and learned.maps is start and learned.held_out is None


@pytest.mark.parametrize("change, error, worse, better", [(-0.2, 0.05, True, False), (0.2, 0.05, False, True), (-0.05, 0.05, False, False)])
def test_a_change_counts_only_beyond_chance(change, error, worse, better):
    check = gloss_maps.Check(100, 0.5, 0.5 + change, error)
    assert (check.worse, check.better) == (worse, better)
    assert check.loses_more_than(0.05) == (change == -0.2) and not check.loses_more_than(0.15)
