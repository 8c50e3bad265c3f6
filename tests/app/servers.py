"""The app as a real server in a test, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, Workspace


@dataclass(frozen=True)
class Served:
    """A running app."""

    port: int
    workspace: Workspace
    process: subprocess.Popen
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[Served]:
    """`streamlit run app.py -- ARGUMENTS` over FOLDER/workspace; ended with the runs that it left."""
    port, log = free_port(), folder / "app.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true", "--", *arguments],
            cwd=PROJECT,
            env=os.environ | {"LRALN_WORKSPACE": str(folder / "workspace")},
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield Served(port, Workspace(folder / "workspace"), process, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _stop_runs(folder / "workspace")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _stop_runs(workspace: Path) -> None:
    """A run outlives the app; one that a failed test left behind is ended by its process number."""
    for folder in map(RunFolder, workspace.glob("runs/*/")):
        if folder.state() is State.RUNNING:
            os.kill(folder.status()["pid"], signal.SIGTERM)


def _wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 180  # a busy machine imports slowly
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
