"""Anchors against means computed by hand and by a plain loop; the sample is uniform and independent of the chunks."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import anchors
from lraln_core.records import from_lengths

CORPUS = [("the", "cat", "saw", "the", "dog"), ("The", "dog", "ran"), ("a", "dog"), ("the", "end")]


def _encode(sentences, start=0, lost=()):
    """Word number n of the corpus gets the vector (n + 1, 1)."""
    rows = np.arange(start, start + sum(map(len, sentences)))
    valid = ~np.isin(rows, lost)
    return from_lengths(np.stack([rows + 1, np.ones(len(rows))], 1).astype(np.float16) * valid[:, None], list(map(len, sentences)), valid)


def _build(corpus, size=2, lost=(), **options):
    choice = anchors.choose(corpus, rng=np.random.default_rng(0), **options)
    starts = np.concatenate([[0], np.cumsum([len(words) for words in corpus])])
    chunks = []
    for at in range(0, len(choice.sentences), size):
        numbers = choice.sentences[at : at + size]
        parts = [_encode([corpus[i]], starts[i], lost) for i in numbers]
        lengths = [len(corpus[i]) for i in numbers]
        words = from_lengths(np.vstack([p.vectors for p in parts]), lengths, np.concatenate([p.valid for p in parts]))
        chunks.append(([corpus[i] for i in numbers], words))
    return anchors.collect(choice, chunks)


def test_means_by_hand():
    built = _build(CORPUS)
    # counts 3, 3, then 1 each; equal counts in alphabetical order
    assert built.words == ("dog", "the", "The", "a", "cat", "end", "ran", "saw")
    assert built.counts.tolist() == [3, 3, 1, 1, 1, 1, 1, 1]
    # dog is word 5, 7 and 10 of the corpus; the is word 1, 4 and 11
    np.testing.assert_allclose(built.vectors[:2, 0], [22 / 3, 16 / 3], rtol=1e-6)
    np.testing.assert_allclose(built.vectors[:, 1], 1)
    assert built.vectors.dtype == np.float32


def test_lower_case_and_vocabulary():
    built = _build(CORPUS, lower=True, vocabulary=2)
    assert built.words == ("the", "dog") and built.counts.tolist() == [4, 3]
    np.testing.assert_allclose(built.vectors[0, 0], (1 + 4 + 6 + 11) / 4)


def test_words_without_a_vector():
    built = _build(CORPUS, lost=(1, 0))  # cat, and the first "the"
    assert "cat" not in built.words
    np.testing.assert_allclose(built.vectors[built.words.index("the"), 0], (4 + 11) / 2)


@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 7),
)
@settings(deadline=None, max_examples=60)
def test_every_word_has_its_share_of_sentences(corpus, per_word, vocabulary, size):
    choice = anchors.choose(corpus, vocabulary=vocabulary, sentences_per_word=per_word, rng=np.random.default_rng(1))
    holding = Counter(word for words in corpus for word in set(words))
    frequency = Counter(word for words in corpus for word in words)
    assert len(choice.words) == min(vocabulary, len(frequency))
    assert sorted(choice.counts, reverse=True) == choice.counts.tolist() == [frequency[word] for word in choice.words]
    drawn = Counter(choice.words[w] for w in choice.wanted)
    assert drawn == {word: min(per_word, holding[word]) for word in choice.words}
    expected = {}
    for i, sentence in enumerate(choice.sentences):
        for w in choice.wanted[choice.offsets[i] : choice.offsets[i + 1]]:
            assert choice.words[w] in corpus[sentence]
            rows = np.concatenate([[0], np.cumsum([len(words) for words in corpus])])[sentence]
            expected.setdefault(choice.words[w], []).extend(rows + p + 1 for p, x in enumerate(corpus[sentence]) if x == choice.words[w])
    built = _build(corpus, size, vocabulary=vocabulary, sentences_per_word=len(corpus))
    assert built.words == choice.words
    one = anchors.collect(choice, [([corpus[i] for i in choice.sentences], _chosen(corpus, choice))])
    np.testing.assert_allclose(one.vectors[:, 0], [np.mean(expected[word]) for word in one.words], rtol=1e-3)


def _chosen(corpus, choice):
    whole = _encode(corpus)
    return whole.take(choice.sentences)


def test_sentences_are_drawn_uniformly():
    corpus = [("word",)] * 10
    times = Counter()
    for seed in range(2000):
        times.update(anchors.choose(corpus, sentences_per_word=3, rng=np.random.default_rng(seed)).sentences.tolist())
    # each of 10 sentences is expected 600 times, standard deviation about 20
    assert all(abs(times[i] - 600) < 100 for i in range(10))


def test_chunks_that_are_not_the_chosen_sentences():
    choice = anchors.choose(CORPUS, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="Only 3 of the 4 chosen"):
        anchors.collect(choice, [(CORPUS[:3], _encode(CORPUS[:3]))])
    with pytest.raises(ValueError, match="More than the 4 chosen"):
        anchors.collect(choice, [(CORPUS + CORPUS[:1], _encode(CORPUS + CORPUS[:1]))])
    with pytest.raises(ValueError, match="Sentence 0 of a chunk is not the chosen sentence 0"):
        anchors.collect(choice, [(CORPUS[::-1], _encode(CORPUS[::-1]))])


def test_a_corpus_that_runs_dry():
    with pytest.raises(ValueError, match="the same sentences in every pass"):
        anchors.choose(iter(CORPUS), rng=np.random.default_rng(0))


def test_an_empty_corpus_has_no_anchors():
    choice = anchors.choose([], rng=np.random.default_rng(0))
    assert len(anchors.collect(choice, [])) == 0
