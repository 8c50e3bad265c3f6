"""Word alignments of a sentence pair as charts: two sentences joined by lines, and a matrix of similarities. Hovering shows both words
and their similarity; sign and dash repeat what colour says."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import altair as alt
import pandas as pd

from .charts import BLUE, GREEN, GREY, PURPLE, VERMILLION

LINK, RIGHT, WRONG, MISSED = "link", "right", "wrong", "missed"
_KINDS = (LINK, RIGHT, WRONG, MISSED)
_COLOURS = (BLUE, GREEN, VERMILLION, PURPLE)
_DASHES = ([1, 0], [1, 0], [8, 3], [2, 3])
SIGNS = {LINK: "\N{BULLET}", RIGHT: "\N{CHECK MARK}", WRONG: "\N{MULTIPLICATION SIGN}", MISSED: "\N{WHITE CIRCLE}", "": ""}
SIZE, GAP = 15, 15  # pixels: of the text, and between words
CELL = 27  # pixels
LONGEST = 22  # characters of a word; the whole word is shown on hover


def lines_chart(src: Sequence[str], trg: Sequence[str], links: pd.DataFrame, *, right_to_left: tuple[bool, bool]) -> alt.LayerChart:
    """The sentences in two rows and a line for every link. links: src, trg (word numbers), kind, similarity, confidence (may be NaN).

    right_to_left: whether the words of a row begin on the right.
    """
    rows = [_row(words, y, reverse) for words, y, reverse in zip((src, trg), (1.0, 0.0), right_to_left, strict=True)]
    width = max(row["end"].max() if len(row) else 0.0 for row in rows) + GAP
    for row in rows:
        row["x"] += (width - (row["end"].max() + GAP if len(row) else 0)) / 2
    frame = _named(links, src, trg).assign(x=_middles(rows[0], links["src"]), x2=_middles(rows[1], links["trg"]), y=0.9, y2=0.1)
    x, y = alt.Scale(domain=[0, width], nice=False), alt.Scale(domain=[-0.12, 1.12], nice=False)
    lines = (
        alt.Chart(frame)
        .mark_rule(strokeWidth=3, strokeCap="round")
        .encode(
            x=alt.X("x:Q", axis=None, scale=x),
            x2="x2:Q",
            y=alt.Y("y:Q", axis=None, scale=y),
            y2="y2:Q",
            color=_colour(frame),
            strokeDash=alt.StrokeDash("kind:N", scale=alt.Scale(domain=list(_KINDS), range=list(_DASHES)), legend=None),
            tooltip=_tooltip(frame),
        )
    )
    words = (
        alt.Chart(pd.concat(rows, ignore_index=True))
        .mark_text(fontSize=SIZE, baseline="middle", color=GREY)  # the default is black, which a dark page hides
        .encode(x=alt.X("x:Q", scale=x), y=alt.Y("y:Q", scale=y), text="shown:N", tooltip=alt.Tooltip("word:N", title="Word"))
    )
    return (lines + words).properties(width=max(width, 60), height=190)


def matrix_chart(src: Sequence[str], trg: Sequence[str], links: pd.DataFrame, similarity: Sequence[Sequence[float]]) -> alt.LayerChart:
    """Source words in rows, target words in columns: the darker a cell, the more similar. links are as for `lines_chart`; each has a
    frame and a sign in its cell. similarity: rows of cosines."""
    names = [[f"{number} {_short(word)}" for number, word in enumerate(words, 1)] for words in (src, trg)]
    cells = pd.DataFrame(
        [(i, j, float(similarity[i][j])) for i in range(len(src)) for j in range(len(trg))], columns=["src", "trg", "similarity"]
    )
    kinds = links.drop(columns="similarity")
    frame = _named(cells.merge(kinds, on=["src", "trg"], how="left"), src, trg).assign(
        row=lambda part: [names[0][i] for i in part["src"]], column=lambda part: [names[1][j] for j in part["trg"]]
    )
    frame["kind"] = frame["kind"].fillna("")
    frame["sign"] = frame["kind"].map(SIGNS)
    low, high = (float(cells["similarity"].min()), float(cells["similarity"].max())) if len(cells) else (0.0, 1.0)
    base = alt.Chart(frame).encode(
        x=alt.X("column:N", sort=names[1], title=None, axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=150, labelFontSize=13)),
        y=alt.Y("row:N", sort=names[0], title=None, axis=alt.Axis(labelLimit=170, labelFontSize=13)),
        tooltip=_tooltip(frame),
    )
    shade = alt.Color("similarity:Q", scale=alt.Scale(domain=[low, high], range=["#f1f6fa", "#0b5f96"]), legend=None)
    ground = base.mark_rect(stroke=GREY, strokeOpacity=0.2).encode(color=shade)
    linked = base.transform_filter("datum.kind != ''")
    frames = linked.mark_rect(filled=False, strokeWidth=3).encode(
        stroke=alt.Stroke("kind:N", scale=alt.Scale(domain=list(_KINDS), range=list(_COLOURS)), legend=None)
    )
    signs = linked.mark_text(fontSize=14, fontWeight="bold").encode(
        text="sign:N",
        color=alt.condition(alt.datum.similarity > low + 0.6 * (high - low), alt.value("#ffffff"), alt.value("#1f2a33")),
    )
    return (
        alt.layer(ground, frames, signs)
        .resolve_scale(color="independent", stroke="independent")
        .properties(width=CELL * max(len(trg), 1), height=CELL * max(len(src), 1))
    )


def _named(links: pd.DataFrame, src: Sequence[str], trg: Sequence[str]) -> pd.DataFrame:
    return links.assign(src_word=[src[i] for i in links["src"]], trg_word=[trg[j] for j in links["trg"]])


def _colour(frame: pd.DataFrame) -> alt.Color:
    shown = [kind for kind in _KINDS if kind in set(frame["kind"])]
    legend = alt.Legend(title=None, orient="top", values=shown) if shown and shown != [LINK] else None
    return alt.Color("kind:N", scale=alt.Scale(domain=list(_KINDS), range=list(_COLOURS)), legend=legend)


def _tooltip(frame: pd.DataFrame) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("src_word:N", title="First sentence"),
        alt.Tooltip("trg_word:N", title="Second sentence"),
        alt.Tooltip("similarity:Q", title="Similarity", format=".3f"),
        alt.Tooltip("confidence:Q", title="Confidence", format=".2f"),
        alt.Tooltip("kind:N", title="Link"),
    ]


def _row(words: Sequence[str], y: float, reverse: bool) -> pd.DataFrame:
    """The words of a sentence with the middle and the end of each in pixels."""
    shown = [_short(word) for word in words]
    widths = [_width(word) for word in shown]
    at, middles, ends = float(GAP), [0.0] * len(words), [0.0] * len(words)
    for place in sorted(range(len(words)), reverse=reverse):
        middles[place], ends[place] = at + widths[place] / 2, at + widths[place]
        at += widths[place] + GAP
    return pd.DataFrame({"word": list(words), "shown": shown, "x": middles, "end": ends, "y": y})


def _middles(row: pd.DataFrame, places: pd.Series) -> list[float]:
    """The middles of the words with these numbers."""
    middles = row["x"].to_list()
    return [float(middles[place]) for place in places.to_list()]


def _short(word: str) -> str:
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _width(text: str) -> float:
    """Pixels, roughly: marks on a letter take no room, wide characters take twice."""
    units = sum(
        0.0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.58
        for character in text
    )
    return max(units, 0.6) * SIZE
