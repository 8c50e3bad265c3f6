"""Step 8 of the lesson: the paper's results for the language, and the runs of this workspace."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lraln_core.lesson.data import Lesson
from lraln_core.runs.suite.published import tables
from lraln_core.store.queries import runs as queries
from lraln_core.views import plain
from lraln_core.views.highlight import escape, word_html
from pages.components.guide.frame import plain_table
from pages.components.runs.listing import has_value, language_name
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

SYSTEMS = {
    "mBERT": "multilingual BERT, unchanged",
    "mBERT_linear_unsup": "maps trained on mined pairs: the method of this lesson",
    "mBERT_linear_sup": "maps trained on parallel text",
    "mBERT_full_sup": "the whole model trained on parallel text",
    "eBERT": "BERT extended by subwords of the language, unchanged",
    "eBERT_linear_unsup": "the same, with maps trained on mined pairs",
}
METHODS = {"intersection": "pairs found in both directions", "forward-backward": "pairs found in either direction"}
RUNS = 6


def numbers(lesson: Lesson, store: Store) -> None:
    """The two tables side by side."""
    left, right = st.container(key="figures_guide_tables").columns([1.5, 1], gap="large")
    name = language_name(lesson.src.language)
    with left:
        st.markdown(f"**The paper: {name}**", help=f"Hangya, Saadi and Fraser 2022, Tables 2, 3 and 5. {meaning('accuracy')}")
        st.html(_paper(lesson.src.language))
    with right:
        st.markdown("**This workspace**", help=f"Finished runs on {name} and English that were tested, the latest first.")
        runs = _runs(lesson, store)
        if not runs:
            st.info(f"No finished run on {name} and English yet. Run the sample on the page Home.", icon=":material/play_arrow:")
            st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
            return
        st.html(_ours(runs))
        st.page_link("pages/retrieval.py", label="See every test word", icon=":material/target:", query_params={"run": runs[0].id})


def _paper(language: str) -> str:
    published = tables()
    rows = []
    for system, meaning_ in SYSTEMS.items():
        values = [published[table].value(system, language) for table in (2, 3)]
        if any(value is not None for value in values):
            rows.append((f"<b>{escape(system)}</b><br><span class='lr-more'>{escape(meaning_)}</span>", *map(_figure, values)))
    methods = [
        (f"<b>{escape(method)}</b><br><span class='lr-more'>{escape(text)}</span>", _change(published[5].value(method, language)))
        for method, text in METHODS.items()
    ]
    return (
        plain_table(["System", "word retrieval, %", "named entities, F1"], rows)
        + "<p>Change of the F1 of named entities by the mining method, against the best unchanged model:</p>"
        + plain_table(["Mining", "change of F1"], methods)
    )


def _figure(value: float | None) -> str:
    return '<span class="lr-more">not given</span>' if value is None else f"{value:.1f}"


def _change(value: float | None) -> str:
    return _figure(None) if value is None else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _runs(lesson: Lesson, store: Store) -> list[Any]:
    return [
        run
        for run in queries.list_runs(store.db).itertuples()
        if (run.src_language, run.trg_language) == (lesson.src.language, lesson.trg.language)
        and has_value(run.accuracy_before)
        and has_value(run.accuracy_after)
    ][:RUNS]


def _ours(runs: list[Any]) -> str:
    rows = [
        (
            f"<b>{word_html(run.name)}</b><br><span class='lr-more'>{escape(run.system)}, {escape(run.encoder)}</span>",
            f"{100 * run.accuracy_before:.1f}",
            f"{100 * run.accuracy_after:.1f}{_interval(run)}",
        )
        for run in runs
    ]
    return plain_table(["Run", "word retrieval before, %", "after, %"], rows)


def _interval(run: Any) -> str:
    if not has_value(run.accuracy_low):
        return ""
    low, high = 100 * run.accuracy_low, 100 * run.accuracy_high
    return f'<br><span class="lr-more" title="{escape(meaning("interval"))}">{low:.1f} to {high:.1f}</span>'


def print_numbers(lesson: Lesson, store: Store) -> str:
    """Step 8 on paper."""
    runs = _runs(lesson, store)
    ours = _ours(runs) if runs else f"<p>This workspace has no tested run on {escape(language_name(lesson.src.language))} yet.</p>"
    name = plain.language_pair(language_name(lesson.src.language), language_name(lesson.trg.language))
    return f"{_paper(lesson.src.language)}<p><b>This workspace</b> ({escape(name)})</p>{ours}"
