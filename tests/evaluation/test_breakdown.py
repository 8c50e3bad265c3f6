"""Retrieval by kinds of words, on sentences whose bands a person can count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.evaluation.breakdown import By, GoldWords, WordClass, breakdown, count_types, frequent_types, word_class
from lraln_core.evaluation.significance import bootstrap_difference, bootstrap_ratio

SENTENCES = (("На", "Охрид", "има", "12", "цркви", "."), ("Марија", "пее", "на", "сцена", "!"))
CORPUS = [("на", "на", "на", "има"), ("сцена", "на", "има", "."), *[("песна",)] * 9]


def _gold(before, after):
    places = [(0, 0), (0, 1), (0, 3), (0, 5), (1, 0), (1, 2), (1, 3)]
    sentence, word = map(np.array, zip(*places, strict=True))
    return GoldWords(SENTENCES, sentence, word, np.array(before, float), np.array(after, float))


def test_classes():
    frequent = frozenset({"на"})
    classes = [word_class(SENTENCES[0], place, frequent) for place in range(6)]
    assert classes == [WordClass.FREQUENT, WordClass.CAPITALISED, WordClass.OTHER, WordClass.NUMBER, WordClass.OTHER, WordClass.PUNCTUATION]
    assert word_class(SENTENCES[1], 0, frequent) is WordClass.OTHER  # capital letters at the beginning of a sentence say nothing
    assert word_class(("«", "Охрид", "Охрид"), 1, frequent) is WordClass.OTHER
    assert word_class(("काठमाडौँ", "१२"), 1, frequent) is WordClass.NUMBER


def test_frequent_types_have_letters_and_ties_go_by_spelling():
    assert frequent_types({".": 99, "б": 2, "а": 2, "в": 3}, 2) == {"в", "а"}


def test_bands_by_hand():
    gold = _gold([0, 0, 1, 1, 0.5, 1, 0], [1, 0, 1, 1, 0.5, 1, 1])
    subwords = [np.array([1, 2, 1, 1, 5, 1]), np.array([3, 0, 1, 0, 1])]
    bands = {
        (str(band.by), band.band): band
        for band in breakdown(gold, counts=count_types(CORPUS), subwords=subwords, bootstrap_samples=50, rng=np.random.default_rng(0))
    }
    assert {key: band.pairs for key, band in bands.items()} == {
        ("word_class", "punctuation"): 1, ("word_class", "number"): 1, ("word_class", "frequent"): 3, ("word_class", "capitalised"): 1,
        ("word_class", "other"): 1, ("frequency", "not in the corpus"): 3, ("frequency", "once"): 2, ("frequency", "2 to 9"): 2,
        ("subwords", "none"): 1, ("subwords", "1"): 4, ("subwords", "2"): 1, ("subwords", "3"): 1,
    }  # fmt: skip
    frequent = bands["word_class", "frequent"]  # На, на, сцена
    assert (frequent.before, frequent.after, frequent.difference) == pytest.approx((1 / 3, 1, 2 / 3))
    assert frequent.low == frequent.high == 1 and frequent.difference_low <= 2 / 3 <= frequent.difference_high
    assert (bands["word_class", "other"].before, bands["word_class", "other"].difference) == (0.5, 0)


def test_without_a_corpus_there_is_no_frequency():
    bands = breakdown(
        _gold([0] * 7, [1] * 7), counts=None, subwords=[np.ones(6), np.ones(5)], bootstrap_samples=0, rng=np.random.default_rng(0)
    )
    assert {band.by for band in bands} == {By.WORD_CLASS, By.SUBWORDS}
    assert "frequent" not in {band.band for band in bands}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=30), st.integers(0, 9))
def test_a_paired_difference_is_the_difference_and_turns_with_its_sign(units, seed):
    a, b, counts = (np.array(column, float) for column in zip(*units, strict=True))
    one = bootstrap_difference(a, b, counts, 60, np.random.default_rng(seed))
    other = bootstrap_difference(b, a, counts, 60, np.random.default_rng(seed))
    ratio = lambda hits: bootstrap_ratio(hits, counts, 0, np.random.default_rng(0)).value
    assert one.value == pytest.approx(ratio(a) - ratio(b)) and (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.holds == other.holds == (one.low > 0 or one.high < 0)


def test_equal_systems_do_not_differ_although_each_is_uncertain():
    hits, counts = np.array([0, 3, 1, 2]), np.array([3, 3, 3, 3])
    assert bootstrap_difference(hits, hits, counts, 200, np.random.default_rng(0)).holds is False
    with pytest.raises(ValueError, match="same units"):
        bootstrap_difference(hits, hits[:3], counts, 10, np.random.default_rng(0))
