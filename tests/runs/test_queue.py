"""The queue of a workspace: one at a time in the order of arrival, whatever happens to a process or the clock."""

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from lraln_core.errors import Cancelled, ConfigError
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs.jobs import background, queue

PATIENCE = 120  # seconds; only a queue that stands still takes them


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.delenv(queue.AT_ONCE, raising=False)
    monkeypatch.setattr(queue, "EVERY", 0.02)
    return Workspace(tmp_path).require_writable()


def _folder(workspace, name):
    (workspace.runs / name).mkdir(parents=True)
    return RunFolder(workspace.runs / name)


def _until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_than_allowed_work_at_once_and_the_first_comes_first(workspace, monkeypatch, at_once):
    monkeypatch.setenv(queue.AT_ONCE, str(at_once))
    working, most, order = set(), [], []
    lock = threading.Lock()

    def work(name):
        with queue.turn(workspace, RunFolder(workspace.runs / name), lambda: False):
            with lock:
                working.add(name)
                order.append(name)
                most.append(len(working))
            time.sleep(0.1)
            with lock:
                working.discard(name)

    names = [f"run-{i}" for i in range(6)]
    threads = []
    for number, name in enumerate(names):
        _folder(workspace, name)
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        _until(lambda drawn=number: len(order) > drawn or any(t.folder.name == names[drawn] for t in queue.tickets(workspace)))
    for thread in threads:
        thread.join(PATIENCE)
    assert max(most) <= at_once and len(order) == 6
    if at_once == 1:
        assert order == names
        assert RunFolder(workspace.runs / names[-1]).status()["message"] == "Starting"  # no longer "Waiting"
    assert queue.tickets(workspace) == []


def test_a_waiting_run_says_so_and_can_be_cancelled(workspace):
    first, second = _folder(workspace, "first"), _folder(workspace, "second")
    ended = []

    def wait():
        try:
            with queue.turn(workspace, second, lambda: False):
                ended.append("worked")
        except Cancelled:
            ended.append("cancelled")

    with queue.turn(workspace, first, lambda: False):
        thread = threading.Thread(target=wait)
        thread.start()
        _until(lambda: second.status().get("message") == "Waiting: 1 before it")
        assert second.state() is State.QUEUED
        assert [ticket.folder for ticket in queue.waiting(workspace)] == [second.path]
        second.request_cancel()
        thread.join(PATIENCE)
    assert ended == ["cancelled"] and second.state() is State.CANCELLED and not second.cancel_request.exists()


def test_a_removed_folder_leaves_the_queue(workspace):
    first, second = _folder(workspace, "first"), _folder(workspace, "second")
    with queue.turn(workspace, first, lambda: False):
        second.path.rmdir()
        with pytest.raises(Cancelled, match="removed"), queue.turn(workspace, second, lambda: False):
            pass
        assert not second.path.exists()


def test_a_killed_process_gives_its_place_back(workspace):
    folder = _folder(workspace, "killed")
    program = (
        "import pathlib, sys, time\nfrom lraln_core.runs.jobs import background, queue\nfrom lraln_core.files.run_folder import RunFolder\n"
        "from lraln_core.files.workspace import Workspace\nroot = pathlib.Path(sys.argv[1])\n"
        "with queue.turn(Workspace(root), RunFolder(pathlib.Path(sys.argv[2])), lambda: False):\n    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(workspace.root), str(folder.path)], cwd=PROJECT, env=os.environ)
    try:
        _until(lambda: len(queue.tickets(workspace)) == 1)
        process.kill()
        process.wait()
        with queue.turn(workspace, _folder(workspace, "next"), lambda: pytest.fail("it had to wait")):
            assert [ticket.folder.name for ticket in queue.tickets(workspace)] == ["next"]
    finally:
        process.kill()
        process.wait()


def test_the_order_does_not_come_from_the_clock(workspace, monkeypatch):
    with queue.turn(workspace, _folder(workspace, "first"), lambda: False):
        monkeypatch.setattr(time, "time", lambda: 0.0)
        monkeypatch.setattr(time, "time_ns", lambda: 0)
        number, lock = queue._draw(workspace, _folder(workspace, "second"))
        assert [ticket.folder.name for ticket in queue.tickets(workspace)] == ["first", "second"]
        lock.release()


def test_processes_that_have_ended_leave_no_zombie(workspace, monkeypatch):
    started, real = [], subprocess.Popen
    monkeypatch.setattr(sys, "executable", shutil.which("true"))
    monkeypatch.setattr(subprocess, "Popen", lambda *values, **options: started.append(real(*values, **options)) or started[-1])
    background.start(_folder(workspace, "run"), workspace, ["run"])
    _until(lambda: started[0].returncode is not None)  # set where somebody waited for the process, which nothing here does


@pytest.mark.parametrize("text", ["0", "-1", "abc", "1.5", "65", "٢", "9" * 5000])
def test_a_number_that_is_none_is_a_sentence(monkeypatch, text):
    monkeypatch.setenv(queue.AT_ONCE, text)
    with pytest.raises(ConfigError, match=queue.AT_ONCE):
        queue.at_once()
