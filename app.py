"""The app: routes to the pages, opens the workspace once, and says what to do when that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from lraln_core.errors import WorkspaceError
from pages.components.server import guard, options
from pages.components.shared import routing, sidebar, theme
from pages.components.shared.errors import complain, errors_shown
from pages.components.shared.no_store import no_store
from pages.components.shared.store import open_store


def main() -> None:
    st.set_page_config(page_icon=theme.ICON, layout="wide", initial_sidebar_state=230)
    if guard.is_missing():
        complain(
            "The app was started in a way that leaves out its check of requests, so it shows nothing. Start it with: streamlit run app.py"
        )
        return
    theme.apply()
    page = st.navigation(
        {
            "Start": [
                # The default page answers at / only, so Home is there a second time for its own address.
                st.Page("pages/home.py", title="Home", icon=":material/home:", url_path="start", default=True),
                st.Page("pages/home.py", title="Home", icon=":material/home:", url_path="home", visibility="hidden"),
                st.Page("pages/guide.py", title="Guide", icon=":material/school:", url_path="guide"),
            ],
            "Prepare": [
                st.Page("pages/corpora.py", title="Corpora", icon=":material/library_books:", url_path="corpora"),
                st.Page("pages/launch.py", title="Launch", icon=":material/rocket_launch:", url_path="launch"),
            ],
            "Results": [
                st.Page("pages/pairs.py", title="Pairs", icon=":material/link:", url_path="pairs"),
                st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
                st.Page("pages/retrieval.py", title="Retrieval", icon=":material/target:", url_path="retrieval"),
                st.Page("pages/space.py", title="Space", icon=":material/scatter_plot:", url_path="space"),
                st.Page("pages/ner.py", title="Named entities", icon=":material/label:", url_path="ner"),
            ],
            "Study": [
                st.Page("pages/suite.py", title="Suite", icon=":material/table_view:", url_path="suite"),
            ],
        }
    )
    try:
        store = open_store()
        store.refresh()
    except WorkspaceError as error:
        no_store(error)
        return
    sidebar.draw(store)
    with errors_shown():
        routing.run(page)


if __name__ == "__main__":
    main()
else:
    # `streamlit run app.py` finds this object and serves it; each visit then runs this file as a script.
    app = st.App(__file__, middleware=guard.middleware(options.read(Path(__file__), sys.argv)))
