"""Two runs in numbers: counts, overlap, similarity distributions, and the differences of their configurations."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.runs.config import RunConfig
from lraln_core.runs.counterpart import differences
from lraln_core.runs.options import options
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.compare import RunFigures, share_corpora
from lraln_core.views import charts_compare, plain
from lraln_core.views.highlight import chip_html, escape, plain_markdown
from pages.components.compare import data as data
from pages.components.compare.pick import Pick, short_names
from pages.components.shared.downloads import figure, table_downloads
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

_NOT_SHOWN = {"name", "threads"}


def differences_in_words(pick: Pick) -> None:
    """The options that differ, as a list."""
    found = [row for row in differences(pick.one.config, pick.other.config) if row[0] not in _NOT_SHOWN]
    if not found:
        st.caption("Same configuration", help="Any difference comes from the texts or from versions of programs.")
        return
    rows = "".join(
        f'<div class="lr-verdict"><span class="lr-vlabel" title="{escape(name)}">{escape(_label(name))}</span>'
        f"<div>{_value('A', name, one)} {_value('B', name, other)}</div></div>"
        for name, one, other in found
    )
    title = f"Differences: {plain.count(len(found), 'option')}"
    with st.popover(title, icon=":material/difference:", type="tertiary", key="compare_options"):
        st.html(rows)


def _label(name: str) -> str:
    sides = {"src": "first corpus", "trg": "second corpus"}
    section, _, option = name.partition(".")
    known = options(RunConfig).get(name)
    label = known.label if known else (option or name).replace("_", " ").capitalize()
    return f"{label} ({sides[section]})" if section in sides else label


def _value(letter: str, name: str, value: object) -> str:
    """A chip; a path shows its last part, and the whole path on hover."""
    text = "not set" if value in (None, "") else str(value)
    known = options(RunConfig).get(name)
    shown = (known.choices if known else {}).get(text, text.rsplit("/", 1)[-1] if text.startswith("/") else text)
    return chip_html(f"{letter}: {shown[:90]}", note=text)


def numbers(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    """The table, the overlap and the similarities."""
    figures = [data.figures(store, data.stamp(store, run), filter) for run, filter in ((pick.one, one), (pick.other, other))]
    left, right = st.container(key="split_compare").columns([1.15, 1], gap="large")
    with left:
        st.markdown("**In numbers**", help="Counts follow the switch above. A is the first run, B the second.")
        frame = _table(pick, figures)
        st.dataframe(
            frame,
            hide_index=True,
            alt="The two runs in numbers",
            height="content",
            column_config={
                letter: st.column_config.TextColumn(help=plain_markdown(run.name)) for letter, run in (("A", pick.one), ("B", pick.other))
            },
        )
        table_downloads(frame, f"{pick.one.id}-compared", f"{pick.one.name} (A) and {pick.other.name} (B)", key="compare_numbers")
        st.html(f'<p class="lr-note">{_in_words(figures)}</p>')
    with right:
        _overlap(store, pick, one, other)
    _similarities(store, pick, one, other)


def _table(pick: Pick, figures: list[RunFigures]) -> pd.DataFrame:
    share = lambda part, whole: plain.percent(part / whole) if whole else "none"
    rows = {
        "Word pairs (distinct places)": [f"{f.pairs:,}" for f in figures],
        "found in both directions": [share(f.mutual, f.pairs) for f in figures],
        "Distinct words, first language": [f"{f.src_types:,}" for f in figures],
        "Distinct words, second language": [f"{f.trg_types:,}" for f in figures],
        "Distinct word pairs (by spelling)": [f"{f.pair_types:,}" for f in figures],
        "Sentence pairs": [f"{f.sentence_pairs:,}" for f in figures],
        "with several word pairs": [share(f.several, f.sentence_pairs) for f in figures],
        "Mean similarity": ["not measured" if f.mean_similarity is None else f"{f.mean_similarity:.3f}" for f in figures],
        "Iterations": [f"{run.iterations:,}" for run in (pick.one, pick.other)],
        "Time": [plain.duration(run.seconds) for run in (pick.one, pick.other)],
    }
    return pd.DataFrame([{"Measure": name, "A": one, "B": other} for name, (one, other) in rows.items()])


def _in_words(figures: list[RunFigures]) -> str:
    one, other = figures
    if not one.pairs or not other.pairs:
        return f"Run {'A' if not one.pairs else 'B'} found no word pair."
    more, less, ratio = ("A", "B", one.pairs / other.pairs) if one.pairs >= other.pairs else ("B", "A", other.pairs / one.pairs)
    if ratio < 1.05:
        return "Both found about the same number of word pairs."
    return f"Run {more} found {ratio:.1f} times as many word pairs as run {less}."


def _overlap(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    by_type = not share_corpora(pick.one, pick.other)
    stamps = data.stamp(store, pick.one), data.stamp(store, pick.other)
    found = data.overlap(store, stamps, one, other, by_type)
    st.markdown("**Shared pairs**", help=meaning("overlap"))
    chart = charts_compare.overlap(found.only_one, found.both, found.only_other)
    figure(chart, f"{pick.one.id}-overlap", key="compare_overlap")
    unit = "distinct word pairs" if by_type else "distinct places"
    st.html(
        f'<p class="lr-note">{unit.capitalize()}: {found.both:,} in both, {found.only_one:,} only in A, {found.only_other:,} only in B. '
        f"They share {plain.percent(found.jaccard)} (Jaccard index)."
        + (
            " The runs used other corpora, so places cannot be compared; here two pairs are the same when both words have the same "
            "spelling."
            if by_type
            else ""
        )
        + "</p>"
    )


def _similarities(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    names = short_names(pick.one, pick.other)
    parts = []
    for name, run, filter in zip(names, (pick.one, pick.other), (one, other), strict=True):
        frame = data.histogram(store, data.stamp(store, run), filter)
        if len(frame):
            parts.append(frame.assign(run=name, share=frame["pairs"] / frame["pairs"].sum()))
    if not parts:
        return
    st.markdown("**Similarity of the pairs**", help=f"{meaning('similarity')} Both runs in the same bins of 0.02.")
    figure(charts_compare.similarities(pd.concat(parts), names), f"{pick.one.id}-similarities", key="compare_similarities")
