"""The four ways of looking at the pairs of a run; the way stands in the address as view=..."""

from __future__ import annotations

import streamlit as st

PARAM = "view"
SENTENCES, KWIC, JUDGE, RESULTS = "sentences", "kwic", "judge", "results"
VIEWS = {
    SENTENCES: ":material/notes: Sentences",
    KWIC: ":material/align_justify_center: Keyword in context",
    JUDGE: ":material/rule: Judge",
    RESULTS: ":material/percent: What the judgements say",
}


def choose_view() -> str:
    """A control that follows the address, and the address follows it; a name that is none of ours is as no name."""
    linked = st.query_params.get(PARAM, SENTENCES)
    linked = linked if linked in VIEWS else SENTENCES
    if "pairs_view" not in st.session_state or st.session_state.get("pairs_view_linked") != linked:
        st.session_state["pairs_view"] = linked
    chosen = st.segmented_control(
        "View", list(VIEWS), format_func=VIEWS.__getitem__, required=True, key="pairs_view", label_visibility="collapsed"
    )
    go_to(chosen)
    return chosen


def go_to(view: str) -> None:
    """Name the view in the address."""
    st.session_state["pairs_view_linked"] = view
    if view != SENTENCES:
        st.query_params[PARAM] = view
    elif PARAM in st.query_params:
        del st.query_params[PARAM]
