"""Measures of a space before and after training, each with its definition."""

from __future__ import annotations

import math

import streamlit as st

from lraln_core.files.projection_files import Figures, Projection
from lraln_core.views.highlight import escape
from pages.components.shared.terms import meaning


def space_figures(projection: Projection, src: str, trg: str) -> None:
    """Mixing of the languages, and distance of matched words."""
    before, after = projection.figures["before"], projection.figures["after"]
    st.markdown("**Mixing of the two languages**", help=meaning("mixing"))
    st.html(_two("mixing", f"{before.mixing:.2f}", f"{after.mixing:.2f}"))
    st.html(
        '<p class="lr-note">The share of each word\'s 10 nearest words that belong to the other language, divided by the share '
        f"that chance would give. 0: {escape(src)} and {escape(trg)} are separate. 1: random mixing.</p>"
    )
    st.markdown("**Distance of matched words**", help=meaning("matched_distance"))
    st.html(_two("matched", _percent(before), _percent(after)))
    st.html(
        '<p class="lr-note">The mean distance of matched words, divided by the mean distance of any two words of the two '
        "languages. 0 %: matched words coincide.</p>"
    )
    st.caption("Both are measured in the full space, not on the picture.")


def _percent(figures: Figures) -> str:
    if not figures.random_distance > 0:
        return "not measured"
    return f"{100 * figures.matched_distance / figures.random_distance:.0f}\N{NO-BREAK SPACE}%"


def _two(name: str, before: str, after: str) -> str:
    cell = lambda label, value, kind: (
        f'<div class="lr-figure {kind}"><span class="lr-label">{label}</span><span class="lr-value">{escape(value)}</span></div>'
    )
    arrow = '<span class="lr-arrow" aria-hidden="true">\N{RIGHTWARDS ARROW}</span>'
    cells = f"{cell('Before', before, 'lr-before')}{arrow}{cell('After', after, 'lr-after')}"
    return f'<div class="lr-beforeafter" data-testid="space-{name}">{cells}</div>'


def in_words(projection: Projection) -> str:
    """The measures in a sentence, for the alternative text of the picture."""
    before, after = projection.figures["before"], projection.figures["after"]
    if not (math.isfinite(before.mixing) and math.isfinite(after.mixing)):
        return "The words of both languages on a plane."
    return f"The words of both languages on a plane; mixing {before.mixing:.2f} before and {after.mixing:.2f} after training."
