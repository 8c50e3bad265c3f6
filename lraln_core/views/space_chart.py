"""The 2-D projection of Space as a Plotly figure: points with lines between matched words and a before/after slider, or densities."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lraln_core.evaluation.space_groups import cluster_words, clusters, density
from lraln_core.files.projection_files import Projection

from .charts import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from .highlight import spaces_before
from .point_labels import labelled, spread

STEPS, FEW_STEPS = 13, 5  # positions of the slider, both ends counted; the few where WebGL draws each position anew
WEBGL_FROM = 6000  # points from which the browser draws with WebGL, which Plotly cannot move smoothly
HEIGHT = 540  # so that the Play button below the picture is seen in a window of 1280x720
SNIPPET, SHORT_SNIPPET = 6, 3  # words on either side in what hovering shows; the short one where WebGL draws
CLUSTER_COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, "#8C6D31", GREY)
SHARES = (0.25, 0.5, 0.75)  # of the words of a language, enclosed by the contours of its density
FLY_SHARE = 0.13  # of the plane that is seen around a word
_LINE = "rgba(128,140,150,0.55)"
_TEXT: dict[str, object] = dict(size=12, shadow="auto")  # an outline in the colour of the ground, so that points do not hide a word
_LEGEND = dict(orientation="h", y=1.0, yanchor="bottom", x=0, itemsizing="constant")


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
    clusters: int = 0  # coloured and named; 0: the colour is the language
    seed: int = 1  # of the clusters
    ink: str = ""  # colour of words, else that of the page's theme


def space_figure(projection: Projection, plane: pd.DataFrame, look: Look) -> go.Figure:
    """plane: x_before, y_before, x_after, y_after. Every point carries its number as customdata."""
    ends = _ends(plane)
    webgl = len(plane) > WEBGL_FROM
    shares = np.linspace(0, 1, FEW_STEPS if webgl else STEPS)
    places = [ends[0] * (1 - share) + ends[1] * share for share in shares]
    window = _window(np.vstack(ends), np.vstack([end[list(look.ringed)] for end in ends]) if look.fly and look.ringed else None)
    pairs = _lines(projection.pairs, look)
    most = min(look.labels, len(look.ringed)) if look.clusters else look.labels  # the names of clusters stand in place of words
    tokens = [str(token) for token in projection.points["token"]]
    words = labelled(tokens, places, window, first=look.ringed, order=_in_turn(projection), most=most)
    cluster = clusters_of(plane, look.clusters, look.seed) if look.clusters else None
    named = names_of(projection, cluster) if cluster is not None else []
    states = [_state(at, projection.src_count, pairs, look, words, cluster) for at in places]
    if cluster is not None:
        lines = [name.split(" / ") for name in named]
        for state in states:
            apart = spread(np.column_stack(state[-1]), lines, window)
            state[-1] = (apart[:, 0], apart[:, 1])
    traces = _traces(projection, states[-1 if look.after else 0], look, words, cluster, named)
    figure = go.Figure(
        data=_in_webgl(traces) if webgl else traces,
        frames=[
            go.Frame(
                name=str(step),
                traces=list(range(len(traces))),
                data=[type(trace)(x=x, y=y) for trace, (x, y) in zip(traces, state, strict=True)],
            )
            for step, state in enumerate(states)
        ],
    )
    hidden = dict(visible=False, showgrid=False, zeroline=False)
    figure.update_layout(
        height=HEIGHT,
        margin=dict(l=0, r=0, t=36, b=0),
        dragmode="lasso",
        hovermode="closest",
        xaxis=hidden | dict(range=window[0]),
        yaxis=hidden | dict(range=window[1], scaleanchor="x"),
        legend=_LEGEND,
        sliders=[_slider(look, len(states), redraw=webgl)],
        updatemenus=[_buttons(len(states), redraw=webgl)],
    )
    return figure


def density_figure(projection: Projection, plane: pd.DataFrame, look: Look) -> go.Figure:
    """Where the words of each language are, before beside after: contours that enclose a quarter, half and three quarters of them."""
    ends, first = _ends(plane), projection.src_count
    window = _window(np.percentile(np.vstack(ends), [0.5, 99.5], axis=0), None)  # the contours end before the farthest points
    x, y = ((low, high) for low, high in window)
    figure = go.Figure()
    for panel, end in enumerate(ends, 1):
        for name, colour, dash, points in ((look.src, BLUE, "solid", end[:first]), (look.trg, ORANGE, "5px,3px", end[first:])):
            grid = density(points, x, y)
            figure.add_contour(
                x=np.linspace(*x, len(grid)),
                y=np.linspace(*y, len(grid)),
                z=grid.astype(np.float32),
                contours=dict(start=1 - SHARES[-1], end=1 - SHARES[0], size=SHARES[1] - SHARES[0], coloring="fill"),
                colorscale=[[share, _faded(colour, 0.34 * share)] for share in (0.0, 0.5, 1.0)],
                zmin=0,
                zmax=1,
                line=dict(color=colour, width=1.6, dash=dash, smoothing=1),
                showscale=False,
                name=html.escape(name, quote=False),
                showlegend=panel == 1,
                legendgroup=name,
                hoverinfo="skip",
                xaxis=f"x{panel}",
                yaxis=f"y{panel}",
            )
        if look.ringed:
            ringed = end[list(look.ringed)]
            token = [_label(projection, number) for number in look.ringed]
            ring = dict(symbol="circle-open", size=18, color=VERMILLION, line=dict(width=3))
            figure.add_scatter(
                x=ringed[:, 0],
                y=ringed[:, 1],
                mode="markers+text",
                text=token,
                textposition="top center",
                marker=ring,
                textfont=_TEXT,
                hoverinfo="skip",
                showlegend=False,
                xaxis=f"x{panel}",
                yaxis=f"y{panel}",
            )
    hidden = dict(visible=False, showgrid=False, zeroline=False)
    axes = {
        f"{axis}axis{panel}": hidden
        | (dict(range=x, domain=domain) if axis == "x" else dict(range=y, scaleanchor=f"x{panel}", anchor=f"x{panel}"))
        for panel, domain in ((1, [0, 0.49]), (2, [0.51, 1]))
        for axis in "xy"
    }
    captions = [
        dict(text=text, x=at, y=0, xref="paper", yref="paper", xanchor="center", yanchor="top", showarrow=False, font=dict(size=14))
        for text, at in (("before", 0.245), ("after", 0.755))
    ]
    figure.update_layout(height=HEIGHT, margin=dict(l=0, r=0, t=36, b=28), legend=_LEGEND, annotations=captions, dragmode="pan", **axes)
    return figure


def clusters_of(plane: pd.DataFrame, count: int, seed: int) -> np.ndarray:
    """The cluster of each point, by where it is after training. -> (n,) int64"""
    return clusters(_ends(plane)[1], count, seed=seed)


def names_of(projection: Projection, cluster: np.ndarray) -> list[str]:
    """The words that name the clusters, the largest cluster first."""
    points = projection.points
    names = cluster_words([_visible(str(token)) for token in points["token"]], list(points["side"]), cluster)
    return [name or f"cluster {number + 1}" for number, name in enumerate(names)]


def _in_turn(projection: Projection) -> list[int]:
    """The points of the two languages in turn, so that both get labels."""
    first, count = projection.src_count, len(projection.points)
    return sorted(range(count), key=lambda number: (number if number < first else number - first, number))


def _ends(plane: pd.DataFrame) -> list[np.ndarray]:
    return [plane[[f"x_{moment}", f"y_{moment}"]].to_numpy(np.float32) for moment in ("before", "after")]


def _faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3f})"


def _in_webgl(traces: list[go.Scatter]) -> list[go.Scatter | go.Scattergl]:
    """The traces of the two languages drawn by WebGL; the few others stay as they are."""
    return [go.Scattergl(trace.to_plotly_json() | {"type": "scattergl"}) if at in (1, 2) else trace for at, trace in enumerate(traces)]


def hover_text(words: Sequence[str], word: int, snippet: int = SNIPPET) -> str:
    """The word, bold, and the words around it, as Plotly reads it: with our own <b> and <br> and no other markup."""
    start, stop = max(0, word - snippet), min(len(words), word + snippet + 1)
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


def _state(
    at: np.ndarray, src_count: int, pairs: np.ndarray, look: Look, labels: Sequence[int], cluster: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and y of the traces at one slider position: lines, source, target, rings, labels, names of clusters. at (n, 2)."""
    ends = np.full((len(pairs), 3, 2), np.nan, np.float32)
    ends[:, :2] = at[pairs]
    joined = ends.reshape(-1, 2)
    parts = [joined, at[:src_count], at[src_count:], at[list(look.ringed)].reshape(-1, 2), at[list(labels)].reshape(-1, 2)]
    if cluster is not None:
        parts.append(np.array([np.median(at[cluster == number], axis=0) for number in range(cluster.max(initial=-1) + 1)]).reshape(-1, 2))
    return [(part[:, 0], part[:, 1]) for part in parts]


