"""Who works on a run is told by its lock, however many ask at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from lraln_core.files import run_folder
from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.workspace import Workspace

ASKERS, TIMES = 20, 3_000


def running(workspace: Workspace) -> RunFolder:
    """A run that said last that it is running."""
    folder = create(workspace.runs / "one", {})
    write_json(folder.status_file, {"state": "running"})
    (folder.path / "lock").touch()
    return folder


def answers(folder: RunFolder) -> set[State]:
    with ThreadPoolExecutor(ASKERS) as pool:
        return set(pool.map(lambda _: folder.state(), range(TIMES)))


def test_those_who_ask_are_not_taken_for_a_worker(workspace):
    assert answers(running(workspace)) == {State.INTERRUPTED}


def test_a_worker_is_seen_by_all_and_gone_when_it_ends(workspace):
    folder = running(workspace)
    with folder.hold():
        assert answers(folder) == {State.RUNNING}
    assert folder.state() is State.INTERRUPTED


def test_a_run_that_ends_between_two_looks_is_not_interrupted(workspace):
    class Ending(RunFolder):
        def locked(self):
            write_json(self.status_file, {"state": "finished"})
            return False

    assert Ending(running(workspace).path).state() is State.FINISHED


def test_a_run_that_will_be_started_is_queued_from_the_moment_it_is_seen(workspace, monkeypatch):
    states, write = [], run_folder.write_json

    def watched(path, value):
        states.append((path.name, RunFolder(path.parent).config.exists()))
        write(path, value)

    monkeypatch.setattr(run_folder, "write_json", watched)
    folder = create(workspace.runs / "one", {"name": "x"}, queued=True)
    assert states == [("status.json", False), ("config.json", False)]  # a folder without a configuration is no run yet
    assert folder.state() is State.QUEUED and folder.status()["message"] == "Starting"
