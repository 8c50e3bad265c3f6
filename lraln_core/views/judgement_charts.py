"""Figures of what people judged."""

from __future__ import annotations

import altair as alt
import pandas as pd

from .charts import BLUE, ORANGE

STRICT, LENIENT = "correct", "correct or similar"


def precision_by_band(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: band (text), kind (STRICT or LENIENT), value, low, high as fractions, judged. Dots with 95% intervals."""
    frame = frame.assign(interval=[f"{low:.0%} to {high:.0%}" for low, high in zip(frame["low"], frame["high"])])
    kinds = [STRICT, LENIENT]
    base = alt.Chart(frame).encode(
        x=alt.X("band:N", title="Similarity", sort=list(dict.fromkeys(frame["band"])), axis=alt.Axis(labelAngle=0, labelOverlap=False)),
        xOffset=alt.XOffset("kind:N", sort=kinds),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[BLUE, ORANGE]), legend=alt.Legend(title=None, orient="top")),
        tooltip=[
            alt.Tooltip("band:N", title="Similarity"),
            alt.Tooltip("kind:N", title="Share"),
            alt.Tooltip("value:Q", title="Of the judged pairs", format=".0%"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("judged:Q", title="Judged"),
        ],
    )
    share = alt.Y("low:Q", title="Share of pairs", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=5))
    bars = base.mark_rule(strokeWidth=2.5).encode(y=share, y2="high:Q")
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        y=alt.Y("value:Q"),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "diamond"]), legend=alt.Legend(title=None, orient="top")),
    )
    return (bars + dots).properties(height=280)
