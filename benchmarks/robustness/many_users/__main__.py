"""Many users of one workspace: two apps, a worker and commands at the same time; then many browser sessions while a run writes.

    python -m benchmarks.robustness.many_users [--sessions 20] [--views 300] [--pause 20] [--minutes 6]
                               [--rounds 4] [--only apps|readers] [--shots FOLDER]

The workspace is a temporary one, made from the project's samples; Chromium and playwright must be there. The browser works on the
same processors as the app, and takes far more of them than the app does: page times are those of a machine that serves and shows at
once. Counts, page times and processor time are printed and kept in benchmarks/results/many_users.md; any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread

import numpy as np
from playwright.async_api import async_playwright
from playwright.sync_api import sync_playwright

from benchmarks import RESULTS
from benchmarks.robustness.kills import unreadable
from benchmarks.robustness.many_users import setup
from benchmarks.robustness.many_users.apps import Account, two_apps
from benchmarks.robustness.many_users.readers import Seen, read_at_once
from benchmarks.robustness.results import keep
from lraln_core.files.run_folder import State
from lraln_core.files.workspace import Workspace
from lraln_core.runs.config import from_json
from lraln_core.runs.jobs.background import launch_run
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config

TABLE = RESULTS / "many_users.md"
ALONE = 40  # page views of one session by itself, to set the others beside


@dataclass(frozen=True)
class Reading:
    """Sessions that read, and what it cost."""

    sessions: int
    seen: Seen
    seconds: float
    app: float  # processor seconds
    browser: float  # with what drives it
    megabytes: float | None  # peak of the app until then
    runs: int  # that were at work meanwhile
    pause: float  # seconds a page is read, on average


class Writer:
    """Sample runs one after the other, started as the button on Home does it, as long as it is wanted."""

    def __init__(self, workspace: Workspace):
        self.workspace, self.begun, self.faults, self._stop = workspace, 0, [], Event()
        self.pids: list[int] = []
        self._thread = Thread(target=self._go)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _go(self) -> None:
        while not self._stop.is_set():
            self.begun += 1
            run = launch_run(from_json(sample_config("ne-en", Preset.PAPER).to_json() | {"seed": self.begun}), self.workspace)
            while not run.state().over and not self._stop.wait(0.5):
                self.pids = [run.status().get("pid", 0)]
            run.request_cancel()
            while not run.state().over:
                time.sleep(0.2)
            if run.state() not in (State.FINISHED, State.CANCELLED):
                self.faults.append(f"the run that wrote ended as {run.state()}: {run.status().get('error')}")


def read(server: setup.Server, sessions: int, views: int, pause: float, minutes: float, writer: Writer | None = None) -> Reading:
    """Let so many sessions read."""
    at_work = lambda: writer.pids if writer else []  # also started from here, but no browser

    async def work() -> tuple[Seen, float, dict[int, float]]:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=setup.CHROMIUM, args=setup.FLAGS)
            began, before = time.perf_counter(), setup.processor_seconds(os.getpid(), server.process.pid)
            seen = await read_at_once(browser, server.url, sessions, views, pause, minutes)
            after = setup.processor_seconds(os.getpid(), server.process.pid, *at_work())
            spent = {pid: after[pid] - before[pid] for pid in before}
            await browser.close()
        return seen, time.perf_counter() - began, spent

    seen, seconds, spent = asyncio.run(work())
    print(f"{sessions} sessions: {seen.views} views in {seconds:.0f} s, {len(seen.errors)} errors", file=sys.stderr, flush=True)
    runs = writer.begun if writer else 0
    return Reading(sessions, seen, seconds, spent[server.process.pid], spent[os.getpid()], server.peak_megabytes(), runs, pause)


def readers(workspace: Workspace, port: int, sessions: int, views: int, pause: float, minutes: float) -> tuple[list[Reading], list[str]]:
    """One session alone, then all of them, then all of them while a run writes; and what went wrong."""
    with setup.servers(workspace, [port]) as (server,):
        server.start()
        server.wait_until_up()
        found = [read(server, 1, ALONE, 0, minutes), read(server, sessions, views // 2, pause, minutes)]
        with Writer(workspace) as writer:
            found.append(read(server, sessions, views, pause, minutes, writer))
        faults = [error for reading in found for error in reading.seen.errors] + writer.faults
        for (run, word), counts in found[-1].seen.counts.items():
            if len(counts) > 1:
                faults.append(f"the pages disagree about how many pairs of {run} have {word!r}: {sorted(counts)}")
        if server.tracebacks():
            faults.append(f"{server.tracebacks()} tracebacks in the log of the app")
    return found, faults + unreadable(workspace.root)


def readers_table(found: list[Reading]) -> list[str]:
    """Page times by page, and what all of it cost."""
    heads = [f"{reading.sessions} session{'s' * (reading.sessions > 1)}{', a run writing' * bool(reading.runs)}" for reading in found]
    lines = ["| page | " + " | ".join(f"{head}: median, p95" for head in heads) + " |", "|---" * (len(found) + 1) + "|"]
    names = sorted({name for reading in found for name in reading.seen.seconds})
    times = lambda values: f"{np.median(values):.2f} s, {np.quantile(values, 0.95):.2f} s" if values else ""
    for name in names:
        lines.append(f"| {name} | " + " | ".join(times(reading.seen.seconds.get(name, [])) for reading in found) + " |")
    every = [[seconds for values in reading.seen.seconds.values() for seconds in values] for reading in found]
    rows = {
        "**every page**": [times(values) for values in every],
        "page views": [f"{reading.seen.views:,}" for reading in found],
        "errors": [f"{len(reading.seen.errors):,}" for reading in found],
        "views a minute": [f"{60 * reading.seen.views / reading.seconds:.0f}" for reading in found],
        "processor time of the app, a view": [f"{reading.app / max(1, reading.seen.views):.2f} s" for reading in found],
        "processor time of the browser, a view": [f"{reading.browser / max(1, reading.seen.views):.2f} s" for reading in found],
        "peak memory of the app": ["not told" if r.megabytes is None else f"{r.megabytes:,.0f} MB" for r in found],
        "seconds a page is read before the next": [f"{reading.pause:.0f}" for reading in found],
        "runs that were at work": [f"{reading.runs}" for reading in found],
    }
    return lines + [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]


def apps_table(account: Account) -> list[str]:
    rows = sorted(account.counts.items())
    lines = ["| what happened | times |", "|---|---|", *(f"| {what} | {count:,} |" for what, count in rows)]
    if account.waited:
        lines.append(
            f"| second app went on by itself: median and longest wait | {np.median(account.waited):.1f} s, {max(account.waited):.1f} s |"
        )
    lines += [f"| **faults** | {len(account.faults):,} |"]
    return [*lines, "", "Refusals, word for word:", "", *(f"- {count} × {text}" for text, count in sorted(account.sentences.items()))]


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("streamlit", "duckdb", "playwright"))
    return f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, {packages}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--views", type=int, default=300, help="page views of all sessions together while a run writes")
    parser.add_argument("--pause", type=float, default=20, help="seconds for which a page is read before the next, on average")
    parser.add_argument("--minutes", type=float, default=6, help="after which sessions stop, whatever they have seen")
    parser.add_argument("--rounds", type=int, default=4, help="how often the working app is ended")
    parser.add_argument("--only", choices=("apps", "readers"))
    parser.add_argument("--ports", type=int, nargs=2, help="of the two apps; free ones by default")
    parser.add_argument("--shots", type=Path, help="folder for pictures of the second app")
    parser.add_argument("--prepared", type=Path, help="folder that keeps the workspace as it is at the start, used again when it is there")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # so that servers and browsers are ended
    ports, load, faults = options.ports or [setup.free_port(), setup.free_port()], os.getloadavg()[0], []
    about = [
        f"`{' '.join(['python -m benchmarks.robustness.many_users', *sys.argv[1:]])}` on {machine()}; load {load:.1f} at the start.",
        "",
    ]
    parts: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder)).require_writable()
        if options.prepared and options.prepared.exists():
            shutil.copytree(options.prepared, workspace.root, dirs_exist_ok=True)
        else:
            setup.prepare(workspace)
            if options.prepared:
                shutil.copytree(workspace.root, options.prepared)
        if options.only != "readers":
            if options.shots:
                options.shots.mkdir(parents=True, exist_ok=True)
            with sync_playwright() as playwright, setup.servers(workspace, ports) as pair:
                browser = playwright.chromium.launch(executable_path=setup.CHROMIUM, args=setup.FLAGS)
                account = two_apps(browser, workspace, pair, options.rounds, options.shots)
                browser.close()
            faults += account.faults
            parts["## Two apps, a worker and commands at once"] = [*about, *apps_table(account)]
        if options.only != "apps":
            found, wrong = readers(workspace, ports[0], options.sessions, options.views, options.pause, options.minutes)
            faults += wrong
            parts["## Many sessions that read"] = [*about, *readers_table(found)]
    for head, lines in parts.items():
        print("\n".join([head, "", *lines, ""]))
    print(f"{len(faults)} faults", *faults, sep="\n   ")
    keep(TABLE, "Many users of one workspace", parts)
    return bool(faults)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
