"""Step 6 of the lesson: hubs by cosine similarity and by CSLS."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.lesson import choose
from lraln_core.lesson.choose import Hub
from lraln_core.lesson.data import Lesson
from lraln_core.views import charts
from lraln_core.views.highlight import word_html
from pages.components.guide.frame import computed, marked, pick, plain_table, verdict_chip
from pages.components.runs.listing import language_name

SHOWN = 12


def hubs(lesson: Lesson) -> None:
    """The largest hubs, and the words whose nearest word is one of them."""
    found = computed(lesson, choose.hubs)
    left, right = st.container(key="split_guide_hubs").columns([1.3, 1], gap="large")
    with right:
        st.markdown("**The largest hubs**", help="English words that are the nearest of most words, by cosine and by CSLS.")
        frame = pd.DataFrame(
            [(lesson.trg.tokens[hub.row], by, words) for hub in found for by, words in (("cosine", hub.cosine), ("CSLS", hub.csls))],
            columns=["word", "by", "words"],
        )
        st.altair_chart(charts.hub_counts(frame), width="stretch", key="guide_hubs_chart", alt="For how many words each hub is the nearest")
    with left:
        forms = [lesson.trg.tokens[hub.row] for hub in found]
        start = next((form for form in forms if choose.is_content(form)), forms[0])
        form = pick(
            "Hub",
            [start, *(form for form in forms if form != start)],
            param="hub",
            key="guide_hub",
            list_box=True,
            help="The hub that is shown.",
        )
        st.html(_answers(lesson, found[forms.index(form)]))


def _answers(lesson: Lesson, hub: Hub) -> str:
    """The words whose nearest word by cosine is the hub, with their nearest word by CSLS; HTML."""
    name = language_name(lesson.src.language)
    rows = [int(row) for row in np.flatnonzero(lesson.nearest.forward == hub.row)]
    # Words that the list knows come first: of these one can see whether CSLS is right.
    rows.sort(key=lambda row: (lesson.translates(row, hub.row) is None, not choose.is_content(lesson.src.tokens[row]), row))
    lines = []
    for row in rows[:SHOWN]:
        then = int(lesson.nearest.csls[row])
        changed = word_html(lesson.trg.tokens[then]) if then != hub.row else '<span class="lr-more">still the hub</span>'
        lines.append((word_html(lesson.src.tokens[row]), changed, verdict_chip(lesson.translates(row, then))))
    more = f'<p class="lr-note">and {len(rows) - SHOWN} more</p>' if len(rows) > SHOWN else ""
    return (
        f"<p>{marked(lesson.trg, hub.row, colour=1)}</p><p>By cosine it is the nearest of <b>{hub.cosine}</b> {name} words, by CSLS of "
        f"<b>{hub.csls}</b>.</p>{plain_table([f'{name} word', 'nearest by CSLS', ''], lines)}{more}"
    )


def print_hubs(lesson: Lesson) -> str:
    """Step 6 on paper."""
    found = computed(lesson, choose.hubs)
    rows = [(word_html(lesson.trg.tokens[hub.row]), str(hub.cosine), str(hub.csls)) for hub in found]
    telling = next((hub for hub in found if choose.is_content(lesson.trg.tokens[hub.row])), found[0])
    return plain_table(["Hub", "nearest of this many words by cosine", "by CSLS"], rows) + _answers(lesson, telling)
