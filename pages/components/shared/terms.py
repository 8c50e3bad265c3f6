"""Explanations of terms on the pages; the terms themselves are listed in lraln_core/views/terms.py."""

from __future__ import annotations

import streamlit as st

from lraln_core.views.terms import TERMS


def meaning(name: str) -> str:
    """The explanation of a term, for `help=`."""
    return TERMS[name].meaning


def what_is(*names: str, label: str = "What do the terms mean?", key: str | None = None) -> None:
    """A small popover that explains some terms."""
    with st.popover(label, icon=":material/help:", type="tertiary", key=key):
        explain(*names)


def explain(*names: str) -> None:
    """The explanations of some terms, a paragraph each."""
    for name in names:
        st.markdown(f"**{TERMS[name].title}.** {TERMS[name].meaning}")
