"""Errors in a tagged sentence: each gold or predicted entity with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .scores import Span, spans


class Kind(StrEnum):
    """How a gold and a predicted entity relate. All but `right` are errors."""

    RIGHT = "right"
    WRONG_CLASS = "wrong class"  # the same words, another class
    WRONG_ENDS = "wrong ends"  # some words are shared, not all
    MISSED = "missed"  # nothing was predicted there
    INVENTED = "invented"  # there is nothing there


@dataclass(frozen=True)
class Verdict:
    """One entity; gold is None for an invented one, predicted for a missed one."""

    kind: Kind
    gold: Span | None
    predicted: Span | None

    @property
    def start(self) -> int:
        """Place of the first word of the gold entity, of the predicted one where there is no gold one."""
        return next(span.start for span in (self.gold, self.predicted) if span)

    @property
    def types(self) -> set[str]:
        return {span.type for span in (self.gold, self.predicted) if span}


def judge(gold: Sequence[str], predicted: Sequence[str]) -> list[Verdict]:
    """The verdicts of a sentence, in reading order. gold and predicted are IOB2 tags of its words.

    Entities with the same ends belong together; of the rest each gold entity takes the first predicted one that shares a word
    with it, and no entity is taken twice.
    """
    truth, guess = spans(gold), spans(predicted)
    by_ends = {(span.start, span.stop): span for span in guess}
    verdicts, rest = [], []
    for span in truth:
        same = by_ends.pop((span.start, span.stop), None)
        if same is None:
            rest.append(span)
        else:
            verdicts.append(Verdict(Kind.RIGHT if same.type == span.type else Kind.WRONG_CLASS, span, same))
    free = sorted(by_ends.values(), key=lambda span: span.start)
    for span in rest:
        shared = next((one for one in free if one.start < span.stop and span.start < one.stop), None)
        if shared is not None:
            free.remove(shared)
        verdicts.append(Verdict(Kind.MISSED if shared is None else Kind.WRONG_ENDS, span, shared))
    verdicts += [Verdict(Kind.INVENTED, None, span) for span in free]
    return sorted(verdicts, key=lambda verdict: verdict.start)


def errors(verdicts: Sequence[Verdict]) -> int:
    """How many of them are errors."""
    return sum(verdict.kind is not Kind.RIGHT for verdict in verdicts)
