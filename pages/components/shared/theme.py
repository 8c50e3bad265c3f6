"""Styles and the head of a page, shared by all pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.terms import explain

_STYLES = Path(__file__).with_name("theme.css")
ICON = str(Path(__file__).with_name("icon.svg"))


def apply() -> None:
    """Put the style sheet into the page; it follows the light and dark theme."""
    st.html(_STYLES)


def page_head(title: str, lead: str, *terms: str, lead_shown: bool = False) -> DeltaGenerator:
    """The head of a page in one row: a small title, room for the choice of a run, and a popover about the page.

    lead: what the page shows, trusted HTML of the page itself; in the popover, and below the row too when lead_shown. terms: names of
    terms that the popover explains. -> the container in the middle of the row.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="page_head"):
        st.title(title, anchor=False, width="content")
        middle = st.container(width="stretch")
        if terms:
            with st.popover("About this page", icon=":material/help:", type="tertiary", key="page_about"):
                st.html(f'<p class="lr-lead">{lead}</p>')
                explain(*terms)
    if lead_shown:
        st.html(f'<p class="lr-lead">{lead}</p>')
    return middle
