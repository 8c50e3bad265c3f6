"""Executes a suite in its folder, with status, log, lock and cancel request as for a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lraln_core.errors import RunError
from lraln_core.files.atomic import sweep, write_json
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background

from . import figures as suite_figures
from . import runner as suite
from . import tables as suite_tables
from .config import SuiteConfig
from .folder import read_config
from .runner import CellResult


def work(
    config: SuiteConfig, path: Path, workspace: Workspace, *, terminal: bool = False, stop: Callable[[], bool] = lambda: False
) -> tuple[list[CellResult], list[Path]]:
    """Execute a suite in this process, or continue it, and write its tables. Raises LralnError, Cancelled."""
    folder = RunFolder(path)
    if path.exists() and not (path / "suite.json").exists() and any(path.iterdir()):
        raise RunError(f"{path} exists and is not the folder of a suite; choose an empty one.")
    if (path / "suite.json").exists() and read_config(folder) != config:
        raise RunError(f"{path} holds another suite; choose another folder.")
    with folder.hold():
        write_json(path / "suite.json", config.to_json())
        for inner in ("tables", "encoders", "extensions"):
            sweep(path / inner)
        reporter = Reporter(folder, terminal=terminal, stop=stop)
        return background.report_end(folder, reporter, lambda: _all(config, folder, workspace, reporter, stop))


def _all(
    config: SuiteConfig, folder: RunFolder, workspace: Workspace, reporter: Reporter, stop: Callable[[], bool]
) -> tuple[list[CellResult], list[Path]]:
    def report(number: int, total: int, what: str) -> None:
        reporter.stage("suite", f"Run {number} of {total}: {what}", total=total, unit="runs", done=number - 1)

    results = suite.run(config, folder.path, workspace, stop=lambda: stop() or folder.cancel_request.exists(), report=report)
    reporter.stage("tables", "Writing the tables")
    frame = suite_figures.build(results, suite.extension_records(folder.path))
    written = suite_tables.write(frame, suite_figures.compare(results), folder.path / "tables")
    reporter.end(State.FINISHED, message="Finished")
    return results, written
