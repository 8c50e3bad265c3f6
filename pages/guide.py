"""Guide: a lesson in eight steps on real vectors of the sample texts; one step on the screen, all of them on paper."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.lesson import data
from lraln_core.lesson.data import Lesson
from lraln_core.runs.jobs import background
from lraln_core.runs.samples import SAMPLES
from lraln_core.views import plain
from lraln_core.views.highlight import escape, plain_markdown
from pages.components.guide import (
    guess as guide_guess,
)
from pages.components.guide import (
    hubs as guide_hubs,
)
from pages.components.guide import (
    learning as guide_learning,
)
from pages.components.guide import (
    mutual as guide_mutual,
)
from pages.components.guide import (
    tables as guide_tables,
)
from pages.components.guide import (
    words as guide_words,
)
from pages.components.guide.frame import facts, open_lesson
from pages.components.guide.texts import COUNT, STEPS
from pages.components.runs.listing import language_name
from pages.components.shared import routing
from pages.components.shared.errors import complain, errors_shown, warn
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import what_is
from pages.components.shared.theme import page_head

STYLES = Path(__file__).parent / "components" / "guide" / "guide.css"
EVERY = 1.0  # seconds between two looks at the preparation
PAIR, STEP = "pair", "step"
TERMS = (
    ("vector", "encoder"),
    ("similarity", "pair"),
    ("pair", "mining"),
    ("mutual", "one-way"),
    ("maps", "loss"),
    ("csls",),
    ("norm", "rank", "criterion"),
    ("retrieval", "accuracy", "interval"),
)


def main() -> None:
    store = open_store()
    st.html(STYLES)
    page_head(
        "Guide: the method in eight steps",
        "A lesson for a class or for yourself. Everything on it is computed from real word vectors of the sample texts; change something "
        "and see what happens. Print this page to get all eight steps with their answers as a handout.",
    )
    with st.container(key="guide_screen"):
        pair = _choose_pair()
        if not data.is_ready(pair, store.workspace):
            _prepare(store, pair)
            return
        with errors_shown():
            lesson = open_lesson(pair, store.workspace)
            step = _choose_step()
            _step(lesson, step, store)
    with errors_shown():
        st.html(_handout(open_lesson(pair, store.workspace), store))


def _choose_pair() -> str:
    linked, key = st.query_params.get(PAIR), "guide_language"
    if linked is not None and linked not in SAMPLES:
        warn(f"There is no lesson {linked[:40]}; the samples are {', '.join(SAMPLES)}.")
    elif linked and st.session_state.get("guide_language_linked") != linked:
        st.session_state[key] = linked
    if st.session_state.get(key) not in SAMPLES:
        st.session_state[key] = st.session_state.get("remembered_guide", SAMPLES[0])
    chosen = (
        st.segmented_control(
            "Language beside English",
            SAMPLES,
            key=key,
            required=True,
            format_func=lambda pair: language_name(pair.split("-")[0]),
            help="The lesson is there for each of the sample languages.",
        )
        or SAMPLES[0]
    )
    if st.session_state.get("remembered_guide", chosen) != chosen:
        st.query_params.pop(guide_guess.PARAM, None)  # the answers belong to the other language
    st.query_params[PAIR] = st.session_state["guide_language_linked"] = st.session_state["remembered_guide"] = chosen
    return chosen


def _choose_step() -> int:
    linked, key = st.query_params.get(STEP), "guide_step"
    known = {str(number): number for number in range(1, COUNT + 1)}
    if linked is not None and linked not in known:
        warn(f"There is no step {linked[:40]}; the lesson has the steps 1 to {COUNT}.")
    elif linked and st.session_state.get("guide_step_linked") != linked:
        st.session_state[key] = known[linked]
    if st.session_state.get(key) not in known.values():
        st.session_state[key] = st.session_state.get("remembered_step", 1)
    step = (
        st.segmented_control(
            "Step",
            list(known.values()),
            key=key,
            required=True,
            format_func=lambda number: f"{number}. {STEPS[number - 1].short}",
            wrap=True,
        )
        or 1
    )
    st.session_state["remembered_step"] = step
    st.query_params[STEP] = st.session_state["guide_step_linked"] = str(step)
    return step


def _go(step: int) -> None:
    st.session_state["guide_step"] = step


def _step(lesson: Lesson, number: int, store: Store) -> None:
    """One step: text, widget, question, and the way on."""
    text, values = STEPS[number - 1], facts(lesson)
    with st.container(border=True, key="guide_panel"):
        st.subheader(f"{number}. {text.title}", anchor=False)
        st.html(f'<p class="lr-lead">{text.text.format(**values)}</p>')
        what_is(*TERMS[number - 1], key=f"guide_terms_{number}")
        _widget(lesson, number, store)
        with st.expander(f"To think about: {text.question}", icon=":material/psychology:", key=f"guide_answer_{number}"):
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
    if number == COUNT:
        guide_tables.numbers(lesson, store)
        return
    (
        guide_words.vectors,
        guide_words.neighbours,
        guide_guess.guess,
        guide_mutual.mutual,
        guide_learning.update,
        guide_hubs.hubs,
        guide_learning.wrong,
    )[number - 1](lesson)


def _handout(lesson: Lesson, store: Store) -> str:
    """All eight steps for paper; not shown on the screen."""
    values = facts(lesson)
    drawn = (
        guide_words.print_vectors,
        guide_words.print_neighbours,
        guide_guess.print_guess,
        guide_mutual.print_mutual,
        guide_learning.print_update,
        guide_hubs.print_hubs,
        guide_learning.print_wrong,
    )
    parts = [draw(lesson) for draw in drawn] + [guide_tables.print_numbers(lesson, store)]
    sections = "".join(
        f"<section><h2>{number}. {text.title}</h2><p>{text.text.format(**values)}</p>{part}<p><b>To think about.</b> {text.question}</p>"
        f'<p class="lr-answer">{text.answer.format(**values)}</p></section>'
        for number, (text, part) in enumerate(zip(STEPS, parts), 1)
    )
    return f'<div class="lr-handout" aria-hidden="true"><p>The method in eight steps, {values["language"]} and English</p>{sections}</div>'


def _prepare(store: Store, pair: str) -> None:
    """The vectors of the lesson are computed once, in a process of their own."""
    folder = data.folder_of(pair, store.workspace)
    try:
        state = folder.state() if folder.status_file.exists() else None
    except LralnError:
        state = None
    if state is not None and not state.over:
        st.fragment(_progress, run_every=EVERY)(store, pair)
        return
    name = language_name(pair.split("-")[0])
    if state == "failed":
        complain(folder.status().get("error") or "The lesson could not be prepared.")
    st.html(
        f"<p>This lesson works on the vectors of some hundred {escape(name)} and English sample sentences. The language model reads "
        "them once, which takes about half a minute, or a few seconds when the sample was run before. Then everything answers at "
        "once.</p>"
        f"<ul>{''.join(f'<li>{text.title}</li>' for text in STEPS)}</ul>"
    )
    if st.button("Prepare the lesson", key="guide_prepare", type="primary", icon=":material/school:"):
        with errors_shown():
            background.start(folder, store.workspace, ["lesson", "--pair", pair, "--quiet"])
            st.rerun()


def _progress(store: Store, pair: str) -> None:
    folder = data.folder_of(pair, store.workspace)
    with errors_shown():
        if folder.state().over:
            st.rerun()
        status = folder.status()
        done, total = status.get("done") or 0, status.get("total") or 0
        text = plain_markdown(status.get("message") or "Starting")
        if status.get("rate"):
            text += f": {done:,} of {total:,} {status.get('unit', '')}, {status['rate']:,.0f} a second, "
            text += f"{plain.duration(status.get('seconds_left'))} left"
        with st.container(border=True, key="guide_preparing_panel"):
            st.progress(min(1.0, done / total) if total else 0.0, text=text)
            if folder.cancel_request.exists():
                st.caption("Stopping.")
            elif st.button("Cancel", key="guide_cancel", icon=":material/stop_circle:"):
                folder.request_cancel()
                st.rerun(scope="fragment")


routing.show(main)
