"""Figures of the lesson."""

from __future__ import annotations

import altair as alt
import pandas as pd

from .charts import BLUE, GREY, ORANGE, VERMILLION

_DASHES = ([1, 0], [6, 3], [2, 2])
_COLOURS = (BLUE, VERMILLION, GREY)


def lines(frame: pd.DataFrame, title: str, *, now: int | None = None, percent: bool = False, height: int = 230) -> alt.LayerChart:
    """frame: step, what, value. One line for each `what`; a rule at step `now`."""
    order = list(dict.fromkeys(frame["what"]))
    axis = alt.Axis(format=".0%" if percent else ".2~f", tickCount=5)
    step = alt.X("step:Q", title="Steps", axis=alt.Axis(format=",d", tickCount=5))
    legend = alt.Legend(title=None, orient="top", columns=1, labelLimit=300) if len(order) > 1 else None
    base = alt.Chart(frame).encode(
        x=step,
        y=alt.Y("value:Q", title=title, axis=axis, scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("what:N", sort=order, scale=alt.Scale(domain=order, range=list(_COLOURS[: len(order)])), legend=legend),
        strokeDash=alt.StrokeDash("what:N", sort=order, scale=alt.Scale(domain=order, range=list(_DASHES[: len(order)])), legend=legend),
        tooltip=[
            alt.Tooltip("what:N", title="What"),
            alt.Tooltip("step:Q", title="Steps", format=",d"),
            alt.Tooltip("value:Q", title=title, format=".1%" if percent else ".3f"),
        ],
    )
    layers: list[alt.Chart] = [base.mark_line(strokeWidth=2.5)]
    if now is not None:
        layers.append(alt.Chart(pd.DataFrame({"step": [now]})).mark_rule(strokeDash=[4, 3], color=GREY).encode(x="step:Q"))
        layers.append(base.transform_filter(alt.datum.step == now).mark_point(filled=True, size=90))
    return alt.layer(*layers).properties(height=height + 70 * (len(order) > 1))


def hubs(frame: pd.DataFrame) -> alt.Chart:
    """frame: word, by (cosine, CSLS), words: how many words of the other language each one answers."""
    order = list(dict.fromkeys(frame["word"]))
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("word:N", title=None, sort=order, axis=alt.Axis(labelFontSize=13, labelLimit=180)),
            yOffset=alt.YOffset("by:N", sort=["cosine", "CSLS"]),
            x=alt.X("words:Q", title="How many words have it as their nearest", axis=alt.Axis(tickCount=5, format=",d")),
            color=alt.Color(
                "by:N",
                scale=alt.Scale(domain=["cosine", "CSLS"], range=[ORANGE, BLUE]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("word:N", title="Word"),
                alt.Tooltip("by:N", title="Measured by"),
                alt.Tooltip("words:Q", title="Nearest of", format=",d"),
            ],
        )
        .properties(height=40 * len(order) + 70)
    )
