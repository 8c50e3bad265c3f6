"""Counts of a corpus of five sentences, worked out by hand."""

from __future__ import annotations

import math

import pytest

from lraln_core.text.counts.collocates import collocates, log_likelihood
from lraln_core.text.counts.concordance import How, Order, concordance
from lraln_core.text.counts.frequency import frequencies
from lraln_core.text.counts.ngrams import ngrams

TEXT = [tuple(line.split()) for line in ("The old river .", "the old town", "a river here", "old river , old", "A town 7")]


def test_frequencies_count_words_with_letters_in_lower_case() -> None:
    found = {one.word: one for one in frequencies(TEXT, parts=5)}
    assert {word: one.count for word, one in found.items()} == {"old": 4, "river": 3, "the": 2, "town": 2, "a": 2, "here": 1}
    assert found["old"].sentences == 3 and found["old"].parts == (1, 1, 0, 2, 0)
    assert found["old"].per_million == pytest.approx(1e6 * 4 / 14)
    assert [one.word for one in frequencies(TEXT)][:2] == ["old", "river"]


def test_dispersion_is_the_normalised_deviation_of_proportions() -> None:
    found = {one.word: one for one in frequencies(TEXT, parts=5)}
    sizes, here = (3 / 14, 3 / 14, 3 / 14, 3 / 14, 2 / 14), (0, 0, 1, 0, 0)
    by_hand = sum(abs(v - s) for v, s in zip(here, sizes, strict=True)) / 2 / (1 - 2 / 14)
    assert found["here"].dispersion == pytest.approx(by_hand)
    even = frequencies([("x",)] * 10)
    assert even[0].dispersion == 0.0


def test_no_words_no_counts() -> None:
    assert frequencies([]) == [] and frequencies([("7", ".")]) == []
    assert collocates([], "x") == [] and ngrams([], 2) == [] and concordance([], "x") == []


def test_collocates_by_log_dice() -> None:
    (best, *_) = collocates(TEXT, "River", window=1)
    # river has neighbours: old (sentence 1), a and here, old (sentence 4; the comma is no word)
    assert (best.word, best.together, best.count, best.before) == ("old", 2, 4, 2)
    assert best.log_dice == pytest.approx(14 + math.log2(2 * 2 / (3 + 4)))
    assert {one.word for one in collocates(TEXT, "river", window=1, least=1)} == {"old", "a", "here"}


def test_log_likelihood_of_a_table() -> None:
    # 10 of 20 inside 100 of 1000 places: expected 2, 98, 18, 882
    by_hand = 2 * (10 * math.log(10 / 2) + 90 * math.log(90 / 98) + 10 * math.log(10 / 18) + 890 * math.log(890 / 882))
    assert log_likelihood(10, 100, 20, 1000) == pytest.approx(by_hand)
    assert log_likelihood(2, 100, 20, 1000) == pytest.approx(0.0)


def test_ngrams_do_not_cross_sentences_or_punctuation() -> None:
    assert ngrams(TEXT, 2) == [(("old", "river"), 2), (("the", "old"), 2)]
    assert ngrams(TEXT, 2, least=1, word="town") == [(("a", "town"), 1), (("old", "town"), 1)]
    assert (("river", "old"), 1) not in ngrams(TEXT, 2, least=1)


def test_concordance_lines_can_be_sorted_by_their_context() -> None:
    lines = concordance(TEXT, "RIVER", order=Order.AFTER)
    assert [line.sentence for line in lines] == [3, 0, 2]  # ", old", ".", "here"
    assert [line.before[-1] for line in concordance(TEXT, "river", order=Order.BEFORE)] == ["a", "old", "old"]
    assert len(concordance(TEXT, "riv", How.PREFIX)) == 3 and len(concordance(TEXT, "ow", How.PART)) == 2
    assert concordance(TEXT, "") == []
