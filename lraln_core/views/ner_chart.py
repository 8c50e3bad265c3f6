"""Figures of named entity recognition: F1 by class, and which class was taken for which."""

from __future__ import annotations

import altair as alt
import pandas as pd

from .charts import BLUE, GREY, ORANGE

_SHADES = ("#e6eff6", "#004a78")
DARK_SHARE = 0.5  # from this share of a row on, a cell is dark enough for white figures
_WHEN = alt.Scale(domain=["before", "after"], range=[ORANGE, BLUE])
_SHAPES = alt.Scale(domain=["before", "after"], range=["diamond", "circle"])


def f1_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: label, when (before, after), value, low, high as fractions; low and high may be missing."""
    order = list(dict.fromkeys(frame["label"]))
    top = min(1.0, float(frame[["value", "high"]].max().max()) + 0.08)
    x = alt.X("value:Q", title="F1", scale=alt.Scale(domain=[0, top], clamp=True), axis=alt.Axis(format=".0%", tickCount=6))
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=180, labelFontSize=13)),
        yOffset=alt.YOffset("when:N", sort=["before", "after"]),
        color=alt.Color("when:N", scale=_WHEN, legend=alt.Legend(title=None, orient="top", symbolSize=110)),
        tooltip=[
            alt.Tooltip("label:N", title="Class"),
            alt.Tooltip("when:N", title="Measured"),
            alt.Tooltip("value:Q", title="F1", format=".1%"),
            alt.Tooltip("precision:Q", title="Precision", format=".1%"),
            alt.Tooltip("recall:Q", title="Recall", format=".1%"),
        ],
    )
    rules = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5).encode(x="low:Q", x2="high:Q")
    dots = base.mark_point(filled=True, size=120, opacity=1).encode(
        x=x, shape=alt.Shape("when:N", scale=_SHAPES, legend=alt.Legend(title=None, orient="top"))
    )
    values = base.mark_text(dy=-12, fontSize=12, fontWeight="bold").encode(
        x="value:Q", text=alt.Text("value:Q", format=".1%"), color=alt.value(GREY)
    )
    return (rules + dots + values).properties(height=92 * len(order) + 70)


def confusion_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: gold, predicted, entities, share (of the row). Rows and columns stand in the order of the frame."""
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("gold", "predicted"))
    base = alt.Chart(frame).encode(
        x=alt.X("predicted:N", sort=columns, title="What the tagger said", axis=alt.Axis(labelAngle=0, orient="top", labelLimit=130)),
        y=alt.Y("gold:N", sort=rows, title="What is right", axis=alt.Axis(labelLimit=130)),
        tooltip=[
            alt.Tooltip("gold:N", title="Right"),
            alt.Tooltip("predicted:N", title="Tagger"),
            alt.Tooltip("entities:Q", title="Entities", format=",d"),
            alt.Tooltip("share:Q", title="Of the row", format=".0%"),
        ],
    )
    # Colours of their own instead of a see-through blue: figures stay readable on a light and on a dark page.
    shade = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=list(_SHADES)), legend=None)
    cells = base.mark_rect(cornerRadius=4, stroke=GREY, strokeOpacity=0.35).encode(color=shade)
    text = base.mark_text(fontSize=15, fontWeight="bold").encode(
        text=alt.Text("entities:Q", format=",d"),
        color=alt.condition(alt.datum.share > DARK_SHARE, alt.value("#ffffff"), alt.value("#1f2a33")),
    )
    return (cells + text).properties(height=58 * len(rows) + 50)
