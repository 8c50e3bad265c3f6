"""Figures from DataFrames, in the Okabe-Ito palette; shape or label tells apart whatever colour does."""

from __future__ import annotations

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#717C87"

_WHEN = alt.Scale(domain=["before", "after"], range=[ORANGE, BLUE])
_WHEN_SHAPES = alt.Scale(domain=["before", "after"], range=["diamond", "circle"])
_PERCENT = alt.Axis(format=".0%", tickCount=6)
_STEP = alt.X("step:Q", title="Update steps", axis=alt.Axis(format=",d", tickCount=6))


def accuracy_intervals(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: label, when (before, after), value, low, high as fractions; the last two may be missing. Dots with intervals."""
    frame = frame.assign(
        interval=[
            f"{low:.1%} to {high:.1%}" if low == low and high == high else "not measured" for low, high in zip(frame["low"], frame["high"])
        ]
    )
    low, high = frame[["value", "low"]].min().min(), frame[["value", "high"]].max().max()
    margin = max(0.02, 0.15 * (high - low))
    x = alt.Scale(domain=[max(0.0, low - margin), min(1.0, high + margin)], nice=True, zero=False, clamp=True)
    order = list(dict.fromkeys(frame["label"]))
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=260, labelFontSize=13)),
        yOffset=alt.YOffset("when:N", sort=["before", "after"]),
        color=alt.Color("when:N", scale=_WHEN, legend=alt.Legend(title=None, orient="top", symbolSize=110)),
        tooltip=[
            alt.Tooltip("label:N", title="Direction"),
            alt.Tooltip("when:N", title="Measured"),
            alt.Tooltip("value:Q", title="Found", format=".1%"),
            alt.Tooltip("interval:N", title="95% interval"),
        ],
    )
    bars = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title="Words that find their translation", axis=_PERCENT, scale=x), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=alt.X("value:Q", scale=x), shape=alt.Shape("when:N", scale=_WHEN_SHAPES, legend=alt.Legend(title=None, orient="top"))
    )
    values = base.mark_text(dy=-12, fontSize=12, fontWeight="bold").encode(
        x=alt.X("value:Q", scale=x), text=alt.Text("value:Q", format=".1%"), color=alt.value(GREY)
    )
    return (bars + dots + values).properties(height=86 * len(order) + 90)


def curve(frame: pd.DataFrame, name: str, title: str, *, best_step: int | None = None, colour: str = BLUE) -> alt.LayerChart:
    """One training curve; frame: step, name, value. A dashed line stands at the step whose maps were kept."""
    rows = frame.loc[frame["name"] == name, ["step", "value"]]
    line = (
        alt.Chart(rows)
        .mark_line(color=colour, strokeWidth=2, point=alt.OverlayMarkDef(size=28, color=colour))
        .encode(
            x=_STEP,
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)),
            tooltip=[alt.Tooltip("step:Q", title="Step", format=",d"), alt.Tooltip("value:Q", title=title, format=".4~f")],
        )
    )
    return _with_best(line, best_step)


def two_sides(frame: pd.DataFrame, names: dict[str, str], title: str, *, best_step: int | None = None) -> alt.LayerChart:
    """Two curves in one figure; names: curve -> label, e.g. {"src_norm": "Macedonian", "trg_norm": "English"}."""
    rows = frame.loc[frame["name"].isin(names), ["step", "name", "value"]].assign(side=lambda part: part["name"].map(names))
    labels = list(names.values())
    line = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=28))
        .encode(
            x=_STEP,
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "side:N", scale=alt.Scale(domain=labels, range=[BLUE, VERMILLION]), legend=alt.Legend(title=None, orient="top")
            ),
            strokeDash=alt.StrokeDash("side:N", scale=alt.Scale(domain=labels, range=[[1, 0], [6, 3]]), legend=None),
            tooltip=[
                alt.Tooltip("side:N", title="Language"),
                alt.Tooltip("step:Q", title="Step", format=",d"),
                alt.Tooltip("value:Q", title=title, format=".4~f"),
            ],
        )
    )
    return _with_best(line, best_step)


def _with_best(line: alt.Chart, best_step: int | None) -> alt.LayerChart:
    if best_step is None:
        return alt.layer(line).properties(height=270)
    at = alt.Chart(pd.DataFrame({"step": [best_step], "label": [f"kept: step {best_step:,}"]})).encode(x=_STEP)
    rule = at.mark_rule(strokeDash=[4, 3], color=GREEN, strokeWidth=1.5)
    label = at.mark_text(align="left", dx=5, baseline="top", color=GREEN, fontSize=12).encode(y=alt.value(0), text="label:N")
    return alt.layer(line, rule, label).properties(height=270)


def mined_pairs(frame: pd.DataFrame, src: str, trg: str) -> alt.Chart:
    """Mined pairs of each iteration by how they were found; frame: iteration, direction, pairs; src and trg: languages."""
    wide = frame.pivot_table(index="iteration", columns="direction", values="pairs", aggfunc="last")
    wide = wide.reindex(columns=["forward", "backward", "mutual"]).fillna(0)
    names = {"mutual": "both ways", "forward": f"only {src} to {trg}", "backward": f"only {trg} to {src}"}
    parts = pd.DataFrame(
        {"mutual": wide["mutual"], "forward": wide["forward"] - wide["mutual"], "backward": wide["backward"] - wide["mutual"]}
    )
    # The intersection keeps pairs found both ways only, whatever each direction found.
    rows = parts.clip(lower=0).rename(columns=names).reset_index().melt("iteration", var_name="found", value_name="pairs")
    rows = rows.assign(round=(rows["iteration"] + 1).astype(int).astype(str))
    order = list(names.values())
    rows = rows.assign(place=rows["found"].map(order.index))
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("round:O", title="Iteration", sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("sum(pairs):Q", title="Word pairs", axis=alt.Axis(format=",d", tickCount=5)),
            color=alt.Color(
                "found:N",
                scale=alt.Scale(domain=order, range=[GREEN, SKY, ORANGE]),
                legend=alt.Legend(title="Found", orient="top", columns=2, labelLimit=260),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("round:O", title="Iteration"),
                alt.Tooltip("found:N", title="Found"),
                alt.Tooltip("sum(pairs):Q", title="Word pairs", format=",d"),
            ],
        )
        .properties(height=290)
    )


def similarity_histogram(frame: pd.DataFrame) -> alt.Chart:
    """frame: low, high, pairs."""
    return (
        alt.Chart(frame)
        .mark_bar(color=BLUE, binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", title="Similarity", axis=alt.Axis(format=".2~f", tickCount=6)),
            x2="high:Q",
            y=alt.Y("pairs:Q", title="Word pairs", axis=alt.Axis(format="~s", tickCount=4)),
            tooltip=[
                alt.Tooltip("low:Q", title="From", format=".2f"),
                alt.Tooltip("high:Q", title="To", format=".2f"),
                alt.Tooltip("pairs:Q", title="Word pairs", format=",d"),
            ],
        )
        .properties(height=200)
    )


def outcomes(frame: pd.DataFrame) -> alt.LayerChart:
    """One bar of four parts; frame: label, links, in the order in which they are drawn."""
    total = max(1, int(frame["links"].sum()))
    order = list(frame["label"])
    rows = frame.assign(
        place=range(len(frame)), share=frame["links"] / total, end=frame["links"].cumsum(), text=frame["links"].map("{:,}".format)
    )
    rows = rows.assign(middle=rows["end"] - rows["links"] / 2)
    bar = (
        alt.Chart(rows)
        .mark_bar(height=34)
        .encode(
            x=alt.X("links:Q", stack="zero", title=None, axis=None, scale=alt.Scale(domain=[0, total])),
            color=alt.Color(
                "label:N",
                sort=order,
                scale=alt.Scale(domain=order, range=[BLUE, GREEN, VERMILLION, GREY]),
                legend=alt.Legend(title=None, orient="bottom", labelLimit=240),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("label:N", title="Words"),
                alt.Tooltip("links:Q", title="How many", format=",d"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    wide = rows[rows["share"] >= 0.04]
    text = alt.Chart(wide).mark_text(color="white", fontWeight="bold", fontSize=13).encode(x=alt.X("middle:Q", axis=None), text="text:N")
    return (bar + text).properties(height=96)


def scripts(frame: pd.DataFrame) -> alt.Chart:
    """Letters by script; frame: script, letters, share."""
    return (
        alt.Chart(frame)
        .mark_bar(color=BLUE, height=14)
        .encode(
            x=alt.X("share:Q", title="Share of the letters", axis=alt.Axis(format=".0%", tickCount=5), scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("script:N", title=None, sort="-x"),
            tooltip=[
                alt.Tooltip("script:N", title="Script"),
                alt.Tooltip("letters:Q", title="Letters", format=",d"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
        .properties(height=34 * max(1, len(frame)) + 60)
    )
