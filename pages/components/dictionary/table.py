"""The words of the dictionary as a table of which one row is chosen, its precision by a lexicon, and its export."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from lraln_core.errors import CorpusError
from lraln_core.evaluation import lexicon
from lraln_core.exchange.dictionary_files import DICTIONARY_KINDS, DictionaryFormat, dictionary_file_name, write_dictionary
from lraln_core.store.queries.dictionary import DictionaryFilter, first_candidates
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.pairs.lexicon import chosen_lexicon, read
from pages.components.shared.errors import complain
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

SIGNS = {"accepted": "\N{CHECK MARK}", "added": "\N{CHECK MARK}", "rejected": "\N{MULTIPLICATION X}"}


def choose_row(found: pd.DataFrame, filter: DictionaryFilter, page: int, src: str, trg: str) -> str | None:
    """Draw the table; the word of the chosen row, the first when none is chosen."""
    shown = pd.DataFrame(
        {
            "": [SIGNS.get(verdict, "") for verdict in found["verdict"]],
            src: found["headword"],
            f"{trg} " if trg == src else trg: found["translation"],
            "Places": found["first_places"],
            "CSLS": found["csls"],
            "Both ways": 100 * found["mutual"],
            "Expected": 100 * found["expected_precision"],
            "Others": found["candidates"] - 1,
        }
    )
    for column in ("CSLS", "Expected"):
        if shown[column].isna().all():
            shown = shown.drop(columns=column)
    mark = hashlib.blake2b(repr((filter, page)).encode(), digest_size=6).hexdigest()
    event = st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=min(620, 38 + 35 * len(shown)),
        key=f"dictionary_{mark}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "": st.column_config.TextColumn("", width=30, help="Accepted or rejected"),
            "Places": st.column_config.NumberColumn(help=f"Of the first translation. {meaning('place')}"),
            "CSLS": st.column_config.NumberColumn(format="%.3f", help=f"Mean over its places. {meaning('csls')}"),
            "Both ways": st.column_config.NumberColumn(format="%.0f %%", help=meaning("mutual")),
            "Expected": st.column_config.NumberColumn(format="%.0f %%", help="Expected precision of the pair of word types."),
            "Others": st.column_config.NumberColumn(help="More translations of this word."),
        },
    )
    rows = event.selection.rows
    at = rows[0] if rows and rows[0] < len(found) else 0
    return str(found["headword"].iloc[at]) if len(found) else None


def precision_line(store: Store, run: RunRecord, filter: DictionaryFilter) -> str:
    """The lexicon precision of the first translations in one sentence; '' without a lexicon."""
    chosen = chosen_lexicon(store, run, "")
    if chosen is None:
        return ""
    try:
        entries = {word: set(translations) for word, translations in read(chosen.path).items()}
    except CorpusError as error:
        complain(str(error))
        return ""
    found = lexicon.precision(first_candidates(store.db, filter), entries)
    if not found.both_known:
        return f"{chosen.name} knows none of these pairs."
    return (
        f"{chosen.name} knows both words of {plain.count(found.both_known, 'entry', 'entries')}; it has the first translation for "
        f"**{plain.percent(found.precision_both_known)}** of these."
    )


def export_dictionary(store: Store, run: RunRecord, filter: DictionaryFilter) -> None:
    """A popover with the formats and the download."""
    with st.popover("Export", icon=":material/download:", key="dictionary_export"):
        format = st.selectbox(
            "Format", list(DictionaryFormat), format_func=lambda one: DICTIONARY_KINDS[one].title, key="dictionary_format"
        )
        most = st.number_input("Translations of a word, at most", 1, 20, 3, key="dictionary_most")
        accepted = st.toggle("Only accepted translations", key="dictionary_accepted")
        kind = DICTIONARY_KINDS[format]
        st.caption(f"{kind.about} The search and filters of the page apply; rejected translations are left out.")
        st.download_button(
            f"Download {plain_markdown(kind.title)}",
            data=lambda: _made(store, filter, format, int(most), accepted),
            file_name=dictionary_file_name(run, format),
            mime=kind.mime,
            on_click="ignore",
            icon=":material/download:",
            key="dictionary_download",
        )


def _made(store: Store, filter: DictionaryFilter, format: DictionaryFormat, most: int, accepted: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dictionary"
        write_dictionary(store.db, filter, path, format, most=most, accepted_only=accepted)
        return path.read_bytes()
