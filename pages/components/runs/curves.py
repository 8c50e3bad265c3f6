"""The curves of a run: pairs per iteration, agreement, loss, norm and rank of the maps."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from lraln_core.views import charts
from pages.components.shared.charts import draw_chart
from pages.components.shared.terms import meaning


def live_curves(curves: pd.DataFrame, minings: pd.DataFrame, best: int | None, src: str, trg: str, *, key: str) -> None:
    """The three main charts of a run in progress; each appears with its first point."""
    figures = []
    if len(minings):
        figures.append(("Word pairs per iteration", "mining", charts.mined_pairs(minings, src, trg)))
    if _points(curves, "criterion"):
        figures.append(
            ("Agreement on held-out sentences", "criterion", charts.curve(curves, "criterion", "Agreement", best_step=best, highest=True))
        )
    if _points(curves, "loss"):
        figures.append(("Distance within pairs", "loss", charts.curve(curves, "loss", "Distance", colour=charts.VERMILLION)))
    if not figures:
        return
    for column, (title, term, figure) in zip(st.container(key=f"figures_{key}").columns(len(figures), gap="medium"), figures, strict=True):
        with column:
            st.markdown(f"**{title}**", help=meaning(term))
            draw_chart(figure, key=f"{key}_{term}")


def all_curves(curves: pd.DataFrame, minings: pd.DataFrame, best: int | None, src: str, trg: str, *, key: str) -> None:
    """Every curve of a run that is over, one per tab."""
    two = {"src": src if src != trg else f"{src} (first)", "trg": trg if src != trg else f"{trg} (second)"}
    tabs = st.tabs(["Word pairs per iteration", "Distance within pairs", "Agreement", "Norm of the maps", "Effective rank"])
    with tabs[0]:
        _figure(charts.mined_pairs(minings, src, trg) if len(minings) else None, "mining", key, "This run mined no word pairs.")
    with tabs[1]:
        _figure(charts.curve(curves, "loss", "Distance", colour=charts.VERMILLION) if _points(curves, "loss") else None, "loss", key)
    with tabs[2]:
        _figure(
            charts.curve(curves, "criterion", "Agreement", best_step=best, highest=True) if _points(curves, "criterion") else None,
            "criterion",
            key,
        )
    for tab, kind, title in ((tabs[3], "norm", "Norm"), (tabs[4], "rank", "Effective rank")):
        with tab:
            names = {f"{side}_{kind}": label for side, label in two.items()}
            drawn = charts.two_sides(curves, names, title, best_step=best) if _points(curves, f"src_{kind}") else None
            _figure(drawn, kind, key)


def _points(curves: pd.DataFrame, name: str) -> int:
    return int((curves["name"] == name).sum())


def _figure(figure: alt.TopLevelMixin | None, term: str, key: str, empty: str = "This run ended before training.") -> None:
    st.html(f'<p class="lr-note">{meaning(term)}</p>')
    if figure is None:
        st.caption(empty)
    else:
        draw_chart(figure, key=f"{key}_{term}")
