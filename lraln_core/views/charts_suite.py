"""Systems of a suite side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from .charts import BLUE, GREY, ORANGE


def by_system(frame: pd.DataFrame) -> alt.FacetChart:
    """frame: row (the system), language, value, low, high in percent, holds. One panel a language, dots with intervals; a filled dot
    differs from the unaligned encoder for sure, an open one may not."""
    rows = frame.assign(sure=frame["holds"].map(lambda holds: "holds" if holds in (True,) else "may be chance"))
    order = list(dict.fromkeys(rows["row"]))
    low, high = rows[["value", "low"]].min().min(), rows[["value", "high"]].max().max()
    x = alt.Scale(domain=[max(0.0, low - 2), min(100.0, high + 2)], nice=True, zero=False, clamp=True)
    base = alt.Chart().encode(y=alt.Y("row:N", title=None, sort=order, axis=alt.Axis(labelLimit=220, labelFontSize=12)))
    bars = base.mark_rule(strokeWidth=2, color=GREY).encode(x=alt.X("low:Q", title="percent", scale=x), x2="high:Q")
    dots = base.mark_point(size=95, opacity=1, strokeWidth=2).encode(
        x=alt.X("value:Q", scale=x),
        color=alt.Color(
            "sure:N",
            scale=alt.Scale(domain=["holds", "may be chance"], range=[BLUE, ORANGE]),
            legend=alt.Legend(title="Difference from the unaligned model", titleLimit=0, orient="top"),
        ),
        fill=alt.condition(alt.datum.sure == "holds", alt.value(BLUE), alt.value("transparent")),
        shape=alt.Shape("sure:N", scale=alt.Scale(domain=["holds", "may be chance"], range=["circle", "diamond"]), legend=None),
        tooltip=[
            alt.Tooltip("language:N", title="Language"),
            alt.Tooltip("row:N", title="System"),
            alt.Tooltip("value:Q", title="Value", format=".1f"),
            alt.Tooltip("low:Q", title="95% from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
        ],
    )
    panel = alt.layer(bars, dots, data=rows).properties(width=230, height=24 * len(order))
    return panel.facet(facet=alt.Facet("language:N", title=None, sort=None), columns=3)
