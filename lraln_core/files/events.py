"""Events, status and log of a run: the writer (`Reporter`), and the reader that turns events into tables for pages and database."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from lraln_core.errors import Cancelled, RunError, WorkspaceError

from .atomic import disk_errors, write_json
from .run_folder import RunFolder, State, now

Event = dict[str, Any]
"""One line of events.jsonl: `kind`, `time` (seconds since the start of the process), and the values of that kind."""

CURVES = {  # kind of event -> its values that are drawn as curves over the steps
    "training": ("loss", "learning_rate"),
    "guard": ("criterion", "mutual_pairs", "src_norm", "trg_norm", "src_rank", "trg_rank"),
}
MINED = {"forward": "forward", "backward": "backward", "mutual": "mutual", "union": "pairs"}  # direction -> key of a mining event
MINING_FIGURES = ("src_words", "trg_words", "candidates", "sentence_pairs", "multi_pair_share", "seconds")

STATUS_EVERY, PRINT_EVERY, ANNOUNCE_AFTER = 0.5, 2.0, 0.3  # seconds
VERSIONS = ("torch", "transformers", "tokenizers", "numpy", "faiss-cpu", "duckdb", "streamlit")


class Reporter:
    """Writes events.jsonl, status.json and log.txt. Each progress call checks for a cancel request."""

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
        self._status |= {key: value for key, value in _earlier_status(folder).items() if key in ("src_corpus", "trg_corpus", "precision")}

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds spent in each stage so far."""
        self._close_stage()
        return {name: round(value, 3) for name, value in self._seconds.items()}

    def stage(self, stage: str, message: str, *, total: int = 0, unit: str = "", done: int = 0) -> None:
        """Begin a stage. Raises Cancelled when the user asked for it."""
        self._close_stage()
        self._stage_first = done
        self._status.update(stage=stage, message=message, total=total, unit=unit, done=done, rate=None, seconds_left=None)
        self.event("stage", stage=stage, message=message)
        self.log(message)
        self._announcement = message
        self._write(force=True)
        self.check()

    def progress(self, done: int, total: int) -> None:
        """Report progress inside the stage. Raises Cancelled when the user asked for it."""
        elapsed = time.monotonic() - self._stage_began
        new = done - self._stage_first
        rate = new / elapsed if new > 0 and elapsed > 0.2 else None
        left = (total - done) / rate if rate else None
        self._status.update(done=done, total=total, rate=rate, seconds_left=left)
        self._write()
        self._print(f"  {done:,} of {total:,} {self._status['unit']}" + (f", {rate:,.0f} a second, {left:,.0f} s left" if rate else ""))
        self.check()

    def note(self, **values: Any) -> None:
        """Add facts to the status that stay, such as the ids of the corpora."""
        self._status.update(values)

    def check(self) -> None:
        """Raises Cancelled after a cancel request or a signal."""
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
        """Delete the events after a checkpoint, which will be written again. size: bytes of the file to keep."""
        path = self.folder.events_file
        with disk_errors(path):
            path.touch()
            with open(path, "r+b") as file:
                file.truncate(min(size, path.stat().st_size))

    def end(self, state: State, *, message: str = "", error: str | None = None) -> None:
        """Write the final status."""
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
        """Append a line to log.txt."""
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
        """Print the stage on the terminal once it has lasted a moment, so that an error in the input is printed alone."""
        if self._terminal and self._announcement:
            print(self._announcement, file=sys.stderr, flush=True)
        self._announcement = ""


def _earlier_status(folder: RunFolder) -> dict[str, Any]:
    """The status of the process that worked here before; empty when there was none or it is damaged."""
    try:
        status = folder.status()
    except (WorkspaceError, OSError):
        return {}
    return status if isinstance(status, dict) else {}


def events_size(path: Path) -> int:
    """Size of the event file in bytes, for a checkpoint."""
    return path.stat().st_size if path.exists() else 0


def curve_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    """One row a value and step: step, name, value, seconds. The last event counts when a step was repeated after an interruption.

    Raises RunError for a value that is not a number or a step that is not a count.
    """
    rows = {}
    for event in events:
        for name in CURVES.get(event["kind"], ()):
            if name in event:
                step = count_in(event, "step")
                rows[step, name] = {"step": step, "name": name, "value": number_in(event, name), "seconds": number_in(event, "time")}
    return list(rows.values())


def mining_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Four rows an iteration, one a direction (forward, backward, mutual, union): iteration, direction, pairs, mean_similarity (of
    the union only; missing for the others) and MINING_FIGURES. The last event of an iteration counts. Raises RunError."""
    rows = {}
    for event in events:
        if event["kind"] != "mining":
            continue
        iteration, figures = count_in(event, "iteration"), {name: number_in(event, name) for name in MINING_FIGURES}
        for direction, key in MINED.items():
            mean = number_in(event, "mean_similarity") if direction == "union" else None
            place = {"iteration": iteration, "direction": direction}
            rows[iteration, direction] = place | {"pairs": number_in(event, key), "mean_similarity": mean} | figures
    return list(rows.values())


def curve_frame(events: Sequence[Event]) -> pd.DataFrame:
    """`curve_rows` with a value, as a DataFrame. -> step, name, value, seconds."""
    return pd.DataFrame(curve_rows(events), columns=["step", "name", "value", "seconds"]).dropna(subset="value", ignore_index=True)


def mining_frame(events: Sequence[Event]) -> pd.DataFrame:
    """`mining_rows` as a DataFrame. -> iteration, direction, pairs, mean_similarity, ..."""
    return pd.DataFrame(mining_rows(events), columns=["iteration", "direction", "pairs", "mean_similarity", *MINING_FIGURES])


def best_step(events: Sequence[Event]) -> int | None:
    """The latest step whose maps had the best reading so far; None before the first reading."""
    return max((count_in(event, "step") for event in events if event["kind"] == "guard" and event.get("best")), default=None)


def retrieval(events: Sequence[Event], when: str, split: str = "test") -> Event | None:
    """The last retrieval event of that moment (before, after) and split; None before it was measured."""
    found = [event for event in events if event["kind"] == "retrieval" and (event.get("when"), event.get("split")) == (when, split)]
    return found[-1] if found else None


def warnings(events: Sequence[Event]) -> list[str]:
    """The warnings of the run, each once, in order."""
    return list(dict.fromkeys(str(event.get("message", "")) for event in events if event["kind"] == "warning"))


def number_in(record: dict[str, Any], key: str) -> float | None:
    """A value as a finite number, None where it is missing, NaN or infinite. Raises RunError for anything else."""
    value = record.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (isinstance(value, int) and abs(value) >= 2**63):
        raise RunError(f"{key} = {value!r} is not a number.")
    return float(value) if math.isfinite(value) else None


def count_in(record: dict[str, Any], key: str) -> int:
    """A value that counts from 0. Raises RunError for anything else."""
    value = record.get(key)
    if type(value) is not int or not 0 <= value < 2**31:
        raise RunError(f"{key} = {value!r} is not a count.")
    return value
