"""Styles and the head of a page, shared by all pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLES = Path(__file__).with_name("theme.css")
ICON = str(Path(__file__).with_name("icon.svg"))


def apply() -> None:
    """Put the style sheet into the page; it follows the light and dark theme."""
    st.html(_STYLES)


def page_head(title: str, lead: str) -> None:
    """Title and an introduction; lead is trusted HTML of the page itself."""
    st.title(title, anchor=False)
    st.html(f'<p class="lr-lead">{lead}</p>')
