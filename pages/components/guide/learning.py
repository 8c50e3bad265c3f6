"""Steps 5 and 7 of the lesson: one pair during training, and what can go wrong."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from lraln_core.lesson import stories
from lraln_core.lesson.data import Lesson
from lraln_core.lesson.stories import Path, Trial
from lraln_core.views import charts, plain
from lraln_core.views.highlight import word_html
from pages.components.guide.frame import computed, drawn, marked, pick, plain_table, word_pair_html
from pages.components.shared.address import BOUND
from pages.components.shared.terms import meaning

SIZES = {f"{stories.LARGER} times larger": True, "as in a run": False}
# What the handout shows of step 7: name, share of wrong pairs, whether the maps are pulled back.
PRINTED = (("as it is", 0.0, False), ("half of the pairs wrong", 0.5, False), ("pulled back to the start", 0.0, True))
WRONG = {"none": 0.0, "a quarter": 0.25, "half": 0.5, "all": 1.0}


def update(lesson: Lesson) -> None:
    """Step 5: similarity and distance of one pair after some steps."""
    size = st.session_state.get("guide_size", next(iter(SIZES)))
    left, middle, right = st.container(key="fields_guide_update").columns([1.3, 1.2, 1.6])
    with middle:
        size = pick(
            "Steps are",
            list(SIZES),
            param="size",
            key="guide_size",
            help="A run takes thousands of small steps; for a lesson they may be larger.",
        )
    path = computed(lesson, stories.path, exaggerated=SIZES[size])
    with left:
        labels = [_label(lesson, pair) for pair in path.pairs]
        number = pick(
            "Pair",
            list(range(1, len(path.pairs) + 1)),
            param="pair-number",
            key="guide_pair",
            list_box=True,
            format_func=lambda number: labels[number - 1],
            help=meaning("pair"),
        )
    with right:
        at = st.select_slider(
            "Steps taken",
            path.steps,
            value=path.steps[1],
            key="guide_steps",
            **BOUND,
            help="0 is before training. Each step uses 60 pairs.",
        )
    one = number - 1
    st.html(f"<div>{marked(lesson.src, path.pairs[one][0])}</div><div>{marked(lesson.trg, path.pairs[one][1], colour=1)}</div>")
    _numbers(path, one, path.steps.index(at))
    rows = [(step, what, values[one, i]) for what, values in _curves(lesson, path, one).items() for i, step in enumerate(path.steps)]
    columns = st.container(key="figures_guide_update").columns(2, gap="large")
    columns[0].markdown("**Similarity**", help=meaning("similarity"))
    columns[0].altair_chart(
        charts.lesson_lines(pd.DataFrame(rows, columns=["step", "what", "value"]), "Similarity", now=at),
        width="stretch",
        key="guide_similarity",
        alt="Similarity of the two pairs by step",
    )
    columns[1].markdown("**Mean squared distance of all pairs**", help=meaning("loss"))
    loss = pd.DataFrame({"step": path.steps, "what": "all pairs", "value": path.loss})
    columns[1].altair_chart(
        charts.lesson_lines(loss, "Distance", now=at), width="stretch", key="guide_loss", alt="Mean squared distance of all pairs by step"
    )


def _label(lesson: Lesson, pair: tuple[int, int]) -> str:
    return f"{lesson.src.tokens[pair[0]]} – {lesson.trg.tokens[pair[1]]}"


def _curves(lesson: Lesson, path: Path, one: int) -> dict[str, object]:
    src, trg, other = (lesson.src.tokens[path.pairs[one][0]], lesson.trg.tokens[path.pairs[one][1]], lesson.trg.tokens[path.others[one]])
    return {f"the pair: {src} – {trg}": path.similarity, f"not a pair: {src} – {other}": path.other}


def _numbers(path: Path, one: int, at: int) -> None:
    with st.container(key="fields_guide_numbers"):
        columns = st.columns(4)
    for column, (label, values, note) in zip(
        columns,
        (
            ("Similarity of the pair", path.similarity[one], meaning("similarity")),
            ("Its squared distance", path.distance[one], "How far apart the two vectors are: the sum of all squared differences."),
            ("Distance of all pairs", path.loss, meaning("loss")),
            ("With a wrong word", path.other[one], "The same word with an English word that belongs to another pair."),
        ),
        strict=False,
    ):
        digits = 2 if "distance" in label.lower() else 3
        column.metric(label, f"{values[at]:.{digits}f}", f"{values[at] - values[0]:+.{digits}f}", delta_color="off", help=note)


def wrong(lesson: Lesson) -> None:
    """Step 7: training that collapses, with wrong pairs, and with the maps pulled back."""
    left, right = st.container(key="fields_guide_wrong").columns(2, vertical_alignment="bottom")
    with left:
        share = pick(
            "Wrong pairs",
            list(WRONG),
            param="wrong",
            key="guide_wrong",
            help="How many of the pairs get a random English word instead of their own.",
        )
    held = right.toggle(
        "Pull the maps back",
        key="guide_held",
        **BOUND,
        help="After each step both maps move 2 % of the way back to their start values. Only in this lesson.",
    )
    with st.spinner("Training on the vectors of the lesson"):
        trial = computed(lesson, stories.trial, wrong=WRONG[share], held=held)
    for column, (title, note, values, percent) in zip(
        st.container(key="figures_guide_wrong").columns(3, gap="medium"),
        (
            ("Distance within pairs", meaning("loss"), trial.loss, False),
            ("Norm of the maps", meaning("norm"), trial.size, False),
            ("Test words found", meaning("retrieval"), trial.accuracy, True),
        ),
        strict=False,
    ):
        with column:
            st.markdown(f"**{title}**", help=note)
            frame = pd.DataFrame({"step": trial.steps, "what": title, "value": values})
            figure = charts.lesson_lines(frame, title, percent=percent, height=210)
            st.altair_chart(figure, width="stretch", key=f"guide_{title}", alt=title)
    st.html(f"<p><b>{_verdict(trial)}</b></p>")


def _verdict(trial: Trial) -> str:
    fell = (
        f"The distance went from {trial.loss[0]:.1f} to {trial.loss[-1]:.1f}, and the test from {plain.percent(trial.accuracy[0])} to "
        f"{plain.percent(trial.accuracy[-1])}."
    )
    if trial.accuracy[-1] < trial.accuracy[0]:
        return f"{fell} The training failed: the pairs are closer, but fewer words find their translation."
    return f"{fell} Here training helps."


def print_update(lesson: Lesson) -> str:
    """Step 5 on paper."""
    path = computed(lesson, stories.path, exaggerated=True)
    last = len(path.steps) - 1
    rows = [
        (
            word_pair_html(lesson, *pair),
            *(f"{values[one, at]:.2f}" for values in (path.similarity, path.distance) for at in (0, 1, last)),
            f"{word_html(lesson.trg.tokens[path.others[one]])} {path.other[one, 0]:.2f} → {path.other[one, last]:.2f}",
        )
        for one, pair in enumerate(path.pairs[:8])
    ]
    steps = [str(path.steps[at]) for at in (0, 1, last)]
    head = ["Pair", *(f"similarity, step {step}" for step in steps), *(f"distance, step {step}" for step in steps), "with a wrong word"]
    return drawn(lesson, loss_chart, "Mean squared distance of all pairs by step") + plain_table(head, rows)


def loss_chart(lesson: Lesson) -> alt.LayerChart:
    """Step 5 on paper: the distance of all pairs by step."""
    path = computed(lesson, stories.path, exaggerated=True)
    return charts.lesson_lines(pd.DataFrame({"step": path.steps, "what": "all pairs", "value": path.loss}), "Mean squared distance")


def trials_chart(lesson: Lesson) -> alt.LayerChart:
    """Step 7 on paper: how many test words are found by step, in three trainings."""
    frames = [
        pd.DataFrame({"step": trial.steps, "what": name, "value": trial.accuracy})
        for name, share, held in PRINTED
        for trial in [computed(lesson, stories.trial, wrong=share, held=held)]
    ]
    return charts.lesson_lines(pd.concat(frames), "Test words found", percent=True)


def print_wrong(lesson: Lesson) -> str:
    """Step 7 on paper: three settings."""
    rows = []
    for name, share, held in PRINTED:
        trial = computed(lesson, stories.trial, wrong=share, held=held)
        rows.append(
            (
                name,
                f"{trial.loss[0]:.1f} → {trial.loss[-1]:.1f}",
                f"1.00 → {trial.size[-1]:.2f}",
                f"{plain.percent(trial.accuracy[0])} → {plain.percent(trial.accuracy[-1])}",
            )
        )
    drawing = drawn(lesson, trials_chart, "Test words found by step, in three trainings")
    return drawing + plain_table(["Training", "distance within pairs", "norm of the maps", "test words found"], rows)
