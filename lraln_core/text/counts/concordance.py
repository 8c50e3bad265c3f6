"""Every occurrence of a word in its sentence (keyword in context)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lraln_core.records import Words


class How(StrEnum):
    """How a word is matched; upper and lower case are the same."""

    WHOLE = "whole"
    PREFIX = "prefix"
    PART = "part"


class Order(StrEnum):
    """Order of concordance lines."""

    PLACE = "place"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Line:
    """One occurrence."""

    sentence: int
    at: int
    before: Words
    word: str
    after: Words


def concordance(sentences: Sequence[Words], word: str, how: How = How.WHOLE, order: Order = Order.PLACE) -> list[Line]:
    """All occurrences. Sorted by the words before, the nearest first, or by those after, or in the order of the corpus."""
    wanted = word.lower()
    matches = {How.WHOLE: wanted.__eq__, How.PREFIX: lambda one: one.startswith(wanted), How.PART: lambda one: wanted in one}[how]
    found = [
        Line(number, at, words[:at], one, words[at + 1 :])
        for number, words in enumerate(sentences)
        for at, one in enumerate(words)
        if wanted and matches(one.lower())
    ]
    if order is Order.BEFORE:
        return sorted(found, key=lambda line: ([one.lower() for one in reversed(line.before)], line.sentence, line.at))
    if order is Order.AFTER:
        return sorted(found, key=lambda line: ([one.lower() for one in line.after], line.sentence, line.at))
    return found
