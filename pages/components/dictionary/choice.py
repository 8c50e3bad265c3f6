"""Search, filters and order of the dictionary, kept in the address."""

from __future__ import annotations

import streamlit as st

from lraln_core.store.matching import Match
from lraln_core.store.queries.dictionary import DictionaryFilter, Edited, EntrySort
from lraln_core.store.queries.runs import RunRecord
from pages.components.shared.address import BOUND
from pages.components.shared.terms import meaning

MATCHES = {"begins with": Match.PREFIX, "whole word": Match.EXACT, "contains": Match.CONTAINS, "pattern": Match.REGEX}
ORDERS = {
    "best first": EntrySort.BEST,
    "most places": EntrySort.PLACES,
    "alphabetical": EntrySort.WORD,
    "expected precision": EntrySort.EXPECTED,
}
EDITED = {"all words": Edited.ANY, "accepted": Edited.ACCEPTED, "not looked at": Edited.NOT_YET}

LEAST_PLACES = ("1", "2", "3", "5", "10", "20", "50", "100")


def dictionary_choice(run: RunRecord) -> DictionaryFilter:
    """Draw the controls in one row. Raises ConfigError for a search that cannot be used."""
    hidden = {"label_visibility": "collapsed"}
    with st.container(horizontal=True, vertical_alignment="center", key="dictionary_filters"):
        search = st.text_input("Search", key="entry", type="search", placeholder="word or translation", width=230, **hidden, **BOUND)
        match = st.selectbox("Match", list(MATCHES), key="entrymatch", width=150, **hidden, **BOUND)
        order = st.selectbox(
            "Order",
            list(ORDERS),
            key="entryorder",
            width=170,
            help="Best first: the highest sum of positive CSLS over the places of the first translation. Expected precision: of pairs of "
            "word types, where the run has measured it on words that both languages spell alike.",
            **hidden,
            **BOUND,
        )
        edited = st.selectbox("Looked at", list(EDITED), key="edited", width=150, **hidden, **BOUND)
        with st.popover("More filters", icon=":material/tune:", width="content"):
            # A list, as the address can hold any number, and Streamlit fails on one that is not finite.
            least = st.selectbox(
                "Places of a translation, at least",
                LEAST_PLACES,
                key="least",
                help=f"Rarer translations are left out. {meaning('place')}",
                **BOUND,
            )
            mutual = st.toggle("Found in both directions only", key="mutual", help=meaning("mutual"), **BOUND)
    places = int(least) if least in LEAST_PLACES else 1
    return DictionaryFilter(
        run.id, search.strip(), MATCHES[match], least_places=places, mutual_only=mutual, edited=EDITED[edited], sort=ORDERS[order]
    )
