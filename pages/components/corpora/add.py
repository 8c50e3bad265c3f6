"""Adding a corpus: a sample, an upload, or a file on this computer."""

from __future__ import annotations

import time
from pathlib import Path

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.queries.sources import CorpusSource, remember_source
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.languages import get_language, language_choices
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.server import options
from pages.components.shared import uploads
from pages.components.shared.errors import errors_shown, tell
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

SAMPLE_LANGUAGES = ("en", "mk", "sw", "ne")
_ADDED = "corpus_just_added"


def add_corpus(store: Store, sources: list[CorpusSource]) -> None:
    """The three ways as tabs."""
    added = st.session_state.pop(_ADDED, None)
    if added:
        st.success(plain_markdown(added), icon=":material/check_circle:")
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
                _add(store, path, f"Sample: {name}", code, tokenized=False, column="")


def _upload(store: Store) -> None:
    file = st.file_uploader(
        "Text file",
        type=uploads.TYPES,
        max_upload_size=uploads.MEGABYTES,
        key="corpus_upload",
        help="One sentence a line, in UTF-8; or a table (tsv, csv) with a column of sentences; also compressed as .gz. At most "
        f"{uploads.MEGABYTES} MB; for larger files use the tab A file on this computer.",
    )
    language, tokenized, column = _details("upload")
    if st.button(
        "Add this file", key="corpus_upload_add", type="primary", icon=":material/add:", disabled=file is None or language is None
    ):
        with errors_shown():
            saved = uploads.save(file, store.workspace)
            try:
                _add(store, saved.path, file.name, language, tokenized=tokenized, column=column)
            except LralnError:
                if saved.new:
                    saved.path.unlink(missing_ok=True)
                raise


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
    language, tokenized, column = _details("path")
    if st.button(
        "Add this file",
        key="corpus_path_add",
        type="primary",
        icon=":material/add:",
        disabled=not text.strip() or language is None,
    ):
        with errors_shown():
            path = options.local_file(text)
            _add(store, path, path.name, language, tokenized=tokenized, column=column)


def _details(key: str) -> tuple[str | None, bool, str]:
    left, middle, right = st.columns([2, 1.2, 1.6], vertical_alignment="bottom")
    choices = language_choices()
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
    return language, tokenized, column


def _add(store: Store, path: Path, name: str, language: str, *, tokenized: bool, column: str) -> None:
    """Prepare and ingest the corpus, with a progress bar. Raises LralnError."""
    bar, shown = st.progress(0.0, text="Reading the file"), time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            bar.progress(min(1.0, done / max(total, 1)), text=f"Reading the file: {done / 1e6:,.1f} of {total / 1e6:,.1f} MB")
            shown = time.monotonic()

    try:
        corpus = prepare_corpus(path, language, store.workspace.corpora, tokenized=tokenized, column=column, progress=report)
        ingest_corpus(store.db, corpus.folder, name)
        remember_source(store.workspace, corpus.id, path, name)
    finally:
        bar.empty()
    st.session_state[_ADDED] = f"{name}: {plain.count(len(corpus), 'sentence')} in {get_language(language).name} added."
    st.query_params["corpus"] = corpus.id
    st.rerun()
