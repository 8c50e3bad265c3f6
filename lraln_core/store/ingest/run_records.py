"""Rows of the database's small tables, from the events and metrics of a run; bad values are reported with the run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lraln_core.errors import RunError
from lraln_core.files import events
from lraln_core.files.events import count_in, number_in

from .run_files import RunFiles

RETRIEVAL_DIRECTIONS = ("src2trg", "trg2src", "mean")


@contextmanager
def _values_of(files: RunFiles) -> Iterator[None]:
    """Name the run folder in the RunError of a bad value."""
    try:
        yield
    except RunError as error:
        raise RunError(f"The run folder {files.folder.path} is damaged: {error}") from error


def curve_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """Loss and learning rate from training events; criterion, norms and ranks from the collapse and agreement checks."""
    with _values_of(files):
        return [{"run": run} | row for row in events.curve_rows(files.events)]


def mining_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """Four rows a mining event."""
    with _values_of(files):
        return [{"run": run} | row for row in events.mining_rows(files.events)]


def metric_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """metrics.json; of a run that did not get that far, its retrieval events."""
    with _values_of(files):
        if not files.metrics:
            return [row for event in files.events if event["kind"] == "retrieval" for row in _measured(event, run)]
        return [
            {
                "run": run,
                "step": count_in(row, "step"),
                **{key: str(row.get(key, "")) for key in ("split", "direction", "name", "when")},
                **{key: number_in(row, key) for key in ("value", "low", "high")},
            }
            for row in files.metrics
        ]


def _measured(event: dict[str, Any], run: int) -> Iterator[dict[str, Any]]:
    for direction in RETRIEVAL_DIRECTIONS:
        is_mean = direction == "mean"  # the events give the interval of the mean only
        yield {
            "run": run,
            "step": 0,
            "split": str(event.get("split", "")),
            "direction": direction,
            "name": "retrieval_accuracy",
            "when": str(event.get("when", "")),
            "value": number_in(event, f"{direction}_accuracy"),
            "low": number_in(event, "low") if is_mean else None,
            "high": number_in(event, "high") if is_mean else None,
        }
