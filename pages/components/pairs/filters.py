"""The filters of the page Pairs. All of them stand in the address, so that reloading and sharing keep the view."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import Direction, Judged, PairFilter
from lraln_core.store.queries.runs import RunRecord
from pages.components.shared.terms import meaning

MATCHES = {"whole word": Match.EXACT, "begins with": Match.PREFIX, "contains": Match.CONTAINS, "pattern": Match.REGEX}
FOUND = {
    "any way": Direction.ANY,
    "from the first": Direction.FORWARD,
    "from the second": Direction.BACKWARD,
    "both ways only": Direction.MUTUAL,
}
JUDGED = {
    "judged or not": Judged.ANY,
    "not judged yet": Judged.NOT_YET,
    "judged": Judged.ALREADY,
    "judged correct": Judged.RIGHT,
    "judged similar": Judged.SIMILAR,
    "judged wrong": Judged.WRONG,
    "judged unsure": Judged.UNSURE,
}
ALL = "all"
DEFAULTS = {
    "src": "",
    "trg": "",
    "match": "whole word",
    "iteration": ALL,
    "found": "any way",
    "judged": "judged or not",
    "several": False,
    "punctuation": True,
    "page": 1,
}
_BOUND = {"bind": "query-params"}


@dataclass(frozen=True)
class View:
    """Which pairs the reader wants to see."""

    filter: PairFilter
    hide_punctuation: bool
    lowest: float  # left end of the similarity slider


def pair_filters(run: RunRecord, src: str, trg: str, *, verdicts: bool = True) -> View:
    """Draw the filters; that by verdict is left out for samples.

    Raises ConfigError when one cannot be used, for example a broken pattern.
    """
    with st.container(border=True, key="fields_pairs"):
        left, middle, right = st.columns([1, 1, 1.95])
        src_word = left.text_input(f"{src} word", key="src", type="search", placeholder="any word", **_BOUND)
        trg_word = middle.text_input(f"{trg} word", key="trg", type="search", placeholder="any word", **_BOUND)
        match = right.segmented_control(
            "How the word is looked for",
            list(MATCHES),
            default=DEFAULTS["match"],
            required=True,
            wrap=True,
            key="match",
            help="Capital letters make no difference. A pattern is a regular expression, for example ^un.*ed$",
            **_BOUND,
        )
        low = -1.0 if run.config.get("mining", {}).get("threshold", 0.0) < 0 else 0.0
        one, two, three = st.columns([1.5, 1, 1.2], vertical_alignment="bottom")
        similarity = one.slider("Similarity", low, 1.0, (low, 1.0), step=0.01, key="similarity", help=meaning("similarity"), **_BOUND)
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
        with st.container(horizontal=True, vertical_alignment="center"):
            several = st.toggle("Only with several pairs", key="several", help=meaning("several"), **_BOUND)
            hide = st.toggle(
                "Hide punctuation and numbers",
                value=True,
                key="punctuation",
                **_BOUND,
                help="Leave out pairs in which one side has no letter.",
            )
            judged = DEFAULTS["judged"]
            if verdicts:
                judged = st.selectbox("Judged", list(JUDGED), key="judged", label_visibility="collapsed", width=180, **_BOUND)
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
        match=MATCHES[match or DEFAULTS["match"]],  # an empty address chooses nothing
        min_similarity=similarity[0] if similarity[0] > low else None,
        max_similarity=similarity[1] if similarity[1] < 1.0 else None,
        iteration=None if iteration == ALL else int(iteration) - 1,
        direction=FOUND[found],
        multi_only=several,
        letters_only=hide,
        judged=JUDGED[judged],
    )
    return View(wanted, hide, low)


def clear(lowest: float) -> None:
    """All pairs again; order, context and size of the page stay."""
    for key, value in DEFAULTS.items():
        st.session_state[key] = value
    st.session_state["similarity"] = (lowest, 1.0)


def show_words(src: str, trg: str) -> None:
    """Look for one pair of words exactly; '' for any word."""
    st.session_state["src"], st.session_state["trg"], st.session_state["match"] = src, trg, "whole word"


def show_filter(filter: PairFilter, lowest: float) -> None:
    """Put a filter into the fields, for a sample that is taken up again."""
    labels = [(MATCHES, "match", filter.match), (FOUND, "found", filter.direction)]
    for choices, key, value in labels:
        st.session_state[key] = next(label for label, choice in choices.items() if choice is value)
    st.session_state["src"], st.session_state["trg"] = filter.src_token, filter.trg_token
    st.session_state["similarity"] = (
        lowest if filter.min_similarity is None else filter.min_similarity,
        1.0 if filter.max_similarity is None else filter.max_similarity,
    )
    st.session_state["iteration"] = ALL if filter.iteration is None else str(filter.iteration + 1)
    st.session_state["several"], st.session_state["punctuation"] = filter.multi_only, filter.letters_only
    st.session_state["judged"] = DEFAULTS["judged"]
