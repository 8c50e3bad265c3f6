"""Numbers in plain words, time estimates, events as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lraln_core.text import fertility
from lraln_core.views import live, plain


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


EVENTS = [
    {"time": 1.0, "kind": "mining", "iteration": 0, "pairs": 5, "forward": 4, "backward": 4, "mutual": 3},
    {"time": 2.0, "kind": "training", "step": 10, "loss": 2.0, "learning_rate": 0.1},
    {"time": 3.0, "kind": "guard", "step": 10, "criterion": 0.5, "src_norm": None, "best": True},
    {"time": 4.0, "kind": "guard", "step": 20, "criterion": 0.4, "best": False},
    {"time": 5.0, "kind": "training", "step": 10, "loss": 1.5, "learning_rate": 0.1},
    {"time": 6.0, "kind": "retrieval", "split": "test", "when": "before", "mean_accuracy": 0.5},
    {"time": 7.0, "kind": "warning", "message": "look"},
    {"time": 8.0, "kind": "warning", "message": "look"},
]


def test_events_become_curves_and_the_last_word_on_a_step_counts() -> None:
    frame = live.curve_frame(EVENTS)
    assert frame.loc[frame["name"] == "loss", ["step", "value"]].values.tolist() == [[10, 1.5]]
    assert frame.loc[frame["name"] == "criterion", "value"].tolist() == [0.5, 0.4]
    assert "src_norm" not in set(frame["name"])
    assert live.best_step(EVENTS) == 10 and live.best_step([]) is None


def test_events_become_mined_pairs() -> None:
    frame = live.mining_frame(EVENTS)
    assert dict(zip(frame["direction"], frame["pairs"])) == {"forward": 4, "backward": 4, "mutual": 3, "union": 5}
    assert live.mining_frame([]).empty and live.curve_frame([]).empty


def test_retrieval_and_warnings_of_events() -> None:
    assert live.retrieval(EVENTS, "before")["mean_accuracy"] == 0.5 and live.retrieval(EVENTS, "after") is None
    assert live.warnings(EVENTS) == ["look"]


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
