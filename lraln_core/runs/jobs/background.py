"""Start workers in their own processes and record how they end. A worker writes status, log and events into its folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lraln_core.errors import Cancelled, LralnError, RunError
from lraln_core.files.app_log import LOG
from lraln_core.files.atomic import write_json
from lraln_core.files.events import Reporter
from lraln_core.files.read_only import require_changes_allowed
from lraln_core.files.run_folder import RunFolder, State, create, new_run_id, now
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs.config import RunConfig

from . import queue

T = TypeVar("T")

NICENESS = 10  # of workers: app and browser go first where they share processors; costs nothing on an idle machine


def start(folder: RunFolder, workspace: Workspace, command: list[str]) -> None:
    """Queue `python -m lraln_core COMMAND...` over a folder whose status it will write. Start it again to resume.

    The process waits for its turn before it loads anything. Raises WorkspaceError, ConfigError.
    """
    require_changes_allowed()
    queue.at_once()
    workspace.require_writable()
    folder.require_own()
    folder.cancel_request.unlink(missing_ok=True)
    write_json(folder.status_file, folder.status() | {"state": State.QUEUED, "message": "Starting", "error": None, "updated": now()})
    LOG.info("starts %s for %s", command[0], folder.path)
    with open(folder.log, "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lraln_core", "--workspace", str(workspace.root), *command],
            cwd=PROJECT,
            env=os.environ | {"LRALN_WORKSPACE": str(workspace.root), queue.FOLDER: str(folder.path)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )
    _lower_priority(process.pid)
    threading.Thread(target=process.wait, name=f"end of process {process.pid}", daemon=True).start()  # else it stays as a zombie


def _lower_priority(pid: int) -> None:
    """Lower the priority of a process that leads its session and, where Linux schedules by session (autogroup), of the session."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{NICENESS}\n")


def launch_run(config: RunConfig, workspace: Workspace) -> RunFolder:
    """Start a run in its own process and return its folder at once. Raises WorkspaceError, RunError."""
    require_changes_allowed()
    workspace.require_writable()
    name = new_run_id(config.name or f"{config.src.language}-{config.trg.language}")
    folder = create(workspace.runs / name, config.to_json(), queued=True)
    start_run(folder, workspace)
    return folder


def start_run(folder: RunFolder, workspace: Workspace) -> None:
    """Start, or start again, the process of an existing run folder."""
    start(folder, workspace, ["run", "--config", str(folder.config), "--run-dir", str(folder.path), "--quiet"])


def report_end(folder: RunFolder, reporter: Reporter, work: Callable[[], T]) -> T:
    """Do the work and write a status when it fails or is cancelled; the work itself writes the one of success.

    Raises LralnError, Cancelled.
    """
    try:
        return work()
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
        message = f"An unexpected error occurred ({type(error).__name__}: {error}); the details are in {folder.log}."
        reporter.log(traceback.format_exc())
        reporter.end(State.FAILED, error=message)
        raise RunError(message) from error
