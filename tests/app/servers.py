"""The app as a real server in a test, on a free port of this machine, and a browser that looks at it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import PROJECT, Workspace

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (path for path in (shutil.which("chromium"), shutil.which("chromium-browser"), shutil.which("google-chrome")) if path), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NOT_OURS = re.compile(r"_stcore/(health|host-config)|Failed to load resource|preload")
ELEMENT_SECONDS = 300  # for something on a page; waiting ends when it is there, so only a failure takes as long
STILL_SECONDS = 600  # without any progress, after which work counts as stuck; there is no limit on work that advances


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


@cache
def _playwright() -> sync_api.Playwright:
    """One for the whole process: a second one cannot start while a page of the first is open."""
    started = sync_api.sync_playwright().start()
    atexit.register(started.stop)
    return started


def launch(*flags: str) -> sync_api.Browser:
    """Chromium with `flags` beside those of every test; the caller closes it."""
    return _playwright().chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags], timeout=ELEMENT_SECONDS * 1000)


@contextmanager
def browse(served: Served) -> Iterator[sync_api.Page]:
    """A page that remembers faults; they are checked at the end."""
    faults: list[str] = []
    browser = launch()
    try:
        page = browser.new_page(base_url=served.url, viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(ELEMENT_SECONDS * 1000)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on(
            "console",
            lambda message: (
                faults.append(f"console: {message.text}")
                if message.type == "error" and not NOT_OURS.search(f"{message.text} {message.location}")
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                faults.append(f"left this machine: {request.url}")
                if not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:", request.url)
                else None
            ),
        )
        page.on("dialog", lambda dialog: faults.append(f"a dialog opened: {dialog.message}"))
        yield page
    finally:
        browser.close()
    assert not faults, faults


def wait_while_it_advances(page: sync_api.Page, served: Served, done: Callable[[], bool], *, still: float = STILL_SECONDS) -> None:
    """Wait until `done`, however long it takes, as long as files in the workspace change. Fails when nothing changed for `still` s."""
    seen, since = _newest(served.workspace), time.monotonic()
    while not done():
        page.wait_for_timeout(500)
        newest = _newest(served.workspace)
        if newest != seen:
            seen, since = newest, time.monotonic()
        assert time.monotonic() - since < still, f"nothing advanced for {still} seconds:\n{_logs(served)}"


def no_exception(page: sync_api.Page) -> None:
    assert page.locator('[data-testid="stException"]').count() == 0, page.locator('[data-testid="stException"]').all_inner_texts()


def _newest(workspace: Workspace) -> tuple[int, int]:
    """Number of files and the time of the last change, of what workers write."""
    times = []
    for path in workspace.root.rglob("*"):
        try:
            times.append(path.stat().st_mtime_ns)
        except FileNotFoundError:
            continue
    return len(times), max(times, default=0)


def _logs(served: Served) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8", errors="replace")[-2000:] for path in [served.log, *served.workspace.root.glob("runs/*/log.txt")]
    )


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
    end = time.monotonic() + STILL_SECONDS  # a busy machine imports slowly
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
