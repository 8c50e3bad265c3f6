"""Thousands of malformed inputs through every entry point: each must be taken or refused in a sentence, soon, and leave nothing outside.

    python -m benchmarks.robustness.malformed --each 160

Good inputs are damaged at random, and what chance would not find is made by hand: bombs, lying headers, path tricks, pickles. Every
input is given to the code that would take it in the product. Counted are inputs taken, inputs refused in a sentence of the project,
and faults: another exception, no sentence, longer than LIMIT_S, memory raised by more than LIMIT_BYTES, anything written or removed
outside the folder that the entry point may write to, a process, the network, a class unpickled. A whole run writes the table of results.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import platform
import random
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.robustness.malformed import archives, checkpoints, entry_points, pages, unusual, workspace
from benchmarks.robustness.malformed.entry_points import EntryPoint
from benchmarks.robustness.malformed.observation import LIMIT_BYTES, LIMIT_S, Observer

TABLE = RESULTS / "malformed.md"
SHOWN = 40


@dataclass
class Row:
    """What came in through one entry point."""

    entry_point: str
    taken: int = 0
    refused: int = 0
    slowest: float = 0.0  # seconds
    grown: int = 0  # bytes, at most
    faults: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        return self.taken + self.refused + len(self.faults)


def through(entry_point: EntryPoint, count: int, observer: Observer, root: Path, seed: int) -> Row:
    """Send the special inputs and so many random ones that it is `count` of them at least."""
    row, rng = Row(entry_point.name), random.Random(f"{seed} {entry_point.name}")
    drawn = (entry_point.draw(rng) for _ in range(max(0, count - len(entry_point.special))))
    for number, value in enumerate(itertools.chain([entry_point.good], entry_point.special, drawn)):
        place = root / "place"
        place.mkdir()
        found = observer.look(
            partial(entry_point.take, value, place), place, *entry_point.roots, pickles=entry_point.pickles, processes=entry_point.processes
        )
        shutil.rmtree(place, ignore_errors=True)
        if number == 0:
            if found.refused or found.faults:
                raise SystemExit(f"{entry_point.name}: the good input was not taken; the harness is wrong: {found}")
            continue
        row.slowest, row.grown = max(row.slowest, found.seconds), max(row.grown, found.grown)
        if found.faults:
            row.faults.append(f"{entry_point.name} {number}: {'; '.join(found.faults)} ({str(value)[:80]!r})")
        elif found.refused:
            row.refused += 1
        else:
            row.taken += 1
    return row


def all_entry_points(root: Path) -> Iterable[EntryPoint]:
    """Every entry point, made when its turn comes."""
    yield from entry_points.text_entry_points(root)
    yield from entry_points.configuration_entry_points()
    yield from entry_points.maps_entry_points()
    yield from checkpoints.entry_points(root)
    yield from archives.entry_points(root)
    yield from workspace.entry_points(root)
    yield from unusual.entry_points(root)
    yield from pages.entry_points(root)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=160, help="inputs an entry point; slow ones take a share, pages more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="entry points whose names hold this; the table is then not written")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ["TQDM_DISABLE"] = "1"
    began, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="lraln-malformed-") as name:
        root = Path(name)
        for part in ("good", "outside", "tmp"):
            (root / part).mkdir()
        (root / "outside" / "theirs").mkdir()
        for path in ("mine.txt", "theirs/file.txt", "theirs/config.json"):
            (root / "outside" / path).write_text("not to be touched\n")
        os.environ["TMPDIR"] = tempfile.tempdir = str(root / "tmp")
        observer = Observer(root / "outside")
        for entry_point in all_entry_points(root):
            if options.only not in entry_point.name:
                continue
            row = through(entry_point, round(options.each * entry_point.share), observer, root, options.seed)
            rows.append(row)
            print(
                f"{row.entry_point:42} {row.taken:6,} taken {row.refused:6,} refused {len(row.faults):4} faults  "
                f"slowest {row.slowest:5.2f} s, memory +{row.grown / 1e6:4.0f} MB",
                flush=True,
            )
            for fault in row.faults[:SHOWN]:
                print("   ", fault[:600], flush=True)
    faults = sum(len(row.faults) for row in rows)
    total = (
        f"{sum(row.inputs for row in rows):,} inputs, {sum(row.taken for row in rows):,} taken, "
        f"{sum(row.refused for row in rows):,} refused, {faults} faults"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    minutes = (time.monotonic() - began) / 60
    print(f"{total}; {minutes:.1f} minutes; peak of memory {peak / 1e6:,.0f} MB")
    if not options.only:
        TABLE.write_text(report(rows, total, minutes, peak, options), encoding="utf-8")
    return bool(faults)


def report(rows: list[Row], total: str, minutes: float, peak: int, options: argparse.Namespace) -> str:
    """The results as Markdown."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    head = [
        "# Malformed inputs",
        "",
        f"`python -m benchmarks.robustness.malformed --each {options.each} --seed {options.seed}` on {machine}.",
        "",
        f"{total}; {minutes:.1f} minutes; peak of memory of the whole process {peak / 1e6:,.0f} MB. A fault would be: anything but a "
        f"result or one sentence, more than {LIMIT_S:.0f} s, memory raised by more than {LIMIT_BYTES / 1e6:.0f} MB by one input, a file "
        "written or removed outside the entry point's folder, a process, a connection, or a class unpickled.",
        "",
        "| entry point | inputs | taken | refused | faults | slowest, s | memory, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines = [
        f"| {row.entry_point} | {row.inputs:,} | {row.taken:,} | {row.refused:,} | {len(row.faults)} | {row.slowest:.2f} | "
        f"+{row.grown / 1e6:.0f} |"
        for row in rows
    ]
    return "\n".join([*head, *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
