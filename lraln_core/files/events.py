"""What a run says while it works: events for the record, a status for whoever watches, a line on stderr for the terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lraln_core.errors import Cancelled

from .atomic import disk_errors, write_json
from .run_folder import RunFolder, State, now

STATUS_EVERY, PRINT_EVERY, ANNOUNCE_AFTER = 0.5, 2.0, 0.3  # seconds
VERSIONS = ("torch", "transformers", "tokenizers", "numpy", "faiss-cpu", "duckdb", "streamlit")


class Reporter:
    """Writes events.jsonl and status.json; every progress call is also the place where a cancel request is noticed."""

    def __init__(self, folder: RunFolder, *, terminal: bool = False, stop: Callable[[], bool] = lambda: False):
        self.folder = folder
        self._terminal, self._stop = terminal, stop
        self._began = time.monotonic()
        self._written = self._printed = 0.0
        self._stage_began, self._stage_first = self._began, 0
        self._seconds: dict[str, float] = {}
        self._announcement = ""
        self._status: dict[str, Any] = {
            "state": State.RUNNING,
            "stage": "start",
            "done": 0,
            "total": 0,
            "unit": "",
            "rate": None,
            "seconds_left": None,
            "message": "",
            "error": None,
            "started": now(),
            "updated": now(),
            "pid": os.getpid(),
            "versions": {name: version(name) for name in VERSIONS},
        }

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds spent in each stage so far."""
        self._close_stage()
        return {name: round(value, 3) for name, value in self._seconds.items()}

    def stage(self, stage: str, message: str, *, total: int = 0, unit: str = "", done: int = 0) -> None:
        """A new stage begins."""
        self._close_stage()
        self._stage_first = done
        self._status.update(stage=stage, message=message, total=total, unit=unit, done=done, rate=None, seconds_left=None)
        self.event("stage", stage=stage, message=message)
        self.log(message)
        self._announcement = message
        self._write(force=True)
        self.check()

    def progress(self, done: int, total: int) -> None:
        """Work goes on inside the stage. Raises Cancelled when the user asked for it."""
        elapsed = time.monotonic() - self._stage_began
        fresh = done - self._stage_first
        rate = fresh / elapsed if fresh > 0 and elapsed > 0.2 else None
        left = (total - done) / rate if rate else None
        self._status.update(done=done, total=total, rate=rate, seconds_left=left)
        self._write()
        self._print(f"  {done:,} of {total:,} {self._status['unit']}" + (f", {rate:,.0f} a second, {left:,.0f} s left" if rate else ""))
        self.check()

    def note(self, **values: Any) -> None:
        """Lasting facts for the status, such as the ids of the corpora."""
        self._status.update(values)

    def check(self) -> None:
        """Raises Cancelled when a cancel request lies in the folder or a signal came."""
        if self._stop() or self.folder.cancel_request.exists():
            raise Cancelled("The run was cancelled.")

    def event(self, kind: str, **values: Any) -> None:
        """Append one event."""
        line = json.dumps({"time": round(time.monotonic() - self._began, 3), "kind": kind, **values}, ensure_ascii=False)
        with disk_errors(self.folder.events_file), open(self.folder.events_file, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        if kind == "warning":
            self._print(f"Warning: {values['message']}", force=True)

    def rewind_events(self, size: int) -> None:
        """Forget events after a checkpoint: they will happen again."""
        path = self.folder.events_file
        with disk_errors(path):
            path.touch()
            with open(path, "r+b") as file:
                file.truncate(min(size, path.stat().st_size))

    def end(self, state: State, *, message: str = "", error: str | None = None) -> None:
        """The last status."""
        self.log(error or message)
        self._status.update(state=state, message=message, error=error, rate=None, seconds_left=None)
        self._write(force=True)

    def _close_stage(self) -> None:
        moment = time.monotonic()
        if moment - self._stage_began > ANNOUNCE_AFTER:
            self._announce()
        stage = self._status["stage"]
        self._seconds[stage] = self._seconds.get(stage, 0.0) + moment - self._stage_began
        self._stage_began = moment

    def _write(self, force: bool = False) -> None:
        if force or time.monotonic() - self._written > STATUS_EVERY:
            self._status["updated"] = now()
            write_json(self.folder.status_file, self._status)
            self._written = time.monotonic()

    def log(self, text: str) -> None:
        """One line of log.txt."""
        with disk_errors(self.folder.log), open(self.folder.log, "a", encoding="utf-8") as file:
            file.write(f"{now()} {text}\n")

    def _print(self, text: str, force: bool = False) -> None:
        if not force and time.monotonic() - self._printed <= PRINT_EVERY:
            return
        self._printed = time.monotonic()
        self.log(text)
        if self._terminal:
            self._announce()
            print(text, file=sys.stderr, flush=True)

    def _announce(self) -> None:
        """Say on the terminal what the stage is, once it has lasted a moment: bad input then ends in its sentence alone."""
        if self._terminal and self._announcement:
            print(self._announcement, file=sys.stderr, flush=True)
        self._announcement = ""


def events_size(path: Path) -> int:
    """Bytes of the event file, for a checkpoint."""
    return path.stat().st_size if path.exists() else 0
