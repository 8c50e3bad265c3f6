"""Kill -9 at random moments, again and again: nothing finished is lost, nothing is unreadable, the end is the same.

    python -m benchmarks.robustness.kills --kills 500

A short run on a language model of 16 dimensions (or, with --sample, on a sample and the built-in one) is killed at random moments and
begun again. Five kinds of kill in turn: the worker; the app's store, which takes in runs and judgements; both at once; processes that
wait in the queue or have their turn; a suite. After every kill each file of the workspace is read; after every finished run or suite
its files are compared with those of one that was left alone, bit by bit; judgements that the store had confirmed must be there; the
queue must go on. Counts are printed and kept in benchmarks/results/kills_and_disks.md; any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess as Process
from pathlib import Path

import pyarrow.parquet as pq
from safetensors import safe_open

from benchmarks import RESULTS
from benchmarks.robustness import tiny
from benchmarks.robustness.results import about, keep
from lraln_core.cli.main import main as main_of_commands
from lraln_core.errors import LralnError
from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, State, create, now
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs import worker
from lraln_core.runs.config import RunConfig, from_json
from lraln_core.runs.jobs import queue
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config
from lraln_core.runs.suite.config import SuiteConfig
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.queries.runs import list_runs
from lraln_core.store.sync import sync

KINDS = ("worker", "app", "both", "queue", "suite")
KILLS_OF_ONE = 4  # of a run or a suite; then it is left alone until it has finished
QUEUED = 3  # runs that come into the queue together
PATIENCE = 300  # seconds in which a process that is left alone must end
MOST_FAULTS = 10
TABLE = RESULTS / "kills_and_disks.md"
STORE = "the app's store"
SAME = ("maps.safetensors", "maps-last.safetensors", "retrieval.parquet", "metrics.json", "breakdown.json")
SAME_IN_SUITE = ("figures.csv", "comparisons.csv")
# Loaded once, in a process from which all that are killed are forked: kills then fall into the work, not into imports.
PRELOAD = ["torch", "transformers", "lraln_core.cli.run", "lraln_core.cli.suite", "lraln_core.runs.systems.linear", "lraln_core.store.sync"]


def command(arguments: Sequence[str], ticket: str = "") -> None:
    """A command line in a forked process. ticket: the run folder for which it waits in the queue, as a process that the app started."""
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        if ticket:
            os.environ[queue.FOLDER] = ticket
        sys.exit(main_of_commands(arguments))


def app(root: Path, number: int, out: Path) -> None:
    """What the app's store does: runs are taken in and pairs judged, and each judgement that is confirmed is written to `out`."""
    workspace = Workspace(root)
    db = open_database(workspace)
    with open(out, "w") as said:
        while True:
            sync(db, workspace)
            runs = list_runs(db)
            for run in [*runs.loc[runs["state"] == State.FINISHED, "id"]][-1:]:  # others may have no pairs
                for pair in page_of_pairs(db, PairFilter(run), number % 50, 1):
                    judge(db, run, pair.pair_id, "right", annotator="kill", note=f"n{number}")
                    print(number, file=said, flush=True)
                    number += 1
            time.sleep(0.01)


def short_config() -> RunConfig:
    """A sample run of a few seconds on the built-in language model."""
    values = sample_config("mk-en", Preset.PAPER).to_json()
    values["training"] |= {"steps": 600, "warmup_steps": 100, "evaluate_every": 50}
    values["mining"]["sample_size"] = 150
    return from_json(values | {"name": "to be killed"})


def digest(folder: RunFolder) -> dict[str, str]:
    """What a finished run must be the same in."""
    files = [folder.path / name for name in SAME] + folder.pair_files()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def unreadable(root: Path, known: dict[Path, tuple[int, int]] | None = None) -> list[str]:
    """Files under their final names that cannot be read; what is half-written has another name.

    known: time and size of files that were read before; they are read again when either has changed.
    """
    faults, known = [], {} if known is None else known
    for path in root.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            facts = path.stat()
            if known.get(path) == (facts.st_mtime_ns, facts.st_size):
                continue
            known[path] = facts.st_mtime_ns, facts.st_size
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".parquet":
                pq.read_table(path)
            elif path.suffix == ".safetensors":
                with safe_open(path, framework="numpy") as file:
                    list(file.keys())
        except Exception as error:  # whatever a reader raises is a fault of the file
            if path.exists():
                faults.append(f"{path}: {error}")
    return faults


def start(*command: str, errors: int = subprocess.DEVNULL) -> subprocess.Popen:
    """Python with these arguments; what it prints can be read."""
    return subprocess.Popen([sys.executable, *command], cwd=PROJECT, stdout=subprocess.PIPE, stderr=errors, text=True)


def list_finished(workspace: Workspace) -> list[Path]:
    """Folders of finished runs, whose pairs can be judged."""
    return [path.parent for path in workspace.runs.glob("*/summary.json")]


