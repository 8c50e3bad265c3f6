"""Step 10 of the lesson: what each part of the recommended recipe adds, and a sentence with its glosses."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from lraln_core.lesson.data import Lesson
from lraln_core.views import charts, plain
from lraln_core.views.interlinear import Gloss, interlinear_html
from pages.components.guide.frame import drawn, pick, plain_table
from pages.components.shared.charts import draw_chart

NAMES = {  # of the parts that lesson/recipe.py measures, in the order in which they are added
    "last": "last subword (the paper)",
    "mean": "mean of all subwords",
    "normalised": "and normalised",
    "two_layers": "and a second layer",
    "glosses": "and maps from glosses",
}
WHY = {
    "last": "The vector of a word is that of its last piece (subword). For long words it knows the ending better than the meaning.",
    "mean": "The mean of all pieces keeps the stem too. Languages that build long words gain most.",
    "normalised": "Each language lies in a cloud of its own. Moving both clouds to the origin and evening out their shapes (centring and "
    "half whitening) makes them comparable. It needs no pair of words.",
    "two_layers": "The last layer of the model knows the sentence, a middle layer knows the word. Both are kept, one behind the other.",
    "glosses": "Every word is replaced by its most probable translation, and the sentence of glosses is encoded. A word and its gloss then "
    "stand in the same sentence, and the map is learned from such pairs. Mined pairs share the word, but not the sentence.",
}


def recipe(lesson: Lesson) -> None:
    """The chart of all parts, the words for them, and a glossed sentence."""
    if lesson.recipe is None:
        st.info("This lesson was prepared without these figures.", icon=":material/science:")
        return
    left, right = st.container(key="split_guide_recipe").columns([1.4, 1], gap="large")
    with left:
        draw_chart(parts_chart(lesson), key="guide_recipe_chart", about=_in_words(lesson))
    with right:
        st.html(
            "".join(f"<p><b>{NAMES[part.name].removeprefix('and ').capitalize()}.</b> {WHY[part.name]}</p>" for part in lesson.recipe.parts)
        )
    if lesson.recipe.glosses:
        numbers = list(range(1, len(lesson.recipe.glosses) + 1))
        help = "Glosses are found, not looked up: some are wrong."
        number = pick("Sentence with its glosses", numbers, param="gloss", key="guide_gloss", help=help)
        st.html(_glossed(lesson, number - 1))


def parts_chart(lesson: Lesson) -> alt.LayerChart:
    """Accuracy with each part of the recipe. The lesson must have these figures."""
    assert lesson.recipe is not None
    rows = [(NAMES[part.name], part.accuracy, part.low, part.high) for part in lesson.recipe.parts]
    return charts.recipe_parts(pd.DataFrame(rows, columns=["part", "accuracy", "low", "high"]))


def _title(name: str) -> str:
    text = NAMES[name].removeprefix("and ")
    return text[:1].upper() + text[1:]


def _in_words(lesson: Lesson) -> str:
    assert lesson.recipe is not None
    return "; ".join(f"{NAMES[part.name]}: {plain.percent(part.accuracy)}" for part in lesson.recipe.parts)


def _glossed(lesson: Lesson, at: int) -> str:
    assert lesson.recipe is not None
    words, found = lesson.recipe.glosses[at]
    below = [Gloss() if word == gloss else Gloss(gloss) for word, gloss in zip(words, found, strict=True)]
    return f"<p>{interlinear_html(words, glosses=below, language=lesson.src.language)}</p>"


def print_recipe(lesson: Lesson) -> str:
    """Step 10 on paper: the figures of each part, and the glossed sentences."""
    if lesson.recipe is None:
        return ""
    rows = [
        (
            NAMES[part.name],
            plain.percent(part.accuracy),
            f"{plain.percent(part.low)} to {plain.percent(part.high)}",
            plain.percent(part.inside),
        )
        for part in lesson.recipe.parts
    ]
    table = plain_table(["Part", "right among all words", "95% interval", "right inside the sentence"], rows)
    return drawn(lesson, parts_chart, _in_words(lesson)) + table + "".join(_glossed(lesson, at) for at in range(len(lesson.recipe.glosses)))
