"""Suite: many runs as one job, and the paper's tables with our results and the published ones."""

from __future__ import annotations

import streamlit as st

from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.suite import folder as suite_folder
from pages.components.navigation import show_page
from pages.components.shared.address import choose
from pages.components.shared.errors import complain, tell, warn
from pages.components.shared.progress import state_of
from pages.components.shared.store import Store, open_store
from pages.components.shared.theme import page_head
from pages.components.suite.form import suite_form
from pages.components.suite.live import live_suite, stopped_suite, suite_label
from pages.components.suite.results import suite_results

NEW, EARLIER = "New suite", "Earlier suites"


def main() -> None:
    store = open_store()
    page_head(
        "Reproduce the study",
        "One job runs many systems on several languages and fills the tables of the paper, with the published values beside "
        "ours. It is a process of its own and can be stopped and resumed at any time.",
        "suite",
        "system",
        "seed",
        "retrieval",
        "ner",
        "interval",
        "holds",
    )
    suites = suite_folder.folders(store.workspace)
    linked = st.query_params.get("suite")
    if linked and linked not in {folder.id for folder in suites}:
        warn(f"The suite {linked[:80]} of this link is not in this workspace.")
        del st.query_params["suite"]
        linked = None
    busy = [folder for folder in suites if not state_of(folder).over]
    if is_read_only():
        _earlier(store, suites)
        return
    start, earlier = st.tabs([NEW, EARLIER], default=EARLIER if linked or busy else NEW, key="suite_tab")
    with start:
        suite_form(store, busy=bool(busy))
    with earlier:
        _earlier(store, suites)


def _earlier(store: Store, suites: list[RunFolder]) -> None:
    if not suites:
        st.info("No suite has been started yet. Choose systems and languages under New suite.", icon=":material/table_view:")
        return
    by_id = {folder.id: folder for folder in suites}
    chosen = choose(
        list(by_id),
        lambda one: suite_label(by_id[one]),
        param="suite",
        key="suite_choice",
        label="Suite",
        help="The latest suite is first.",
    )
    folder = by_id[chosen]
    state = state_of(folder)
    if not state.over:
        live_suite(folder, key=f"suite_{folder.id}")
        return
    if state != "finished":
        stopped_suite(store, folder, key=f"stopped_{folder.id}")
    frame = suite_folder.figures(folder)
    if frame is None or frame.empty:
        if state == "finished":
            complain("No run of this suite succeeded, so there is no table.")
        else:
            tell("The tables are written when all runs are done.")
        return
    suite_results(folder, frame, suite_folder.comparisons(folder))


show_page(main)
