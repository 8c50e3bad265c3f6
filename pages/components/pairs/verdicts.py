"""Verdicts as a reader sees them: a sign and a word each, never colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from lraln_core.store.judging.judgements import Verdict
from lraln_core.store.judging.results import Standing
from lraln_core.views.highlight import chip_html

LABELS = {Verdict.RIGHT: "correct", Verdict.SIMILAR: "similar meaning", Verdict.WRONG: "wrong", Verdict.UNSURE: "unsure"}
SIGNS = {
    Verdict.RIGHT: "\N{CHECK MARK}",
    Verdict.SIMILAR: "\N{ALMOST EQUAL TO}",
    Verdict.WRONG: "\N{MULTIPLICATION X}",
    Verdict.UNSURE: "?",
}
MEANINGS = {
    Verdict.RIGHT: "The two words translate each other where they stand.",
    Verdict.SIMILAR: "Their meanings are related, but one does not translate the other: river and sea, went and goes.",
    Verdict.WRONG: "The words have nothing to do with each other.",
    Verdict.UNSURE: "It cannot be told. Such pairs do not count for or against.",
}
_KINDS = {Verdict.RIGHT: "good", Verdict.SIMILAR: "similar", Verdict.WRONG: "bad", Verdict.UNSURE: "plain"}


def verdict_chips(said: Sequence[Standing]) -> str:
    """One chip for each annotator; the name and note are on hover, and the name in the chip when there are several."""
    return "".join(
        chip_html(
            f"{SIGNS[one.verdict]} {LABELS[one.verdict]}" + (f" ({one.annotator})" if len(said) > 1 else ""),
            note=f"Judged by {one.annotator}. {one.note}".strip(),
            kind=_KINDS[one.verdict],
        )
        for one in said
    )
