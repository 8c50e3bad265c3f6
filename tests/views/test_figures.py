"""Charts become files without a browser or a network."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from lraln_core.views import charts, charts_compare, figures

NAMES = ["A: <script>alert(1)</script>", "B: војска & <b>"]
ROWS = pd.DataFrame(
    {
        "run": NAMES * 2,
        "label": ["one", "one", "two", "two"],
        "place": [0, 0, 1, 1],
        "value": [0.5, 0.6, 0.7, 0.8],
        "low": [0.4, None, 0.6, 0.7],
        "high": [0.6, None, 0.8, 0.9],
        "precision": [0.5, 0.4, None, 0.2],
        "judged": [4, 5, 0, 5],
        "correct": [2, 2, 0, 1],
        "pairs": [5, 6, 7, 8],
        "share": [0.1, 0.2, 0.3, 0.4],
        "holds": ["yes", "no", "yes", "no"],
    }
)
BINS = ROWS.assign(low=[0.1, 0.1, 0.2, 0.2], high=[0.2, 0.2, 0.3, 0.3])
CHARTS = {
    "overlap": charts_compare.overlap(3, 0, 4),
    "nothing": charts_compare.overlap(0, 0, 0),
    "similarities": charts_compare.similarities(BINS, NAMES),
    "precision": charts_compare.precision(ROWS, NAMES, "band", "Similarity"),
    "intervals": charts_compare.two_intervals(ROWS, NAMES, "Found"),
    "difference": charts_compare.difference(ROWS, "A less B"),
    "retrieval": charts.accuracy_intervals(ROWS.assign(when=["before", "after"] * 2)),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_an_svg_without_markup_from_texts(name):
    drawing = figures.svg(CHARTS[name])
    root = ET.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [node for node in root.iter() if node.tag.rsplit("}")[-1] in ("script", "image", "foreignObject", "b")]
    if name == "similarities":
        assert "".join(root.itertext()).count("alert(1)") >= 1


def test_a_png_has_twice_the_resolution():
    image = figures.png(CHARTS["overlap"])
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width = int(re.search(r'width="(\d+)"', figures.svg(CHARTS["overlap"]))[1])
    assert abs(int.from_bytes(image[16:20], "big") - 2 * width) <= 2


def test_a_png_shows_its_texts():
    images = [figures.png(charts_compare.two_intervals(ROWS.assign(label=label), NAMES, "Found")) for label in ("lll", "mmm", "ммм")]
    assert len(set(images)) == 3


def test_a_drawing_inside_a_page_takes_its_colours_and_keeps_its_ids_apart():
    one, other = (figures.inline_svg(CHARTS["similarities"], prefix) for prefix in ("one", "other"))
    assert "currentColor" in one and "var(--line)" in one
    assert not set(re.findall(r'\bid="([^"]+)"', one)) & set(re.findall(r'\bid="([^"]+)"', other))
    assert ET.fromstring(one).get("style") is None or "white" not in ET.fromstring(one).get("style")
