"""The four ways of looking at the pairs of a run; the way stands in the address as view=..."""

from __future__ import annotations

import streamlit as st

PARAM = "view"
SENTENCES, KWIC, JUDGE, RESULTS = "sentences", "kwic", "judge", "results"
_KEY, _LINKED = "pairs_view", "pairs_view_linked"
VIEWS = {
    SENTENCES: ":material/notes: Sentences",
    KWIC: ":material/align_justify_center: Keyword in context",
    JUDGE: ":material/rule: Judge",
    RESULTS: ":material/percent: What the judgements say",
}


def current_view() -> str:
    """The way that is shown now: that of the address when it has changed, else the reader's last choice.

    A name in the address that is none of ours is as no name.
    """
    linked = st.query_params.get(PARAM, SENTENCES)
    linked = linked if linked in VIEWS else SENTENCES
    if st.session_state.get(_KEY) not in VIEWS or st.session_state.get(_LINKED) != linked:
        st.session_state[_KEY] = linked
    return st.session_state[_KEY]


def choose_view() -> str:
    """A control that follows the address, and the address follows it."""
    current_view()
    chosen = st.segmented_control(
        "View", list(VIEWS), format_func=VIEWS.__getitem__, required=True, wrap=True, key=_KEY, label_visibility="collapsed"
    )
    st.session_state[_LINKED] = chosen
    if chosen != SENTENCES:
        st.query_params[PARAM] = chosen
    elif PARAM in st.query_params:
        del st.query_params[PARAM]
    return chosen
