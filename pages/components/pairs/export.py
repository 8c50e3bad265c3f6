"""Export of the selected pairs: format and download button; the filters of the page apply."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from lraln_core.exchange.pair_files import KINDS, PACK_FROM, PairFormat, file_name, write_pairs
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.linked_sentences import has_sentences
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from pages.components.shared.store import Store


def export_pairs_chooser(store: Store, filter: PairFilter, run: RunRecord, total: int) -> None:
    """Format, its description, and the download; the file is made when the button is pressed."""
    sentences = has_sentences(store.db, run.id)
    formats = [format for format in PairFormat if sentences or not KINDS[format].sentences]
    chosen = st.selectbox(
        "Export these pairs as",
        formats,
        format_func=lambda format: KINDS[format].title,
        key="pairs_format",
        persist_state="session",
        help=f"{plain.count(total, 'pair')}, exactly those selected by the filters.",
    )
    kind = KINDS[chosen]
    packed = kind.text and total >= PACK_FROM
    st.html(f'<p class="lr-note">{kind.about}{" Compressed with gzip, because there are many pairs." if packed else ""}</p>')
    st.download_button(
        f"Download {plain.count(total, 'pair')}",
        data=lambda: _made(store, filter, chosen, packed),
        file_name=file_name(run, chosen, packed=packed),
        mime="application/gzip" if packed else kind.mime,
        on_click="ignore",
        icon=":material/download:",
        key="pairs_download",
        width="stretch",
        help="A million pairs take about a minute to write." if total >= PACK_FROM else None,
    )


def _made(store: Store, filter: PairFilter, format: PairFormat, packed: bool) -> bytes:
    """The content of the file. It is written to disk first, so that only the finished file is in memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs"
        write_pairs(store.db, filter, path, format, packed=packed)
        return path.read_bytes()
