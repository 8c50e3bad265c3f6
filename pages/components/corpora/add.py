"""Adding a corpus: a sample, an upload, or a file on this computer."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import BinaryIO

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lraln_core.errors import LralnError
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.queries.sources import CorpusSource, remember_source
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.formats.detect import SPECS
from lraln_core.text.formats.proposal import propose_language
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
MOST_FILES = 6  # dropped at once
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
    files = st.file_uploader(
        "Text files",
        max_upload_size=uploads.MEGABYTES,
        accept_multiple_files=True,
        key="corpus_upload",
        help="Drop the texts of both languages at once; their languages are proposed. Plain text, tables, JSON lines, Parquet, CoNLL-U, "
        "TMX, XLIFF, Bibles, Wikipedia dumps, FLEx, ELAN, Toolbox or TextGrid; also compressed. At most "
        f"{uploads.MEGABYTES} MB each; for larger files use the tab A file on this computer.",
    )
    wanted = [_one_upload(file, number, many=len(files) > 1) for number, file in enumerate(files[:MOST_FILES])]
    if not wanted:
        _details("upload", None)  # what can be said of a file is seen before there is one
    if len(files) > MOST_FILES:
        st.warning(f"The first {MOST_FILES} files are shown; add them, then drop the others.", icon=":material/help:")
    lacking = [one.file.name for one in wanted if one.language is None]
    if len(wanted) > 1 and lacking:
        st.caption(plain_markdown(f"Choose the language of {', '.join(lacking)}."))
    label = "Add this file" if len(wanted) < 2 else f"Add these {len(wanted)} files"
    if st.button(label, key="corpus_upload_add", type="primary", icon=":material/add:", disabled=not wanted or bool(lacking)):
        with errors_shown():
            _add_uploads(store, wanted)


@dataclass(frozen=True)
class _Wanted:
    """An uploaded file with what is said of it."""

    file: UploadedFile
    language: str | None
    tokenized: bool
    reading: ReadOptions


def _one_upload(file: UploadedFile, number: int, *, many: bool) -> _Wanted:
    """Draw the choices and the preview of a file; its language is proposed from its name and its first sentences."""
    key = "upload" if number == 0 else f"upload{number + 1}"
    with st.container(border=True) if many else st.container():
        if many:
            st.markdown(f"**{plain_markdown(file.name)}**")
        first = _preview_upload(file.file_id, file, file.name, "", ReadOptions())
        texts = [] if isinstance(first, str) else [line.text or "" for line in first.first]
        language, tokenized, reading = _details(key, (file.file_id, propose_language(file.name, texts)))
        _show_preview(_preview_upload(file.file_id, file, file.name, language or "", reading))
    return _Wanted(file, language, tokenized, reading)


def _add_uploads(store: Store, wanted: list[_Wanted]) -> None:
    """Add the files one after the other. Raises LralnError at the first that cannot be read; those before it stay added."""
    added = []
    for one in wanted:
        saved = uploads.save(one.file, store.workspace)
        try:
            added.append(_prepare(store, saved.path, one.file.name, one.language or "", tokenized=one.tokenized, reading=one.reading))
        except LralnError as error:
            if saved.new:
                saved.path.unlink(missing_ok=True)
            # The user knows the file by its own name, not by that of our copy.
            raise LralnError(str(error).replace(str(saved.path), one.file.name).replace(saved.path.name, one.file.name)) from error
    st.session_state[_ADDED] = " ".join(added)
    st.rerun()


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
    language, tokenized, reading = _details("path", None)
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


def _details(key: str, proposed: tuple[str, str | None] | None) -> tuple[str | None, bool, ReadOptions]:
    """Draw the choices of a file. proposed: the file, and the code of its likely language, which is chosen once for each file."""
    if proposed is not None and proposed[1] is not None and st.session_state.get(f"{key}_proposed") != proposed[0]:
        st.session_state[f"{key}_proposed"] = proposed[0]
        if st.session_state.get(f"{key}_language") is None:
            st.session_state[f"{key}_language"] = proposed[1]
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
    """Prepare and ingest the corpus, then show it. Raises LralnError."""
    st.session_state[_ADDED] = _prepare(store, path, name, language, tokenized=tokenized, reading=reading)
    st.rerun()


def _prepare(store: Store, path: Path, name: str, language: str, *, tokenized: bool, reading: ReadOptions) -> str:
    """Prepare and ingest the corpus, with a progress bar; -> what was added, in a sentence. Raises LralnError."""
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
    st.query_params["corpus"] = corpus.id
    return f"{name}: {plain.count(len(corpus), 'sentence')} in {get_language(language).name} added."
