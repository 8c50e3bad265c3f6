"""Charts from DataFrames in the Okabe-Ito palette. Shape, dash or label repeats every distinction made by colour."""

from __future__ import annotations

from typing import cast

import altair as alt
import numpy as np
import pandas as pd

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#717C87"

_WHEN = alt.Scale(domain=["before", "after"], range=[ORANGE, BLUE])
_WHEN_SHAPES = alt.Scale(domain=["before", "after"], range=["diamond", "circle"])
_PERCENT = alt.Axis(format=".0%", tickCount=6)
_STEP = alt.X("step:Q", title="Update steps", axis=alt.Axis(format=",d", tickCount=6))
_LINE_DASHES = ([1, 0], [6, 3], [2, 2])
_LINE_COLOURS = (BLUE, VERMILLION, GREY)
_PART_COLUMNS = (
    ("part", "N", "Part", ""),
    ("accuracy", "Q", "Found", ".1%"),
    ("low", "Q", "95% interval from", ".1%"),
    ("high", "Q", "to", ".1%"),
)
_SHADES = ("#e6eff6", "#004a78")
DARK_SHARE = 0.5  # from this share of a row on, a cell is dark enough for white figures
STRICT, LENIENT = "correct", "correct or similar"


def accuracy_intervals(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: label, when (before, after), value, low, high as fractions; the last two may be missing. Dots with intervals."""
    frame = frame.assign(
        interval=[
            f"{low:.1%} to {high:.1%}" if low == low and high == high else "not measured"
            for low, high in zip(frame["low"], frame["high"], strict=True)
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


def curve(
    frame: pd.DataFrame, name: str, title: str, *, best_step: int | None = None, highest: bool = False, colour: str = BLUE
) -> alt.LayerChart:
    """One training curve; frame: step, name, value. A dashed line marks the step whose maps were kept, and with `highest` a dotted one
    the step with the highest value, where that is another."""
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
    top = None
    if highest and best_step is not None and rows["value"].notna().any():
        top = int(rows["step"].to_numpy()[np.nanargmax(rows["value"].to_numpy(float))])
    return _with_best(line, best_step, top if top != best_step else None)


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


def _with_best(line: alt.Chart, best_step: int | None, highest_step: int | None = None) -> alt.LayerChart:
    layers = [line]
    for step, what, dash, colour, y in ((best_step, "kept", [4, 3], GREEN, 0), (highest_step, "highest", [1, 3], GREY, 15)):
        if step is None:
            continue
        at = alt.Chart(pd.DataFrame({"step": [step], "label": [f"{what}: step {step:,}"]})).encode(x=_STEP)
        layers.append(at.mark_rule(strokeDash=dash, color=colour, strokeWidth=1.5))
        layers.append(at.mark_text(align="left", dx=5, baseline="top", color=colour, fontSize=12).encode(y=alt.value(y), text="label:N"))
    return cast(alt.LayerChart, alt.layer(*layers).properties(height=270))


def by_layer(frame: pd.DataFrame, recommended: int) -> alt.LayerChart:
    """A criterion by layer of the encoder; frame: layer, criterion as a fraction. The recommended layer is marked and named."""
    x = alt.X("layer:Q", title="Layer", axis=alt.Axis(tickMinStep=1, format="d"))
    line = (
        alt.Chart(frame)
        .mark_line(color=BLUE, strokeWidth=2, point=alt.OverlayMarkDef(size=40, color=BLUE))
        .encode(
            x=x,
            y=alt.Y("criterion:Q", title="Mutual nearest words", axis=_PERCENT, scale=alt.Scale(zero=False, nice=True)),
            tooltip=[alt.Tooltip("layer:Q", title="Layer"), alt.Tooltip("criterion:Q", title="Mutual nearest words", format=".1%")],
        )
    )
    at = alt.Chart(pd.DataFrame({"layer": [recommended], "label": [f"recommended: layer {recommended}"]})).encode(x=x)
    rule = at.mark_rule(strokeDash=[4, 3], color=GREEN, strokeWidth=1.5)
    is_right = recommended > frame["layer"].median()
    label = at.mark_text(align="right" if is_right else "left", dx=-5 if is_right else 5, baseline="top", color=GREEN, fontSize=12)
    return cast(alt.LayerChart, alt.layer(line, rule, label.encode(y=alt.value(0), text="label:N")).properties(height=270))


def mined_pairs(frame: pd.DataFrame, src: str, trg: str) -> alt.Chart:
    """Mined pairs of each iteration by how they were found; frame: iteration, direction, pairs; src and trg: languages."""
    wide = frame.pivot_table(index="iteration", columns="direction", values="pairs", aggfunc="last")
    wide = wide.reindex(columns=["forward", "backward", "mutual"]).fillna(0)
    names = {"mutual": "both directions", "forward": f"only {src} to {trg}", "backward": f"only {trg} to {src}"}
    parts = pd.DataFrame(
        {"mutual": wide["mutual"], "forward": wide["forward"] - wide["mutual"], "backward": wide["backward"] - wide["mutual"]}
    )
    # The intersection keeps pairs found in both directions only, whatever each direction found.
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


def pieces_per_word(frame: pd.DataFrame) -> alt.Chart:
    """frame: language, pieces (1, 2, ..., "6 or more"), share of the words. Two languages beside each other."""
    order = list(dict.fromkeys(frame["language"]))
    pieces = list(dict.fromkeys(frame["pieces"]))
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("pieces:N", title="Pieces of a word", sort=pieces, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("language:N", sort=order),
            y=alt.Y("share:Q", title="Share of the words", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "language:N",
                sort=order,
                scale=alt.Scale(domain=order, range=[BLUE, ORANGE]),
                legend=alt.Legend(title=None, orient="top", labelLimit=240),
            ),
            tooltip=[
                alt.Tooltip("language:N", title="Language"),
                alt.Tooltip("pieces:N", title="Pieces"),
                alt.Tooltip("share:Q", title="Share of the words", format=".1%"),
            ],
        )
        .properties(height=250)
    )


def precision_by_band(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: band (text), kind (STRICT or LENIENT), value, low, high as fractions, judged. Dots with 95% intervals."""
    frame = frame.assign(interval=[f"{low:.0%} to {high:.0%}" for low, high in zip(frame["low"], frame["high"], strict=True)])
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
        x=x, shape=alt.Shape("when:N", scale=_WHEN_SHAPES, legend=alt.Legend(title=None, orient="top"))
    )
    values = base.mark_text(dy=-12, fontSize=12, fontWeight="bold").encode(
        x="value:Q", text=alt.Text("value:Q", format=".1%"), color=alt.value(GREY)
    )
    return (rules + dots + values).properties(height=92 * len(order) + 70)


