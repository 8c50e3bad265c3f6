"""The tables of a finished suite, one at a time: our results and the published ones, a chart and the files."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import streamlit as st

from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.suite import folder as suite_folder
from lraln_core.runs.suite.folder import CellState
from lraln_core.runs.suite.published import tables
from lraln_core.runs.suite.tables import number, stem
from lraln_core.views import charts_compare, plain
from lraln_core.views.suite_table import differences_table, figures_table
from pages.components.runs.listing import language_name
from pages.components.shared.address import BOUND, choose
from pages.components.shared.downloads import figure
from pages.components.shared.errors import complain
from pages.components.shared.terms import meaning

CAPTIONS = {  # of the tables beyond the paper
    "5.3": "Share of sentence pairs with several word pairs, in percent (the paper gives about 25 in section 5.3)",
    "lexicon": "Precision of word pairs by a lexicon, in percent",
    "words": "Word retrieval by kind of word, accuracy in percent",
    "extension": "Effect of extending the language model",
}
BANDS = {
    "number": "numbers",
    "frequent": "100 most frequent",
    "other": "other words",
    "exact": "exact search",
    "ivf_pq": "compressed index (IVF, PQ)",
    "en": "English",
    "low_resource": "the other language",
    "fertility_before": "subwords per word before",
    "fertility_after": "after",
    "unknown_before": "unknown words before",
    "unknown_after": "unknown after",
    "new_pieces": "new subwords",
    "mlm_steps": "training steps",
}


def suite_results(folder: RunFolder, frame: pd.DataFrame, changes: pd.DataFrame | None) -> None:
    """Draw the results of a finished suite."""
    for one in suite_folder.progress(suite_folder.read_config(folder), folder):
        if one.state is CellState.FAILED:
            complain(f"{one.cell.run_name}: {one.error}")
    names = {
        f"{table}/{measure}": (table, measure) for table, measure in frame[["table", "measure"]].drop_duplicates().itertuples(index=False)
    }
    chosen = choose(
        list(names),
        lambda one: _title(*names[one]),
        param="table",
        key="suite_table",
        label="Table",
        help="The paper's tables by number, then those beyond the paper.",
    )
    table, measure = names[chosen]
    part = frame[(frame["table"] == table) & (frame["measure"] == measure)]
    st.markdown(f"**{_caption(table, measure)}**", help=meaning("interval"))
    st.html(figures_table(part, _columns(part, table), number=number, points="change" in measure))
    st.html(f'<p class="lr-note">{_legend(part)}</p>')
    _files(folder, table, measure)
    if table in ("2", "3", "7", "8"):
        with st.container(key="scroll_suite_chart"):
            chart = charts_compare.by_system(part.assign(language=part["column"].map(language_name)))
            figure(chart, stem(table, measure), key="suite_chart")
        if changes is not None and not changes.empty:
            _differences(changes, measure)


def _title(table: str, measure: str) -> str:
    return f"Table {table}: {measure}" if table.isdigit() else f"{CAPTIONS[table].split(',')[0]}: {measure}"


def _caption(table: str, measure: str) -> str:
    caption = tables()[int(table)].caption if table.isdigit() else CAPTIONS[table]
    return f"{'Table ' + table + '. ' if table.isdigit() else ''}{caption} ({measure})"


def _columns(part: pd.DataFrame, table: str) -> dict[str, str]:
    named = lambda column: BANDS.get(column) or (language_name(column) if len(column) <= 3 and table != "words" else column)
    return {column: named(column) for column in dict.fromkeys(part["column"])}


def _legend(part: pd.DataFrame) -> str:
    legend = "Values are in percent unless stated otherwise; beside each, its 95 % interval. "
    if part["holds"].notna().any():
        legend += "A star marks a significant difference from the unaligned model (95 %, paired bootstrap over test sentences). "
    if "retrieval" in str(part["measure"].iloc[0]):
        legend += (
            "All systems are tested on the same sentences: those that the supervised ones do not train on. A single run is tested on the "
            "whole test text, so its figure for the unaligned model can differ. "
        )
    if part["published"].notna().any():
        legend += (
            "The rows in the paper were measured with other language models (mBERT, eBERT), on other texts, and, for retrieval, "
            "with another scaling of the vectors: compare the order of the systems, not the values."
        )
    return legend


def _differences(changes: pd.DataFrame, measure: str) -> None:
    st.subheader("Significant differences", anchor=False, help=meaning("holds"))
    languages = list(dict.fromkeys(changes["language"]))
    language = (
        st.segmented_control(
            "Language", languages, default=languages[0], required=True, format_func=language_name, key="suite_language", **BOUND
        )
        or languages[0]
    )
    part = changes[(changes["language"] == language) & (changes["measure"] == measure)]
    if part.empty:
        st.caption("Only one system was measured on this language.")
        return
    st.html(differences_table(part))
    st.html('<p class="lr-note">Row minus column, in percentage points. A star marks a significant difference (95 %).</p>')


def _files(folder: RunFolder, table: str, measure: str) -> None:
    path = folder.path / "tables"
    kinds = ((".csv", "CSV", "text/csv"), (".tex", "LaTeX", "application/x-tex"), (".md", "Markdown", "text/markdown"))
    with st.container(horizontal=True):
        for suffix, label, mime in kinds:
            file = path / f"{stem(table, measure)}{suffix}"
            if file.exists():
                st.download_button(
                    label,
                    data=file.read_bytes,
                    file_name=file.name,
                    mime=mime,
                    on_click="ignore",
                    key=f"suite_file{suffix}",
                    icon=":material/download:",
                    type="tertiary",
                )
        st.download_button(
            "All tables (ZIP)",
            data=lambda: _archive(folder),
            file_name=f"{folder.id}-tables.zip",
            mime="application/zip",
            on_click="ignore",
            key="suite_zip",
            icon=":material/folder_zip:",
            type="tertiary",
            help=f"{plain.count(len(list(path.iterdir())), 'file')}: every table as CSV, Markdown and LaTeX, all figures as Parquet.",
        )


def _archive(folder: RunFolder) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((folder.path / "tables").iterdir()):
            archive.write(file, file.name)
    return buffer.getvalue()
