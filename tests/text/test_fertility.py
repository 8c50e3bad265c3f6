"""How finely a tokenizer cuts a language, and when that says that results cannot be good."""

import numpy as np
import pytest

from lraln_core.text import fertility
from lraln_core.text.fertility import Coverage, Fertility


class Letters:
    """Cuts a word into its letters; a word of digits has no subword."""

    def subword_counts(self, sentences):
        return [np.array([0 if word.isdigit() else len(word) for word in words]) for words in sentences]


def test_the_mean_and_the_shares_are_over_words_that_have_a_subword():
    found = fertility.measure([("a", "bb", "12"), ("cccccccc",)], Letters())
    assert (found.mean, found.cut, found.words, found.sentences) == (pytest.approx(11 / 3), pytest.approx(2 / 3), 3, 2)
    assert found.shares == pytest.approx((1 / 3, 1 / 3, 0, 0, 0, 1 / 3))


def test_without_any_word_nothing_is_measured():
    found = fertility.measure([("12",)], Letters())
    assert np.isnan(found.mean) and found.words == 0


def coverage(mean, unknown, words=100):
    own, english = (Fertility(value, 0.5, words, 20, (1.0,) * 6) for value in (mean, 1.5))
    return Coverage(own, english, unknown)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (coverage(1.9, 0.0), ""),
        (coverage(3.75, 0.1), ""),
        (coverage(4.5, 0.0), "splits words into 4.5 subwords on average, 3.0 times as many as in English"),
        (coverage(2.0, 0.3), "30% of the words are unknown to the language model"),
        (coverage(2.0, 0.99), "does not know the script of this text, so a run cannot succeed"),
        (coverage(float("nan"), 0.0, words=0), "does not know the script of this text, so a run cannot succeed"),
    ],
)
def test_a_warning_where_results_cannot_be_good(found, said):
    assert said in found.warning() and bool(found.warning()) == bool(said)


def test_the_figures_in_words():
    assert coverage(2.0, 0.3).sentence() == (
        "2.00 subwords a word (English 1.50), 50% of the words are split, 30% are unknown; measured on 20 sentences."
    )
