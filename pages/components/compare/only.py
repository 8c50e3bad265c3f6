"""The pairs that only one of two runs found, as cards."""

from __future__ import annotations

import dataclasses

import streamlit as st

from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries.compare import page_of_only, share_corpora
from lraln_core.views import plain
from pages.components.compare import data as data
from pages.components.compare.pick import Pick
from pages.components.pairs.cards import CardStyle, cards_html, group
from pages.components.runs.listing import language_name
from pages.components.shared.address import BOUND, segments
from pages.components.shared.store import Store

PAGE = 15
ORDERS = {"random": Sort.RANDOM, "most similar": Sort.MOST_SIMILAR, "least similar": Sort.LEAST_SIMILAR, "first word": Sort.SRC_TOKEN}


def only_in_one(store: Store, pick: Pick, one: PairFilter, other: PairFilter) -> None:
    """Draw the choice of the run, the order and the pages."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        side = segments("Only in", ["A", "B"], key="only", help="Pairs that this run found and the other one did not.")
        order = st.selectbox(
            "Order",
            list(ORDERS),
            key="order",
            **BOUND,
            width=200,
            help="Random shows typical pairs; the order is always the same.",
        )
    run, mine, theirs = (pick.one, one, other) if side == "A" else (pick.other, other, one)
    mine = dataclasses.replace(mine, sort=ORDERS[order], seed=1)
    by_type = not share_corpora(pick.one, pick.other)
    stamps = data.stamp(store, pick.one), data.stamp(store, pick.other)
    found = data.overlap(store, stamps, one, other, by_type)
    total = found.only_one if side == "A" else found.only_other
    if not total:
        st.info(f"Every pair of run {side} was also found by the other run.", icon=":material/join_inner:")
        return
    pages = -(-total // PAGE)
    view = (side, order, mine.letters_only, pick.one.id, pick.other.id)
    if st.session_state.get("only_page", 1) > pages or st.session_state.get("only_view", view) != view:
        st.session_state["only_page"] = 1
    st.session_state["only_view"] = view
    what = "distinct word pair" if by_type else "word pair"
    st.markdown(f"**{plain.count(total, what)} only in {side}**", help="Each is shown once, at the place where it was first found.")
    slot = st.empty()
    page = st.pagination(pages, key="only_page", **BOUND) if pages > 1 else 1
    pairs = page_of_only(store.db, mine, theirs, (page - 1) * PAGE, PAGE, by_type=by_type)
    style = CardStyle(language_name(run.src_language), language_name(run.trg_language), run.src_language, run.trg_language, links=False)
    slot.html(cards_html(group(pairs), style))
    st.page_link("pages/pairs.py", label=f"All pairs of run {side}", icon=":material/link:", query_params={"run": run.id})
