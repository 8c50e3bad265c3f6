"""Adding a corpus: a sample, an upload, or a file on this computer."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import BinaryIO

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.queries.sources import CorpusSource, remember_source
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.formats.detect import SPECS
from lraln_core.text.formats.sentences import Preview, ReadOptions, preview
from lraln_core.text.languages import get_language, search_labels
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.server import options
from pages.components.shared import uploads
from pages.components.shared.errors import errors_shown, tell
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

SAMPLE_LANGUAGES = ("en", "mk", "sw", "ne")
_ADDED = "corpus_just_added"


def confirm_added() -> None:
    """Says once which corpus was added. Not inside the folded part, which closes when the first corpus is there."""
    if added := st.session_state.pop(_ADDED, None):
        st.success(plain_markdown(added), icon=":material/check_circle:")


def add_corpus(store: Store, sources: list[CorpusSource]) -> None:
    """The three ways as tabs."""
    samples, upload, path = st.tabs(["Sample texts", "Upload a file", "A file on this computer"])
    with samples:
        _samples(store, {source.path for source in sources})
    with upload:
        _upload(store)
    with path:
        _by_path(store)


def _samples(store: Store, present: set[str]) -> None:
    st.html('<p class="lr-note">Short texts written for this project, on similar topics in each language. One click adds one.</p>')
    for column, code in zip(st.columns(len(SAMPLE_LANGUAGES)), SAMPLE_LANGUAGES, strict=True):
        path = SAMPLE_DATA / "corpora" / f"{code}.txt"
        name = get_language(code).name
        here = str(path) in present
        if column.button(
            f"{name} (added)" if here else f"Add {name}",
            key=f"add_sample_{code}",
            disabled=here,
            width="stretch",
            icon=":material/check:" if here else ":material/add:",
        ):
            with errors_shown():
                _add(store, path, f"Sample: {name}", code, tokenized=False, reading=ReadOptions())


def _upload(store: Store) -> None:
    file = st.file_uploader(
        "Text file",
        max_upload_size=uploads.MEGABYTES,
        key="corpus_upload",
        help="Plain text, tables, JSON lines, Parquet, CoNLL-U, TMX, XLIFF, Bibles, Wikipedia dumps, FLEx, ELAN, Toolbox or TextGrid; also "
        f"compressed. At most {uploads.MEGABYTES} MB; for larger files use the tab A file on this computer.",
    )
    language, tokenized, reading = _details("upload")
    if file is not None:
        _show_preview(_preview_upload(file.file_id, file, file.name, language or "", reading))
    if st.button(
        "Add this file", key="corpus_upload_add", type="primary", icon=":material/add:", disabled=file is None or language is None
    ):
        with errors_shown():
            saved = uploads.save(file, store.workspace)
            try:
                _add(store, saved.path, file.name, language, tokenized=tokenized, reading=reading)
            except LralnError as error:
                if saved.new:
                    saved.path.unlink(missing_ok=True)
                # The user knows the file by its own name, not by that of our copy.
                raise LralnError(str(error).replace(str(saved.path), file.name).replace(saved.path.name, file.name)) from error


def _by_path(store: Store) -> None:
    if options.local_files() is None:
        tell(options.OFF)
        return
    text = st.text_input(
        "Path of the file",
        key="corpus_path",
        placeholder="/home/me/texts/news.mk.txt.gz",
        help="A file on the computer on which this app runs. It is read in place and should stay there.",
    )
    language, tokenized, reading = _details("path")
    if text.strip():
        _show_preview(_previewed(lambda: options.local_file(text), language or "", reading))
    if st.button(
        "Add this file",
        key="corpus_path_add",
        type="primary",
        icon=":material/add:",
        disabled=not text.strip() or language is None,
    ):
        with errors_shown():
            path = options.local_file(text)
            _add(store, path, path.name, language, tokenized=tokenized, reading=reading)


def _details(key: str) -> tuple[str | None, bool, ReadOptions]:
    left, middle, right = st.columns([2, 1.2, 1.6], vertical_alignment="bottom")
    choices = search_labels()
    language = left.selectbox(
        "Language",
        choices,
        index=None,
        key=f"{key}_language",
        placeholder="Type a name or code",
        format_func=lambda code: choices.get(code, code),
        accept_new_options=True,
        help="Type to search all languages of ISO 639, or write a code: BCP-47 (zh-Hant), ISO 639 (luo, swh), FLORES (swh_Latn), or a "
        "private code (qaa, x-village).",
    )
    tokenized = middle.toggle(
        "Already tokenised",
        key=f"{key}_tokenized",
        help=f"{meaning('tokenised')} Switch this on when words and punctuation marks in the file are separated by spaces.",
    )
    column = right.text_input(
        "Column",
        key=f"{key}_column",
        placeholder="e.g. 2, or its name",
        help="Only for tables (tsv, csv): the column of the sentences, by number from 1 or by the name in the first row.",
    )
    with st.expander("If the preview is not right", icon=":material/tune:"):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        formats = [format for format, spec in SPECS.items() if spec.use == "sentences"]
        format = left.selectbox(
            "Format",
            formats,
            index=None,
            key=f"{key}_format",
            placeholder="Detected",
            format_func=lambda format: SPECS[format].label,
        )
        encoding = middle.text_input(
            "Encoding",
            key=f"{key}_encoding",
            placeholder="UTF-8",
            help="Needed for files in older encodings, e.g. cp1251 (Windows Cyrillic) or latin-1. Check the letters in the preview.",
        )
        tier = right.text_input(
            "Tier",
            key=f"{key}_tier",
            placeholder="e.g. sentence, or tx",
            help="Only for interlinear texts: the tier of ELAN and TextGrid, the marker of Toolbox, the writing system of FLEx.",
        )
    return language, tokenized, ReadOptions(column.strip(), format or "", encoding.strip(), tier.strip())


@st.cache_data(show_spinner="Reading the beginning of the file", max_entries=20)
def _preview_upload(file_id: str, _file: BinaryIO, name: str, language: str, reading: ReadOptions) -> Preview | str:
    """What an uploaded file holds, or the sentence that says why it cannot be read; nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="lraln-preview-") as folder:
        path = Path(folder) / f"upload{uploads.suffix(name)}"
        with open(path, "wb") as out:
            _file.seek(0)
            shutil.copyfileobj(_file, out)
        found = _previewed(lambda: path, language, reading)
    return found.replace(path.name, name) if isinstance(found, str) else found


