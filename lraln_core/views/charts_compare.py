"""Charts that compare two runs (A blue with round points, B orange with diamonds) or the systems of a suite."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from .charts import BLUE, GREEN, GREY, ORANGE

_COLOURS, _SHAPES, _DASHES = [BLUE, ORANGE], ["circle", "diamond"], [[1, 0], [6, 3]]
_PERCENT = alt.Axis(format=".0%", tickCount=6)


def _run(names: list[str], kind: str) -> dict:
    """The two channels that distinguish the runs, one of them not colour."""
    legend = alt.Legend(title=None, orient="top", columns=1, labelLimit=520, symbolSize=110)
    colour = alt.Color("run:N", sort=names, scale=alt.Scale(domain=names, range=_COLOURS), legend=legend)
    if kind == "line":
        scale = alt.Scale(domain=names, range=_DASHES)
        return {"color": colour, "strokeDash": alt.StrokeDash("run:N", scale=scale, legend=legend)}
    return {"color": colour, "shape": alt.Shape("run:N", scale=alt.Scale(domain=names, range=_SHAPES), legend=legend)}


def overlap(only_one: int, both: int, only_other: int) -> alt.LayerChart:
    """One bar: only A, both, only B."""
    labels = ["only A", "A and B", "only B"]
    rows = pd.DataFrame({"label": labels, "pairs": [only_one, both, only_other], "place": range(3)})
    total = max(1, int(rows["pairs"].sum()))
    middle = rows["pairs"].cumsum() - rows["pairs"] / 2
    rows = rows.assign(share=rows["pairs"] / total, middle=middle, text=rows["pairs"].map("{:,}".format))
    bar = (
        alt.Chart(rows)
        .mark_bar(height=40)
        .encode(
            x=alt.X("pairs:Q", stack="zero", title=None, axis=None, scale=alt.Scale(domain=[0, total])),
            color=alt.Color(
                "label:N",
                sort=labels,
                scale=alt.Scale(domain=labels, range=[BLUE, GREEN, ORANGE]),
                legend=alt.Legend(title=None, orient="bottom", labelLimit=240),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("label:N", title="Found by"),
                alt.Tooltip("pairs:Q", title="How many", format=",d"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    text = (
        alt.Chart(rows[rows["share"] >= 0.12])
        .mark_text(fontWeight="bold", fontSize=13)
        .encode(
            x=alt.X("middle:Q", axis=None),
            text="text:N",
            color=alt.condition("datum.label == 'only B'", alt.value("#1f2a33"), alt.value("white")),
        )
    )
    return (bar + text).properties(height=100)


def similarities(frame: pd.DataFrame, names: list[str]) -> alt.Chart:
    """Two distributions over the same bins; frame: run, low, high, pairs, share (of the run's pairs)."""
    return (
        alt.Chart(frame)
        .mark_line(interpolate="step-after", strokeWidth=2.2)
        .encode(
            x=alt.X("low:Q", title="Similarity", axis=alt.Axis(format=".2~f", tickCount=8), scale=alt.Scale(zero=False, nice=False)),
            y=alt.Y("share:Q", title="Share of the run's pairs", axis=_PERCENT),
            tooltip=[
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("low:Q", title="From", format=".2f"),
                alt.Tooltip("high:Q", title="To", format=".2f"),
                alt.Tooltip("pairs:Q", title="Word pairs", format=",d"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
            **_run(names, "line"),
        )
        .properties(height=280)
    )


def precision(frame: pd.DataFrame, names: list[str], x: str, title: str) -> alt.LayerChart:
    """Precision over bands or iterations; frame: run, place (order), label, precision (may be missing), judged, correct."""
    frame = frame[frame["precision"].notna()]
    order = list(dict.fromkeys(frame.sort_values("place")["label"]))
    base = alt.Chart(frame).encode(
        x=alt.X("label:N", sort=order, title=title, axis=alt.Axis(labelAngle=-35 if x == "band" else 0)),
        y=alt.Y("precision:Q", title="Right by the lexicon", axis=_PERCENT, scale=alt.Scale(zero=False, nice=True)),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("label:N", title=title),
            alt.Tooltip("precision:Q", title="Right", format=".1%"),
            alt.Tooltip("correct:Q", title="Right pairs", format=",d"),
            alt.Tooltip("judged:Q", title="Pairs it can judge", format=",d"),
        ],
    )
    lines = base.mark_line(strokeWidth=1.5, opacity=0.6).encode(
        color=alt.Color("run:N", sort=names, scale=alt.Scale(domain=names, range=_COLOURS))
    )
    return (lines + base.mark_point(filled=True, size=90, opacity=1).encode(**_run(names, "point"))).properties(height=280)


def two_intervals(frame: pd.DataFrame, names: list[str], title: str) -> alt.LayerChart:
    """frame: label, run, value, low, high as fractions; the last two may be missing."""
    low, high = frame[["value", "low"]].min().min(), frame[["value", "high"]].max().max()
    margin = max(0.02, 0.15 * (high - low))
    x = alt.Scale(domain=[max(0.0, low - margin), min(1.0, high + margin)], nice=True, zero=False, clamp=True)
    order = list(dict.fromkeys(frame["label"]))
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=260, labelFontSize=13)),
        yOffset=alt.YOffset("run:N", sort=names),
        color=alt.Color("run:N", sort=names, scale=alt.Scale(domain=names, range=_COLOURS)),
        tooltip=[
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("label:N", title="Measured"),
            alt.Tooltip("value:Q", format=".1%"),
            alt.Tooltip("low:Q", title="95% from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
        ],
    )
    rules = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", title=title, axis=_PERCENT, scale=x), x2="high:Q")
    dots = base.mark_point(filled=True, size=130, opacity=1).encode(x=alt.X("value:Q", scale=x), **_run(names, "point"))
    texts = base.mark_text(dy=-12, fontSize=12, fontWeight="bold").encode(
        x=alt.X("value:Q", scale=x), text=alt.Text("value:Q", format=".1%"), color=alt.value(GREY)
    )
    return (rules + dots + texts).properties(height=86 * len(order) + 110)


