"""Shared by the commands that work on sharded stores: the engine's options, and the folder in which such a command reports."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lraln_core.choices import Engine as EngineName
from lraln_core.cli.arguments import number
from lraln_core.cluster.engine import Engine, open_engine
from lraln_core.files.events import Reporter
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.background import report_end

T = TypeVar("T")


def add_engine(parser: argparse._ActionsContainer, default: EngineName | None = EngineName.LOCAL) -> None:
    """--engine, --address and --workers."""
    parser.add_argument(
        "--engine",
        choices=list(EngineName),
        default=default,
        help="where the work is done: local (this machine's processors, the default) or ray (a Ray cluster, docs/scale.md)",
    )
    parser.add_argument(
        "--address", default="", help="of a running Ray cluster, HOST:PORT or auto; without it Ray is started on this machine alone"
    )
    parser.add_argument(
        "--workers", type=number(int, 0, 100_000), default=0, help="workers, 0 (default) for one a processor or, on Ray, one a GPU"
    )


def report_work(
    command: str,
    out: str,
    options: argparse.Namespace,
    workspace: Workspace,
    stop: Callable[[], bool],
    work: Callable[[Engine, Reporter], T],
) -> T:
    """Do work on an engine and report it as a run does: status, events, log, lock and cancel request, in jobs/ of the workspace.

    Two commands cannot write one store at once. Raises LralnError, Cancelled.
    """
    folder = RunFolder(workspace.root / "jobs" / f"{command}-{hashlib.blake2b(out.encode(), digest_size=6).hexdigest()}")
    with folder.hold():
        folder.cancel_request.unlink(missing_ok=True)
        reporter = Reporter(folder, terminal=not options.quiet, stop=stop)

        def do() -> T:
            reporter.stage("start", f"Starting the engine {options.engine or EngineName.LOCAL}")
            engine = open_engine(
                EngineName(options.engine or EngineName.LOCAL),
                address=options.address,
                workers=options.workers,
                gpus=command == "encode",
                spill=workspace.root / "ray-spill",
                check=reporter.check,
            )
            try:
                if engine.dashboard:
                    reporter.note(dashboard=engine.dashboard)
                return work(engine, reporter)
            finally:
                engine.close()
                reporter.note(dashboard="")

        result = report_end(folder, reporter, do)
        reporter.end(State.FINISHED, message="Finished")
        return result


def place_or_path(text: str) -> Path | str:
    """A path, or the URL of an object store as it was given; an argparse type."""
    return text if "://" in text else Path(text)
