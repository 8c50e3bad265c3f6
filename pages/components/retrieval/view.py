"""Word retrieval: accuracies with intervals, the four outcomes, and single test words with their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lraln_core.store.queries.retrieval import Place, RetrievalDirection, RetrievedLink
from lraln_core.views import charts, plain
from lraln_core.views.highlight import Mark, chip_html, escape, sentence_html, word_html
from pages.components.shared.downloads import figure, table_downloads
from pages.components.shared.terms import meaning

WINDOW = 12  # words around the marked one in a test sentence


@dataclass(frozen=True)
class Names:
    """The two languages by name and code."""

    src: str
    trg: str
    src_code: str
    trg_code: str

    def direction(self, direction: str) -> str:
        """Macedonian → English."""
        if direction == "mean":
            return "both, on average"
        return (
            plain.language_pair(self.src, self.trg) if direction == RetrievalDirection.SRC2TRG else plain.language_pair(self.trg, self.src)
        )

    def asking(self, direction: RetrievalDirection) -> tuple[str, str]:
        """Name and code of the language of the query words."""
        return (self.src, self.src_code) if direction is RetrievalDirection.SRC2TRG else (self.trg, self.trg_code)

    def answering(self, direction: RetrievalDirection) -> tuple[str, str]:
        return (self.trg, self.trg_code) if direction is RetrievalDirection.SRC2TRG else (self.src, self.src_code)


def numbers(metrics: pd.DataFrame, names: Names) -> None:
    """Chart and table of the test set's accuracies."""
    rows = metrics[(metrics["split"] == "test") & (metrics["name"] == "retrieval_accuracy")]
    rows = rows.assign(label=[names.direction(direction) for direction in rows["direction"]])
    rows = rows.sort_values("direction", key=lambda column: column.map({"src2trg": 0, "trg2src": 1, "mean": 2}.get), kind="stable")
    left, right = st.container(key="split_retrieval").columns([1.3, 1], gap="large")
    with left:
        st.markdown("**Words whose translation is found**", help=f"{meaning('accuracy')} Lines: {meaning('interval')}")
        figure(charts.accuracy_intervals(rows), "retrieval", key="retrieval_intervals")
    with right:
        st.markdown("**In numbers**", help=meaning("interval"))
        table = _table(rows)
        st.dataframe(
            table,
            hide_index=True,
            alt="Accuracy before and after with intervals",
            column_config={
                "Before": st.column_config.TextColumn(help=meaning("accuracy")),
                "After": st.column_config.TextColumn(help=meaning("accuracy")),
                "Interval after": st.column_config.TextColumn(help=meaning("interval")),
            },
        )
        table_downloads(table, "retrieval", "Word retrieval before and after", key="retrieval_numbers")


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    table = []
    for label, part in rows.groupby("label", sort=False):
        before, after = (part[part["when"] == when].iloc[0] if (part["when"] == when).any() else None for when in ("before", "after"))
        table.append(
            {
                "Direction": label,
                "Before": plain.percent(None if before is None else before["value"]),
                "After": plain.percent(None if after is None else after["value"]),
                "Interval after": ""
                if after is None or pd.isna(after["low"])
                else f"{100 * after['low']:.1f} to {100 * after['high']:.1f}",
            }
        )
    return pd.DataFrame(table)


def outcome_chart(counts: Mapping[str, int]) -> None:
    """One bar: always correct, gained, lost, always wrong."""
    frame = pd.DataFrame({"label": list(counts), "links": list(counts.values())})
    if frame["links"].sum():
        figure(charts.outcomes(frame), "retrieval-outcomes", key="retrieval_outcomes")


def example(found: Sequence[RetrievedLink], names: Names) -> None:
    """The task explained with a clear example of the list: a longer word whose wrong answer was another word."""
    link = min(
        found,
        key=lambda link: (
            link.before.token.lower() == link.gold.token.lower(),
            min(len(link.query.token), len(link.gold.token)) < 4,
        ),
    )
    direction = RetrievalDirection.SRC2TRG
    with st.expander("How the test works, with one word of this run", icon=":material/lightbulb:"):
        st.html(f'<p class="lr-note">{_story(link, names)}</p>')
        st.html(link_cards_html([link], direction, names))


def _story(link: RetrievedLink, names: Names) -> str:
    """One test word in a few sentences; HTML."""
    query, gold, before, after = (f"<b>{word_html(place.token)}</b>" for place in (link.query, link.gold, link.before, link.after))
    first = f"Before training, the closest word was {before}" + (": correct" if link.hit_before else ": wrong")
    then = "after training it was the correct one" if link.hit_after else f"after training it was {after}: wrong"
    return (
        f"The {escape(names.src)} word {query} occurs in a test sentence. Its gold answer is the {escape(names.trg)} word "
        f"{gold} at one position in one sentence. Among all {escape(names.trg)} words of all test sentences, the closest one is searched. "
        f"{first}; {then}."
    )


def link_cards_html(found: Sequence[RetrievedLink], direction: RetrievalDirection, names: Names) -> str:
    """Test words as cards."""
    return f'<div class="lr-cards">{"".join(_card(link, direction, names) for link in found)}</div>'


def _card(link: RetrievedLink, direction: RetrievalDirection, names: Names) -> str:
    (asking, asking_code), (answering, answering_code) = names.asking(direction), names.answering(direction)
    rows = [
        _row(f"{asking} word", link.query, asking_code, 0, "The word whose translation is searched."),
        _row("gold answer", link.gold, answering_code, 2, meaning("gold")),
        _answer("before", link.before, link.hit_before, answering, answering_code),
        _answer("after", link.after, link.hit_after, answering, answering_code),
    ]
    return f'<article class="lr-card">{"".join(rows)}</article>'


def _row(label: str, place: Place, code: str, colour: int, note: str) -> str:
    name = f'<span class="lr-vlabel" title="{escape(note)}">{escape(label)}</span>'
    return f'<div class="lr-verdict">{name}<div>{_sentence(place, code, colour)}</div></div>'


def _answer(when: str, place: Place, hit: bool, language: str, code: str) -> str:
    note = f"The {language} word that was closest {when} training."
    chip = chip_html("\N{CHECK MARK} correct" if hit else "\N{MULTIPLICATION X} wrong", note=note, kind="good" if hit else "bad")
    if hit:
        return f'<div class="lr-verdict"><span class="lr-vlabel">{when}</span><div>{chip}</div></div>'
    shown = _sentence(place, code, 1) if place.token else '<span class="lr-more">no word was found</span>'
    return f'<div class="lr-verdict"><span class="lr-vlabel">{when}</span><div>{chip} {shown}</div></div>'


def _sentence(place: Place, code: str, colour: int) -> str:
    return sentence_html(place.words, {place.word: Mark(colour=colour)}, language=code, window=WINDOW)
