"""The five views of the pairs of a run; the view is in the address as view=..."""

from __future__ import annotations

import streamlit as st

from lraln_core.files.read_only import is_read_only
from pages.components.shared.address import followed

PARAM = "view"
SENTENCES, KWIC, JUDGE, REVIEW, RESULTS = "sentences", "kwic", "judge", "review", "results"
VIEWS = {
    SENTENCES: ":material/notes: Sentences",
    KWIC: ":material/align_justify_center: Keyword in context",
    JUDGE: ":material/rule: Judge",
    REVIEW: ":material/gavel: Review",
    RESULTS: ":material/percent: Precision",
}


def choose_view() -> str:
    """The view of the address, else the last choice; an unknown name in the address is ignored. Nobody judges in a read-only app."""
    shown = [view for view in VIEWS if view not in (JUDGE, REVIEW) or not is_read_only()]
    return followed(
        lambda: st.segmented_control(
            "View", shown, format_func=VIEWS.__getitem__, required=True, wrap=True, key="pairs_view", label_visibility="collapsed"
        ),
        shown,
        param=PARAM,
        key="pairs_view",
        omitted=SENTENCES,
    )
