"""The frame around every page: settings of the app, navigation, the open workspace, and runs in progress in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import streamlit as st
from streamlit.navigation.page import Page

from lraln_core.errors import WorkspaceError
from lraln_core.files.read_only import is_read_only
from lraln_core.views import plain
from pages.components.runs.listing import active_runs
from pages.components.server import guard
from pages.components.shared import theme
from pages.components.shared.errors import complain, errors_shown
from pages.components.shared.store import Store, no_store, open_store
from pages.components.shared.waiting import show_waiting

_inside: ContextVar[bool] = ContextVar("inside_the_app", default=False)


def draw_app() -> None:
    """Draw the page of the address inside the frame; a sentence in its place when the workspace cannot be opened."""
    st.set_page_config(page_icon=theme.ICON, layout="wide", initial_sidebar_state=230)
    if guard.is_missing():
        complain("The app was started without its check of requests, so it shows nothing. Start it with: streamlit run app.py")
        return
    theme.apply()
    page = _navigation()
    try:
        store = open_store()
        store.refresh()
    except WorkspaceError as error:
        no_store(error)
        return
    _sidebar(store)
    token = _inside.set(True)
    try:
        with errors_shown():
            page.run()
    finally:
        _inside.reset(token)


def show_page(main: Callable[[], None]) -> None:
    """Draw a page; for the last line of its file.

    Until the first call of st.navigation in a server process, Streamlit takes the folder pages/ for a multipage app of the older
    kind and runs the file of a deep link alone. Then the whole app is drawn, which runs that file again inside the frame.
    """
    if _inside.get():
        main()
    else:
        draw_app()


def _navigation() -> Page:
    return st.navigation(
        {
            "Start": [
                # The default page answers at / only, so Home is there a second time for its own address.
                st.Page("pages/home.py", title="Home", icon=":material/home:", url_path="start", default=True),
                st.Page("pages/home.py", title="Home", icon=":material/home:", url_path="home", visibility="hidden"),
                st.Page("pages/guide.py", title="Guide", icon=":material/school:", url_path="guide"),
            ],
            "Prepare": [
                st.Page("pages/corpora.py", title="Corpora", icon=":material/library_books:", url_path="corpora"),
                st.Page("pages/tools.py", title="Corpus tools", icon=":material/query_stats:", url_path="tools"),
                st.Page("pages/launch.py", title="Launch", icon=":material/rocket_launch:", url_path="launch"),
            ],
            "Results": [
                st.Page("pages/pairs.py", title="Pairs", icon=":material/link:", url_path="pairs"),
                st.Page("pages/dictionary.py", title="Dictionary", icon=":material/menu_book:", url_path="dictionary"),
                st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
                st.Page("pages/retrieval.py", title="Retrieval", icon=":material/target:", url_path="retrieval"),
                st.Page("pages/alignment.py", title="Word alignment", icon=":material/join_inner:", url_path="alignment"),
                st.Page("pages/space.py", title="Space", icon=":material/scatter_plot:", url_path="space"),
                st.Page("pages/ner.py", title="Named entities", icon=":material/label:", url_path="ner"),
            ],
            "Study": [
                st.Page("pages/suite.py", title="Suite", icon=":material/table_view:", url_path="suite"),
            ],
        },
        expanded=True,  # every page is one click away, also after a reload
    )


def _sidebar(store: Store) -> None:
    """A link to the runs in progress, and what waits for its turn, on every page."""
    active = active_runs(store.workspace)
    with st.sidebar:
        if is_read_only():
            st.badge("Read-only", icon=":material/lock:", color="gray", help="This app shows runs and changes nothing.")
        if active:
            st.page_link(
                "pages/launch.py",
                label=f"{plain.count(len(active), 'run')} in progress",
                icon=":material/progress_activity:",
                query_params={"run": active[0].id},
                help="Follow the run; it continues when you close the browser.",
            )
        show_waiting(store.workspace)
