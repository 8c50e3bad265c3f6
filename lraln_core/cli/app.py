"""`app`: serve the pages on this machine; in a checkout and from an installed wheel alike."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lraln_core.errors import ConfigError
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs.jobs.queue import MOST_AT_ONCE

from .arguments import number

DEFAULT_PORT, LAST_PORT = 8501, 65535


def add_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"port of the pages (default {DEFAULT_PORT})")
    add.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="answer under this name too, beside localhost; may be repeated",
    )
    add.add_argument("--allow-local-files", type=Path, metavar="FOLDER", help="let pages read files of this folder by path")
    add.add_argument(
        "--jobs", type=number(int, 1, MOST_AT_ONCE), help="runs, suites and jobs at the same time (default 1); the others wait"
    )
    add.add_argument("--read-only", action="store_true", help="show the runs and change nothing: no new run, corpus or judgement")
    add.add_argument("--address", default="127.0.0.1", help="address to listen on; the default is reached from this machine only")


def main(options: argparse.Namespace, workspace: Workspace, stop: Callable[[], bool]) -> int:
    """Run Streamlit in the folder of app.py, where its settings lie. Returns its exit code; on POSIX it takes the place of this process."""
    if not 1 <= options.port <= LAST_PORT:
        raise ConfigError(f"--port {options.port} is not a port: choose a number from 1 to {LAST_PORT}.")
    workspace.require_writable()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += ["--server.port", str(options.port), "--server.address", options.address, "--"]
    for host in options.allow_host:
        command += ["--allow-host", host]
    if options.jobs:
        command += ["--jobs", str(options.jobs)]
    if options.read_only:
        command += ["--read-only"]
    if options.allow_local_files:
        command += ["--allow-local-files", str(options.allow_local_files.absolute())]
    environment = os.environ | {"LRALN_WORKSPACE": str(workspace.root)}
    if os.name == "posix":  # signals then reach the server itself
        os.chdir(PROJECT)
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, cwd=PROJECT, env=environment)
