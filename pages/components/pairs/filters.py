"""The filters of the page Pairs, kept in the address."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import Direction, Judged, PairFilter, Sort
from lraln_core.store.queries.runs import RunRecord
from pages.components.pairs.scores import TRAITS, is_scored, trait_filters
from pages.components.shared.address import BOUND, segments
from pages.components.shared.terms import meaning

MATCHES = {"whole word": Match.EXACT, "begins with": Match.PREFIX, "contains": Match.CONTAINS, "pattern": Match.REGEX}
FOUND = {
    "either direction": Direction.ANY,
    "forward": Direction.FORWARD,
    "backward": Direction.BACKWARD,
    "both directions": Direction.MUTUAL,
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
    "found": "either direction",
    "judged": "judged or not",
    "foundin": "1",
    "several": False,
    "onlypairs": [],
    "without": [],
    "csls": -1.0,
    "punctuation": True,
    "page": 1,
}


KEPT = tuple(key for key in (*DEFAULTS, "similarity", "sort") if key != "page")
BEST = "best first"
SORTS = {
    BEST: Sort.CSLS,
    "by iteration": Sort.ITERATION,
    "most similar": Sort.MOST_SIMILAR,
    "least similar": Sort.LEAST_SIMILAR,
    "first word": Sort.SRC_TOKEN,
    "second word": Sort.TRG_TOKEN,
    "text before first word": Sort.SRC_BEFORE,
    "text after first word": Sort.SRC_AFTER,
    "text before second word": Sort.TRG_BEFORE,
    "text after second word": Sort.TRG_AFTER,
    "random": Sort.RANDOM,
}


def order_of(label: str, run: RunRecord) -> Sort:
    """The order of this name; by default the best first, which without scores is by iteration."""
    sort = SORTS.get(label, Sort.CSLS)
    return Sort.ITERATION if sort is Sort.CSLS and not is_scored(run) else sort


@dataclass(frozen=True)
class View:
    """The selection of pairs."""

    filter: PairFilter
    hide_punctuation: bool
    lowest: float  # left end of the similarity slider


def pair_filters(run: RunRecord, src: str, trg: str, *, verdicts: bool = True) -> View:
    """Draw the filters; the one by verdict is left out for samples.

    Raises ConfigError when one cannot be used, for example a malformed pattern.
    """
    low = -1.0 if run.config.get("mining", {}).get("threshold", 0.0) < 0 else 0.0
    judged = DEFAULTS["judged"]
    hidden = {"label_visibility": "collapsed"}
    with st.container(horizontal=True, vertical_alignment="center", key="pairs_filters"):
        src_word = st.text_input(f"{src} word", key="src", type="search", placeholder=f"{src} word", width=190, **hidden, **BOUND)
        trg_word = st.text_input(f"{trg} word", key="trg", type="search", placeholder=f"{trg} word", width=190, **hidden, **BOUND)
        found = st.selectbox(
            "Found",
            list(FOUND),
            key="found",
            width=170,
            help=f"Forward: the {trg} word is the most similar word of the {src} word. Backward: the other way round. Both directions "
            f"(intersection): {meaning('mutual')} Either direction (union, forward-backward): all pairs.",
            **hidden,
            **BOUND,
        )
        if verdicts:
            judged = st.selectbox("Judged", list(JUDGED), key="judged", width=170, **hidden, **BOUND)
        with st.popover(_more_label(low), icon=":material/tune:", key="pairs_more", width="content"):
            match = segments(
                "Match",
                MATCHES,
                default=DEFAULTS["match"],
                wrap=True,
                key="match",
                help="How the words are matched; upper and lower case are the same. A pattern is a regular expression, for example "
                "^un.*ed$",
            )
            similarity = st.slider(
                "Similarity when found", low, 1.0, (low, 1.0), step=0.01, key="similarity", help=meaning("similarity"), **BOUND
            )
            left, right = st.columns(2)
            iteration = left.selectbox(
                "Iteration", [ALL, *map(str, range(1, run.iterations + 1))], key="iteration", help=meaning("iteration"), **BOUND
            )
            found_in = int(
                right.selectbox(
                    "In iterations, at least",
                    [str(count) for count in range(1, max(1, run.iterations) + 1)],
                    key="foundin",
                    help="Show only pairs that at least this many iterations found at the same distinct place.",
                    **BOUND,
                )
            )
            traits, without, csls = trait_filters() if is_scored(run) else ((), (), None)
            several = st.toggle("Several pairs only", key="several", help=meaning("several"), **BOUND)
            hide = st.toggle(
                "Hide punctuation and numbers",
                value=True,
                key="punctuation",
                help="Leave out pairs in which one side has no letter.",
                **BOUND,
            )
        st.button(
            "Clear",
            icon=":material/filter_alt_off:",
            type="tertiary",
            on_click=clear,
            args=(low,),
            key="clear_filters",
            help="Show all pairs again.",
        )
    wanted = PairFilter(
        run.id,
        src_token=src_word.strip(),
        trg_token=trg_word.strip(),
        match=MATCHES[match],
        min_similarity=similarity[0] if similarity[0] > low else None,
        max_similarity=similarity[1] if similarity[1] < 1.0 else None,
        min_csls=csls,
        traits=traits,
        without=without,
        iteration=None if iteration == ALL else int(iteration) - 1,
        direction=FOUND[found],
        multi_only=several,
        found_in=found_in,
        letters_only=hide,
        judged=JUDGED[judged],
    )
    return View(wanted, hide, low)


def address_filter(run: RunRecord) -> PairFilter:
    """The filter and order that the address holds, for pages that do not draw the fields; what cannot be understood is left out."""
    given = {key: st.query_params.get_all(key) for key in KEPT}
    one = {key: values[0] for key, values in given.items() if values}
    iteration, found_in = one.get("iteration", ""), one.get("foundin", "")
    wanted: dict[str, Any] = {
        "src_token": one.get("src", "").strip(),
        "trg_token": one.get("trg", "").strip(),
        "match": MATCHES.get(one.get("match", ""), Match.EXACT),
        "direction": FOUND.get(one.get("found", ""), Direction.ANY),
        "judged": JUDGED.get(one.get("judged", ""), Judged.ANY),
        "iteration": int(iteration) - 1 if iteration.isdecimal() and 0 < int(iteration) <= run.iterations else None,
        "found_in": int(found_in) if found_in.isdecimal() and 0 < int(found_in) <= run.iterations else 1,
        "multi_only": one.get("several") == "true",
        "letters_only": one.get("punctuation") != "false",
        "traits": tuple(TRAITS[label] for label in given["onlypairs"] if label in TRAITS),
        "without": tuple(TRAITS[label] for label in given["without"] if label in TRAITS),
        "sort": order_of(one.get("sort", ""), run),
    }
    with contextlib.suppress(ValueError, ConfigError):
        wanted |= dict(zip(("min_similarity", "max_similarity"), map(float, given["similarity"]), strict=True))
    with contextlib.suppress(ValueError, ConfigError):
        wanted |= {"min_csls": float(one["csls"])} if "csls" in one else {}
    try:
        return PairFilter(run.id, **wanted)
    except ConfigError:
        return PairFilter(run.id, letters_only=True, sort=order_of("", run))


def kept_address() -> dict[str, list[str]]:
    """The parameters of the address that select and order the pairs, for links to single pairs."""
    return {key: values for key in KEPT if (values := st.query_params.get_all(key))}


def _more_label(lowest: float) -> str:
    """The label of the folded filters, with the number of those in use."""
    folded = {key: DEFAULTS[key] for key in ("match", "iteration", "foundin", "several", "punctuation", "onlypairs", "without", "csls")} | {
        "similarity": (lowest, 1.0)
    }
    used = sum(st.session_state.get(key, default) != default for key, default in folded.items())
    return f"More filters ({used})" if used else "More filters"


def clear(lowest: float) -> None:
    """All pairs again; order, context and size of the page stay."""
    for key, value in DEFAULTS.items():
        st.session_state[key] = list(value) if isinstance(value, list) else value
    st.session_state["similarity"] = (lowest, 1.0)


def show_words(src: str, trg: str) -> None:
    """Filter by exactly this pair of words; '' for any word."""
    st.session_state["src"], st.session_state["trg"], st.session_state["match"] = src, trg, "whole word"


def show_filter(filter: PairFilter, lowest: float) -> None:
    """Set the fields to a filter, to continue an earlier sample."""
    labels = [(MATCHES, "match", filter.match), (FOUND, "found", filter.direction)]
    for choices, key, value in labels:
        st.session_state[key] = next(label for label, choice in choices.items() if choice is value)
    st.session_state["src"], st.session_state["trg"] = filter.src_token, filter.trg_token
    st.session_state["similarity"] = (
        lowest if filter.min_similarity is None else filter.min_similarity,
        1.0 if filter.max_similarity is None else filter.max_similarity,
    )
    st.session_state["iteration"] = ALL if filter.iteration is None else str(filter.iteration + 1)
    st.session_state["foundin"] = str(filter.found_in)
    st.session_state["several"], st.session_state["punctuation"] = filter.multi_only, filter.letters_only
    labels_of = {trait: label for label, trait in TRAITS.items()}
    for key, traits in (("onlypairs", filter.traits), ("without", filter.without)):
        st.session_state[key] = [labels_of[trait] for trait in traits]
    st.session_state["csls"] = -1.0 if filter.min_csls is None else filter.min_csls
    st.session_state["judged"] = DEFAULTS["judged"]
