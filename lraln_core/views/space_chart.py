"""The 2-D projection of Space as a Plotly figure: languages by shape and colour, lines between matched words, a before/after slider."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lraln_core.files.projection_files import Projection

from .charts import BLUE, ORANGE, VERMILLION
from .highlight import spaces_before
from .point_labels import labelled

STEPS = 13  # positions of the slider, both ends counted
HEIGHT = 540  # so that the Play button below the picture is seen in a window of 1280x720
SNIPPET = 6  # words on either side in what hovering shows
FLY_SHARE = 0.13  # of the plane that is seen around a word
_LINE = "rgba(128,140,150,0.55)"


@dataclass(frozen=True)
class Look:
    """Which parts of a projection are drawn."""

    src: str  # names of the languages
    trg: str
    after: bool = False  # initial position of the slider
    lines: int = 100  # matched pairs joined by a line, at most
    ringed: tuple[int, ...] = ()  # point numbers
    fly: bool = False  # zoom to the surroundings of the ringed points
    labels: int = 0  # words written beside their points, at most


def space_figure(projection: Projection, plane: pd.DataFrame, look: Look) -> go.Figure:
    """plane: x_before, y_before, x_after, y_after. Every point carries its number as customdata."""
    ends = [plane[[f"x_{moment}", f"y_{moment}"]].to_numpy(np.float32) for moment in ("before", "after")]
    pairs = _lines(projection.pairs, look)
    words = labelled([str(token) for token in projection.points["token"]], ends, first=look.ringed, most=look.labels)
    states = [
        _state(ends[0] * (1 - share) + ends[1] * share, projection.src_count, pairs, look, words) for share in np.linspace(0, 1, STEPS)
    ]
    figure = go.Figure(
        data=_traces(projection, states[-1 if look.after else 0], look, words),
        frames=[
            go.Frame(name=str(step), traces=[0, 1, 2, 3, 4], data=[go.Scatter(x=x, y=y) for x, y in state])
            for step, state in enumerate(states)
        ],
    )
    x, y = _window(np.vstack(ends), np.vstack([end[list(look.ringed)] for end in ends]) if look.fly and look.ringed else None)
    hidden = dict(visible=False, showgrid=False, zeroline=False)
    figure.update_layout(
        height=HEIGHT,
        margin=dict(l=0, r=0, t=36, b=0),
        dragmode="lasso",
        hovermode="closest",
        xaxis=hidden | dict(range=x),
        yaxis=hidden | dict(range=y, scaleanchor="x"),
        legend=dict(orientation="h", y=1.0, yanchor="bottom", x=0, itemsizing="constant"),
        sliders=[_slider(look)],
        updatemenus=[_buttons()],
    )
    return figure


def hover_text(words: Sequence[str], word: int) -> str:
    """The word, bold, and the words around it, as Plotly reads it: with our own <b> and <br> and no other markup."""
    start, stop = max(0, word - SNIPPET), min(len(words), word + SNIPPET + 1)
    cleaned = [_visible(one) for one in words[start:stop]]
    spaces = spaces_before(cleaned, "")
    pieces = []
    for at, one in enumerate(cleaned):
        text = html.escape(one[:40], quote=False)
        pieces.append((" " if spaces[at] else "") + (f"<b>{text}</b>" if start + at == word else text))
    before, after = "\N{HORIZONTAL ELLIPSIS} " if start else "", " \N{HORIZONTAL ELLIPSIS}" if stop < len(words) else ""
    # The isolate keeps a right-to-left sentence from reordering the text around it.
    return f"<b>{html.escape(_visible(words[word])[:40], quote=False)}</b><br>\u2068{before}{''.join(pieces)}{after}\u2069"


def _visible(word: str) -> str:
    """Without characters that control direction or cannot be seen."""
    return "".join(c for c in word if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _lines(pairs: np.ndarray, look: Look) -> np.ndarray:
    """The pairs that get a line: those of the ringed words if there are any, else the first ones, which are in random order."""
    if look.ringed:
        pairs = pairs[np.isin(pairs, look.ringed).any(axis=1)]
    return pairs[: look.lines] if look.lines else pairs[:0]


def _state(at: np.ndarray, src_count: int, pairs: np.ndarray, look: Look, labels: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and y of the five traces at one slider position: lines, source, target, rings, labels. at (n, 2)."""
    ends = np.full((len(pairs), 3, 2), np.nan, np.float32)
    ends[:, :2] = at[pairs]
    joined = ends.reshape(-1, 2)
    parts = (joined, at[:src_count], at[src_count:], at[list(look.ringed)].reshape(-1, 2), at[list(labels)].reshape(-1, 2))
    return [(part[:, 0], part[:, 1]) for part in parts]


