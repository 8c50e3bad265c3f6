"""How fast this machine is, for estimates: what earlier runs of the workspace took, and how busy the processor is now."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lraln_core.errors import LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.estimate import SECONDS_PER_STEP

LATEST = 10  # runs that are looked at
FEWEST_STEPS = 500  # a shorter training says little about the speed
_LIMITS = (0.2, 20.0)  # of both factors: beyond, a clock was set or a machine was asleep


@dataclass(frozen=True)
class Speed:
    """Factors on the estimate of a run."""

    machine: float = 1.0  # seconds of an update here for each second of the machine that was measured
    load: float = 1.0  # processes that want a processor, for each processor
    runs: int = 0  # earlier runs that `machine` was measured on; 0: not measured

    @property
    def factor(self) -> float:
        return self.machine * self.load

    def sentence(self) -> str:
        """For people, what the estimate rests on."""
        where = (
            f"It rests on the fastest of {self.runs} earlier run{'' if self.runs == 1 else 's'} on this machine"
            if self.runs
            else "It rests on rates measured on two processor cores, as no run on this machine was long enough to measure"
        )
        busy = f", times {self.load:.1f} because the processor is busy with other work" if self.load > 1.05 else ""
        return f"{where}{busy}."


def measured_speed(workspace: Workspace) -> Speed:
    """The speed of this machine: the fastest of the latest runs that trained maps, times the present load."""
    folders = sorted(workspace.runs.glob("[!.]*/summary.json"), reverse=True)[:LATEST]
    ratios = [ratio for ratio in map(_ratio, _summaries(folders)) if ratio is not None]
    return Speed(_bounded(min(ratios)) if ratios else 1.0, _present_load(), len(ratios))


def _summaries(paths: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for path in paths:
        try:
            found = RunFolder(path.parent).summary()
        except (LralnError, OSError):
            continue
        if isinstance(found, dict):
            yield found


def _ratio(summary: dict[str, Any]) -> float | None:
    """Seconds of an update against those of the estimate; None for a run that did not train maps, or not for long."""
    seconds, steps = (summary.get("seconds") or {}).get("train"), summary.get("steps")
    if not isinstance(seconds, (int, float)) or not isinstance(steps, int) or steps < FEWEST_STEPS or seconds <= 0:
        return None
    return None if str(summary.get("system", "")).startswith("full") else float(seconds) / (steps * SECONDS_PER_STEP)


def _present_load() -> float:
    """Mean number of processes that wanted a processor in the last minute, and one more, for each processor; at least 1."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on Windows
        return 1.0
    return _bounded(max(1.0, (load + 1.0) / max(1, os.cpu_count() or 1)))


def _bounded(value: float) -> float:
    return min(max(value, _LIMITS[0]), _LIMITS[1])
