"""Step 3 of the lesson: a quiz; the answers given so far are in the address."""

from __future__ import annotations

import streamlit as st

from lraln_core.lesson import choose
from lraln_core.lesson.choose import Question
from lraln_core.lesson.data import Lesson
from lraln_core.text.romanisation import CREDIT, needs_romanising, romanise
from lraln_core.views import plain
from lraln_core.views.highlight import chip_html, escape, plain_markdown, word_html
from pages.components.guide.frame import computed, marked
from pages.components.runs.listing import language_name
from pages.components.shared.address import BOUND

PARAM = "answers"
LETTERS = "ABCD"


def guess(lesson: Lesson) -> None:
    """The questions one by one; the address has one letter per answer."""
    questions = computed(lesson, choose.questions)
    given = answers_in_address(questions)
    showing = st.session_state.get("guide_shown") == (lesson.pair, given) and bool(given)
    _score(questions, given)
    _latin_toggle(lesson)
    if showing:
        at = len(given) - 1
        st.html(_head(lesson, questions[at], at, len(questions)) + _revealed(lesson, questions[at], LETTERS.index(given[at])))
        if at + 1 < len(questions):
            st.button("Next word", key="guide_next_word", type="primary", icon=":material/arrow_forward:", on_click=_go_on)
        else:
            _end(questions, given)
        return
    if len(given) == len(questions):
        _end(questions, given)
        return
    question = questions[len(given)]
    st.html(_head(lesson, question, len(given), len(questions)))
    with st.container(key="guide_options", horizontal=True, gap="medium"):
        for letter, row in zip(LETTERS, question.options, strict=False):
            st.button(
                f"{letter}. {plain_markdown(lesson.trg.tokens[row])}",
                key=f"guide_option_{letter}",
                on_click=_answer,
                args=(lesson.pair, given + letter),
                help=plain_markdown(f"As in: {' '.join(lesson.trg.sentence_of(row))}"[:400]),
            )
    st.html(
        f'<p class="lr-note">You do not read {language_name(lesson.src.language)}? Look at names, numbers and the position in the '
        "sentence. Hover over a button to see the English sentence of its word.</p>"
    )


def answers_in_address(questions: list[Question]) -> str:
    """The valid answers at the start of the address; the rest is ignored."""
    raw = st.query_params.get(PARAM, "").upper()[: len(questions)]
    good = next((at for at, letter in enumerate(raw) if letter not in LETTERS), len(raw))
    return raw[:good]


def _answer(pair: str, given: str) -> None:
    st.query_params[PARAM] = given
    st.session_state["guide_shown"] = (pair, given)


def _go_on() -> None:
    st.session_state.pop("guide_shown", None)


def _again() -> None:
    st.query_params.pop(PARAM, None)
    st.session_state.pop("guide_shown", None)


def _score(questions: list[Question], given: str) -> None:
    if not given:
        return
    people = sum(LETTERS.index(letter) == question.right for letter, question in zip(given, questions, strict=False))
    machine = sum(question.machine == question.right for question in questions[: len(given)])
    with st.container(key="fields_guide_score"):
        left, middle, right = st.columns(3)
    left.metric("You", f"{people} of {len(given)}", help="Correct answers of the class.")
    middle.metric("The program", f"{machine} of {len(given)}", help="How often the nearest vector was the correct answer.")
    right.metric("Words left", f"{len(questions) - len(given)}", help="Words that are not guessed yet.")


def _end(questions: list[Question], given: str) -> None:
    people = sum(LETTERS.index(letter) == question.right for letter, question in zip(given, questions, strict=False))
    machine = sum(question.machine == question.right for question in questions)
    words = "The class wins" if people > machine else "The program wins" if machine > people else "A draw"
    st.success(f"{words}: {plain.count(people, 'correct answer')} against {machine}.", icon=":material/flag:")
    st.button("Start again", key="guide_again", icon=":material/replay:", on_click=_again)


def _head(lesson: Lesson, question: Question, at: int, count: int) -> str:
    name = language_name(lesson.src.language)
    return (
        f'<p class="lr-note">Word {at + 1} of {count}. Which English word belongs to the marked {name} word?</p>'
        f"<div>{marked(lesson.src, question.row, window=None)}</div>{_latin(lesson, question)}"
    )


def _latin_toggle(lesson: Lesson) -> None:
    """A switch for Latin letters, for a language of another script."""
    if needs_romanising(lesson.src.tokens[:200]):
        st.toggle("Latin letters", key="quiz_latin", help=f"The sentence in Latin letters below it. {CREDIT}", **BOUND)


def _latin(lesson: Lesson, question: Question) -> str:
    """The sentence in Latin letters, when that is switched on; HTML."""
    words = lesson.src.sentence_of(question.row)
    if not st.session_state.get("quiz_latin") or not needs_romanising(words):
        return ""
    _, at = lesson.src.place(question.row)
    latin = romanise(words, lesson.src.language)
    parts = [f"<b>{escape(word)}</b>" if place == at else escape(word) for place, word in enumerate(latin)]
    return f'<div class="lr-latin">{" ".join(parts)}</div>'


def _revealed(lesson: Lesson, question: Question, guessed: int) -> str:
    lines = []
    for number, row in enumerate(question.options):
        chips = [chip_html("\N{CHECK MARK} correct", note="The word list gives this translation.", kind="good")] * (
            number == question.right
        )
        chips += [chip_html("your answer", note="What the class chose.")] * (number == guessed)
        chips += [chip_html("the program", note="The word with the nearest vector.", kind="one-way")] * (number == question.machine)
        lines.append(f'<div class="lr-option">{LETTERS[number]}. {marked(lesson.trg, row)} {" ".join(chips)}</div>')
    return "".join(lines)


def print_guess(lesson: Lesson) -> str:
    """The questions on paper, with the correct answers and those of the program at the end."""
    questions = computed(lesson, choose.questions)
    asked, solved = [], []
    for at, question in enumerate(questions, 1):
        options = "\N{EM SPACE} ".join(
            f"{letter}. {word_html(lesson.trg.tokens[row])}" for letter, row in zip(LETTERS, question.options, strict=False)
        )
        asked.append(f"<p>{at}. {marked(lesson.src, question.row, window=None)}<br>{options}</p>")
        solved.append(f"{at} {LETTERS[question.right]} (program {LETTERS[question.machine]})")
    return f'{"".join(asked)}<p class="lr-note">Correct answers: {"; ".join(solved)}.</p>'
