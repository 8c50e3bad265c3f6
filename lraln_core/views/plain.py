"""Numbers and states in plain words."""

from __future__ import annotations

import math
from datetime import UTC, datetime

STATE_WORDS = {  # by runs.folder.State
    "queued": "waiting to start",
    "running": "running",
    "finished": "finished",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}

STAGES = {  # what the stages of a run's status do, in the order in which a reader meets them
    "read": ("Read", "Reading the texts: lines are cleaned, split into words, and repeats are left out."),
    "encode": (
        "Understand",
        "A language model that is never changed reads each sentence once and turns every word into a list of numbers that "
        "depends on the sentence around it.",
    ),
    "mine": (
        "Find pairs",
        "For each word of one language, the most similar word of the other language is looked for among all sentences.",
    ),
    "train": (
        "Bring closer",
        "Two simple maps, one a language, are adjusted so that the words of each pair move closer together.",
    ),
    "evaluate": ("Measure", "The test: does each word find its translation among all words of the test sentences?"),
    "write": ("Save", "The results are being written."),
    "score": ("Score", "Every word pair is scored with the final maps, so that pairs of all iterations can be compared."),
}


_POINTS = "\N{NO-BREAK SPACE}points"


def percent(value: float | None) -> str:
    """A fraction as 63.0 %."""
    return "not measured" if value is None or not math.isfinite(value) else f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def points(value: float) -> str:
    """A difference of two fractions in percentage points, with its sign."""
    return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}") + _POINTS


def duration(seconds: float | None) -> str:
    """Seconds in words, rounded."""
    if seconds is None or not math.isfinite(seconds):
        return "unknown"
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def count(number: int, one: str, many: str = "") -> str:
    """1 sentence, 2,000 sentences."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ago(moment: str | None) -> str:
    """An ISO 8601 time as a distance from now; '' when it is not one."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(moment or "")).total_seconds()
    except (ValueError, TypeError):
        return ""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), name)} ago"
    return "just now"


def language_pair(src: str, trg: str) -> str:
    """Names of two languages joined by an arrow."""
    return f"{src} \N{RIGHTWARDS ARROW} {trg}"


def difference(value: float, low: float, high: float, *, subject: str = "The difference") -> str:
    """Whether a difference of two fractions is significant, with its 95 % interval: the one sentence for it on every page."""
    significant = low > 0 or high < 0
    verdict = "is significant" if significant else "is not significant, it may be chance"
    interval = f"95 % interval {points(low).removesuffix(_POINTS)} to {points(high)}"
    return f"{subject} {verdict}: {points(value)}, {interval}, which {'does not include' if significant else 'includes'} zero."
