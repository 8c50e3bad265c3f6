"""Sample runs as a user starts them: wall time and peak memory with an empty and with a warm cache, accuracy before and after.

python -m benchmarks.quality.sample_runs
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import REPOSITORY, RESULTS

SAMPLES = ("mk-en", "sw-en", "ne-en")
LOAD = """
import resource, time
began = time.perf_counter()
from lraln_core.encoder import embedded
imported = time.perf_counter()
embedded.load()
print(time.perf_counter() - imported, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


def timed(arguments: list[str], workspace: Path) -> tuple[float, float, str]:
    """Wall seconds, peak memory in GB of the process, its standard output."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"LRALN_WORKSPACE": str(workspace)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed with status {status}.")
    return time.perf_counter() - began, usage.ru_maxrss / 1e6, output


def main() -> None:
    lines = [f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}.", ""]
    with tempfile.TemporaryDirectory() as folder:
        _, _, output = timed(["-c", LOAD], Path(folder))
        load, whole, memory = map(float, output.split())
        lines += [
            f"Built-in encoder: {load:.1f} s to load ({whole:.1f} s with imports), {memory:.2f} GB peak.",
            "",
            "| sample | cold s | cold GB | warm s | warm GB | before | after | 95% interval |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for sample in SAMPLES:
            workspace = Path(folder) / sample
            arguments = ["-m", "lraln_core", "run", "--sample", sample, "--preset", "paper", "--run-dir"]
            cold = timed([*arguments, str(workspace / "runs" / "cold")], workspace)
            warm = timed([*arguments, str(workspace / "runs" / "warm")], workspace)
            summary = json.loads(cold[2])
            assert json.loads(warm[2])["retrieval"] == summary["retrieval"]
            before, after = (summary["retrieval"][when] for when in ("before", "after"))
            figures = [100 * value for value in (before["mean_accuracy"], after["mean_accuracy"], after["low"], after["high"])]
            lines.append(
                f"| {sample} | {cold[0]:.0f} | {cold[1]:.2f} | {warm[0]:.0f} | {warm[1]:.2f} | {figures[0]:.1f} | "
                f"{figures[1]:.1f} | {figures[2]:.1f} to {figures[3]:.1f} |"
            )
    text = "\n".join(lines) + "\n"
    (RESULTS / "sample_runs.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
