"""Shared by all steps of the lesson: opening it, cached computations, choices, words and values as HTML."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.files.workspace import Workspace
from lraln_core.lesson import data, stories
from lraln_core.lesson.data import Lesson, Texts
from lraln_core.runs.suite.published import tables
from lraln_core.views import figures, plain
from lraln_core.views.highlight import Mark, chip_html, escape, sentence_html, word_html
from pages.components.runs.listing import language_name
from pages.components.shared.address import box_labels, followed
from pages.components.shared.terms import meaning

WINDOW = 9  # words around the marked one
LOWEST = 0.5  # start of the similarity bars: hardly any two words are less similar


def open_lesson(pair: str, workspace: Workspace) -> Lesson:
    """The prepared lesson, cached. Raises WorkspaceError."""
    path = data.file_of(pair, workspace)
    return _load(str(path), path.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=3, ttl="2h")
def _load(path: str, stamp: int) -> Lesson:
    return data.load(path)


@st.cache_data(show_spinner=False, max_entries=200, ttl="2h")
def _computed(name: str, edition: str, arguments: tuple, _work: Callable[[], Any]) -> Any:
    return _work()


def computed(lesson: Lesson, work: Callable[..., Any], **arguments: Any) -> Any:
    """work(lesson, **arguments), cached."""
    name = f"{work.__module__}.{work.__name__}.{lesson.pair}"
    return _computed(name, data.edition(lesson.pair), tuple(sorted(arguments.items())), lambda: work(lesson, **arguments))


def pick(
    label: str, options: Sequence[Any], *, param: str, key: str, help: str, format_func: Callable[[Any], str] = str, list_box: bool = False
) -> Any:
    """A choice of one step, kept in the address as number or text."""
    labels = box_labels(key, options, format_func) if list_box else format_func

    def draw() -> Any:
        if list_box:
            return st.selectbox(label, options, key=key, help=help, format_func=labels)
        return st.segmented_control(label, options, key=key, help=help, format_func=labels, required=True, wrap=True)

    return followed(draw, options, param=param, key=key)


def marked(texts: Texts, row: int, *, colour: int = 0, window: int | None = WINDOW) -> str:
    """The sentence of a word, with the word marked; HTML."""
    _, at = texts.place(row)
    return sentence_html(texts.sentence_of(row), {at: Mark(colour=colour)}, language=texts.language, window=window)


def near_html(texts: Texts, rows: Sequence[tuple[int, float]], *, notes: Sequence[str] = (), colour: int = 1) -> str:
    """Words with their similarity as number and bar, in their sentences; notes are HTML."""
    notes = notes or [""] * len(rows)
    return "".join(
        f'<div class="lr-near"><span class="lr-value" title="{escape(meaning("similarity"))}">{similarity:.2f}</span>{bar_html(similarity)}'
        f"<div>{marked(texts, row, colour=colour)} {note}</div></div>"
        for (row, similarity), note in zip(rows, notes, strict=False)
    )


def bar_html(similarity: float) -> str:
    share = min(1.0, max(0.0, (similarity - LOWEST) / (1 - LOWEST)))
    return f'<span class="lr-bar" aria-hidden="true"><span style="width:{100 * share:.0f}%"></span></span>'


def verdict_chip(known: bool | None) -> str:
    """Whether the word list confirms a pair; HTML."""
    if known is None:
        return chip_html("not in the word list", note="The word list of the samples does not contain this word.")
    if known:
        return chip_html("\N{CHECK MARK} in the word list", note="The word list of the samples gives this translation.", kind="good")
    return chip_html("\N{MULTIPLICATION X} not its translation", note="The word list gives other translations.", kind="bad")


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table; cells are HTML."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="lr-plain"><thead><tr>{"".join(f"<th>{cell}</th>" for cell in head)}</tr></thead><tbody>{body}</tbody></table>'


def drawn(lesson: Lesson, chart: Callable[..., alt.TopLevelMixin], about: str, **arguments: Any) -> str:
    """chart(lesson, **arguments) for paper, as an image inside the page; HTML. '' where charts cannot be drawn as files."""

    def drawing(lesson: Lesson, **arguments: Any) -> str:
        return figures.svg(chart(lesson, **arguments))

    drawing.__module__, drawing.__name__ = chart.__module__, f"{chart.__name__}_drawn"  # the key of the cache
    try:
        picture = computed(lesson, drawing, **arguments)
    except ConfigError:  # the package that draws is not installed; the table beside the chart has its values
        return ""
    source = base64.b64encode(picture.encode("utf-8")).decode("ascii")
    return f'<img class="lr-drawn" alt="{escape(about)}" src="data:image/svg+xml;base64,{source}">'


def word_pair_html(lesson: Lesson, src: int, trg: int) -> str:
    """војска – army; HTML."""
    return f"<b>{word_html(lesson.src.tokens[src])}</b> – <b>{word_html(lesson.trg.tokens[trg])}</b>"


def facts(lesson: Lesson) -> dict[str, str]:
    """The values that the texts mention; HTML."""
    right = computed(lesson, stories.rightness)
    return {
        "language": escape(language_name(lesson.src.language)),
        "dimensions": f"{lesson.src.words.dimension}",
        "random": f"{computed(lesson, stories.random_similarity):.2f}",
        "mutual": plain.percent(right.mutual),
        "one_way": plain.percent(right.one_way),
        "tables": _tables_in_words(lesson.src.language),
    }


def _tables_in_words(language: str) -> str:
    """The paper's retrieval results of a language in two sentences."""
    name, table = escape(language_name(language)), tables()[2]
    base, mined, linear, full = (table.value(f"mBERT{system}", language) for system in ("", "_linear_unsup", "_linear_sup", "_full_sup"))
    if None in (base, mined, linear, full):
        return f"The paper has no complete row for {name}."
    return (
        f"In the paper's word retrieval for {name}, mBERT finds {base:.1f} % unchanged and {mined:.1f} % after training on mined pairs. "
        f"With parallel text it is {linear:.1f} % when maps are trained and {full:.1f} % when the whole model is trained. For very small "
        "languages there is no parallel text; mined pairs replace it."
    )