def difference(frame: pd.DataFrame, title: str) -> alt.LayerChart:
    """Differences with intervals about a line at nothing; frame: label, value, low, high as fractions, holds (yes, no)."""
    order = list(dict.fromkeys(frame["label"]))
    frame = frame.assign(**{name: 100 * frame[name] for name in ("value", "low", "high")})
    base = alt.Chart(frame).encode(y=alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=260, labelFontSize=13)))
    legend = alt.Legend(title="Holds", orient="top")
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3], color=GREY).encode(x="x:Q")
    axis = alt.Axis(format="+.1f", tickCount=6)
    rules = base.mark_rule(strokeWidth=2.5, color=BLUE).encode(x=alt.X("low:Q", title=title, axis=axis), x2="high:Q")
    dots = base.mark_point(filled=True, size=130, opacity=1, color=BLUE).encode(
        x="value:Q",
        shape=alt.Shape("holds:N", scale=alt.Scale(domain=["yes", "no"], range=["circle", "cross"]), legend=legend),
        tooltip=[
            alt.Tooltip("label:N", title="Direction"),
            alt.Tooltip("value:Q", title="A less B", format="+.1f"),
            alt.Tooltip("low:Q", title="95% from", format="+.1f"),
            alt.Tooltip("high:Q", title="to", format="+.1f"),
        ],
    )
    return (zero + rules + dots).properties(height=56 * len(order) + 110)


HOLDS = {True: "holds", False: "may be chance"}
NOT_COMPARED = "not compared"


def by_system(frame: pd.DataFrame) -> alt.FacetChart:
    """frame: row (the system), language, value, low, high in percent, holds. One panel a language, dots with intervals; a filled dot
    differs from the unaligned encoder for sure, an open one may not, and what was not compared with it is grey: the encoder itself."""
    rows = frame.assign(sure=[HOLDS[bool(holds)] if isinstance(holds, (bool, np.bool_)) else NOT_COMPARED for holds in frame["holds"]])
    domain = [name for name in (*HOLDS.values(), NOT_COMPARED) if (rows["sure"] == name).any()]
    colours, shapes = {HOLDS[True]: BLUE, HOLDS[False]: ORANGE}, {HOLDS[True]: "circle", HOLDS[False]: "diamond"}
    order = list(dict.fromkeys(rows["row"]))
    low, high = rows[["value", "low"]].min().min(), rows[["value", "high"]].max().max()
    x = alt.Scale(domain=[max(0.0, low - 2), min(100.0, high + 2)], nice=True, zero=False, clamp=True)
    base = alt.Chart().encode(y=alt.Y("row:N", title=None, sort=order, axis=alt.Axis(labelLimit=220, labelFontSize=12)))
    bars = base.mark_rule(strokeWidth=2, color=GREY).encode(x=alt.X("low:Q", title="percent", scale=x), x2="high:Q")
    dots = base.mark_point(size=95, opacity=1, strokeWidth=2).encode(
        x=alt.X("value:Q", scale=x),
        color=alt.Color(
            "sure:N",
            scale=alt.Scale(domain=domain, range=[colours.get(name, GREY) for name in domain]),
            legend=alt.Legend(title="Difference from the unaligned model", titleLimit=0, orient="top"),
        ),
        fill=alt.condition(alt.datum.sure == "holds", alt.value(BLUE), alt.value("transparent")),
        shape=alt.Shape("sure:N", scale=alt.Scale(domain=domain, range=[shapes.get(name, "square") for name in domain]), legend=None),
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
