"""The tagged test sentences, those with most errors first, with filters kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lraln_core.evaluation.ner.errors import Kind, Verdict, errors, judge
from lraln_core.store.queries.ner import TaggedRow, Tags
from lraln_core.views import plain
from lraln_core.views.highlight import chip_html, escape
from lraln_core.views.ner_sentence import Entity, tagged_html
from pages.components.ner.results import CLASSES, class_name
from pages.components.shared.address import BOUND, segments

PAGE = 10
ANY = "any"
KINDS = {ANY: None, "any error": None} | {
    kind.value: kind for kind in (Kind.MISSED, Kind.INVENTED, Kind.WRONG_CLASS, Kind.WRONG_ENDS, Kind.RIGHT)
}
CHANGES = ("any", "better", "worse", "the same")
KIND_HELP = (
    "Missed: a name that was not marked. Invented: marked words that are no name. Wrong class: the correct words, another class. Wrong "
    "ends: some of the words, not all. Right: found with its exact words and class."
)


@dataclass(frozen=True)
class JudgedRow:
    """A sentence with its verdicts."""

    row: TaggedRow
    after: tuple[Verdict, ...]
    before: tuple[Verdict, ...] | None

    @property
    def change(self) -> int:
        """Errors before less errors after; 0 where nothing was measured before."""
        return 0 if self.before is None else errors(self.before) - errors(self.after)


def judged(rows: Sequence[TaggedRow]) -> list[JudgedRow]:
    """Verdicts of all sentences."""
    return [
        JudgedRow(row, tuple(judge(row.gold, row.after)), None if row.before is None else tuple(judge(row.gold, row.before)))
        for row in rows
    ]


def sentences(rows: Sequence[JudgedRow], code: str) -> None:
    """Filters, count, cards and pages."""
    st.subheader("Sentence by sentence", anchor=False)
    compared = any(row.before is not None for row in rows)
    bar = st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="ner_filters")
    classes = {ANY: "", **{name: kind for kind, name in CLASSES.items()}}
    name = segments("Class", classes, default=ANY, key="class", container=bar)
    kind = classes[name]
    error = bar.pills("What happened", list(KINDS), default=ANY, required=True, key="error", **BOUND, help=KIND_HELP) or ANY
    change = "any"
    if compared:
        change = segments(
            "After training",
            CHANGES,
            key="change",
            help="Fewer errors in the sentence after training than before, more, or the same number.",
            container=bar,
        )
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    word = row.text_input("Word", key="ner_word", type="search", placeholder="any word", **BOUND, width=320)
    order = segments("Order", ["errors first", "as in the text"], default="errors first", key="ner_order", container=row)
    found = [one for one in rows if _wanted(one, kind, error, change, word.strip().lower())]
    if order == "errors first":
        found.sort(key=lambda one: (-errors(one.after), one.row.position))
    if not found:
        st.info("No sentence matches. Choose another class or error, or clear the word.", icon=":material/search_off:")
        return
    pages = -(-len(found) // PAGE)
    if st.session_state.get("sentences", 1) > pages:
        st.session_state["sentences"] = 1
    total = sum(errors(one.after) for one in found)
    st.markdown(f"**{plain.count(len(found), 'sentence')}** with {plain.count(total, 'error')}")
    cards = st.empty()
    page = st.pagination(pages, key="sentences", **BOUND) if pages > 1 else 1
    shown = found[(page - 1) * PAGE : page * PAGE]
    cards.html(f'<div class="lr-cards">{"".join(card_html(one, code) for one in shown)}</div>')


def _wanted(one: JudgedRow, kind: str, error: str, change: str, word: str) -> bool:
    of_class = [verdict for verdict in one.after if not kind or kind in verdict.types]
    if error == "any error":
        fits = any(verdict.kind is not Kind.RIGHT for verdict in of_class)
    elif error != ANY:
        fits = any(verdict.kind is KINDS[error] for verdict in of_class)
    else:
        fits = bool(of_class) or not kind
    sign = {"better": one.change > 0, "worse": one.change < 0, "the same": one.change == 0}
    return fits and sign.get(change, True) and (not word or any(word in token.lower() for token in one.row.words))


def card_html(one: JudgedRow, code: str) -> str:
    """The correct tags, the tags after and before training, and the errors in words."""
    row = one.row
    gold = [Entity(span.start, span.stop, span.type, note=class_name(span.type)) for span in _spans(one.after, "gold")]
    lines = [_line("correct", tagged_html(row.words, gold, language=code), "The names as a person marked them (gold).")]
    lines.append(_line("after", tagged_html(row.words, _predicted(one.after), language=code), "What the tagger marked after training."))
    if one.before is not None and row.before != row.after:
        before = tagged_html(row.words, _predicted(one.before), language=code)
        lines.append(_line("before", before, "What the tagger marked on the word vectors before training."))
    elif one.before is not None:
        lines.append(_line("before", '<span class="lr-more">the same</span>', "The tagger marked the same before training."))
    chips = "".join(_chip(verdict, row.words) for verdict in one.after if verdict.kind is not Kind.RIGHT)
    chips = chips or chip_html("\N{CHECK MARK} no error", kind="good")
    return f'<article class="lr-card">{"".join(lines)}<div class="lr-links"><div class="lr-link">{chips}</div></div></article>'


def _line(label: str, content: str, note: str) -> str:
    return f'<div class="lr-verdict"><span class="lr-vlabel" title="{escape(note)}">{label}</span><div>{content}</div></div>'


def _spans(verdicts: Sequence[Verdict], side: str) -> list:
    return sorted((span for verdict in verdicts if (span := getattr(verdict, side))), key=lambda span: span.start)


def _predicted(verdicts: Sequence[Verdict]) -> list[Entity]:
    found = [
        Entity(v.predicted.start, v.predicted.stop, v.predicted.type, v.kind is Kind.RIGHT, f"{class_name(v.predicted.type)}: {v.kind}")
        for v in verdicts
        if v.predicted
    ]
    return sorted(found, key=lambda entity: entity.start)


def _chip(verdict: Verdict, words: Tags) -> str:
    span = verdict.gold or verdict.predicted
    text = " ".join(words[span.start : span.stop])
    what = {
        Kind.MISSED: lambda: f"missed {class_name(verdict.gold.type)}",
        Kind.INVENTED: lambda: f"invented {class_name(verdict.predicted.type)}",
        Kind.WRONG_CLASS: lambda: f"{class_name(verdict.gold.type)} taken for {class_name(verdict.predicted.type)}",
        Kind.WRONG_ENDS: lambda: "wrong ends",
    }[verdict.kind]()
    return chip_html(f"\N{MULTIPLICATION X} {what}: \u2068{text[:60]}\u2069", note=KIND_HELP, kind="bad")
