"""Events of a run at work as the same tables that the database gives for a run that is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

_CURVES = {
    "training": ("loss", "learning_rate"),
    "guard": ("criterion", "mutual_pairs", "src_norm", "trg_norm", "src_rank", "trg_rank"),
}
_DIRECTIONS = {"forward": "forward", "backward": "backward", "mutual": "mutual", "union": "pairs"}

Events = Sequence[dict[str, Any]]


def curve_frame(events: Events) -> pd.DataFrame:
    """-> step, name, value, seconds; of a step that was repeated after an interruption the last value counts."""
    rows = [
        {"step": event.get("step"), "name": name, "value": event[name], "seconds": event.get("time")}
        for event in events
        for name in _CURVES.get(event.get("kind", ""), ())
        if _is_number(event.get(name))
    ]
    frame = pd.DataFrame(rows, columns=["step", "name", "value", "seconds"])
    return frame.drop_duplicates(["step", "name"], keep="last", ignore_index=True)


def mining_frame(events: Events) -> pd.DataFrame:
    """-> iteration, direction (forward, backward, mutual, union), pairs."""
    rows = [
        {"iteration": event.get("iteration"), "direction": direction, "pairs": event[key]}
        for event in events
        if event.get("kind") == "mining"
        for direction, key in _DIRECTIONS.items()
        if _is_number(event.get(key))
    ]
    frame = pd.DataFrame(rows, columns=["iteration", "direction", "pairs"])
    return frame.drop_duplicates(["iteration", "direction"], keep="last", ignore_index=True)


def best_step(events: Events) -> int | None:
    """The step whose maps the guard likes best so far."""
    return max((event["step"] for event in events if event.get("kind") == "guard" and event.get("best")), default=None)


def retrieval(events: Events, when: str, split: str = "test") -> dict[str, Any] | None:
    """The last retrieval event of that kind; None before it was measured."""
    found = [event for event in events if event.get("kind") == "retrieval" and (event.get("when"), event.get("split")) == (when, split)]
    return found[-1] if found else None


def warnings(events: Events) -> list[str]:
    """What the run warned of, each once."""
    return list(dict.fromkeys(str(event.get("message", "")) for event in events if event.get("kind") == "warning"))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
