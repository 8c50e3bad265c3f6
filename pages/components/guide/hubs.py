"""Step 6 of the lesson: hubs by cosine similarity and by CSLS."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.lesson import choose
from lraln_core.lesson.choose import Hub
from lraln_core.lesson.data import Lesson
from lraln_core.views import charts
from lraln_core.views.highlight import word_html
from pages.components.guide.frame import computed, drawn, marked, pick, plain_table, verdict_chip
from pages.components.runs.listing import language_name
from pages.components.shared.charts import draw_chart

SHOWN = 12
ABOUT = "For how many words each hub is the nearest"


def hubs(lesson: Lesson) -> None:
    """The largest hubs, and the words whose nearest word is one of them."""
    found = computed(lesson, choose.hubs)
    left, right = st.container(key="split_guide_hubs").columns([1.3, 1], gap="large")
    with right:
        st.markdown("**The largest hubs**", help="English words that are the nearest of most words, by cosine and by CSLS.")
        draw_chart(hub_chart(lesson), key="guide_hubs_chart", about=ABOUT)
    with left:
        forms = [lesson.trg.tokens[hub.row] for hub in found]
        start = lesson.trg.tokens[computed(lesson, choose.telling_hub).row]
        form = pick(
            "Hub",
            [start, *(form for form in forms if form != start)],
            param="hub",
            key="guide_hub",
            list_box=True,
            help="The hub that is shown.",
        )
        st.html(_answers(lesson, found[forms.index(form)]))


def hub_chart(lesson: Lesson) -> alt.Chart:
    """For how many words each hub is the nearest, by cosine and by CSLS."""
    rows = [
        (lesson.trg.tokens[hub.row], by, words)
        for hub in computed(lesson, choose.hubs)
        for by, words in (("cosine", hub.cosine), ("CSLS", hub.csls))
    ]
    return charts.hub_counts(pd.DataFrame(rows, columns=["word", "by", "words"]))


def _answers(lesson: Lesson, hub: Hub) -> str:
    """The words whose nearest word by cosine is the hub, with their nearest word by CSLS; HTML."""
    name = language_name(lesson.src.language)
    rows = [int(row) for row in np.flatnonzero(lesson.nearest.forward == hub.row)]
    verdicts = {row: lesson.translates(row, int(lesson.nearest.csls[row])) for row in rows}
    # Words that the list knows come first, the right answers before the wrong ones; how many of each is said above the table.
    rows.sort(key=lambda row: (verdicts[row] is None, not verdicts[row], not choose.is_content(lesson.src.tokens[row]), row))
    known = [verdict for verdict in verdicts.values() if verdict is not None]
    before = [verdict for row in rows if verdicts[row] is not None and (verdict := lesson.translates(row, hub.row)) is not None]
    lines = []
    for row in rows[:SHOWN]:
        then = int(lesson.nearest.csls[row])
        changed = word_html(lesson.trg.tokens[then]) if then != hub.row else '<span class="lr-more">still the hub</span>'
        lines.append((word_html(lesson.src.tokens[row]), changed, verdict_chip(verdicts[row])))
    more = f'<p class="lr-note">and {len(rows) - SHOWN} more</p>' if len(rows) > SHOWN else ""
    return (
        f"<p>{marked(lesson.trg, hub.row, colour=1)}</p><p>By cosine it is the nearest of <b>{hub.cosine}</b> {name} words, by CSLS of "
        f"<b>{hub.csls}</b>. Of the {len(known)} that the word list knows, the hub is right for {sum(before)} and the nearest by CSLS for "
        f"{sum(known)}.</p>{_sum(lesson, hub)}{plain_table([f'{name} word', 'nearest by CSLS', ''], lines)}{more}"
    )


def _sum(lesson: Lesson, hub: Hub) -> str:
    """The two sums of CSLS for one word that a hub answered; '' when CSLS corrects none that the word list knows; HTML."""
    one = choose.corrected(lesson, hub.row)
    if one is None:
        return ""
    minus, times = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
    lines = [
        (
            word_html(lesson.trg.tokens[row]),
            f"2 {times} {cosine:.3f} {minus} {one.r:.3f} {minus} {r:.3f}",
            f"{score:.3f}".replace("-", minus),
        )
        for row, cosine, r, score in (
            (one.hub, one.hub_cosine, one.hub_r, one.hub_csls),
            (one.translation, one.translation_cosine, one.translation_r, one.translation_csls),
        )
    ]
    head = ["candidate", f"2 {times} cosine {minus} r(word) {minus} r(candidate)", "CSLS"]
    return (
        f"<p>The sums for {word_html(lesson.src.tokens[one.row])}: the hub has the larger cosine, but also the larger mean similarity r "
        f"to its nearest words, so it loses more.</p>{plain_table(head, lines)}"
    )


def print_hubs(lesson: Lesson) -> str:
    """Step 6 on paper."""
    found = computed(lesson, choose.hubs)
    rows = [(word_html(lesson.trg.tokens[hub.row]), str(hub.cosine), str(hub.csls)) for hub in found]
    telling = computed(lesson, choose.telling_hub)
    table = plain_table(["Hub", "nearest of this many words by cosine", "by CSLS"], rows)
    return drawn(lesson, hub_chart, ABOUT) + table + _answers(lesson, telling)
