"""The JSON files of a run folder as one record; the values inside are checked by the modules that use them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder, State


@dataclass(frozen=True)
class RunFiles:
    """The JSON files of a run that has ended."""

    id: str
    folder: RunFolder
    state: State
    status: dict[str, Any]
    config: dict[str, Any]
    summary: dict[str, Any] | None
    metrics: list[dict[str, Any]]
    events: list[dict[str, Any]]

    def config_value(self, *keys: str, default: Any) -> Any:
        """config[key][key]..., or the default where a table or key is missing."""
        value: Any = self.config
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return default if value is None else value

    def summary_value(self, key: str) -> Any:
        return (self.summary or {}).get(key)

    def corpus_id(self, side: str) -> str:
        """Id of the corpus of a side: from the summary, the status or the configuration; '' when none of them has it."""
        return str(
            self.summary_value(f"{side}_corpus")
            or (self.summary is None and (self.status.get(f"{side}_corpus") or self.config_value(side, "corpus_id", default="")))
            or ""
        )

    @property
    def steps(self) -> int | None:
        """Training steps: from the summary, else the highest step of an event."""
        return self.summary_value("steps") if self.summary else max(self._steps(), default=None)

    @property
    def best_step(self) -> int | None:
        """The step whose maps were selected, or had the best reading so far."""
        return self.summary_value("best_step") if self.summary else max(self._steps(best=True), default=None)

    def _steps(self, **wanted: Any) -> list[int]:
        return [
            event["step"]
            for event in self.events
            if type(event.get("step")) is int and all(event.get(key) == value for key, value in wanted.items())
        ]

    @property
    def seconds(self) -> float | None:
        """Run time: the sum of the stages in the summary, else the time of the last event, else end minus start."""
        stages = self.summary_value("seconds")
        try:
            if isinstance(stages, dict) and stages and all(isinstance(seconds, (int, float)) for seconds in stages.values()):
                return float(sum(stages.values()))
            if self.events:
                return float(self.events[-1]["time"])
            started, updated = (datetime.fromisoformat(self.status[key]) for key in ("started", "updated"))
            return (updated - started).total_seconds()
        except (KeyError, TypeError, ValueError, OverflowError):
            return None


def stamp(folder: RunFolder) -> tuple[State, str]:
    """The state of a run, and a text that changes whenever its status or the scores of its pairs change.

    Raises RunError when the status cannot be read.
    """
    try:
        status = folder.status()
        if not isinstance(status, dict):
            raise RunError(f"{folder.status_file} is damaged: it must hold an object.")
        state = folder.state()
    except (WorkspaceError, OSError, RecursionError, TypeError) as error:
        raise RunError(f"{folder.status_file} cannot be read ({error}).") from error
    text = f"{state} {status.get('updated', '')}"
    try:
        return state, f"{text} scored {folder.pair_scores.stat().st_mtime_ns}"
    except OSError:
        return state, text


def read_run(path: Path) -> RunFiles:
    """The files of a run that has ended. Raises RunError when it has not, or when a file is missing or damaged."""
    folder = RunFolder(path)
    if not path.is_dir():
        raise RunError(f"There is no run folder {path}.")
    state, _ = stamp(folder)
    if not state.over:
        raise RunError(f"The run {folder.id} is still {state}; it is ingested when it has ended.")
    return RunFiles(
        folder.id,
        folder,
        state,
        _table(folder.status_file),
        _table(folder.config),
        _table(folder.summary_file) if state is State.FINISHED else None,
        _metrics(folder.metrics),
        _events(folder),
    )


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except (WorkspaceError, RecursionError) as error:
        raise RunError(f"{path} is damaged ({error}).") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}).") from error


def _table(path: Path) -> dict[str, Any]:
    value = _read(path)
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: it must hold an object, not {json.dumps(value)[:40]}.")
    return value


def _metrics(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    rows = _read(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RunError(f"{path} is damaged: it must hold a list of metrics.")
    return rows


def _events(folder: RunFolder) -> list[dict[str, Any]]:
    try:
        return folder.events()
    except (OSError, RecursionError) as error:
        raise RunError(f"{folder.events_file} cannot be read ({error}).") from error
