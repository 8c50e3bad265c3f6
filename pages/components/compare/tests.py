"""Test results of two runs: word retrieval and named entities, and whether the difference is significant."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.evaluation.significance import Interval
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.ner import NerFigures, read_ner
from lraln_core.views import charts_compare, plain
from lraln_core.views.highlight import escape
from pages.components.compare import data as data
from pages.components.compare.pick import Pick, short_names
from pages.components.retrieval.view import Names
from pages.components.runs.listing import language_name
from pages.components.shared.downloads import figure, table_downloads
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

_ORDER = {"src2trg": 0, "trg2src": 1, "mean": 2}
_SELECTIONS = {
    "target_dev": "chosen on tagged sentences of the test language (as in the paper)",
    "averaged": "chosen without any label of the test language",
}


def retrieval(store: Store, pick: Pick) -> None:
    """Accuracies with intervals, and the paired difference where both had the same test."""
    one, other = pick.one, pick.other
    names = short_names(one, other)
    languages = Names(language_name(one.src_language), language_name(one.trg_language), one.src_language, one.trg_language)
    rows = pd.concat(
        [_accuracies(store, run.id).assign(run=name, letter=letter) for run, name, letter in zip((one, other), names, "AB", strict=True)]
    )
    missing = [letter for letter in "AB" if letter not in set(rows.loc[rows["when"] == "after", "letter"])]
    if missing:
        st.info(
            f"{_runs(missing)} not tested after training, so there is nothing to compare. A test set is chosen on the page Launch.",
            icon=":material/target:",
        )
        return
    rows = rows.assign(label=[languages.direction(direction) for direction in rows["direction"]])
    after = rows[rows["when"] == "after"]
    left, right = st.container(key="split_compare_retrieval").columns([1.15, 1], gap="large")
    with left:
        st.markdown("**Word retrieval after training**", help=f"{meaning('accuracy')} {meaning('interval')}")
        figure(
            charts_compare.two_intervals(after, names, "Words whose translation is found"),
            f"{one.id}-retrieval-compared",
            key="compare_retrieval",
        )
    with right:
        st.markdown("**In numbers**", help=meaning("retrieval"))
        frame = _table(rows)
        st.dataframe(frame, hide_index=True, alt="Word retrieval of both runs")
        table_downloads(
            frame, f"{one.id}-retrieval-compared", f"Word retrieval: {one.name} (A) and {other.name} (B)", key="compare_retrieval_table"
        )
    _difference(store, pick, languages)


def _accuracies(store: Store, run_id: str) -> pd.DataFrame:
    found = queries.metrics(store.db, run_id)
    found = found[(found["split"] == "test") & (found["name"] == "retrieval_accuracy") & found["direction"].isin(list(_ORDER))]
    return found.sort_values("direction", key=lambda column: column.map(_ORDER), kind="stable")


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    table: dict[str, dict[str, str]] = {}
    for row in rows.itertuples():
        cells = table.setdefault(row.label, {"Direction": row.label})
        cells[f"{row.letter} {row.when}"] = plain.percent(row.value)
    columns = ["Direction", "A before", "A after", "B before", "B after"]
    return pd.DataFrame([[cells.get(column, "") for column in columns] for cells in table.values()], columns=columns)


def _difference(store: Store, pick: Pick, languages: Names) -> None:
    st.markdown("**Is the difference significant?**", help=meaning("paired"))
    stamps = data.stamp(store, pick.one), data.stamp(store, pick.other)
    found = data.differences(store, stamps, pick.one.id, pick.other.id)
    if found is None:
        st.html('<p class="lr-note">The two runs were tested on different words, so the difference cannot be tested.</p>')
        return
    frame = pd.DataFrame(
        [
            {
                "label": languages.direction(direction),
                "value": part.value,
                "low": part.low,
                "high": part.high,
                "holds": "yes" if part.holds else "no",
            }
            for direction, part in found.items()
        ]
    )
    left, right = st.container(key="split_compare_difference").columns([1.15, 1], gap="large")
    with left:
        figure(charts_compare.difference(frame, "A minus B, in percentage points"), f"{pick.one.id}-difference", key="compare_difference")
    with right:
        st.html(f'<p class="lr-text" data-testid="verdict">{_verdict(found["mean"])}</p>')


def _verdict(mean: Interval) -> str:
    """The answer in a sentence; HTML."""
    sentence = escape(plain.difference(mean.value, mean.low, mean.high, subject="The mean difference A minus B"))
    better = f"<b>Run {'A' if mean.value > 0 else 'B'} is better.</b> " if mean.holds else ""
    return f"{better}{sentence}"


def entities(pick: Pick) -> None:
    """F1 of both runs, where they were tested on named entities."""
    names = short_names(pick.one, pick.other)
    both = [_ner_figures(run.folder) for run in (pick.one, pick.other)]
    missing = [letter for letter, found in zip("AB", both, strict=True) if not found]
    if missing:
        st.info(
            f"{_runs(missing)} not tested on named entities. Test them on the page Named entities, or in a suite.",
            icon=":material/person_pin_circle:",
        )
        return
    rows, cells = [], []
    for selection, about in _SELECTIONS.items():
        if not all(selection in found for found in both):
            continue
        for name, letter, found in zip(names, "AB", both, strict=True):
            part = found[selection]
            rows.append({"label": about.split(" (")[0], "run": name, "value": part.f1, "low": part.low, "high": part.high})
            cells.append(
                {
                    "Run": letter,
                    "Tagger": about,
                    "F1": plain.percent(part.f1),
                    "95 % interval": f"{100 * part.low:.1f} to {100 * part.high:.1f}",
                }
                | {kind: plain.percent(scores["f1"]) for kind, scores in part.by_type.items()}
            )
    if not rows:
        st.caption("The taggers of the two runs were chosen in different ways, so their scores cannot be compared.")
        return
    st.markdown("**Named entities found (F1)**", help=meaning("f1"))
    figure(charts_compare.two_intervals(pd.DataFrame(rows), names, "F1"), f"{pick.one.id}-ner-compared", key="compare_ner")
    frame = pd.DataFrame(cells)
    st.dataframe(frame, hide_index=True, alt="Named entities of both runs")
    caption = f"Named entities: {pick.one.name} (A) and {pick.other.name} (B)"
    table_downloads(frame, f"{pick.one.id}-ner-compared", caption, key="compare_ner_table")


def _runs(letters: list[str]) -> str:
    return f"Run {letters[0]} was" if len(letters) == 1 else "Both runs were"


def _ner_figures(folder: str) -> dict[str, NerFigures]:
    """Figures after alignment by selection; {} where there was no test or its files are damaged."""
    try:
        found = read_ner(RunFolder(Path(folder)))
    except LralnError:
        return {}
    return {name: outcome.after for name, outcome in found.outcomes.items()} if found else {}