def confusion_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """frame: gold, predicted, entities, share (of the row). Rows and columns keep the order of the frame."""
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


def lesson_lines(frame: pd.DataFrame, title: str, *, now: int | None = None, percent: bool = False, height: int = 230) -> alt.LayerChart:
    """frame: step, what, value. One line for each `what`; a rule at step `now`."""
    order = list(dict.fromkeys(frame["what"]))
    axis = alt.Axis(format=".0%" if percent else ".2~f", tickCount=5)
    step = alt.X("step:Q", title="Steps", axis=alt.Axis(format=",d", tickCount=5))
    legend = alt.Legend(title=None, orient="top", columns=1, labelLimit=300) if len(order) > 1 else None
    base = alt.Chart(frame).encode(
        x=step,
        y=alt.Y("value:Q", title=title, axis=axis, scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("what:N", sort=order, scale=alt.Scale(domain=order, range=list(_LINE_COLOURS[: len(order)])), legend=legend),
        strokeDash=alt.StrokeDash(
            "what:N", sort=order, scale=alt.Scale(domain=order, range=list(_LINE_DASHES[: len(order)])), legend=legend
        ),
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
    return cast(alt.LayerChart, alt.layer(*layers).properties(height=height + 70 * (len(order) > 1)))


def hub_counts(frame: pd.DataFrame) -> alt.Chart:
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


def recipe_parts(frame: pd.DataFrame) -> alt.LayerChart:
    """Accuracy after each part of a recipe; frame: part, accuracy, low, high as fractions, in the order of the parts."""
    order = list(frame["part"])
    axis = alt.Axis(labelLimit=260, labelFontSize=13)
    base = alt.Chart(frame).encode(y=alt.Y("part:N", title=None, sort=order, axis=axis))
    bars = base.mark_bar(color=BLUE, height=22).encode(
        x=alt.X("accuracy:Q", title="Words that find their translation", axis=_PERCENT, scale=alt.Scale(domain=[0, 1])),
        tooltip=[alt.Tooltip(f"{name}:{kind}", title=title, format=text) for name, kind, title, text in _PART_COLUMNS],
    )
    intervals = base.mark_rule(strokeWidth=2.5, color=ORANGE).encode(x="low:Q", x2="high:Q")
    values = base.mark_text(align="left", dx=6, fontSize=12, fontWeight="bold", color=GREY).encode(
        x="high:Q", text=alt.Text("accuracy:Q", format=".1%")
    )
    return (bars + intervals + values).properties(height=44 * len(order) + 50)


def word_plane(frame: pd.DataFrame) -> alt.Chart:
    """Words in a plane; frame: x, y, side, word. Axes without numbers, as they mean nothing."""
    axis = alt.Axis(labels=False, ticks=False, title=None, grid=False)
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=55, opacity=0.75)
        .encode(
            x=alt.X("x:Q", axis=axis),
            y=alt.Y("y:Q", axis=axis),
            color=alt.Color("side:N", scale=alt.Scale(range=[BLUE, ORANGE]), legend=alt.Legend(title=None, orient="top")),
            shape=alt.Shape("side:N", scale=alt.Scale(range=["circle", "diamond"]), legend=alt.Legend(title=None, orient="top")),
            tooltip=[alt.Tooltip("word:N", title="Word"), alt.Tooltip("side:N", title="Language")],
        )
        .properties(height=330)
    )
