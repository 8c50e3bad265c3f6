"""Retrieval by kinds of words: which words gain from the alignment, which do not."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.errors import WorkspaceError
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.views import charts
from pages.components.shared.address import segments
from pages.components.shared.downloads import figure
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

KINDS = {"Class": "word_class", "Frequency": "frequency", "Subwords": "subwords"}
LABELS = {"frequent": "100 most frequent words", "capitalised": "capitalised", "other": "other words", "number": "numbers"}
ABOUT = {
    "word_class": "Distinguished by spelling alone, since no tagger covers all languages. The 100 most frequent words are mostly function "
    "words; words with a capital letter inside a sentence are mostly names.",
    "frequency": "How often the word occurs in the corpora of the run. No pair of a word that does not occur there was learned from.",
    "subwords": "Into how many subwords the language model splits the word. Words it knows well are not split.",
}
COLUMNS = {"band", "by", "pairs", "before", "after", "low", "high", "difference", "difference_low", "difference_high"}


def word_kinds(store: Store, run_id: str, language: str) -> None:
    """Chart and table of one grouping; nothing for runs that did not measure it. language: name of the low-resource language."""
    bands = _bands(RunFolder(store.workspace.runs / run_id))
    if bands.empty:
        return
    st.subheader("By kind of word", anchor=False)
    offered = [name for name, by in KINDS.items() if (bands["by"] == by).any()]
    chosen = segments("Group by", offered, key="kinds", help=f"Of the {language} word of each tested pair.")
    by = KINDS[chosen]
    part = bands[bands["by"] == by]
    part = part.assign(label=part["band"].map(lambda band: LABELS.get(band, band)))
    left, right = st.container(key="split_kinds").columns([1.3, 1], gap="large")
    with left:
        figure(charts.accuracy_intervals(_long(part)), f"retrieval-by-{by.replace('_', '-')}", key="kinds_chart")
    with right:
        st.dataframe(
            _table(part),
            hide_index=True,
            alt="Accuracy by kind of word",
            column_config={
                "Words": st.column_config.NumberColumn(help="Tested pairs of this kind."),
                "Change": st.column_config.TextColumn(help=f"In percentage points, both directions together. {meaning('holds')}"),
            },
        )
        st.html(f'<p class="lr-note">{ABOUT[by]} A star marks a significant change (95 %).</p>')


def _bands(folder: RunFolder) -> pd.DataFrame:
    try:
        frame = pd.DataFrame(read_json(folder.breakdown))
    except (FileNotFoundError, WorkspaceError, ValueError):
        return pd.DataFrame()
    return frame if COLUMNS <= set(frame.columns) else pd.DataFrame()


def _long(part: pd.DataFrame) -> pd.DataFrame:
    label = part["label"] + " (" + part["pairs"].astype(str) + ")"
    before = pd.DataFrame({"label": label, "when": "before", "value": part["before"], "low": None, "high": None})
    after = pd.DataFrame({"label": label, "when": "after", "value": part["after"], "low": part["low"], "high": part["high"]})
    return pd.concat([before.astype({"low": float, "high": float}), after])


def _table(part: pd.DataFrame) -> pd.DataFrame:
    holds = (part["difference_low"] > 0) | (part["difference_high"] < 0)
    return pd.DataFrame(
        {
            "Kind": part["label"],
            "Words": part["pairs"],
            "Before": (100 * part["before"]).map("{:.1f} %".format),
            "After": (100 * part["after"]).map("{:.1f} %".format),
            "Change": [f"{100 * change:+.1f}{' *' if sure else ''}" for change, sure in zip(part["difference"], holds, strict=True)],
        }
    )
