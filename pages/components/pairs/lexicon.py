"""The lexicon that glosses are taken from: an uploaded one, the run's, or that of the sample data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lraln_core.errors import CorpusError
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.lexicon import Glossary, read_glossary, sample_lexicon
from lraln_core.views import plain
from pages.components.shared.errors import complain
from pages.components.shared.store import Store
from pages.components.shared.uploads import save

PARAM = "lexicon"
_UPLOADED = re.compile(r"[0-9a-f]{32}\.(tsv|txt|csv)(\.gz)?")  # names that uploads.save gives


@dataclass(frozen=True)
class Lexicon:
    """A file of translations and what to call it."""

    path: Path
    name: str


def glossary_chooser(store: Store, run: RunRecord) -> Glossary:
    """A small panel with the lexicon in use and an upload for another one. Without any, glosses show only mined partners."""
    found = chosen_lexicon(store, run, st.query_params.get(PARAM, ""))
    with st.popover("Lexicon", icon=":material/menu_book:", type="tertiary", key="gloss_lexicon"):
        glossary: Glossary = {}
        if found is None:
            st.markdown(
                "**No lexicon for these languages.** The glosses show only the mined partners. Upload a lexicon below to see "
                "the other words."
            )
        else:
            try:
                glossary = read(found.path)
                size = plain.count(len(glossary), "word")
                st.markdown(f"**{found.name}**, {size}. Words are looked up as spelled, not by their stem.")
            except CorpusError as error:
                complain(str(error))
        upload = st.file_uploader(
            "Another lexicon",
            type=["tsv", "txt"],
            key="gloss_upload",
            help="A text file with a word, a tab and its translation on each line.",
        )
        if upload is not None and st.session_state.get("gloss_taken") != upload.file_id:
            _take(store, upload)
        if st.query_params.get(PARAM):
            st.button("Use the default lexicon again", key="gloss_usual", on_click=_forget)
    return glossary


def chosen_lexicon(store: Store, run: RunRecord, linked: str) -> Lexicon | None:
    """linked: the name in the address; when that file is missing, an error is shown and the default lexicon used."""
    if linked:
        path = store.workspace.root / "uploads" / linked
        if _UPLOADED.fullmatch(linked) and path.exists():
            return Lexicon(path, "Your lexicon")
        complain("The lexicon of this link is not in this workspace; upload it again under Lexicon.")
    own = run.config.get("vecmap", {}).get("dictionary", "")
    if isinstance(own, str) and own and Path(own).is_file():
        return Lexicon(Path(own), "The lexicon of this run")
    sample = sample_lexicon(run.src_language, run.trg_language)
    return Lexicon(sample, "The lexicon of the sample data") if sample else None


def read(path: Path) -> Glossary:
    """The glossary of a file, read once for all visitors. Raises CorpusError."""
    return _read(str(path), path.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(path: str, _changed: int) -> Glossary:
    return read_glossary(Path(path))


def _take(store: Store, upload) -> None:
    """Store the file when it is a lexicon."""
    saved = save(upload, store.workspace)
    try:
        read(saved.path)
    except CorpusError as error:
        if saved.new:
            saved.path.unlink(missing_ok=True)
        complain(str(error).replace(saved.path.name, upload.name))
        return
    st.session_state["gloss_taken"] = upload.file_id
    st.query_params[PARAM] = saved.path.name
    st.rerun()


def _forget() -> None:
    del st.query_params[PARAM]