def _previewed(path: Callable[[], Path], language: str, reading: ReadOptions) -> Preview | str:
    """What the file holds, or the sentence that says why it cannot be found or read."""
    try:
        return preview(path(), language, reading)
    except LralnError as error:
        return str(error)


def _show_preview(found: Preview | str) -> None:
    """What was seen of a file, with its first sentences and their glosses."""
    if isinstance(found, str):
        st.warning(plain_markdown(found), icon=":material/help:")
        return
    rows = []
    for line in found.first:
        glosses = " ".join(gloss or "_" for gloss in line.glosses or ())
        note = f'<br><span class="lr-note">{escape(glosses)}</span>' if glosses else ""
        rows.append(f'<li value="{line.number}"><bdi dir="auto">{escape(line.text or "")}</bdi>{note}</li>')
    st.html(f"<p><b>{escape(found.sentence())}</b></p><ol>{''.join(rows)}</ol>")


def _add(store: Store, path: Path, name: str, language: str, *, tokenized: bool, reading: ReadOptions) -> None:
    """Prepare and ingest the corpus, with a progress bar. Raises LralnError."""
    bar, shown = st.progress(0.0, text="Reading the file"), time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            bar.progress(min(1.0, done / max(total, 1)), text=f"Reading the file: {done / 1e6:,.1f} of {total / 1e6:,.1f} MB")
            shown = time.monotonic()

    try:
        corpus = prepare_corpus(path, language, store.workspace.corpora, tokenized=tokenized, progress=report, **asdict(reading))
        ingest_corpus(store.db, corpus.folder, name)
        remember_source(store.workspace, corpus.id, path, name)
    finally:
        bar.empty()
    st.session_state[_ADDED] = f"{name}: {plain.count(len(corpus), 'sentence')} in {get_language(language).name} added."
    st.query_params["corpus"] = corpus.id
    st.rerun()
