"""What the measurement runs on: a workspace with a few short runs of the samples, app servers, commands, and figures of processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lraln_core.files.workspace import PROJECT, Workspace

SHORT = ("training.steps=600", "training.warmup_steps=100", "training.evaluate_every=100", "mining.sample_size=300")
RUN, COUNTERPART, OTHER, SECOND_USER = (
    "20260101-100000-mk",
    "20260101-110000-mk-intersection",
    "20260101-120000-sw",
    "20260101-090000-second-user",
)
ARCHIVE = "second-user.lraln.zip"
CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def environment(workspace: Workspace) -> dict[str, str]:
    return os.environ | {"LRALN_WORKSPACE": str(workspace.root), "HF_HUB_OFFLINE": "1"}


def command(workspace: Workspace, *arguments: str) -> subprocess.Popen:
    """`python -m lraln_core ARGUMENTS`, its output kept in files so that it never has to wait for us."""
    output = [tempfile.TemporaryFile() for _ in range(2)]
    process = subprocess.Popen(
        [sys.executable, "-m", "lraln_core", *arguments],
        cwd=PROJECT,
        env=environment(workspace),
        stdin=subprocess.DEVNULL,
        stdout=output[0],
        stderr=output[1],
    )
    process.said = output
    return process


def said(process: subprocess.Popen) -> tuple[str, str]:
    """stdout and stderr of a command that has ended."""
    texts = []
    for file in process.said:
        file.seek(0)
        texts.append(file.read().decode("utf-8", "replace"))
        file.close()
    return texts[0], texts[1]


def short_run(workspace: Workspace, pair: str, name: str, *options: str) -> list[str]:
    """Arguments of a run that takes some seconds."""
    sets = [part for option in (*SHORT, *options) for part in ("--set", option)]
    return ["run", "--sample", pair, "--preset", "paper", *sets, "--run-dir", str(workspace.runs / name), "--quiet"]


def prepare(workspace: Workspace) -> None:
    """Three short runs, the space and the lesson of the first, and the archive of a fourth run that is then taken away again."""
    archive = workspace.root / ARCHIVE
    for arguments in (
        short_run(workspace, "mk-en", RUN),
        short_run(workspace, "mk-en", COUNTERPART, "mining.method=intersection"),
        short_run(workspace, "sw-en", OTHER),
        short_run(workspace, "mk-en", SECOND_USER, "seed=2"),
        ["export", "--run", SECOND_USER, "--format", "archive", "--out", str(archive)],
        ["project", "--run-dir", str(workspace.runs / RUN), "--quiet"],
        ["lesson", "--pair", "mk-en", "--quiet"],
    ):
        process = command(workspace, *arguments)
        code, (_, complaint) = process.wait(), said(process)
        if code:
            raise SystemExit(f"The workspace could not be prepared: {' '.join(arguments)}: {complaint}")
    shutil.rmtree(workspace.runs / SECOND_USER)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """`streamlit run app.py` on one port, started and ended as often as wanted; its output goes to one file."""

    def __init__(self, workspace: Workspace, port: int, log: Path):
        self.workspace, self.port, self.log = workspace, port, log
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with socket.socket() as taken:
            taken.settimeout(2)
            if taken.connect_ex(("127.0.0.1", self.port)) == 0:
                raise SystemExit(f"Something answers on port {self.port} already; end it, or choose other --ports.")
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port), "--server.headless", "true"],
                cwd=PROJECT,
                env=environment(self.workspace),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_until_up(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"The app did not start:\n{self.log.read_text(encoding='utf-8', errors='replace')[-3000:]}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def tracebacks(self) -> int:
        return self.log.read_text(encoding="utf-8", errors="replace").count("Traceback (most recent call last)")

    def peak_megabytes(self) -> float | None:
        """The most memory the process ever had in use; None where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), None)


@contextmanager
def servers(workspace: Workspace, ports: list[int]) -> Iterator[list[Server]]:
    """Servers that are not started yet, and are ended at the end."""
    found = [Server(workspace, port, workspace.root / f"server-{number}.txt") for number, port in enumerate(ports, 1)]
    try:
        yield found
    finally:
        for server in found:
            server.end()


def processor_seconds(*pids: int) -> dict[int, float]:
    """Processor time of each process and of its descendants that live; 0 where the system does not tell."""
    ticks = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents[int(stat.parent.name)], used[int(stat.parent.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks
    total = dict.fromkeys(pids, 0.0)
    for pid, seconds in used.items():
        while pid and pid not in total:
            pid = parents.get(pid, 0)
        if pid:
            total[pid] += seconds
    return total
