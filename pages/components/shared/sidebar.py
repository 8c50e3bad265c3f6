"""What stands below the navigation on every page."""

from __future__ import annotations

import streamlit as st

from lraln_core.views import plain
from pages.components.runs.listing import active_runs
from pages.components.shared.store import Store


def draw(store: Store) -> None:
    """Runs at work, wherever the reader is."""
    active = active_runs(store.workspace)
    if active:
        with st.sidebar:
            st.page_link(
                "pages/launch.py",
                label=f"{plain.count(len(active), 'run')} at work",
                icon=":material/progress_activity:",
                query_params={"run": active[0].id},
                help="Follow the run; it goes on when you close the browser.",
            )
