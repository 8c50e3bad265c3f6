"""Numbers in plain words, time estimates, events as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lraln_core.text import fertility
from lraln_core.views import plain


def test_percent_and_points() -> None:
    assert plain.percent(0.6299) == "63.0\xa0%" and plain.percent(None) == plain.percent(float("nan")) == "not measured"
    assert plain.points(0.027) == "+2.7\xa0points" and plain.points(-0.01) == "\u22121.0\xa0points"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "less than a second"), (41.4, "41 s"), (300, "5 min"), (7260, "2 h 1 min"), (None, "unknown")]
)
def test_duration(seconds: float | None, words: str) -> None:
    assert plain.duration(seconds) == words


def test_ago() -> None:
    assert plain.ago((datetime.now(UTC) - timedelta(hours=3, minutes=5)).isoformat()) == "3 hours ago"
    assert plain.ago(None) == plain.ago("nonsense") == plain.ago("2026-01-01") == ""


def test_counts_have_their_plural() -> None:
    assert plain.count(1, "sentence") == "1 sentence" and plain.count(2000, "sentence") == "2,000 sentences"


class LetterPieces:
    """Every letter is a piece; words of signs have none."""

    def subword_counts(self, sentences):
        return [np.array([len(word) if word.isalpha() else 0 for word in words]) for words in sentences]


def test_fertility_is_the_mean_over_visible_words() -> None:
    found = fertility.measure([("a", "bcd", "..."), ("ef",)], LetterPieces())
    assert (found.mean, found.cut, found.words, found.sentences) == (2.0, pytest.approx(2 / 3), 3, 2)
    assert found.shares == (pytest.approx(1 / 3),) * 3 + (0, 0, 0)


def test_long_words_are_counted_together_and_nothing_gives_no_shares() -> None:
    assert fertility.measure([("abcdef", "abcdefghi")], LetterPieces()).shares == (0, 0, 0, 0, 0, 1)
    assert fertility.measure([("...",)], LetterPieces()).shares == (0,) * 6


def test_sample_positions_are_the_same_at_every_call() -> None:
    assert fertility.sample_positions(5).tolist() == [0, 1, 2, 3, 4]
    assert (fertility.sample_positions(1000) == fertility.sample_positions(1000)).all() and len(fertility.sample_positions(1000)) == 200
    assert len(fertility.english_sample(3)) == 3


def test_a_difference_is_one_sentence_with_its_interval():
    assert plain.difference(0.027, 0.004, 0.051) == (
        "The difference is significant: +2.7\xa0points, 95 % interval +0.4 to +5.1\xa0points, which does not include zero."
    )
    assert plain.difference(-0.01, -0.03, 0.02, subject="A minus B") == (
        "A minus B is not significant, it may be chance: \u22121.0\xa0points, 95 % interval \u22123.0 to +2.0\xa0points, which "
        "includes zero."
    )
