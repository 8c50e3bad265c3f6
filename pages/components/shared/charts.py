"""The one place that puts an Altair chart on a page, so that none is without a text alternative."""

from __future__ import annotations

from typing import Literal

import altair as alt
import streamlit as st

from lraln_core.views.alternatives import in_words


def draw_chart(
    chart: alt.TopLevelMixin, *, key: str | None = None, about: str = "", width: Literal["stretch", "content"] = "stretch"
) -> None:
    """A chart as wide as its place, or as its own width. about: what it shows, in front of its values in the text for screen readers."""
    values = in_words(chart)
    st.altair_chart(chart, width=width, key=key, alt=f"{about}. {values}" if about else values)
