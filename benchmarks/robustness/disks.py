"""A disk that fills up at random moments of a run, and a cache that may only be read: a sentence, nothing lost, the same end.

    python -m benchmarks.robustness.disks --fills 60

Linux only: the harness starts itself again in a mount namespace of its own (unshare), where the workspace lies on a small file system in
memory. A filler leaves a random part of what a run writes free; the worker must end in the sentence about the full disk with every
file readable. Then there is room again, the run goes on, and its files must be those of a run that was never disturbed, bit by bit.
For the read-only part the cache folder is mounted read-only: a run whose CCWRs are all there must finish, one that lacks some
must end in the sentence about it and finish later. Counts are printed; any fault ends in exit code 1.
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
from collections import Counter
from pathlib import Path

from benchmarks.robustness.kills import digest, short_config, start, unreadable
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker

SIZE_MB = 400
FULL, READ_ONLY = "the disk is full", "read-only"


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
                self._fill_all_but(int(self.rng.uniform(0, 0.9) * (self.cold if cold else self.warm)))
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

    def _fill_all_but(self, left: int) -> None:
        self._empty()
        with open(self.root / "filler", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(self.root).free - left))

    def _empty(self) -> None:
        (self.root / "filler").unlink(missing_ok=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _used(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.environ.get("LRALN_OWN_MOUNTS") != "1":
        os.environ["LRALN_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "benchmarks.robustness.disks", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        root.mkdir()
        harness = Harness(root, random.Random(options.seed))
        harness.fill(options.fills)
        harness.read_only()
        for what, count in sorted(harness.counts.items()):
            print(f"{count:6,} {what}")
        print(f"{len(harness.faults):6,} faults")
        for fault in harness.faults:
            print("  ", fault)
        subprocess.run(["umount", str(root)], check=True)
    return bool(harness.faults)


if __name__ == "__main__":
    sys.exit(main())
