"""Step 4 of the lesson: a small table of similarities with arrows, and the pairs that each mining method keeps."""

from __future__ import annotations

import streamlit as st

from lraln_core.choices import MiningMethod
from lraln_core.lesson import choose
from lraln_core.lesson.choose import Meeting
from lraln_core.lesson.compute import Arrows
from lraln_core.lesson.data import Lesson
from lraln_core.views import plain
from lraln_core.views.highlight import Mark, escape, sentence_html, word_html
from pages.components.guide.frame import computed, pick, verdict_chip, word_pair_html
from pages.components.runs.listing import language_name

METHODS = {
    "in both directions": MiningMethod.INTERSECTION,
    "in either direction": MiningMethod.FORWARD_BACKWARD,
    "only forward": MiningMethod.FORWARD,
    "only backward": MiningMethod.BACKWARD,
}
NAMES = {
    MiningMethod.INTERSECTION: "both directions: the intersection",
    MiningMethod.FORWARD_BACKWARD: "either direction: forward-backward, union",
    MiningMethod.FORWARD: "only forward",
    MiningMethod.BACKWARD: "only backward",
}


def mutual(lesson: Lesson) -> None:
    """The table, with a choice of method and of two sentences."""
    meetings = computed(lesson, choose.meetings)
    left, right = st.container(key="fields_guide_mutual").columns([2.4, 1])
    with left:
        method = pick(
            "Keep pairs found",
            list(METHODS),
            param="method",
            key="guide_method",
            help=(
                "Forward is from the first language to English. In papers: intersection (both directions), forward-backward or union "
                "(either direction)."
            ),
        )
    with right:
        number = pick(
            "Two sentences",
            list(range(1, len(meetings) + 1)),
            param="sentences",
            key="guide_meeting",
            help="Two sentences on the same topic; they are not translations of each other.",
        )
    meeting = meetings[number - 1]
    st.html(_sentences(lesson, meeting))
    left, right = st.container(key="split_guide_arrows").columns([2.2, 1], gap="medium")
    left.html(_table(lesson, meeting, METHODS[method]))
    right.html(_kept(lesson, meeting, METHODS[method]))


def _arrows(lesson: Lesson, meeting: Meeting) -> Arrows:
    return Arrows(lesson.src.units[list(meeting.src)] @ lesson.trg.units[list(meeting.trg)].T)


def _sentences(lesson: Lesson, meeting: Meeting) -> str:
    lines = []
    for texts, rows, colour in ((lesson.src, meeting.src, 0), (lesson.trg, meeting.trg, 1)):
        marks = {texts.place(row)[1]: Mark(colour=colour, strong=False) for row in rows}
        lines.append(f"<p>{sentence_html(texts.sentence_of(rows[0]), marks, language=texts.language)}</p>")
    return "".join(lines)


def _table(lesson: Lesson, meeting: Meeting, method: MiningMethod) -> str:
    arrows = _arrows(lesson, meeting)
    kept = arrows.kept(method)
    head = "".join(f'<th scope="col">{word_html(lesson.trg.tokens[row])}</th>' for row in meeting.trg)
    body = []
    for i, row in enumerate(meeting.src):
        cells = "".join(
            f'<td class="{"lr-kept" if kept[i, j] else ""}" title="{escape(_note(arrows, i, j))}">'
            f'<span class="lr-points">{_sign(arrows, i, j)}</span>{arrows.similarity[i, j]:.2f}</td>'
            for j in range(len(meeting.trg))
        )
        body.append(f'<tr><th scope="row">{word_html(lesson.src.tokens[row])}</th>{cells}</tr>')
    head = f"<thead><tr><th></th>{head}</tr></thead>"
    return f'<div class="lr-scroll"><table class="lr-arrows">{head}<tbody>{"".join(body)}</tbody></table></div>'


def _sign(arrows: Arrows, i: int, j: int) -> str:
    forward, backward = arrows.forward[i, j], arrows.backward[i, j]
    return (
        "\N{RIGHTWARDS ARROW OVER LEFTWARDS ARROW}"
        if forward and backward
        else ("\N{RIGHTWARDS ARROW}" if forward else "\N{LEFTWARDS ARROW}" if backward else "")
    )


def _note(arrows: Arrows, i: int, j: int) -> str:
    forward, backward = arrows.forward[i, j], arrows.backward[i, j]
    if forward and backward:
        return "Each is the other's most similar word."
    return "The most similar in its row." if forward else "The most similar in its column." if backward else "No arrow."


def _kept(lesson: Lesson, meeting: Meeting, method: MiningMethod) -> str:
    """The pairs a method keeps, with the verdict of the word list."""
    kept = _arrows(lesson, meeting).kept(method)
    pairs = [(meeting.src[i], meeting.trg[j]) for i, j in zip(*kept.nonzero(), strict=True)]
    lines = "".join(f"<li>{word_pair_html(lesson, *pair)} {verdict_chip(lesson.translates(*pair))}</li>" for pair in pairs)
    right = sum(lesson.translates(*pair) is True for pair in pairs)
    name = language_name(lesson.src.language)
    return (
        f"<p><b>Kept: {plain.count(len(pairs), 'pair')}, {right} of them in the word list</b> ({NAMES[method]}). Only these words are "
        f"compared here; in a run every {name} word is compared with all English words of all sampled sentences.</p><ul>{lines}</ul>"
    )


def print_mutual(lesson: Lesson) -> str:
    """Step 4 on paper: the table and both methods of the paper."""
    meeting = computed(lesson, choose.meetings)[0]
    return "".join(
        [
            _sentences(lesson, meeting),
            _table(lesson, meeting, MiningMethod.INTERSECTION),
            _kept(lesson, meeting, MiningMethod.FORWARD_BACKWARD),
            _kept(lesson, meeting, MiningMethod.INTERSECTION),
        ]
    )