def _traces(projection: Projection, state: list[tuple[np.ndarray, np.ndarray]], look: Look, labels: Sequence[int]) -> list[go.Scatter]:
    points, first = projection.points, projection.src_count
    text = [hover_text(words, word) for words, word in zip(points["words"], points["word"], strict=True)]
    traces = [
        go.Scatter(
            x=state[0][0],
            y=state[0][1],
            mode="lines",
            line=dict(color=_LINE, width=1.2),
            hoverinfo="skip",
            name="matched words",
            showlegend=bool(len(state[0][0])),
        )
    ]
    for number, name, colour, symbol, rows in (
        (1, look.src, BLUE, "circle", range(first)),
        (2, look.trg, ORANGE, "triangle-up", range(first, len(points))),
    ):
        traces.append(
            go.Scatter(
                x=state[number][0],
                y=state[number][1],
                mode="markers",
                name=html.escape(name, quote=False),
                customdata=list(rows),
                hovertext=[text[row] for row in rows],
                hoverinfo="text",
                marker=dict(color=colour, symbol=symbol, size=6 if symbol == "circle" else 7, opacity=0.8, line=dict(width=0)),
                selected=dict(marker=dict(opacity=1)),
                unselected=dict(marker=dict(opacity=0.12)),
            )
        )
    traces.append(
        go.Scatter(
            x=state[3][0],
            y=state[3][1],
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            name="chosen",
            marker=dict(symbol="circle-open", size=22, color=VERMILLION, line=dict(width=3)),
            unselected=dict(marker=dict(opacity=1)),
        )
    )
    traces.append(
        go.Scatter(
            x=state[4][0],
            y=state[4][1],
            mode="text",
            text=[html.escape(_visible(str(points["token"].iloc[number]))[:40], quote=False) for number in labels],
            textposition="top center",
            textfont=dict(size=12, shadow="auto"),  # readable over points, on light and dark pages
            hoverinfo="skip",
            showlegend=False,
            name="words",
        )
    )
    return traces


def _window(everything: np.ndarray, around: np.ndarray | None) -> tuple[list[float], list[float]]:
    """Ranges of the two axes."""
    low, high = everything.min(axis=0), everything.max(axis=0)
    margin = 0.04 * (high - low) + 1e-6
    if around is not None:
        margin = FLY_SHARE * (high - low) + 1e-6
        low, high = around.min(axis=0), around.max(axis=0)
    x, y = ([float(a), float(b)] for a, b in zip(low - margin, high + margin, strict=True))
    return x, y


def _animate(frames: list[str], milliseconds: int) -> list[object]:
    return [frames, {"frame": {"duration": milliseconds, "redraw": False}, "transition": {"duration": 0}, "mode": "immediate"}]


def _slider(look: Look) -> dict[str, object]:
    label = {0: "before", STEPS - 1: "after"}
    steps = [dict(method="animate", label=label.get(step, ""), args=_animate([str(step)], 0)) for step in range(STEPS)]
    return dict(
        active=STEPS - 1 if look.after else 0,
        steps=steps,
        x=0,
        len=1,
        y=0,
        pad=dict(l=150, r=16, t=22, b=4),
        ticklen=4,
        font=dict(size=13),
        currentvalue=dict(visible=False),
        transition=dict(duration=0),
    )


def _buttons() -> dict[str, object]:
    names = [str(step) for step in range(STEPS)]
    return dict(
        type="buttons",
        direction="left",
        x=0,
        xanchor="left",
        y=0,
        yanchor="top",
        pad=dict(t=24),
        showactive=False,
        font=dict(size=13),
        buttons=[
            dict(label="\u25b6 Play", method="animate", args=_animate(names, 110)),
            dict(label="\u25c0 Back", method="animate", args=_animate(names[::-1], 110)),
        ],
    )
