"""Guide: a lesson in ten steps on real vectors of the sample texts; one step on the screen, all of them on paper."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lraln_core.files.read_only import is_read_only
from lraln_core.lesson import data
from lraln_core.lesson.data import Lesson
from lraln_core.runs.jobs import background
from lraln_core.runs.samples import SAMPLES
from lraln_core.views.highlight import escape
from pages.components.guide import guess, hubs, learning, mutual, pictures, recipe, tables, teaching, words
from pages.components.guide.frame import facts, open_lesson
from pages.components.guide.texts import COUNT, STEPS
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.shared.address import followed
from pages.components.shared.errors import complain, errors_shown, warn
from pages.components.shared.progress import Work, follow, state_of_job, status_of
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import what_is
from pages.components.shared.theme import page_head

STYLES = Path(__file__).parent / "components" / "guide" / "guide.css"
PAIR, STEP = "pair", "step"
TABLES, PICTURES = 8, 9
TERMS = (
    ("vector", "language_model"),
    ("similarity", "pair"),
    ("pair", "mining"),
    ("mutual", "one-way"),
    ("maps", "loss"),
    ("csls",),
    ("norm", "rank", "criterion"),
    ("retrieval", "accuracy", "interval"),
    ("umap", "pca"),
    ("retrieval", "csls", "interval"),
)


def main() -> None:
    store = open_store()
    st.html(STYLES)
    bar = page_head(
        "Guide",
        "A lesson for a class or for yourself, computed from real word vectors of the sample texts. Print this page to get all ten steps "
        "with their answers as a handout.",
        "vector",
        "pair",
        "mining",
    )
    with bar, st.container(horizontal=True, vertical_alignment="center"):
        pair = _choose_pair()
        ready = data.is_ready(pair, store.workspace)
        teaching.for_teachers(pair, store.workspace if ready else None)
    with st.container(key="guide_screen"):
        if not ready:
            _prepare(store, pair)
            return
        with errors_shown():
            lesson = open_lesson(pair, store.workspace)
            step = _choose_step()
            _step(lesson, step, store)
    with errors_shown():
        st.html(_handout(open_lesson(pair, store.workspace), store))


def _choose_pair() -> str:
    linked = st.query_params.get(PAIR)
    if linked is not None and linked not in SAMPLES:
        warn(f"There is no lesson {linked[:40]}; the samples are {', '.join(SAMPLES)}.")
    before = st.session_state.get(f"remembered_{PAIR}")
    chosen = followed(
        lambda: st.segmented_control(
            "Language beside English",
            SAMPLES,
            key="guide_language",
            required=True,
            format_func=lambda pair: language_name(pair.split("-")[0]),
            help="The lesson exists for each of the sample languages.",
            label_visibility="collapsed",
        ),
        SAMPLES,
        param=PAIR,
        key="guide_language",
        remembered=True,
    )
    if before not in (None, chosen):
        st.query_params.pop(guess.PARAM, None)  # the answers belong to the other language
    return chosen


def _choose_step() -> int:
    linked, numbers = st.query_params.get(STEP), range(1, COUNT + 1)
    if linked is not None and linked not in map(str, numbers):
        warn(f"There is no step {linked[:40]}; the lesson has the steps 1 to {COUNT}.")
    return followed(
        lambda: st.segmented_control(
            "Step",
            numbers,
            key="guide_step",
            required=True,
            format_func=lambda number: f"{number}. {STEPS[number - 1].short}",
            wrap=True,
            label_visibility="collapsed",
        ),
        numbers,
        param=STEP,
        key="guide_step",
        remembered=True,
    )


def _go(step: int) -> None:
    st.session_state["guide_step"] = step


def _step(lesson: Lesson, number: int, store: Store) -> None:
    """One step: text, widget, question, and buttons to the other steps."""
    text, values = STEPS[number - 1], facts(lesson)
    with st.container(border=True, key="guide_panel"):
        with st.container(horizontal=True, vertical_alignment="center", key="guide_title"):
            st.subheader(f"{number}. {text.title}", anchor=False, width="content")
            what_is(*TERMS[number - 1], key=f"guide_terms_{number}")
        st.html(f'<p class="lr-lead">{text.text.format(**values)}</p>')
        _widget(lesson, number, store)
        with st.expander(f"Question: {text.question}", icon=":material/psychology:", key=f"guide_answer_{number}"):
            st.html(f"<p>{text.answer.format(**values)}</p>")
    with st.container(horizontal=True):
        st.button("Back", icon=":material/arrow_back:", disabled=number == 1, key="guide_back", on_click=_go, args=(number - 1,))
        st.space("stretch")
        onwards = STEPS[number].title if number < COUNT else "the end"
        st.button(
            f"Next: {onwards}",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="primary",
            disabled=number == COUNT,
            key="guide_next",
            on_click=_go,
            args=(number + 1,),
        )


def _widget(lesson: Lesson, number: int, store: Store) -> None:
    if number == TABLES:
        tables.numbers(lesson, store)
        return
    if number == PICTURES:
        pictures.pictures(lesson)
        return
    if number == COUNT:
        recipe.recipe(lesson)
        return
    (
        words.vectors,
        words.neighbours,
        guess.guess,
        mutual.mutual,
        learning.update,
        hubs.hubs,
        learning.wrong,
    )[number - 1](lesson)


def _handout(lesson: Lesson, store: Store) -> str:
    """All steps for paper; not shown on the screen."""
    values = facts(lesson)
    drawn = (
        words.print_vectors,
        words.print_neighbours,
        guess.print_guess,
        mutual.print_mutual,
        learning.print_update,
        hubs.print_hubs,
        learning.print_wrong,
    )
    parts = [
        *(draw(lesson) for draw in drawn),
        tables.print_numbers(lesson, store),
        pictures.print_pictures(lesson),
        recipe.print_recipe(lesson),
    ]
    sections = "".join(
        f"<section><h2>{number}. {text.title}</h2><p>{text.text.format(**values)}</p>{part}<p><b>Question.</b> {text.question}</p>"
        f'<p class="lr-answer">{text.answer.format(**values)}</p></section>'
        for number, (text, part) in enumerate(zip(STEPS, parts, strict=False), 1)
    )
    return f'<div class="lr-handout" aria-hidden="true"><p>The method in ten steps, {values["language"]} and English</p>{sections}</div>'


def _prepare(store: Store, pair: str) -> None:
    """Start or follow the job that computes the vectors of the lesson; they are computed once."""
    folder = data.folder_of(pair, store.workspace)
    state = state_of_job(folder)
    if state is not None and not state.over:
        follow(Work(folder, "guide", title="Preparing the lesson"))
        return
    name = language_name(pair.split("-")[0])
    if state == "failed":
        complain(status_of(folder).get("error") or "The lesson could not be prepared.")
    st.html(
        f"<p>This lesson works on the vectors of some hundred {escape(name)} and English sample sentences. The language model "
        "encodes them once, which takes about a minute, or a few seconds when the sample was run before.</p>"
        f"<ul>{''.join(f'<li>{text.title}</li>' for text in STEPS)}</ul>"
    )
    if not is_read_only() and st.button("Prepare the lesson", key="guide_prepare", type="primary", icon=":material/school:"):
        with errors_shown():
            background.start(folder, store.workspace, ["lesson", "--pair", pair, "--quiet"])
            st.rerun()


show_page(main)
