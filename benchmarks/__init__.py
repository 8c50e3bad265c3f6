"""Measurements: quality of the results, speed and memory, behaviour under faults. Each file says its command."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
RESULTS = BENCHMARKS / "results"
WORK = BENCHMARKS / "work"  # large files of a measurement; not kept
REPOSITORY = BENCHMARKS.parent
