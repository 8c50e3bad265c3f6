"""Download buttons beside tables and figures. A file is made when its button is pressed."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from lraln_core.exchange import tables
from lraln_core.files.latex import to_latex
from lraln_core.views import figures
from pages.components.shared.charts import draw_chart

SAFE = "Text that begins with = + - or @ gets an apostrophe before it, or a spreadsheet would run it as a formula."
EXACT = "Off: text that a spreadsheet would run as a formula gets an apostrophe before it. On: every cell as it is, for programs."


def figure_downloads(chart: alt.TopLevelMixin, name: str, *, key: str) -> None:
    """SVG and PNG of a chart."""
    with st.popover("Save this figure", icon=":material/download:", type="tertiary", key=f"{key}_figure"):
        st.download_button(
            "SVG, for papers and slides",
            data=lambda: figures.svg(chart).encode("utf-8"),
            file_name=f"{name}.svg",
            mime="image/svg+xml",
            on_click="ignore",
            key=f"{key}_svg",
            icon=":material/draw:",
            help="Lines and text stay sharp at any size.",
        )
        st.download_button(
            "PNG, for other uses",
            data=lambda: figures.png(chart),
            file_name=f"{name}.png",
            mime="image/png",
            on_click="ignore",
            key=f"{key}_png",
            icon=":material/image:",
            help="An image with twice the resolution of the screen.",
        )


def table_downloads(frame: pd.DataFrame, name: str, caption: str, *, key: str) -> None:
    """CSV and LaTeX of a small table."""
    with st.popover("Save this table", icon=":material/download:", type="tertiary", key=f"{key}_table"):
        exact = st.toggle("Exact text in CSV", key=f"{key}_exact", help=EXACT)
        st.download_button(
            "CSV, for spreadsheets",
            data=lambda: tables.to_csv(frame, exact=exact).encode("utf-8"),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"{key}_csv",
            icon=":material/table:",
            help=f"Comma-separated values in UTF-8. {SAFE}",
        )
        st.download_button(
            "LaTeX, for papers",
            data=lambda: to_latex(frame, caption=caption, label=f"tab:{name}").encode("utf-8"),
            file_name=f"{name}.tex",
            mime="application/x-tex",
            on_click="ignore",
            key=f"{key}_tex",
            icon=":material/functions:",
            help="A table with the package booktabs, to be included with \\input.",
        )


def figure(chart: alt.TopLevelMixin, name: str, *, key: str) -> None:
    """A chart with its downloads below."""
    draw_chart(chart, key=key)
    figure_downloads(chart, name, key=key)
