"""Review: pairs that annotators judged differently, one at a time, with a decision that stands above their verdicts."""

from __future__ import annotations

import streamlit as st

from lraln_core.evaluation.judged import ADJUDICATOR
from lraln_core.store.judging.results import standing
from lraln_core.store.judging.review import disputed
from lraln_core.store.judging.samples import Sample
from lraln_core.store.queries.pairs import one_pair
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import chip_html, escape
from pages.components.pairs.cards import CardStyle, cards_html, group
from pages.components.pairs.show import line_options
from pages.components.pairs.verdicts import note_field, verdict_buttons, verdict_chips
from pages.components.shared.address import segments
from pages.components.shared.store import Store

SAMPLE, EVERY = "this sample", "the whole run"


def review(store: Store, run: RunRecord, sample: Sample, src: str, trg: str) -> None:
    """Draw the view. Raises LralnError."""
    with st.container(horizontal=True, vertical_alignment="center", key="review_head"):
        counted = segments("Pairs", [SAMPLE, EVERY], default=EVERY, key="reviewed", label_visibility="collapsed")
        ids = [pair for item in sample.items for id, pair in item.members if id == run.id] if counted == SAMPLE else None
        found = disputed(store.db, run.id, ids)
        decided = sum(one.decision is not None for one in found)
        st.markdown(f"**{plain.count(len(found), 'pair')}** judged differently, {decided:,} of them decided.", width="content")
        st.space("stretch")
        lines = line_options(store, run)
    if not found:
        st.info(
            "No two annotators have judged a pair differently. A pair needs the verdicts of two people: open Judge, and set a team.",
            icon=":material/gavel:",
        )
        return
    at = min(int(st.session_state.get("review_at", 0)), len(found) - 1)
    one = found[at]
    pair = one_pair(store.db, run.id, one.pair_id)
    style = CardStyle(src, trg, run.src_language, run.trg_language, blind=True, lines=lines)
    st.html(cards_html(group([pair]), style))
    said = "".join(
        f'<div class="lr-link">{verdict_chips([single])}<span>{chip_html(single.annotator)}</span></div>' + _note(single.note)
        for single in one.said
    )
    st.html(f'<div class="lr-links">{said}</div>')
    st.markdown(f"**Pair {at + 1} of {len(found)}.** Your decision counts in place of the verdicts above.")
    every = standing(store.db, run.id, [one.pair_id]).get(one.pair_id, [])
    verdict_buttons(run.id, one.pair_id, every, ADJUDICATOR, sample=sample.spec.text())
    note_field(run.id, one.pair_id, every, ADJUDICATOR)
    with st.container(horizontal=True):
        for label, icon, key, shortcut, step in (
            ("Previous", ":material/arrow_back:", "review_back", "Left", -1),
            ("Next", ":material/arrow_forward:", "review_next", "Right", 1),
        ):
            other = at + step
            st.button(label, icon=icon, key=key, shortcut=shortcut, disabled=not 0 <= other < len(found), on_click=_go_to, args=(other,))


def _note(note: str) -> str:
    return f'<p class="lr-note">{escape(note)}</p>' if note else ""


def _go_to(at: int) -> None:
    st.session_state["review_at"] = at