def _traces(
    projection: Projection,
    state: list[tuple[np.ndarray, np.ndarray]],
    look: Look,
    labels: Sequence[int],
    cluster: np.ndarray | None,
    named: Sequence[str],
) -> list[go.Scatter]:
    points, first = projection.points, projection.src_count
    snippet = SHORT_SNIPPET if len(points) > WEBGL_FROM else SNIPPET
    text = [hover_text(words, word, snippet) for words, word in zip(points["words"], points["word"], strict=True)]
    small = 2 if len(points) > WEBGL_FROM else 0  # pixels less
    font = _TEXT | (dict(color=look.ink) if look.ink else {})
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
        shade = colour if cluster is None else [CLUSTER_COLOURS[cluster[row] % len(CLUSTER_COLOURS)] for row in rows]
        traces.append(
            go.Scatter(
                x=state[number][0],
                y=state[number][1],
                mode="markers",
                name=html.escape(name, quote=False),
                customdata=list(rows),
                hovertext=[text[row] for row in rows],
                hoverinfo="text",
                marker=dict(color=shade, symbol=symbol, size=(6 if symbol == "circle" else 7) - small, opacity=0.8, line=dict(width=0)),
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
    traces.append(_text(state[4], [_label(projection, number) for number in labels], "words", font, "top center"))
    if cluster is not None:
        bold = [f"<b>{html.escape(name[:60], quote=False).replace(' / ', '<br>')}</b>" for name in named]
        traces.append(_text(state[5], bold, "clusters", font | dict(size=13), "middle center"))
    return traces


def _text(at: tuple[np.ndarray, np.ndarray], text: list[str], name: str, font: dict[str, object], position: str) -> go.Scatter:
    return go.Scatter(
        x=at[0], y=at[1], mode="text", text=text, textposition=position, textfont=font, hoverinfo="skip", showlegend=False, name=name
    )


def _label(projection: Projection, number: int) -> str:
    return html.escape(_visible(str(projection.points["token"].iloc[number]))[:40], quote=False)


def _window(everything: np.ndarray, around: np.ndarray | None) -> tuple[list[float], list[float]]:
    """Ranges of the two axes."""
    low, high = everything.min(axis=0), everything.max(axis=0)
    margin = 0.04 * (high - low) + 1e-6
    if around is not None:
        margin = FLY_SHARE * (high - low) + 1e-6
        low, high = around.min(axis=0), around.max(axis=0)
    x, y = ([float(a), float(b)] for a, b in zip(low - margin, high + margin, strict=True))
    return x, y


def _animate(frames: list[str], milliseconds: int, redraw: bool) -> list[object]:
    return [frames, {"frame": {"duration": milliseconds, "redraw": redraw}, "transition": {"duration": 0}, "mode": "immediate"}]


def _slider(look: Look, count: int, *, redraw: bool) -> dict[str, object]:
    label = {0: "before", count - 1: "after"}
    steps = [dict(method="animate", label=label.get(step, ""), args=_animate([str(step)], 0, redraw)) for step in range(count)]
    return dict(
        active=count - 1 if look.after else 0,
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


def _buttons(count: int, *, redraw: bool) -> dict[str, object]:
    names = [str(step) for step in range(count)]
    pause = round(1400 / count)  # milliseconds
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
            dict(label="\u25b6 Play", method="animate", args=_animate(names, pause, redraw)),
            dict(label="\u25c0 Back", method="animate", args=_animate(names[::-1], pause, redraw)),
        ],
    )
