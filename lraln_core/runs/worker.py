"""Executes one run in this process: what the command `run` does, also in the processes that `jobs.background` starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background

from .config import RunConfig
from .pipeline import Run


def work(
    config: RunConfig,
    folder: RunFolder,
    workspace: Workspace,
    *,
    terminal: bool = False,
    stop: Callable[[], bool] = lambda: False,
    reporter: type[Reporter] = Reporter,
) -> dict[str, Any]:
    """Execute a run in this process, or continue it, and write a status that says how it ended. Raises LralnError, Cancelled."""
    with folder.hold():
        summary = folder.summary()
        if summary is not None:
            return summary | {"run_dir": str(folder.path)}  # the folder may have been moved since
        events = reporter(folder, terminal=terminal, stop=stop)
        return background.report_end(folder, events, Run(config, folder, workspace, events).execute)
