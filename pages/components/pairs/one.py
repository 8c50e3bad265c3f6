"""A single pair, opened by its link: its sentences, a verdict, a translation."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.read_only import is_read_only
from lraln_core.store.judging.results import standing
from lraln_core.store.judging.translations import MAX_CHARACTERS, translate, translations_of
from lraln_core.store.queries.neighbours import pair_place
from lraln_core.store.queries.pairs import MinedPair, one_pair
from lraln_core.store.queries.runs import RunRecord
from pages.components.pairs.cards import CardStyle, cards_html, group
from pages.components.pairs.filters import address_filter
from pages.components.pairs.paper import collect_button
from pages.components.pairs.show import line_options
from pages.components.pairs.verdicts import annotator_field, note_field, verdict_buttons
from pages.components.pairs.why import why
from pages.components.runs.result import is_punctuation
from pages.components.shared.errors import complain
from pages.components.shared.store import Store, open_store


def linked_pair(store: Store, run: RunRecord, linked: str, src: str, trg: str) -> None:
    """The page of one pair; `linked` is the number in the address."""
    tools = st.container(horizontal=True, vertical_alignment="center", key="pair_tools")
    if tools.button("All pairs of this run", icon=":material/list:", type="tertiary"):
        del st.query_params["pair"]
        st.rerun()
    if not (linked.isascii() and linked.isdigit() and len(linked) < 16):
        complain(f"{linked[:40]} is not the number of a pair; open the link of a pair again.")
        return
    pair = one_pair(store.db, run.id, int(linked))
    with tools:
        _steps(store, run, pair)
        collect_button(run, pair)
        st.space("stretch")
        lines = line_options(store, run)
    lines = replace(lines, translations=translations_of(store.db, run.src_language, [pair.src_text]))
    said = standing(store.db, run.id, [pair.pair_id])
    style = CardStyle(src, trg, run.src_language, run.trg_language, hide=is_punctuation, lines=lines, verdicts=said)
    st.html(cards_html(group([pair]), style))
    why(store, run, pair, src, trg)
    if is_read_only():
        return
    st.markdown("**Judge this pair**", help="Do the two marked words translate each other in these sentences? Keys 1 to 4.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        annotator = annotator_field()
        note_field(run.id, pair.pair_id, said.get(pair.pair_id, ()), annotator)
    verdict_buttons(run.id, pair.pair_id, said.get(pair.pair_id, ()), annotator)
    translation_field(store, run, pair, src)


def _steps(store: Store, run: RunRecord, pair: MinedPair) -> None:
    """Buttons to the pairs before and after, in the order and selection of the list that the pair was opened from."""
    place = pair_place(store.db, address_filter(run), pair.pair_id)
    if place is None:
        st.caption("The filters of this link leave the pair out.")
        return
    for label, icon, key, shortcut, other in (
        ("Previous", ":material/arrow_back:", "pair_before", "Left", place.before),
        ("Next", ":material/arrow_forward:", "pair_after", "Right", place.after),
    ):
        st.button(label, icon=icon, key=key, shortcut=shortcut, disabled=other is None, on_click=_go_to, args=(other,))
    st.markdown(f"Pair {place.number:,} of {place.total:,}", width="content")


def _go_to(pair_id: int | None) -> None:
    st.query_params["pair"] = str(pair_id)


def translation_field(store: Store, run: RunRecord, pair: MinedPair, src: str) -> None:
    """A field for a translation of the first sentence; it is stored with the sentence, independently of the run."""
    if not pair.src_text or is_read_only():
        return
    key = f"translation_{run.id}_{pair.src_sentence}"
    kept = translations_of(store.db, run.src_language, [pair.src_text]).get(pair.src_text, "")
    st.text_input(
        f"Your translation of the {src} sentence",
        value=kept,
        key=key,
        max_chars=MAX_CHARACTERS,
        placeholder="Type it and press Enter; it is saved and shown below the sentence.",
        on_change=_keep,
        args=(key, run.src_language, pair.src_text, kept),
    )
    problem = st.session_state.pop("translation_problem", None)
    if problem:
        complain(problem)


def _keep(key: str, language: str, sentence: str, shown: str) -> None:
    """Save what was typed. Also called without a change, for a field that a quick verdict removed while the page was being drawn."""
    if st.session_state[key] == shown:
        return
    try:
        translate(open_store().db, language, sentence, st.session_state[key], annotator=st.session_state.get("by", ""))
    except LralnError as error:
        st.session_state["translation_problem"] = str(error)
