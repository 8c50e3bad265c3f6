"""Thousands of malformed inputs through every entry point: each must be taken or refused in a sentence, soon, and leave nothing outside.

    python -m benchmarks.robustness.malformed --each 160 [--group unusual --group extremes]

Good inputs are damaged at random, and what chance would not find is made by hand: bombs, lying headers, path tricks, pickles. Every
input is given to the code that would take it in the product. Counted are inputs taken, inputs refused in a sentence of the project,
and faults: another exception, no sentence, more than LIMIT_S of processor time, memory raised by more than LIMIT_BYTES, anything written
or removed outside the folder that the entry point may write to, a process, the network, a class unpickled. Each group that was sent whole
is kept in benchmarks/results/malformed.md.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.robustness.malformed import archives, checkpoints, entry_points, extremes, pages, unusual, workspace
from benchmarks.robustness.malformed.entry_points import EntryPoint
from benchmarks.robustness.malformed.observation import LIMIT_BYTES, LIMIT_S, Observer
from benchmarks.robustness.results import about, keep

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


GROUPS: dict[str, Callable[[Path], Iterable[EntryPoint]]] = {
    "text": entry_points.text_entry_points,
    "configuration": lambda root: entry_points.configuration_entry_points(),
    "maps": lambda root: entry_points.maps_entry_points(),
    "checkpoints": checkpoints.entry_points,
    "archives": archives.entry_points,
    "workspace": workspace.entry_points,
    "unusual": unusual.entry_points,
    "extremes": extremes.entry_points,
    "pages": pages.entry_points,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=160, help="inputs an entry point; slow ones take a share, pages more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", choices=GROUPS, action="append", help="one or more; all by default")
    parser.add_argument("--only", default="", help="entry points whose names hold this; the table is then not written")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ["TQDM_DISABLE"] = "1"
    faults = 0
    with tempfile.TemporaryDirectory(prefix="lraln-malformed-") as name:
        root = Path(name)
        for part in ("good", "outside", "tmp"):
            (root / part).mkdir()
        (root / "outside" / "theirs").mkdir()
        for path in ("mine.txt", "theirs/file.txt", "theirs/config.json"):
            (root / "outside" / path).write_text("not to be touched\n")
        os.environ["TMPDIR"] = tempfile.tempdir = str(root / "tmp")
        observer = Observer(root / "outside")
        for group in options.group or GROUPS:
            began, rows = time.monotonic(), []
            for entry_point in GROUPS[group](root):
                if options.only in entry_point.name:
                    rows.append(through(entry_point, round(options.each * entry_point.share), observer, root, options.seed))
                    _print(rows[-1])
            faults += sum(len(row.faults) for row in rows)
            if rows and not options.only:
                command = f"malformed --group {group} --each {options.each} --seed {options.seed}"
                lines = [about(command, (time.monotonic() - began) / 60), "", *table(rows)]
                keep(TABLE, "Malformed inputs", {f"## {group.capitalize()}": lines})
                print(lines[2], flush=True)
    return bool(faults)


def _print(row: Row) -> None:
    print(
        f"{row.entry_point:42} {row.taken:6,} taken {row.refused:6,} refused {len(row.faults):4} faults  "
        f"slowest {row.slowest:5.2f} s, memory +{row.grown / 1e6:4.0f} MB",
        flush=True,
    )
    for fault in row.faults[:SHOWN]:
        print("   ", fault[:600], flush=True)


def table(rows: list[Row]) -> list[str]:
    """The results of a group as Markdown."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return [
        f"{sum(row.inputs for row in rows):,} inputs, {sum(row.taken for row in rows):,} taken, {sum(row.refused for row in rows):,} "
        f"refused, {sum(len(row.faults) for row in rows)} faults; peak of memory of the whole process {peak / 1e6:,.0f} MB. A fault would "
        f"be: anything but a result or one sentence, more than {LIMIT_S:.0f} s of processor time, memory raised by more than "
        f"{LIMIT_BYTES / 1e6:.0f} MB by one input, a file written or removed outside the entry point's folder, a process, a connection, or "
        "a class unpickled.",
        "",
        "| entry point | inputs | taken | refused | faults | slowest, s of processor time | memory, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {row.entry_point} | {row.inputs:,} | {row.taken:,} | {row.refused:,} | {len(row.faults)} | {row.slowest:.2f} | "
            f"+{row.grown / 1e6:.0f} |"
            for row in rows
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
