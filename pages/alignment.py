"""Word alignment: which words of a sentence and its translation belong together, by several methods, before and after a run."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lraln_core.errors import LralnError, RunError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs
from lraln_core.runs.word_alignment import stored
from lraln_core.runs.word_alignment.request import JOB
from lraln_core.runs.word_alignment.stored import StoredText
from lraln_core.store.queries.runs import RunRecord
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.runs.picker import pick_run
from pages.components.shared.address import segments
from pages.components.shared.errors import complain, tell
from pages.components.shared.progress import Work, follow, state_of_job, why_stopped
from pages.components.shared.store import Store, open_store
from pages.components.shared.theme import page_head
from pages.components.word_alignment.form import own_form, text_form
from pages.components.word_alignment.method import choose_two
from pages.components.word_alignment.pair import show_pair
from pages.components.word_alignment.text import show_error_rates, show_text

TEXT, OWN = "Sentence pairs of a text", "Your own sentences"


def main() -> None:
    store = open_store()
    bar = page_head(
        "Word alignment",
        "Which words of a sentence and its translation belong together. Words are linked by how similar their vectors are, by several "
        "methods, and where people have linked them too, each method is measured against that.",
        "aer",
        "links_sure",
        "interval",
        "holds",
    )
    with bar:
        run = pick_run(
            store,
            key="alignment_run",
            wanted=lambda run: run.state == "finished",
            unfit="The run of this link is not finished, so it cannot be compared. Resume it on the page Home.",
        )
    if run is None:
        st.info("No run is finished yet. Run a sample on the page Home and compare its words here.", icon=":material/join_inner:")
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    folder = RunFolder(store.workspace.runs / run.id)
    if not folder.maps.exists():
        tell("This run has no maps, so it cannot be compared. Choose another run.")
        return
    job = jobs.job_folder(folder, JOB)
    state = state_of_job(job)
    if state is not None and not state.over:
        follow(Work(job, "alignment_job", log=True))
    elif state not in (None, State.FINISHED):
        why_stopped(job)
    _views(store, folder, run, busy=state is not None and not state.over)


def _views(store: Store, folder: RunFolder, run: RunRecord, *, busy: bool) -> None:
    source, target = (str((run.config.get(side) or {}).get("language", "")) for side in ("src", "trg"))
    view = segments("What is compared", [TEXT, OWN], key="alignment_view")
    busy = busy or is_read_only()
    if view == OWN:
        own_form(folder, store.workspace, (language_name(source), language_name(target)), busy=busy)
        text = _read(folder.word_alignment_typed)
        if text is None or not text.pairs:
            st.caption("A sentence of up to 60 words and its translation are linked within seconds, and shown as lines and as a matrix.")
            return
        labels = {number: " ".join(pair.src)[:90] for number, pair in enumerate(text.pairs)}
        number = st.selectbox("Your sentences", list(labels), format_func=labels.__getitem__, key=f"alignment_typed_{len(text.pairs)}")
        choices = choose_two(with_statistics=False)
        show_pair(text.pairs[number], choices, (source, target), key="own")
        return
    has_test = bool((run.config.get("test") or {}).get("parallel"))
    text = _read(folder.word_alignment)
    if text is None:
        if not busy:
            st.subheader("Compare the words of sentence pairs", anchor=False)
            text_form(folder, store.workspace, has_test=has_test, key="alignment_first")
        elif is_read_only():
            st.info("No sentence pairs of this run were compared.", icon=":material/lock:")
        return
    show_error_rates(text, (str(folder.word_alignment), folder.word_alignment.stat().st_mtime_ns))
    show_text(text, choose_two(with_statistics=True), (source, target))
    if not busy:
        with st.expander("Compare other sentence pairs", icon=":material/refresh:"):
            text_form(folder, store.workspace, has_test=has_test, key="alignment_again")


def _read(path: Path) -> StoredText | None:
    try:
        return _stored(str(path), path.stat().st_mtime_ns) if path.exists() else None
    except (LralnError, OSError) as error:
        complain(str(error) if isinstance(error, RunError) else f"The similarities cannot be read ({error}).")
        return None


@st.cache_resource(show_spinner=False, max_entries=4)  # shared, never changed
def _stored(path: str, written: int) -> StoredText | None:
    """The stored similarities; `written` is part of the cache key only."""
    return stored.read(Path(path))


show_page(main)
