"""Start a suite, read its progress and its tables. Loads no model library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd

from lraln_core.errors import ConfigError, LralnError, WorkspaceError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.read_only import require_changes_allowed
from lraln_core.files.run_folder import RunFolder, State, new_run_id
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background

from .cells import Cell, cells
from .config import SuiteConfig, from_values


class CellState(StrEnum):
    """State of a run of a suite."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class CellProgress:
    """A cell and the state of its run; `error` of a failed run, `message` with what a running one does."""

    cell: Cell
    state: CellState
    error: str = ""
    message: str = ""


def launch(config: SuiteConfig, workspace: Workspace) -> RunFolder:
    """Start a suite in its own process and return its folder at once. Raises WorkspaceError."""
    require_changes_allowed()
    workspace.require_writable()
    folder = RunFolder(workspace.suites / new_run_id(config.name))
    write_json(folder.path / "suite.json", config.to_json())
    start(folder, workspace)
    return folder


def start(folder: RunFolder, workspace: Workspace) -> None:
    """Start, or start again, the process of an existing suite folder."""
    background.start(folder, workspace, ["suite", "--config", str(folder.path / "suite.json"), "--out", str(folder.path), "--quiet"])


def folders(workspace: Workspace) -> list[RunFolder]:
    """All suites of the workspace, the latest first."""
    return [RunFolder(path.parent) for path in sorted(workspace.suites.glob("[!.]*/suite.json"), reverse=True)]


def read_config(folder: RunFolder) -> SuiteConfig:
    """What the suite was asked to do. Raises ConfigError, WorkspaceError."""
    try:
        return from_values(read_json(folder.path / "suite.json"), folder.path)
    except FileNotFoundError as error:
        raise ConfigError(f"There is no suite in {folder.path}.") from error


def progress(config: SuiteConfig, folder: RunFolder) -> list[CellProgress]:
    """Every cell with its state, in order of execution; cells that share a run appear once."""
    seen: dict[str, CellProgress] = {}
    failed = _failures(folder)
    for cell in cells(config, folder.path):
        if cell.run_name not in seen:
            seen[cell.run_name] = _progress(cell, RunFolder(folder.path / "runs" / cell.run_name), failed)
    return list(seen.values())


def _progress(cell: Cell, run: RunFolder, failed: dict[str, str]) -> CellProgress:
    if cell.run_name in failed:
        return CellProgress(cell, CellState.FAILED, failed[cell.run_name])
    try:
        status = run.status()
    except (LralnError, OSError):
        status = {}
    if status.get("state") == State.FINISHED:
        return CellProgress(cell, CellState.DONE)
    if status and run.locked():
        return CellProgress(cell, CellState.RUNNING, message=str(status.get("message") or ""))
    return CellProgress(cell, CellState.WAITING)


def note_failure(folder: Path, run_name: str, error: str | None) -> None:
    """Record the error with which a run of the suite failed, or remove it (None)."""
    failures = _failures(RunFolder(folder))
    if failures.pop(run_name, None) != error:
        write_json(folder / "failed.json", failures | ({run_name: error} if error else {}))


def _failures(folder: RunFolder) -> dict[str, str]:
    try:
        return read_json(folder.path / "failed.json")
    except FileNotFoundError:
        return {}


def figures(folder: RunFolder) -> pd.DataFrame | None:
    """The figures of a suite that is done (columns as suite_figures.Figure); None before. Raises WorkspaceError."""
    return _frame(folder.path / "tables" / "figures.parquet")


def comparisons(folder: RunFolder) -> pd.DataFrame | None:
    """Differences of all pairs of systems; None before the suite is done. Raises WorkspaceError."""
    return _frame(folder.path / "tables" / "comparisons.parquet")


def _frame(path: Path) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} is damaged; delete it and resume the suite.") from error
