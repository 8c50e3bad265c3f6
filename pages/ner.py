"""Named entities: does a tagger trained on one language find the names in the other, before and after training of the maps?"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lraln_core.errors import RunError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs, ner_request
from lraln_core.store.queries.ner import NerTest, read_ner, read_pseudo_labels, read_tagged
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.navigation import show_page
from pages.components.ner.form import ner_form
from pages.components.ner.learned import learned
from pages.components.ner.results import by_class, confusion, headline
from pages.components.ner.sentences import judged, sentences
from pages.components.runs.listing import language_name
from pages.components.runs.picker import pick_run
from pages.components.shared.address import segments
from pages.components.shared.errors import complain, tell
from pages.components.shared.progress import Work, follow, state_of_job, why_stopped
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import meaning
from pages.components.shared.theme import page_head

SELECTIONS = {
    "target_dev": "On tagged sentences (as in the paper)",
    "averaged": "Without any",
    "unlabelled": "Without any, unlabelled text too",
}


def main() -> None:
    store = open_store()
    bar = page_head(
        "Named entities",
        "An application as a test (zero-shot NER): a tagger is trained on one language to find names of <b>persons</b>, <b>places</b> and "
        "<b>organisations</b>, and is then tested on the other. The closer the two languages are, the more names it should find.",
        "ner",
        "f1",
        "ner_precision",
        "recall",
        "selection",
        "confusion",
        "interval",
        "holds",
    )
    with bar:
        run = pick_run(
            store,
            key="ner_run",
            wanted=lambda run: run.state == "finished",
            unfit="The run of this link is not finished, so it cannot be tested. Resume it on the page Home.",
        )

    if run is None:
        st.info("No run is finished yet. Run a sample on the page Home and test it here.", icon=":material/label:")
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    folder = RunFolder(store.workspace.runs / run.id)
    job = jobs.job_folder(folder, ner_request.JOB)
    state = state_of_job(job)
    if state is not None and not state.over:
        follow(Work(job, "ner_job", log=True))
    elif state not in (None, State.FINISHED):
        why_stopped(job)
    try:
        test = read_ner(folder)
    except RunError as error:
        complain(str(error))
        test = None
    if test is not None:
        _results(folder, run, test)
    if (state is None or state.over) and not is_read_only():
        _form(store, folder, run, test)


def _form(store: Store, folder: RunFolder, run: RunRecord, test: NerTest | None) -> None:
    if not folder.maps.exists():
        tell("This run has no maps, so it cannot be tested. Choose another run.")
        return
    if test is None:
        st.subheader("Test this run", anchor=False)
        ner_form(folder, run.config, store.workspace, key="ner_first")
        return
    with st.expander("Test again, or with other sentences", icon=":material/refresh:"):
        ner_form(folder, run.config, store.workspace, key="ner_again")


def _results(folder: RunFolder, run: RunRecord, test: NerTest) -> None:
    labels = {SELECTIONS[name]: name for name in test.outcomes}
    chosen = segments("How the tagger is chosen", labels, key="chosen_by", help=meaning("selection"))
    selection = labels[chosen]
    outcome = test.outcomes[selection]
    headline(outcome)
    _task(test)
    by_class(outcome)
    confusion(outcome)
    try:
        rows = _judged(str(folder.path), selection, outcome.before is not None, folder.ner.stat().st_mtime_ns)
    except (RunError, OSError) as error:
        complain(str(error))
        return
    code = str(test.task.get("language") or ner_request.languages_of(run.config)[1])
    if test.learned is not None and "averaged" in test.outcomes and selection == "unlabelled":
        try:
            plain_rows = read_tagged(folder, "averaged", with_base=False)
            found = read_pseudo_labels(folder)
        except RunError as error:
            complain(str(error))
        else:
            learned(test.learned, [one.row for one in rows], plain_rows, found, code)
    sentences(rows, code)


@st.cache_resource(show_spinner=False, max_entries=4)  # shared, never changed
def _judged(folder: str, selection: str, with_base: bool, written: int) -> list:
    """The tagged sentences with their errors, cached; `written` is part of the cache key only."""
    return judged(read_tagged(RunFolder(Path(folder)), selection, with_base=with_base))


def _task(test: NerTest) -> None:
    """The training and test data in a sentence."""
    sizes = test.task.get("sentences")
    if not isinstance(sizes, dict):
        return
    train, tested = (language_name(str(test.task.get(name))) for name in ("train_language", "language"))
    st.caption(
        plain_markdown(
            f"Trained on {plain.count(int(sizes.get('training', 0)), f'{train} sentence')}, tested on "
            f"{plain.count(int(sizes.get('test', 0)), f'{tested} sentence')}; seed {test.task.get('seed')}."
        )
    )


show_page(main)
