"""Kill -9 at random moments, again and again: nothing finished is lost, nothing is unreadable, the end is the same.

    python -m benchmarks.robustness.kills --kills 200

A short run on a sample (its sentences encoded beforehand) is killed at random moments until it has finished, and begun again, until the
wanted number of kills is reached. Three kinds of kill in turn: the worker; the app's store, which takes in runs and judgements; both
at once. After every kill each file of the workspace is read; after every finished run its files are compared with those of a run
that was left alone, bit by bit; judgements that the store had confirmed must be there. Counts are printed; any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from safetensors import safe_open

from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs import worker
from lraln_core.runs.config import RunConfig, from_json
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config
from lraln_core.store.database import open_database

TARGETS = ("worker", "app", "both")
SAME = ("maps.safetensors", "maps-last.safetensors", "retrieval.parquet", "metrics.json", "breakdown.json")
APP = """
import sys, time
from pathlib import Path
from lraln_core.store import judgements, queries
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.database import open_database
from lraln_core.store.sync import sync
from lraln_core.files.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
db = open_database(workspace)
number = int(sys.argv[2])
while True:
    sync(db, workspace)
    runs = queries.list_runs(db)
    if len(runs):
        run = runs["id"].iloc[-1]
        pairs = page_of_pairs(db, PairFilter(run), number % 500, 1)
        judgements.judge(db, run, pairs[0].pair_id, judgements.Verdict.RIGHT, annotator="kill", note=f"n{number}")
        print(number, flush=True)
        number += 1
    time.sleep(0.01)
"""


def short_config() -> RunConfig:
    values = sample_config("mk-en", Preset.PAPER).to_json()
    values["training"] |= {"steps": 600, "warmup_steps": 100, "evaluate_every": 50}
    values["mining"]["sample_size"] = 150
    return from_json(values | {"name": "to be killed"})


def digest(folder: RunFolder) -> dict[str, str]:
    """What a finished run must be the same in."""
    files = [folder.path / name for name in SAME] + folder.pair_files()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def unreadable(root: Path) -> list[str]:
    """Files under their final names that cannot be read; what is half-written has another name."""
    faults = []
    for path in root.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
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


class Harness:
    def __init__(self, workspace: Workspace, rng: random.Random):
        self.workspace, self.rng = workspace, rng
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        config = short_config()
        (workspace.root / "config.json").write_text(json.dumps(config.to_json()), encoding="utf-8")
        reference = create(workspace.runs / "reference", config.to_json())
        worker.work(config, reference, workspace)
        began = time.monotonic()
        again = create(workspace.runs / "again", config.to_json())
        self._worker(again).wait()
        self.longest = time.monotonic() - began
        self.expected = digest(reference)
        if digest(again) != self.expected:
            self.faults.append("two runs that were left alone differ")

    def _worker(self, folder: RunFolder) -> subprocess.Popen:
        root = self.workspace.root
        return start(
            "-m",
            "lraln_core",
            "--workspace",
            str(root),
            "run",
            "--config",
            str(root / "config.json"),
            "--run-dir",
            str(folder.path),
            "--quiet",
        )

    def go(self, kills: int) -> None:
        number = judged = 0
        while self.counts["kills"] < kills and len(self.faults) < 10:
            number += 1
            run = RunFolder(self.workspace.runs / f"run-{number:04d}")
            while run.summary() is None:
                target = TARGETS[self.counts["looks at all files"] % len(TARGETS)]
                judged = self._one(run, target, judged)
                if self.counts["kills"] >= kills:
                    break
            if run.summary() is not None:
                self.counts["runs finished after kills"] += 1
                if digest(run) != self.expected:
                    self.faults.append(f"{run.id} ended otherwise than the reference")

    def _one(self, run: RunFolder, target: str, judged: int) -> int:
        """Start what is needed, kill the target at a random moment, look at what is left."""
        processes = {}
        if target in ("worker", "both"):
            processes["worker"] = self._worker(run)
        if target in ("app", "both"):
            processes["app"] = start("-c", APP, str(self.workspace.root), str(judged))
        time.sleep(self.rng.uniform(0.2, self.longest if target != "app" else 3.0))
        for process in processes.values():
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                self.counts["kills"] += 1
                self.counts[f"kills of the {target if target != 'both' else 'two at once'}"] += 1
        said = {name: process.communicate()[0] for name, process in processes.items()}
        self.faults += unreadable(self.workspace.runs)
        if "app" in said:
            judged = self._judgements(said["app"], judged)
        self.counts["looks at all files"] += 1
        return judged

    def _judgements(self, said: str, judged: int) -> int:
        """Every judgement that the store confirmed is in the database and in its file."""
        confirmed = [int(line) for line in said.split()]
        db = open_database(self.workspace)
        try:
            notes = {note for (note,) in db.rows("SELECT note FROM judgements")}
        finally:
            db.close()
        lost = [number for number in confirmed if f"n{number}" not in notes]
        if lost:
            self.faults.append(f"{len(lost)} confirmed judgements are lost")
        self.counts["judgements confirmed and found"] += len(confirmed) - len(lost)
        return max(confirmed, default=judged - 1) + 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Workspace(Path(folder)).require_writable(), random.Random(options.seed))
        harness.go(options.kills)
        for what, count in sorted(harness.counts.items()):
            print(f"{count:6,} {what}")
        print(f"{len(harness.faults):6,} faults")
        for fault in harness.faults:
            print("  ", fault)
    return bool(harness.faults)


if __name__ == "__main__":
    sys.exit(main())
