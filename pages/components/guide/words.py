"""Steps 1 and 2 of the lesson: one word with many vectors, and its neighbours in the other language."""

from __future__ import annotations

import streamlit as st

from lraln_core.lesson import choose, compute
from lraln_core.lesson.data import Lesson
from lraln_core.views.highlight import word_html
from pages.components.guide.frame import computed, marked, near_html, pick, verdict_chip
from pages.components.runs.listing import language_name

SHOWN_NUMBERS = 10
NEAREST = 6


def vectors(lesson: Lesson) -> None:
    """Step 1: the sentences of one word, by their similarity to one of them."""
    words = computed(lesson, choose.meanings)
    left, right = st.container(key="fields_guide_vectors").columns([1.6, 1])
    with left:
        word = pick("English word", list(words), param="word", key="guide_word", help="Words that have several senses in the samples.")
    rows = words[word]
    with right:
        number = pick(
            "Compare with sentence",
            list(range(1, len(rows) + 1)),
            param="sentence",
            key="guide_sentence",
            help="All sentences are compared with this one.",
            list_box=True,
        )
    st.html(_same_word(lesson, rows, number - 1))


def _same_word(lesson: Lesson, rows: list[int], at: int) -> str:
    similarity = lesson.trg.units[rows] @ lesson.trg.units[rows[at]]
    order = sorted(range(len(rows)), key=lambda other: (other != at, -similarity[other]))
    lines = [(rows[other], float(similarity[other])) for other in order]
    notes = [f'<span class="lr-more">sentence {other + 1}{": this one" if other == at else ""}</span>' for other in order]
    return near_html(lesson.trg, lines, notes=notes, colour=0) + _peek(lesson, rows[at], rows[order[-1]], at + 1, order[-1] + 1)


def _peek(lesson: Lesson, one: int, other: int, first: int, last: int) -> str:
    """The first numbers of two vectors of the same word form."""
    rows = "".join(
        f'<p class="lr-note">Sentence {number}, the first {SHOWN_NUMBERS} of {lesson.trg.words.dimension} numbers: <span '
        f'class="lr-numbers">{" ".join(f"{value:+.2f}" for value in lesson.trg.vectors[row][:SHOWN_NUMBERS])} …</span></p>'
        for number, row in ((first, one), (last, other))
    )
    return f"<br>{rows}"


def neighbours(lesson: Lesson) -> None:
    """Step 2: the nearest English words of one word."""
    words = computed(lesson, choose.words_to_ask)
    name = language_name(lesson.src.language)
    left, right = st.container(key="fields_guide_neighbours").columns([1.6, 1])
    with left:
        word = pick(
            f"{name} word",
            _interesting_first(lesson, words),
            param="word",
            key="guide_ask",
            list_box=True,
            format_func=lambda word: f"{word} ({', '.join(sorted(lesson.lexicon[word])[:3])})",
            help="Type to search; in brackets its translations in the word list of the samples.",
        )
    rows = words[word]
    with right:
        number = pick(
            "Sentence",
            list(range(1, len(rows) + 1)),
            param="sentence",
            key="guide_place",
            list_box=True,
            format_func=lambda number: f"{number} of {len(rows)}",
            help="The sentence of the word.",
        )
    st.html(_neighbours(lesson, rows[number - 1]))


def _interesting_first(lesson: Lesson, words: dict[str, list[int]]) -> list[str]:
    """All words in alphabetical order, but the first is one whose nearest is its translation in a pair found in both directions."""
    pairs = computed(lesson, choose.good_pairs)
    telling = [lesson.src.tokens[src].lower() for src, _ in sorted(pairs, key=lambda pair: -len(lesson.trg.tokens[pair[1]]))]
    first = next((word for word in telling if word in words), next(iter(words)))
    return [first, *(word for word in words if word != first)]


def _neighbours(lesson: Lesson, row: int) -> str:
    found = compute.neighbours(lesson.src.units[row], lesson.trg, NEAREST)
    notes = [verdict_chip(lesson.translates(row, one.row)) for one in found]
    return (
        f'<div class="lr-near"><span></span><span class="lr-more">the word</span><div>{marked(lesson.src, row, window=None)}</div></div>'
        + near_html(lesson.trg, [(one.row, one.similarity) for one in found], notes=notes)
    )


def print_vectors(lesson: Lesson) -> str:
    """Step 1 on paper."""
    word, rows = next(iter(computed(lesson, choose.meanings).items()))
    return f"<p>All sentences with the word <b>{word_html(word)}</b>, compared with the first:</p>{_same_word(lesson, rows, 0)}"


def print_neighbours(lesson: Lesson) -> str:
    """Step 2 on paper."""
    words = computed(lesson, choose.words_to_ask)
    first = _interesting_first(lesson, words)[0]
    return f"<p>The English words nearest to {word_html(first)}:</p>{_neighbours(lesson, words[first][0])}"