class Harness:
    """A workspace, what a run and a suite in it must end as, and what has happened so far."""

    def __init__(self, workspace: Workspace, config: RunConfig, suite: SuiteConfig, rng: random.Random):
        self.workspace, self.config, self.rng = workspace, config, rng
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(PRELOAD)
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.judged = 0
        self.read: dict[Path, tuple[int, int]] = {}
        self.runs = self.suites = 0
        self._write("config", config.to_json())
        self._write("suite", suite.to_json())
        reference = create(workspace.runs / "reference", config.to_json())
        worker.work(config, reference, workspace)
        self.expected = digest(reference)
        again = create(workspace.runs / "again", config.to_json())
        self._time(self._worker(again))  # the first fork waits for the imports
        self.longest = self._time(self._worker(create(workspace.runs / "third", config.to_json())))
        if digest(again) != self.expected:
            self.faults.append("two runs that were left alone differ")
        self.longest_suite = self._time(self._suite(workspace.suites / "reference"))
        self.expected_suite = self._tables(workspace.suites / "reference")
        self.run: RunFolder | None = None
        self.killed = Counter[Path]()
        self.suite_folder: Path | None = None

    def _write(self, name: str, values: dict) -> None:
        (self.workspace.root / f"{name}.json").write_text(json.dumps(values), encoding="utf-8")

    def _start(self, target: Callable[..., None], *arguments: object) -> Process:
        process = self.context.Process(target=target, args=arguments)
        process.start()
        return process

    def _time(self, process: Process) -> float:
        """Seconds until a process has ended that is left alone."""
        began = time.monotonic()
        process.join(PATIENCE)
        if process.is_alive():
            self.faults.append(f"a process that was left alone did not end in {PATIENCE} s")
            process.kill()
        return time.monotonic() - began

    def _worker(self, folder: RunFolder, ticket: str = "") -> Process:
        config = str(self.workspace.root / "config.json")
        return self._start(command, [*self._in_workspace(), "run", "--config", config, "--run-dir", str(folder.path), "--quiet"], ticket)

    def _suite(self, folder: Path) -> Process:
        config = str(self.workspace.root / "suite.json")
        return self._start(command, [*self._in_workspace(), "suite", "--config", config, "--out", str(folder), "--quiet"])

    def _in_workspace(self) -> list[str]:
        return ["--workspace", str(self.workspace.root)]

    def _tables(self, folder: Path) -> dict[str, bytes]:
        return {name: (folder / "tables" / name).read_bytes() for name in SAME_IN_SUITE}

    def go(self, kills: int, minutes: float) -> None:
        """Rounds of all kinds in turn, until so many processes were killed; then everything is left alone until it has finished."""
        number, end = 0, time.monotonic() + 60 * minutes
        while self.counts["kills"] < kills and len(self.faults) < MOST_FAULTS and time.monotonic() < end:
            kind = KINDS[number % len(KINDS)]
            number += 1
            if kind == "queue":
                self._queue_round()
            elif kind == "suite":
                self._suite_round()
            else:
                self._run_round(kind)
            self.faults += unreadable(self.workspace.runs, self.read) + unreadable(self.workspace.suites, self.read)
            self.counts["looks at all files"] += 1
            if number % 20 == 0:
                print(f"{self.counts['kills']} kills, {len(self.faults)} faults", file=sys.stderr, flush=True)
        if self.run is not None:
            self._finish_run(self.run)
        if self.suite_folder is not None:
            self._finish_suite(self.suite_folder)

    def _kill(self, process: Process, what: str) -> None:
        if process.is_alive():
            process.kill()
            self.counts["kills"] += 1
            self.counts[f"kills of {what}"] += 1

    def _wait(self, longest: float) -> None:
        time.sleep(self.rng.uniform(0.02, longest))

    def _run_round(self, kind: str) -> None:
        """Start a worker, the app's store or both, kill it at a random moment, look at what is left."""
        if self.run is None:
            self.runs += 1
            self.run = RunFolder(self.workspace.runs / f"run-{self.runs:04d}")
        run, processes, out = self.run, {}, self.workspace.root / "said.txt"
        out.write_text("")
        if kind in ("worker", "both"):
            processes["the worker"] = self._worker(run)
        if kind in ("app", "both"):
            processes[STORE] = self._start(app, self.workspace.root, self.judged, out)
        if kind == "app" and self.rng.random() < 0.5:
            self._until_it_judges(out)  # on a busy machine opening takes longer than the random wait
        self._wait(self.longest if kind != "app" else 4.0)
        if STORE in processes and not processes[STORE].is_alive():
            self.faults.append("the app's store ended by itself")
        for what, process in processes.items():
            self._kill(process, what)
        for process in processes.values():
            process.join()
        if STORE in processes:
            self._find_judgements(out.read_text())
        if kind != "app":
            self.killed[run.path] += 1
        if run.summary() is not None or self.killed[run.path] >= KILLS_OF_ONE:
            self._finish_run(run)
            self.run = None

    def _until_it_judges(self, out: Path) -> None:
        end = time.monotonic() + PATIENCE
        while not out.stat().st_size and len(list_finished(self.workspace)) and time.monotonic() < end:
            time.sleep(0.02)

    def _finish_run(self, run: RunFolder) -> None:
        if run.summary() is None:
            self._time(self._worker(run))
        self._compare(run)

    def _compare(self, run: RunFolder) -> None:
        if run.summary() is None:
            self.faults.append(f"{run.id} did not finish when it was left alone: {run.status()}")
        elif digest(run) != self.expected:
            self.faults.append(f"{run.id} ended otherwise than the reference")
        else:
            self.counts["runs finished after kills, the same bit by bit"] += 1

    def _find_judgements(self, said: str) -> None:
        """Every judgement that the store confirmed is in the database and in its file."""
        confirmed = [int(line) for line in said[: said.rfind("\n") + 1].split()]
        db = open_database(self.workspace)
        try:
            notes = {note for (note,) in db.rows("SELECT note FROM judgements")}
        finally:
            db.close()
        lines = (self.workspace.judgements / "judgements.jsonl").read_text().splitlines() if confirmed else []
        kept = {json.loads(line)["note"] for line in lines if line.endswith("}")}
        lost = [number for number in confirmed if f"n{number}" not in notes or f"n{number}" not in kept]
        if lost:
            self.faults.append(f"{len(lost)} confirmed judgements are lost")
        self.counts["judgements confirmed and found"] += len(confirmed) - len(lost)
        self.judged = max(confirmed, default=self.judged - 1) + 2

    def _queue_round(self) -> None:
        """Several runs come into the queue, as the app starts them; some are killed where they are; the others must go on and finish."""
        folders: list[tuple[Process, RunFolder]] = []
        for _ in range(QUEUED):
            self.runs += 1
            folder = create(self.workspace.runs / f"run-{self.runs:04d}", self.config.to_json())
            write_json(folder.status_file, {"state": State.QUEUED, "message": "Starting", "updated": now()})
            folders.append((self._worker(folder, str(folder.path)), folder))
        self._wait(self.longest * QUEUED)
        doomed = [number for number in self.rng.sample(range(QUEUED), self.rng.randint(1, QUEUED))]
        for number in doomed:
            process, folder = folders[number]
            self._kill(process, f"a process in the queue, {'at work' if folder.locked() else 'waiting or starting'}")
        for process, _ in folders:
            self._time(process)
        try:
            if left := queue.tickets(self.workspace):
                self.faults.append(f"tickets of processes that have ended: {left}")
            states = {folder.state() for _, folder in folders}
        except LralnError as error:
            self.faults.append(f"after a kill in the queue: {error}")
            return
        if State.RUNNING in states or State.FAILED in states:
            self.faults.append(f"states after a kill in the queue: {sorted(states)}")
        for number, (_, folder) in enumerate(folders):
            if number not in doomed or folder.summary() is not None:
                self._compare(folder)
            elif self.run is None:
                self.run = folder  # the next rounds go on with it

    def _suite_round(self) -> None:
        """A suite is killed at a random moment; after a few kills it must finish with the tables of the reference."""
        if self.suite_folder is None:
            self.suites += 1
            self.suite_folder = self.workspace.suites / f"suite-{self.suites:04d}"
        folder = self.suite_folder
        process = self._suite(folder)
        self._wait(self.longest_suite)
        self._kill(process, "the suite")
        process.join()
        self.killed[folder] += 1
        if self.killed[folder] >= KILLS_OF_ONE:
            self._finish_suite(folder)
            self.suite_folder = None

    def _finish_suite(self, folder: Path) -> None:
        self._time(self._suite(folder))
        try:
            same = self._tables(folder) == self.expected_suite
        except OSError as error:
            self.faults.append(f"{folder.name} has no tables: {error}")
            return
        if same:
            self.counts["suites finished after kills, with the same tables"] += 1
        else:
            self.faults.append(f"{folder.name} ended with other tables than the reference")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="after which no more are killed")
    parser.add_argument("--sample", action="store_true", help="runs on a sample and the built-in language model, which take longer")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = tiny.make(Path(name) / "tiny")
        workspace = Workspace(Path(name) / "workspace").require_writable()
        config = short_config() if options.sample else tiny.run_config(folder)
        harness = Harness(workspace, config, tiny.suite_config(folder), random.Random(options.seed))
        harness.go(options.kills, options.minutes)
        counts = [f"{count:6,} {what}" for what, count in sorted(harness.counts.items())]
        text = "\n".join([*counts, f"{len(harness.faults):6,} faults", *(f"   {fault}" for fault in harness.faults)])
    print(text)
    command = f"kills --kills {options.kills}{' --sample' * options.sample}"
    head = about(command, (time.monotonic() - began) / 60)
    keep(TABLE, "Kills and full disks", {"## Kills (kill -9)": [head, "", "```", *text.splitlines(), "```"]})
    return bool(harness.faults)


if __name__ == "__main__":
    sys.exit(main())
