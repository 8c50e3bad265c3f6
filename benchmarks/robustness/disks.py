"""A disk that fills up at random moments of a run, and a cache that may only be read: a sentence, nothing lost, the same end.

    python -m benchmarks.robustness.disks --fills 60

Linux only: the harness starts itself again in a mount namespace of its own (unshare), where the workspace lies on a small file system in
memory. A filler leaves a random part of what a run writes free; the worker must end in the sentence about the full disk with every
file readable. Then there is room again, the run goes on, and its files must be those of a run that was never disturbed, bit by bit.
For the read-only part the cache folder is mounted read-only: a run whose CCWRs are all there must finish, one that lacks some
must end in the sentence about it and finish later. While pairs are judged the disk fills up too: no judgement that was confirmed may be
lost, and none that was refused may be anywhere. Counts are printed; any fault ends in exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.robustness.kills import digest, short_config, start, unreadable
from benchmarks.robustness.results import about, keep
from lraln_core.errors import WorkspaceError
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.sync import sync
from tests.store.store_folders import write_sample

SIZE_MB = 400
FULL, READ_ONLY = "the disk is full", "read-only"
FILLER = "filler"
JUDGING_MB, REFUSALS, JUDGEMENTS = 60, 4, 400  # size of the disk; refusals and judgements after which there is room again


class Harness:
    """A workspace on a disk of its own, with one undisturbed run to compare with."""

    def __init__(self, root: Path, rng: random.Random):
        self.root, self.rng = root, rng
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        _mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(root))
        self.workspace = Workspace(root).require_writable()
        config = short_config()
        (root / "config.json").write_text(json.dumps(config.to_json()), encoding="utf-8")
        empty = _used(root)
        reference = create(self.workspace.runs / "reference", config.to_json())
        worker.work(config, reference, self.workspace)
        self.cold = _used(root) - empty  # bytes that a run from an empty cache leaves behind
        self.warm = _used(self.workspace.runs)
        self.expected = digest(reference)

    def fill(self, fills: int) -> None:
        """Fill the disk until a run ends in the sentence, give room, finish it; every second run starts from an empty cache."""
        number = 0
        while self.counts["times the disk was full"] < fills and len(self.faults) < 10:
            number += 1
            cold = number % 2 == 0
            if cold:
                shutil.rmtree(self.workspace.ccwrs)
            run = RunFolder(self.workspace.runs / f"full-{number:03d}")
            for _ in range(3):
                fill_all_but(self.root, int(self.rng.uniform(0, 0.9) * (self.cold if cold else self.warm)))
                if self._work(run, FULL, "times the disk was full"):
                    break
            self._empty()
            self._finish(run)

    def read_only(self) -> None:
        """Runs on a cache that may only be read."""
        run = RunFolder(self.workspace.runs / "read-only")
        with_all = self.workspace.ccwrs
        _mount("--bind", str(with_all), str(with_all))
        _mount("-o", "remount,ro,bind", str(with_all))
        if not self._work(run, READ_ONLY, "runs refused for a read-only cache that lacked CCWRs"):
            self.faults.append("a run whose CCWRs were all there did not finish on a read-only cache")
        self._finish(run)
        subprocess.run(["umount", str(with_all)], check=True)
        segments = sorted(with_all.rglob("*.safetensors"))
        for path in segments[::2]:
            path.unlink()
        _mount("--bind", str(with_all), str(with_all))
        _mount("-o", "remount,ro,bind", str(with_all))
        lacking = RunFolder(self.workspace.runs / "read-only-lacking")
        if self._work(lacking, READ_ONLY, "runs refused for a read-only cache that lacked CCWRs"):
            self.faults.append("a run finished although its CCWRs could not be written")
        subprocess.run(["umount", str(with_all)], check=True)
        self._finish(lacking)

    def _work(self, run: RunFolder, sentence: str, counted: str) -> bool:
        """Let a worker go; True when the run is finished, else it must have said the sentence."""
        process = start(
            "-m",
            "lraln_core",
            "--workspace",
            str(self.root),
            "run",
            "--config",
            str(self.root / "config.json"),
            "--run-dir",
            str(run.path),
            errors=subprocess.PIPE,
        )
        _, said = process.communicate()
        self.faults += unreadable(self.workspace.runs)
        if run.summary() is not None:
            return True
        self.counts[counted] += 1
        if sentence not in said or "Traceback" in said:
            self.faults.append(f"{run.id}: ended with code {process.returncode} and said: {said[-400:]}")
        return False

    def _finish(self, run: RunFolder) -> None:
        if run.summary() is None and not self._work(run, "", "runs that did not go on"):
            self.faults.append(f"{run.id} did not go on when there was room again")
            return
        self.counts["runs finished afterwards"] += 1
        if digest(run) != self.expected:
            self.faults.append(f"{run.id} ended otherwise than the undisturbed run")
        shutil.rmtree(run.path)

    def _empty(self) -> None:
        (self.root / FILLER).unlink(missing_ok=True)


def judging(root: Path, rng: random.Random, fills: int) -> tuple[Counter[str], list[str]]:
    """Pairs are judged while the disk fills up: what was confirmed is kept, what was refused is nowhere, and afterwards judging goes on."""
    _mount("-t", "tmpfs", "-o", f"size={JUDGING_MB}m", "tmpfs", str(root))
    workspace = Workspace(root / "workspace").require_writable()
    write_sample(workspace)
    db = open_database(workspace)
    sync(db, workspace)
    counts, faults, confirmed = Counter[str](), [], []
    for number in range(fills):
        fill_all_but(root, rng.choice((0, 4096, 8192, 20_000, 100_000, 300_000)))
        refused = given = 0
        while refused < REFUSALS and given < JUDGEMENTS:
            note, given = f"{number}-{given}", given + 1
            try:
                judge(db, "run-1", given % 5, "right", annotator="x", note=note + "x" * 500)
                confirmed.append(note)
            except WorkspaceError as error:
                refused += 1
                if FULL not in str(error):
                    faults.append(f"refused for another reason: {error}")
        counts["judgements refused on a full disk"] += refused
        (root / FILLER).unlink()
        judge(db, "run-1", 0, "right", annotator="x", note=f"{number}-after")
        confirmed.append(f"{number}-after")
    stored = [note.rstrip("x") for (note,) in db.rows("SELECT note FROM judgements")]
    db.close()
    lines = (workspace.judgements / "judgements.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line)["note"].rstrip("x") for line in lines]
    counts["judgements confirmed and found"] += len(confirmed)
    counts["times the disk was full while judging"] += fills
    if not sorted(confirmed) == sorted(kept) == sorted(stored):
        faults.append(f"{len(confirmed)} judgements confirmed, {len(kept)} in the file, {len(stored)} in the database")
    subprocess.run(["umount", str(root)], check=True)
    return counts, faults


def fill_all_but(root: Path, left: int) -> None:
    """Leave so many bytes free on a disk."""
    (root / FILLER).unlink(missing_ok=True)
    with open(root / FILLER, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(root).free - left))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _used(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fills", type=int, default=60, help="times the disk fills up during a run; 0 for judging alone")
    parser.add_argument("--judging", type=int, default=20, help="times the disk fills up while pairs are judged")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.environ.get("LRALN_OWN_MOUNTS") != "1":
        os.environ["LRALN_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "benchmarks.robustness.disks", *sys.argv[1:]])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "disk"
        root.mkdir()
        counts, faults = judging(root, random.Random(options.seed), options.judging)
        if options.fills:
            harness = Harness(root, random.Random(options.seed))
            harness.fill(options.fills)
            harness.read_only()
            counts, faults = counts + harness.counts, faults + harness.faults
            subprocess.run(["umount", str(root)], check=True)
    text = [f"{count:6,} {what}" for what, count in sorted(counts.items())]
    text += [f"{len(faults):6,} faults", *(f"   {fault}" for fault in faults)]
    print("\n".join(text))
    command = f"disks --fills {options.fills} --judging {options.judging}"
    head = about(command, (time.monotonic() - began) / 60)
    where = "## Full disks and read-only caches" if options.fills else "## Full disks while judging"
    keep(RESULTS / "kills_and_disks.md", "Kills and full disks", {where: [head, "", "```", *text, "```"]})
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
