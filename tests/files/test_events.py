"""Events of a run as tables: the same for the live page and the database."""

from __future__ import annotations

import pytest

from lraln_core.errors import RunError
from lraln_core.files import events
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, State

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
    frame = events.curve_frame(EVENTS)
    assert frame.loc[frame["name"] == "loss", ["step", "value"]].values.tolist() == [[10, 1.5]]
    assert frame.loc[frame["name"] == "criterion", "value"].tolist() == [0.5, 0.4]
    assert "src_norm" not in set(frame["name"])
    assert events.best_step(EVENTS) == 10 and events.best_step([]) is None


def test_events_become_mined_pairs() -> None:
    frame = events.mining_frame(EVENTS)
    assert dict(zip(frame["direction"], frame["pairs"], strict=True)) == {"forward": 4, "backward": 4, "mutual": 3, "union": 5}
    assert events.mining_frame([]).empty and events.curve_frame([]).empty


def test_retrieval_and_warnings_of_events() -> None:
    assert events.retrieval(EVENTS, "before")["mean_accuracy"] == 0.5 and events.retrieval(EVENTS, "after") is None
    assert events.warnings(EVENTS) == ["look"]


@pytest.mark.parametrize("bad", [{"step": -1}, {"step": 1.5}, {"loss": "x"}, {"loss": True}, {"loss": 2**70}])
def test_values_that_are_no_numbers_are_refused(bad) -> None:
    with pytest.raises(RunError, match="is not a"):
        events.curve_rows([{"time": 2.0, "kind": "training", "step": 10, "loss": 2.0} | bad])


def test_infinite_values_are_missing() -> None:
    (row,) = events.curve_rows([{"time": 2.0, "kind": "training", "step": 10, "loss": float("inf")}])
    assert row["value"] is None and events.curve_frame([]).empty


def test_lines_that_are_no_events_are_left_out(tmp_path) -> None:
    folder = RunFolder(tmp_path)
    folder.events_file.write_text('{"kind": "stage", "time": 1}\n[]\n{"kind": 3, "time": 1}\n{"kind": "stage"}\nx\n{"kind": "torn", "ti')
    assert folder.events() == [{"kind": "stage", "time": 1}]


def test_a_resumed_run_still_names_its_corpora(tmp_path) -> None:
    folder = RunFolder(tmp_path)
    write_json(folder.status_file, {"state": "running", "src_corpus": "c-mk", "trg_corpus": "c-en", "message": "old"})
    Reporter(folder).end(State.CANCELLED, message="stopped")
    status = folder.status()
    assert (status["src_corpus"], status["trg_corpus"], status["message"]) == ("c-mk", "c-en", "stopped")
