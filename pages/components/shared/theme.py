"""The look that all pages share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLES = Path(__file__).with_name("theme.css")
ICON = str(Path(__file__).with_name("icon.svg"))


def apply() -> None:
    """Put the style sheet into the page; it follows light and dark by itself."""
    st.html(_STYLES)


def page_head(title: str, lead: str) -> None:
    """Title and a plain sentence or two of our own words; lead is HTML."""
    st.title(title, anchor=False)
    st.html(f'<p class="lr-lead">{lead}</p>')
