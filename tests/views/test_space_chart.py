"""The picture of a space: both moments, numbers on every point, lines between matched words, hostile text as text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lraln_core.files.projection_files import Projection
from lraln_core.views import space_chart
from lraln_core.views.space_chart import FEW_STEPS, STEPS, Look, density_figure, hover_text, space_figure

PLANE = pd.DataFrame({"x_before": [0, 1, 2, 3], "y_before": [0, 0, 1, 1], "x_after": [4, 1, 2, 3], "y_after": [0, 2, 1, 1]}, dtype=float)
WORDS = (("a", "b"), ("c", "d"), ("e",), ("f",))


@pytest.fixture
def projection() -> Projection:
    points = pd.DataFrame(
        {
            "side": ["src", "src", "trg", "trg"],
            "word": [0, 1, 0, 0],
            "token": ["a", "d", "e", "f"],
            "words": [list(words) for words in WORDS],
            "sentence": [0, 1, 0, 1],
        }
    )
    return Projection(points, np.array([[0, 2], [1, 3]]), {}, {})


def test_the_first_frame_is_before_the_last_after_and_between_them_a_straight_way(projection):
    figure = space_figure(projection, PLANE, Look("A", "B"))
    assert len(figure.frames) == STEPS
    ends = [np.concatenate([np.array(frame.data[number].x) for number in (1, 2)]) for frame in figure.frames]
    assert list(ends[0]) == [0, 1, 2, 3] and list(ends[-1]) == [4, 1, 2, 3]
    assert ends[STEPS // 2][0] == pytest.approx(2)
    assert list(figure.data[1].x) == [0, 1]
    assert list(space_figure(projection, PLANE, Look("A", "B", after=True)).data[1].x) == [4, 1]


def test_points_carry_their_numbers_and_languages_differ_in_shape_and_colour(projection):
    _, src, trg, *_ = space_figure(projection, PLANE, Look("A", "B")).data
    assert [*src.customdata, *trg.customdata] == [0, 1, 2, 3]
    assert src.marker.symbol != trg.marker.symbol and src.marker.color != trg.marker.color


def test_lines_join_matched_words_bounded_and_those_of_a_chosen_word_alone(projection):
    count = lambda look: int(np.isfinite(np.array(space_figure(projection, PLANE, look).data[0].x, float)).sum()) // 2
    looks = Look("A", "B"), Look("A", "B", lines=1), Look("A", "B", lines=0), Look("A", "B", ringed=(1,))
    assert list(map(count, looks)) == [2, 1, 0, 1]


def test_flying_narrows_the_window_to_where_the_word_is_before_and_after(projection):
    looks = Look("A", "B"), Look("A", "B", ringed=(1,), fly=True)
    whole, near = (space_figure(projection, PLANE, look).layout.xaxis.range for look in looks)
    assert near[0] < 1 < near[1] and near[1] - near[0] < whole[1] - whole[0]


def test_clusters_colour_the_points_and_are_named_where_their_points_are(projection):
    figure = space_figure(projection, PLANE, Look("A", "B", clusters=4, labels=10))
    _, src, trg, _, words, names = figure.data
    assert len({*src.marker.color, *trg.marker.color}) == 4 and src.marker.symbol != trg.marker.symbol
    assert not words.text and {*names.text} == {"<b>a</b>", "<b>d</b>", "<b>e</b>", "<b>f</b>"}
    at = {name: (x, y) for name, x, y in zip(names.text, names.x, names.y, strict=True)}
    assert at["<b>a</b>"] == pytest.approx((0, 0), abs=0.1) and at["<b>f</b>"] == pytest.approx((3, 1), abs=0.1)
    assert figure.frames[-1].data[5].x[list(names.text).index("<b>a</b>")] == pytest.approx(4, abs=0.1)


def test_many_points_are_drawn_by_webgl_in_fewer_steps(projection, monkeypatch):
    monkeypatch.setattr(space_chart, "WEBGL_FROM", 3)
    figure = space_figure(projection, PLANE, Look("A", "B"))
    assert [trace.type for trace in figure.data] == ["scatter", "scattergl", "scattergl", "scatter", "scatter"]
    assert len(figure.frames) == FEW_STEPS and [*figure.data[1].customdata, *figure.data[2].customdata] == [0, 1, 2, 3]
    assert all(step.args[1]["frame"]["redraw"] for step in figure.layout.sliders[0].steps)  # WebGL is not redrawn otherwise


def test_densities_of_both_languages_before_beside_after(projection):
    figure = density_figure(projection, PLANE, Look("A", "B", ringed=(1,)))
    contours = [trace for trace in figure.data if trace.type == "contour"]
    assert [trace.name for trace in contours] == ["A", "B", "A", "B"] and contours[0].line.dash != contours[1].line.dash
    assert [trace.xaxis for trace in contours] == ["x", "x", "x2", "x2"]
    assert [trace.text[0] for trace in figure.data if trace.type == "scatter"] == ["d", "d"]


def test_hover_text_has_no_markup_but_ours():
    text = hover_text(["<b>x</b>", "&amp;", "\u202eevil\u202c", "<a href='javascript:1'>y</a>"], 0)
    assert "&lt;b&gt;x&lt;/b&gt;" in text and "&amp;amp;" in text and "<a" not in text
    assert "\u202e" not in text and text.count("\u2068") == text.count("\u2069") == 1
    assert hover_text([f"w{i}" for i in range(50)], 25).count("\N{HORIZONTAL ELLIPSIS}") == 2
