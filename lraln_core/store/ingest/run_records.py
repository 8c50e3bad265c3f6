"""Rows for the small tables of a run, from its events and metrics; numbers are checked, what is not finite becomes missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from lraln_core.errors import RunError

from .run_files import RunFiles

CURVES = {
    "training": ("loss", "learning_rate"),
    "guard": ("criterion", "mutual_pairs", "src_norm", "trg_norm", "src_rank", "trg_rank"),
}
DIRECTIONS = {"forward": "forward", "backward": "backward", "mutual": "mutual", "union": "pairs"}
MINING_FIGURES = ("src_words", "trg_words", "candidates", "sentence_pairs", "multi_pair_share", "seconds")
RETRIEVAL_DIRECTIONS = ("src2trg", "trg2src", "mean")


def curve_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """One row a value and step: loss and learning rate from training events, criterion, norms and ranks from guard events."""
    return [
        {
            "run": run,
            "step": _whole(files, event, "step"),
            "name": name,
            "value": _number(files, event, name),
            "seconds": _number(files, event, "time"),
        }
        for kind, names in CURVES.items()
        for event in _events(files, kind)
        for name in names
        if name in event
    ]


def mining_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """Four rows a mining event; the mean similarity of the event is that of the union."""
    return [
        {
            "run": run,
            "iteration": _whole(files, event, "iteration"),
            "direction": direction,
            "pairs": _number(files, event, count),
            "mean_similarity": _number(files, event, "mean_similarity") if direction == "union" else None,
        }
        | {name: _number(files, event, name) for name in MINING_FIGURES}
        for event in _events(files, "mining")
        for direction, count in DIRECTIONS.items()
    ]


def metric_rows(files: RunFiles, run: int) -> list[dict[str, Any]]:
    """metrics.json; a run that did not get that far has what its retrieval events tell."""
    if not files.metrics:
        return [row for event in _events(files, "retrieval") for row in _measured(files, event, run)]
    return [
        {
            "run": run,
            "step": _whole(files, row, "step"),
            **{key: str(row.get(key, "")) for key in ("split", "direction", "name", "when")},
            **{key: _number(files, row, key) for key in ("value", "low", "high")},
        }
        for row in files.metrics
    ]


def _measured(files: RunFiles, event: dict[str, Any], run: int) -> Iterator[dict[str, Any]]:
    for direction in RETRIEVAL_DIRECTIONS:
        is_mean = direction == "mean"  # the events give the interval of the mean only
        yield {
            "run": run,
            "step": 0,
            "split": str(event.get("split", "")),
            "direction": direction,
            "name": "retrieval_accuracy",
            "when": str(event.get("when", "")),
            "value": _number(files, event, f"{direction}_accuracy"),
            "low": _number(files, event, "low") if is_mean else None,
            "high": _number(files, event, "high") if is_mean else None,
        }


def _events(files: RunFiles, kind: str) -> list[dict[str, Any]]:
    return [event for event in files.events if event["kind"] == kind]


def _number(files: RunFiles, record: dict[str, Any], key: str) -> float | None:
    value = record.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or isinstance(value, int) and abs(value) >= 2**63:
        raise RunError(f"The run folder {files.folder.path} is damaged: {key} = {value!r} is not a number.")
    return float(value) if math.isfinite(value) else None


def _whole(files: RunFiles, record: dict[str, Any], key: str) -> int:
    value = record.get(key)
    if type(value) is not int or not 0 <= value < 2**31:
        raise RunError(f"The run folder {files.folder.path} is damaged: {key} = {value!r} is not a count.")
    return value
