"""Step 9 of the lesson: the same words in several pictures, random numbers in one, and how many true neighbours each picture keeps."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.lesson.compute import kept_neighbours
from lraln_core.lesson.data import Lesson
from lraln_core.views import charts, plain
from pages.components.guide.frame import computed, drawn, pick, plain_table
from pages.components.runs.listing import language_name
from pages.components.shared.charts import draw_chart

NAMES = {  # of the planes that lesson/prepare.py computes
    "usual": "15 neighbours",
    "again": "15 neighbours, another seed",
    "few": "5 neighbours",
    "many": "100 neighbours",
    "noise": "random numbers",
}
NEAREST = 10


def pictures(lesson: Lesson) -> None:
    """One picture, what it keeps, and what one cannot read from it."""
    if lesson.pictures is None:
        st.info("This lesson has no pictures.", icon=":material/scatter_plot:")
        return
    names = {NAMES[name]: name for name in NAMES if name in lesson.pictures.planes}
    chosen = names[
        pick("Picture", list(names), param="picture", key="guide_picture", help="The same words, laid out by UMAP with these settings.")
    ]
    left, right = st.container(key="split_guide_pictures").columns([2, 1], gap="large")
    with left:
        draw_chart(plane_chart(lesson, name=chosen), key="guide_plane", about=f"Picture with {NAMES[chosen]}")
    with right:
        st.html(_in_words(lesson, chosen))


def plane_chart(lesson: Lesson, *, name: str) -> alt.Chart:
    """One of the pictures. The lesson must have them."""
    return charts.word_plane(_frame(lesson, name))


def _frame(lesson: Lesson, name: str) -> pd.DataFrame:
    """x, y, side, word of every point."""
    drawn = lesson.pictures
    assert drawn is not None
    plane, noise = drawn.planes[name], name == "noise"
    sides = [language_name(lesson.src.language)] * len(drawn.src) + [language_name(lesson.trg.language)] * len(drawn.trg)
    words = [*(lesson.src.tokens[row] for row in drawn.src), *(lesson.trg.tokens[row] for row in drawn.trg)]
    return pd.DataFrame(
        {
            "x": plane[:, 0],
            "y": plane[:, 1],
            "side": ["random numbers"] * len(plane) if noise else sides,
            "word": ["no word"] * len(plane) if noise else words,
        }
    )


def kept(lesson: Lesson) -> dict[str, float]:
    """Share of the true nearest words that each picture of words keeps."""
    drawn = lesson.pictures
    if drawn is None:
        return {}
    units = np.vstack([lesson.src.units[drawn.src], lesson.trg.units[drawn.trg]])
    return {name: kept_neighbours(units, plane, NEAREST) for name, plane in drawn.planes.items() if name != "noise"}


def _in_words(lesson: Lesson, name: str) -> str:
    if name == "noise":
        return "<p><b>Nothing here is a word.</b> The points are random numbers without structure; every clump was made by UMAP.</p>"
    share = computed(lesson, kept)[name]
    return (
        f"<p>Of the {NEAREST} words that are really nearest to a word, <b>{plain.percent(share)}</b> are among its {NEAREST} nearest "
        "in this picture. The others were moved away to make room.</p><ul><li>Sizes of clouds: no meaning.</li><li>Gaps: no meaning."
        "</li><li>Left, right, up, down: no meaning.</li><li>Two words side by side: likely near, worth checking.</li></ul>"
    )


def print_pictures(lesson: Lesson) -> str:
    """Step 9 on paper: what each picture keeps."""
    rows = [(NAMES[name], plain.percent(share)) for name, share in computed(lesson, kept).items() if name in NAMES]
    if not rows:
        return ""
    shown = drawn(lesson, plane_chart, f"Picture with {NAMES['usual']}", name="usual")
    return shown + plain_table(["Picture", f"of the {NEAREST} nearest words are kept"], rows)
