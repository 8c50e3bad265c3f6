"""Compare: two runs side by side, usually one that mines in both directions (intersection) and one in either direction (union)."""

from __future__ import annotations

import streamlit as st

from lraln_core.store.pair_filter import PairFilter
from pages.components.compare.numbers import differences_in_words, numbers
from pages.components.compare.only import only_in_one
from pages.components.compare.pick import OTHER, pick_two
from pages.components.compare.quality import quality
from pages.components.compare.tests import entities, retrieval
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.shared.address import BOUND, segments
from pages.components.shared.errors import tell
from pages.components.shared.store import open_store
from pages.components.shared.theme import page_head

VIEWS = ("Pairs in numbers", "Precision", "Word retrieval", "Named entities", "Only in one")


def main() -> None:
    store = open_store()
    bar = page_head(
        "Compare",
        "Is it better to keep only pairs found <b>in both directions</b> (intersection), which are fewer and more often correct, or all "
        "pairs found <b>in either direction</b> (union)? Compare two runs: what each found, how much of it is correct, and whether their "
        "test results differ significantly.",
        "pair",
        "mutual",
        "overlap",
        "similarity",
        "several",
        "lexicon",
        "judgement",
        "paired",
        "interval",
    )
    pick = pick_two(store, bar)
    if pick is None:
        st.info(
            "There is no run yet. Run a sample on the page Home; its counterpart can then be started from here.",
            icon=":material/compare_arrows:",
        )
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    if pick.other is None:
        if not st.query_params.get(OTHER):
            tell("There is only one finished run, so there is nothing to compare it with yet.")
        return
    languages = [(run.src_language, run.trg_language) for run in (pick.one, pick.other)]
    if languages[0] != languages[1]:
        words = [f"{language_name(src)} and {language_name(trg)}" for src, trg in languages]
        tell(f"The runs are about different languages ({words[0]}; {words[1]}), so most of their numbers cannot be compared.")
    for letter, run in (("A", pick.one), ("B", pick.other)):
        if run.state != "finished":
            tell(f"Run {letter} did not finish; what it found until then is compared.")
    with st.container(horizontal=True, vertical_alignment="center", key="compare_tools"):
        view = segments("What to compare", VIEWS, key="view", label_visibility="collapsed", wrap=True)
        letters = _letters() if view in (VIEWS[0], VIEWS[1], VIEWS[4]) else True
        differences_in_words(pick)
    one, other = (PairFilter(run.id, letters_only=letters) for run in (pick.one, pick.other))
    if view == VIEWS[0]:
        numbers(store, pick, one, other)
    elif view == VIEWS[1]:
        quality(store, pick, one, other)
    elif view == VIEWS[2]:
        retrieval(store, pick)
    elif view == VIEWS[3]:
        entities(pick)
    else:
        only_in_one(store, pick, one, other)


def _letters() -> bool:
    return st.toggle(
        "No punctuation",
        value=True,
        key="letters",
        help="Leave out pairs in which one side has no letter.",
        **BOUND,
    )


show_page(main)
