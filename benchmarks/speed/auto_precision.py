"""The sample run from an empty cache with the default precision (auto) and in float32, each a process of its own, in turn.

    python -m benchmarks.speed.auto_precision [--rounds 3] [--pair mk-en] [--preset recommended]

Times are of the whole process and of encoding alone; each ratio is taken within a round, so that a busy machine slows both sides. The
difference in retrieval is paired over the test sentences. Results go to benchmarks/results/auto_precision.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from benchmarks import RESULTS
from benchmarks.speed.precision import difference
from lraln_core.choices import Precision
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import PROJECT
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import SAMPLES


@dataclass(frozen=True)
class Timed:
    """One run from an empty cache."""

    folder: RunFolder
    seconds: float  # of the process
    processor: float  # seconds of all cores that it used; they change little when other programs share the machine
    encoding: float  # of these, spent encoding
    used: str  # precision
    accuracy: float


def run(pair: str, preset: Preset, precision: Precision, place: Path) -> Timed:
    """A sample run as a new process in a workspace of its own."""
    command = [sys.executable, "-m", "lraln_core", "--workspace", place, "run", "--sample", pair, "--preset", preset, "--quiet"]
    command += ["--run-dir", place / "run", "--set", f"encoder.precision={precision}"]
    before, began = _children(), time.perf_counter()
    subprocess.run(list(map(str, command)), cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    processor = _children() - before
    folder = RunFolder(place / "run")
    summary = folder.summary() or {}
    return Timed(
        folder,
        seconds,
        processor,
        summary["seconds"].get("encode", 0.0),
        summary["precision"],
        summary["retrieval"]["after"]["mean_accuracy"],
    )


def _children() -> float:
    """Processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pair", choices=SAMPLES, default="mk-en")
    parser.add_argument("--preset", choices=list(Preset), default=Preset.RECOMMENDED)
    options = parser.parse_args()
    lines = [
        f"Sample {options.pair}, preset {options.preset}, from an empty cache; {platform.machine()}, {os.cpu_count()} cores, torch "
        f"{torch.__version__}; `python -m benchmarks.speed.auto_precision --rounds {options.rounds} --pair {options.pair} --preset "
        f"{options.preset}`. The machine was shared, so only the ratios within a round say something. Load is that of the last minute.",
        "",
        "| round | load | auto | whole run: float32 s | auto s | ratio | ratio of processor seconds | encoding: float32 s | "
        "auto s | ratio | accuracy: float32 | auto | difference, 95% interval |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    whole, encoding, processor = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.rounds):
            order = (Precision.FLOAT32, Precision.AUTO) if number % 2 == 0 else (Precision.AUTO, Precision.FLOAT32)
            timed = {one: run(options.pair, Preset(options.preset), one, Path(name) / f"{number}-{one}") for one in order}
            exact, auto = timed[Precision.FLOAT32], timed[Precision.AUTO]
            change = difference(auto.folder, exact.folder, "after")
            whole.append(exact.seconds / auto.seconds)
            encoding.append(exact.encoding / auto.encoding)
            processor.append(exact.processor / auto.processor)
            cells = [
                f"{number + 1}",
                f"{os.getloadavg()[0]:.1f}",
                auto.used,
                *(f"{value:.1f}" for value in (exact.seconds, auto.seconds)),
                f"{whole[-1]:.2f}",
                f"{processor[-1]:.2f}",
                *(f"{value:.1f}" for value in (exact.encoding, auto.encoding)),
                f"{encoding[-1]:.2f}",
                *(f"{100 * value:.1f}" for value in (exact.accuracy, auto.accuracy)),
                f"{100 * change.value:+.2f} ({100 * change.low:+.2f} to {100 * change.high:+.2f})",
            ]
            lines.append(f"| {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    lines += [
        "",
        f"Median ratio: whole process {median(whole):.2f}, its processor seconds {median(processor):.2f}, encoding alone "
        f"{median(encoding):.2f}.",
    ]
    (RESULTS / "auto_precision.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
