"""One queue for all work that the app starts: runs, suites and jobs of a workspace take their turn, one at a time by default.

Every waiting or working process holds a ticket, a locked file in <workspace>/queue. The system frees the lock of a process that ends,
however it ends, so no ticket outlives its process and there is no server that could be lost.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from lraln_core.errors import Cancelled, ConfigError, LralnError
from lraln_core.files.atomic import disk_errors, read_json, write_json
from lraln_core.files.run_folder import RunFolder, State, is_held, now
from lraln_core.files.workspace import Workspace

AT_ONCE = "LRALN_JOBS"  # environment variable: how many may work at the same time
FOLDER = "LRALN_QUEUE_FOLDER"  # environment variable of a process that is to wait for its turn: where it reports
MOST_AT_ONCE = 64
EVERY = 0.5  # seconds between two looks at the queue
TELL_EVERY = 20.0  # seconds between two notes of a waiting process; less than run_folder.QUEUE_PATIENCE


@dataclass(frozen=True)
class Ticket:
    """A place in the queue; lower numbers come first."""

    number: int
    folder: Path  # of the run or job that waits or works


def at_once() -> int:
    """How many processes may work at the same time. Raises ConfigError for what is no number from 1."""
    text = os.environ.get(AT_ONCE) or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_AT_ONCE:
        raise ConfigError(f"{AT_ONCE}={text[:40]} is not a whole number from 1 to {MOST_AT_ONCE}.")
    return int(text)


def tickets(workspace: Workspace) -> list[Ticket]:
    """The queue in its order: the first `at_once()` work, the others wait. Tickets of processes that have ended are left out."""
    found = []
    for lock in sorted(_room(workspace).glob("[0-9]*.lock")):
        if is_held(lock):
            with contextlib.suppress(LralnError, OSError, KeyError, TypeError, ValueError):  # it is being written, or already over
                found.append(Ticket(int(lock.stem), Path(read_json(lock.with_suffix(".json"))["folder"])))
    return found


def waiting(workspace: Workspace) -> list[Ticket]:
    """The tickets whose work has not begun."""
    return tickets(workspace)[at_once() :]


@contextlib.contextmanager
def turn(workspace: Workspace, folder: RunFolder, stop: Callable[[], bool]) -> Iterator[None]:
    """Wait until it is this process's turn, and keep the place until the block ends.

    While it waits, the status of `folder` says how many are before it. Raises Cancelled, WorkspaceError, ConfigError.
    """
    number, lock = _draw(workspace, folder)
    try:
        _wait(workspace, number, folder, stop)
        yield
    finally:
        _drop(Path(lock.lock_file))
        lock.release()


def _wait(workspace: Workspace, number: int, folder: RunFolder, stop: Callable[[], bool]) -> None:
    said, at = -1, 0.0
    while True:
        numbers = [ticket.number for ticket in tickets(workspace)]
        before = sum(other < number for other in numbers) - at_once() + 1
        if before <= 0:
            if said > 0:
                _tell(folder, State.QUEUED, "Starting")
            return
        if stop() or folder.cancel_request.exists():
            _tell(folder, State.CANCELLED, "Cancelled while it waited; it can be started again.")
            folder.cancel_request.unlink(missing_ok=True)
            raise Cancelled("Cancelled while it waited for its turn.")
        if before != said or time.monotonic() - at > TELL_EVERY:
            said, at = before, time.monotonic()
            _tell(folder, State.QUEUED, f"Waiting: {before} before it")
        time.sleep(EVERY)


def _tell(folder: RunFolder, state: State, message: str) -> None:
    if not folder.path.is_dir():
        raise Cancelled("Its folder was removed while it waited.")
    write_json(folder.status_file, folder.status() | {"state": state, "message": message, "error": None, "updated": now()})


def _draw(workspace: Workspace, folder: RunFolder) -> tuple[int, FileLock]:
    """A new ticket after all others. Numbers are counted, not taken from the clock, which may be set back."""
    room = _room(workspace)
    with disk_errors(room):
        room.mkdir(parents=True, exist_ok=True)
        with FileLock(room / "order"):
            used = [0]
            for path in room.glob("[0-9]*.lock"):
                if path.stem.isdigit():
                    used.append(int(path.stem))
                    _sweep(path)
            number = max(used) + 1
            lock = FileLock(room / f"{number:012d}.lock")
            lock.acquire()
            write_json(room / f"{number:012d}.json", {"folder": str(folder.path)})
    return number, lock


def _sweep(path: Path) -> None:
    """Remove the ticket of a process that has ended."""
    lock = FileLock(path, timeout=0)
    with contextlib.suppress(Timeout), lock:
        _drop(path)


def _drop(path: Path) -> None:
    for part in (path, path.with_suffix(".json")):
        with contextlib.suppress(OSError):
            part.unlink()


def _room(workspace: Workspace) -> Path:
    return workspace.root / "queue"
