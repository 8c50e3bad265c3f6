"""A run as a process of its own: the app starts it, watches its folder, and can close at any time without losing it."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

from ..errors import Cancelled, LralnError, RunError
from ..workspace import PROJECT, Workspace, write_json
from .config import RunConfig
from .folder import RunFolder, State, create, new_run_id, now
from .pipeline import Run
from .reporter import Reporter


def launch(config: RunConfig, workspace: Workspace) -> RunFolder:
    """Start a run in its own process and return its folder at once. Raises WorkspaceError, RunError."""
    workspace.require_writable()
    folder = create(workspace.runs / new_run_id(config.name or f"{config.src.language}-{config.trg.language}"), config.to_json())
    start_process(folder, workspace)
    return folder


def start_process(folder: RunFolder, workspace: Workspace) -> None:
    """Start, or start again, the worker of an existing run folder."""
    folder.cancel_request.unlink(missing_ok=True)
    write_json(folder.status_file, folder.status() | {"state": State.QUEUED, "message": "Starting", "error": None, "updated": now()})
    with open(folder.log, "ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "lraln_core", "--workspace", str(workspace.root), "run", "--config", str(folder.config),
             "--run-dir", str(folder.path), "--quiet"],
            cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )


def work(config: RunConfig, folder: RunFolder, workspace: Workspace, *, terminal: bool = False,
         stop: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Do a run here and now, or continue it, and leave a status that says how it ended. Raises LralnError, Cancelled."""
    with folder.hold():
        summary = folder.summary()
        if summary is not None:
            return summary
        reporter = Reporter(folder, terminal=terminal, stop=stop)
        try:
            return Run(config, folder, workspace, reporter).execute()
        except Cancelled:
            reporter.end(State.CANCELLED, message="Cancelled; it can be resumed.")
            folder.cancel_request.unlink(missing_ok=True)
            raise
        except LralnError as error:
            reporter.end(State.FAILED, error=str(error))
            raise
        except MemoryError as error:
            message = "There was not enough memory: lower mining.sample_size, or close other programs and resume."
            reporter.end(State.FAILED, error=message)
            raise RunError(message) from error
        except Exception as error:
            message = f"Something unexpected went wrong ({type(error).__name__}: {error}); the details are in {folder.log}."
            reporter.log(traceback.format_exc())
            reporter.end(State.FAILED, error=message)
            raise RunError(message) from error
