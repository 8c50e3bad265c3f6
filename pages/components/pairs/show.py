"""How the selected pairs are shown: order, pairs per page, context, and the lines below sentences. Kept in the address."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import streamlit as st

from lraln_core.errors import CorpusError, WorkspaceError
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.corpus import Corpus, open_corpus
from lraln_core.text.romanisation import CREDIT
from pages.components.pairs.filters import SORTS, order_of
from pages.components.pairs.lexicon import glossary_chooser
from pages.components.pairs.lines import Lines
from pages.components.shared.address import BOUND, whole_number
from pages.components.shared.store import Store

CONTEXTS = {"whole sentences": None, "10 words around": 10, "5 words around": 5, "2 words around": 2}
SIZES = [10, 20, 50, 100]


@dataclass(frozen=True)
class Show:
    """The chosen way to show pairs."""

    sort: Sort
    seed: int  # of the random order
    size: int  # pairs per page
    window: int | None = None  # words around the marked ones
    lines: Lines = Lines()


def show_options(store: Store, run: RunRecord, *, cards: bool) -> Show:
    """Draw the options; those about sentences only for cards. Raises CorpusError for a lexicon that cannot be read."""
    hidden = {"label_visibility": "collapsed"}
    sort = st.selectbox(
        "Order",
        list(SORTS),
        key="sort",
        width=160,
        help="Best first: the highest similarity corrected for hubs (CSLS) under the final maps; in a run without these scores, by "
        "iteration, because similarities of different iterations are not on one scale. By iteration: the first iteration first, within it "
        "the most similar pairs first. First and second word: alphabetical. "
        "Text before or after: by the neighbouring words, the nearest first, as in a concordance.",
        **hidden,
        **BOUND,
    )
    order = order_of(sort, run)
    if sort == "random":
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle, help="Another random order.")
    with st.popover("Display", icon=":material/visibility:", key="pairs_display", width="content"):
        size = st.selectbox("Pairs per page", SIZES, index=1, key="size", **BOUND)
        if not cards:
            return Show(order, seed(), size)
        context = st.selectbox("Context", list(CONTEXTS), key="context", **BOUND)
        toggles = _toggles()
    return Show(order, seed(), size, CONTEXTS[context], _lines(store, run, *toggles))


def line_options(store: Store, run: RunRecord) -> Lines:
    """Toggles for the lines below a sentence. Raises CorpusError."""
    return _lines(store, run, *_toggles())


def _toggles() -> tuple[bool, bool]:
    """(Latin letters, glosses)."""
    latin = st.toggle(
        "Latin letters", key="latin", help=f"Romanisation below words of another script: roughly how they sound. {CREDIT}", **BOUND
    )
    gloss = st.toggle(
        "Glosses",
        key="gloss",
        help="Below each word of the first sentence: its translations in a lexicon. Mined words show their partner with an arrow.",
        **BOUND,
    )
    return latin, gloss


def _lines(store: Store, run: RunRecord, latin: bool, gloss: bool) -> Lines:
    """Raises CorpusError."""
    return Lines(latin, glossary_chooser(store, run) if gloss else None, interlinear=_interlinear(store, run))


def _interlinear(store: Store, run: RunRecord) -> dict[str, Corpus]:
    """The corpora of the run whose text has glosses of its own (FLEx, ELAN, Toolbox), by side."""
    found = {}
    for side in ("src", "trg"):
        with contextlib.suppress(CorpusError, WorkspaceError):  # the run mined from no corpus, or it was removed
            corpus = open_corpus(store.workspace.corpora / str((run.summary or {}).get(f"{side}_corpus")))
            if corpus.glossed:
                found[side] = corpus
    return found


def seed() -> int:
    """The seed of the random order, from the address."""
    given = whole_number("seed", digits=8)
    return 1 if given is None else given


def _shuffle() -> None:
    st.query_params["seed"] = str(seed() + 1)


def first_page_when_changed(filter: PairFilter, size: int) -> None:
    """Go back to the first page when the filter changed on this page; a page number in a link is kept."""
    mark, previous = repr((filter, size)), st.session_state.get("pairs_filter")
    if "page" in st.session_state and previous is not None and previous != mark:
        st.session_state["page"] = 1
    st.session_state["pairs_filter"] = mark
