"""The filters of the page Pairs. All of them stand in the address, so that reloading and sharing keep the view."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries import RunRecord

from .terms import meaning

MATCHES = {"whole word": Match.EXACT, "begins with": Match.PREFIX, "contains": Match.CONTAINS, "pattern": Match.REGEX}
SORTS = {  # by iteration: similarities of later ones are measured with other maps, so they are not on one scale
    "by iteration": Sort.ITERATION,
    "most similar": Sort.MOST_SIMILAR,
    "least similar": Sort.LEAST_SIMILAR,
    "first word": Sort.SRC_TOKEN,
    "second word": Sort.TRG_TOKEN,
    "random": Sort.RANDOM,
}
FOUND = {
    "any way": Direction.ANY,
    "from the first": Direction.FORWARD,
    "from the second": Direction.BACKWARD,
    "both ways only": Direction.MUTUAL,
}
CONTEXTS = {"whole sentences": None, "10 words around": 10, "5 words around": 5, "2 words around": 2}
SIZES = [10, 20, 50, 100]
ALL = "all"
DEFAULTS = {
    "src": "",
    "trg": "",
    "match": "whole word",
    "iteration": ALL,
    "found": "any way",
    "several": False,
    "punctuation": True,
    "page": 1,
}
_BOUND = {"bind": "query-params"}


@dataclass(frozen=True)
class View:
    """What the reader wants to see, and how."""

    filter: PairFilter
    size: int  # pairs a page
    window: int | None  # words around the marked ones
    hide_punctuation: bool
    lowest: float  # left end of the similarity slider


def pair_filters(run: RunRecord, src: str, trg: str) -> View:
    """Draw the filters. Raises ConfigError when one cannot be used, for example a broken pattern."""
    with st.container(border=True, key="fields_pairs"):
        left, middle, right = st.columns([1.2, 1.2, 1.7])
        src_word = left.text_input(f"{src} word", key="src", type="search", placeholder="any word", **_BOUND)
        trg_word = middle.text_input(f"{trg} word", key="trg", type="search", placeholder="any word", **_BOUND)
        match = right.segmented_control(
            "How the word is looked for",
            list(MATCHES),
            default=DEFAULTS["match"],
            required=True,
            key="match",
            help="Capital letters make no difference. A pattern is a regular expression, for example ^un.*ed$",
            **_BOUND,
        )
        low = -1.0 if run.config.get("mining", {}).get("threshold", 0.0) < 0 else 0.0
        one, two, three, four = st.columns([1.5, 1, 1.2, 1.3], vertical_alignment="bottom")
        similarity = one.slider(
            "Similarity", low, 1.0, (low, 1.0), step=0.01, key="similarity", help=meaning("similarity"), **_BOUND
        )
        iteration = two.selectbox(
            "Iteration", [ALL, *map(str, range(1, run.iterations + 1))], key="iteration", help=meaning("iteration"), **_BOUND
        )
        found = three.selectbox(
            "Found",
            list(FOUND),
            key="found",
            **_BOUND,
            help=f"From the first: the {trg} word is the {src} word's most similar one. From the second: the other way round. "
            f"Pairs found both ways count in each. {meaning('mutual')}",
        )
        sort = four.selectbox(
            "Order",
            list(SORTS),
            key="sort",
            **_BOUND,
            help="By iteration: the first one first, in it the most similar pairs first. First and second word: by the alphabet.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            several = st.toggle("Only with several pairs", key="several", help=meaning("several"), **_BOUND)
            hide = st.toggle(
                "Hide punctuation and numbers",
                value=True,
                key="punctuation",
                **_BOUND,
                help="Leave out pairs in which one side has no letter.",
            )
            context = st.selectbox("Context", list(CONTEXTS), key="context", label_visibility="collapsed", width=165, **_BOUND)
            size = st.selectbox(
                "Pairs a page",
                SIZES,
                index=1,
                key="size",
                format_func=lambda n: f"{n} a page",
                label_visibility="collapsed",
                width=115,
                **_BOUND,
            )
            if sort == "random":
                st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle, help="Another random order.")
            st.button(
                "Clear",
                icon=":material/filter_alt_off:",
                type="tertiary",
                on_click=clear,
                args=(low,),
                key="clear_filters",
                help="All pairs again.",
            )
    wanted = PairFilter(
        run.id,
        src_token=src_word.strip(),
        trg_token=trg_word.strip(),
        match=MATCHES[match],
        min_similarity=similarity[0] if similarity[0] > low else None,
        max_similarity=similarity[1] if similarity[1] < 1.0 else None,
        iteration=None if iteration == ALL else int(iteration) - 1,
        direction=FOUND[found],
        multi_only=several,
        letters_only=hide,
        sort=SORTS[sort],
        seed=seed(),
    )
    return View(wanted, size, CONTEXTS[context], hide, low)


def seed() -> int:
    """The seed of the random order, from the address."""
    text = st.query_params.get("seed", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _shuffle() -> None:
    st.query_params["seed"] = str(seed() + 1)


def clear(lowest: float) -> None:
    """All pairs again; order, context and size of the page stay."""
    for key, value in DEFAULTS.items():
        st.session_state[key] = value
    st.session_state["similarity"] = (lowest, 1.0)


def show_words(src: str, trg: str) -> None:
    """Look for one pair of words exactly; '' for any word."""
    st.session_state["src"], st.session_state["trg"], st.session_state["match"] = src, trg, "whole word"


def first_page_when_changed(view: View) -> None:
    """Go back to the first page when the filter changed on this page; a page number in a link is kept."""
    mark, previous = repr((view.filter, view.size)), st.session_state.get("pairs_filter")
    if "page" in st.session_state and previous is not None and previous != mark:
        st.session_state["page"] = 1
    st.session_state["pairs_filter"] = mark
