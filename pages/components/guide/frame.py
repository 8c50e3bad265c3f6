"""What every step of the lesson shares: the lesson itself, its address, words and figures as HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lraln_core.files.workspace import Workspace
from lraln_core.lesson import data, stories
from lraln_core.lesson.data import Lesson, Texts
from lraln_core.runs.suite.published import tables
from lraln_core.views import plain
from lraln_core.views.highlight import Mark, chip_html, escape, sentence_html, word_html
from pages.components.runs.listing import language_name
from pages.components.shared.box_labels import box_labels
from pages.components.shared.terms import meaning

WINDOW = 9  # words around the marked one
LOWEST = 0.5  # where similarity bars begin: hardly any two words are less similar


def open_lesson(pair: str, workspace: Workspace) -> Lesson:
    """The prepared lesson, kept in memory. Raises WorkspaceError."""
    path = data.file_of(pair, workspace)
    return _load(str(path), path.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=3, ttl="2h")
def _load(path: str, stamp: int) -> Lesson:
    return data.load(path)


@st.cache_data(show_spinner=False, max_entries=200, ttl="2h")
def _computed(name: str, edition: str, arguments: tuple, _work: Callable[[], Any]) -> Any:
    return _work()


def computed(lesson: Lesson, work: Callable[..., Any], **arguments: Any) -> Any:
    """work(lesson, **arguments), kept in memory."""
    name = f"{work.__module__}.{work.__name__}.{lesson.pair}"
    return _computed(name, data.edition(lesson.pair), tuple(sorted(arguments.items())), lambda: work(lesson, **arguments))


def pick(
    label: str, options: Sequence[Any], *, param: str, key: str, help: str, format_func: Callable[[Any], str] = str, list_box: bool = False
) -> Any:
    """A choice that stands in the address as its number or text; another step's parameter is left alone."""
    by_text = {str(option): option for option in options}
    linked = by_text.get(st.query_params.get(param, ""))
    seen = f"{key}_linked"
    if linked is not None and (key not in st.session_state or st.session_state.get(seen) != linked):
        st.session_state[key] = linked
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    if list_box:
        chosen = st.selectbox(label, options, key=key, help=help, format_func=box_labels(key, options, format_func))
    else:
        chosen = st.segmented_control(label, options, key=key, help=help, format_func=format_func, required=True, wrap=True)
    chosen = options[0] if chosen is None else chosen
    st.session_state[seen] = chosen
    st.query_params[param] = str(chosen)
    return chosen


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
        for (row, similarity), note in zip(rows, notes)
    )


def bar_html(similarity: float) -> str:
    share = min(1.0, max(0.0, (similarity - LOWEST) / (1 - LOWEST)))
    return f'<span class="lr-bar" aria-hidden="true"><span style="width:{100 * share:.0f}%"></span></span>'


def verdict_chip(known: bool | None) -> str:
    """What the word list says about a pair; HTML."""
    if known is None:
        return chip_html("not in the word list", note="The word list of the samples does not hold this word.")
    if known:
        return chip_html("\N{CHECK MARK} in the word list", note="The word list of the samples gives this translation.", kind="good")
    return chip_html("\N{MULTIPLICATION X} not its translation", note="The word list gives other translations.", kind="bad")


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table; cells are HTML."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="lr-plain"><thead><tr>{"".join(f"<th>{cell}</th>" for cell in head)}</tr></thead><tbody>{body}</tbody></table>'


def word_pair_html(lesson: Lesson, src: int, trg: int) -> str:
    """војска – army; HTML."""
    return f"<b>{word_html(lesson.src.tokens[src])}</b> – <b>{word_html(lesson.trg.tokens[trg])}</b>"


def facts(lesson: Lesson) -> dict[str, str]:
    """The figures that the texts mention; HTML."""
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
    """The paper's retrieval figures of a language in two sentences."""
    name, table = escape(language_name(language)), tables()[2]
    base, mined, linear, full = (table.value(f"mBERT{system}", language) for system in ("", "_linear_unsup", "_linear_sup", "_full_sup"))
    if None in (base, mined, linear, full):
        return f"The paper has no complete row for {name}."
    return (
        f"In the paper's word retrieval for {name}, mBERT finds {base:.1f} % untouched and {mined:.1f} % after learning from mined pairs. "
        f"With parallel text it is {linear:.1f} % when maps are learned and {full:.1f} % when the whole model is trained. For very small "
        "languages there is no parallel text; that is what mined pairs are for."
    )
