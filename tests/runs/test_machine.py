"""Estimates follow the machine: the fastest of the runs that trained maps counts, short and damaged ones do not."""

from __future__ import annotations

import os

import pytest

from lraln_core.files.atomic import write_json
from lraln_core.files.workspace import Workspace
from lraln_core.runs.estimate import SECONDS_PER_STEP
from lraln_core.runs.jobs.machine import measured_speed


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)


def _run(workspace: Workspace, name: str, steps: object, seconds: object, system: str = "linear_unsup") -> None:
    write_json(workspace.runs / name / "summary.json", {"steps": steps, "seconds": {"train": seconds}, "system": system})


def test_without_runs_nothing_is_measured(workspace: Workspace) -> None:
    speed = measured_speed(workspace)
    assert (speed.factor, speed.runs) == (1.0, 0) and "no run on this machine" in speed.sentence()


def test_the_fastest_run_counts(workspace: Workspace) -> None:
    _run(workspace, "a", 1000, 3 * 1000 * SECONDS_PER_STEP)
    _run(workspace, "b", 2000, 2 * 2000 * SECONDS_PER_STEP)
    speed = measured_speed(workspace)
    assert speed.machine == pytest.approx(2.0) and speed.runs == 2


@pytest.mark.parametrize(
    ("steps", "seconds", "system"), [(100, 9.0, "linear_unsup"), (None, None, "base"), (5000, 900.0, "full_unsup"), (900, "x", "")]
)
def test_runs_that_tell_nothing_are_left_out(workspace: Workspace, steps: object, seconds: object, system: str) -> None:
    _run(workspace, "a", steps, seconds, system)
    (workspace.runs / "b").mkdir()
    (workspace.runs / "b" / "summary.json").write_text("not JSON", encoding="utf-8")
    assert measured_speed(workspace).runs == 0


def test_a_busy_processor_makes_it_longer(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (7.0, 7.0, 7.0), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    speed = measured_speed(workspace)
    assert speed.load == 4.0 and "times 4.0" in speed.sentence()
