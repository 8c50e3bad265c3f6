"""Pairs: Table 4 of the paper, alive. Every mined pair in its two sentences, with filters that stand in the address."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.store.export import ExportFormat, export_pairs
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import RunRecord
from lraln_core.store.queries_pairs import count_pairs, one_pair, page_of_pairs, unique_types
from lraln_core.views import plain
from pages.components import routing
from pages.components.errors import complain
from pages.components.pair_cards import CardStyle, cards_html, group
from pages.components.pair_facets import facets
from pages.components.pair_filters import View, clear, first_page_when_changed, pair_filters
from pages.components.run_list import language_name
from pages.components.run_picker import pick_run
from pages.components.run_result import is_punctuation
from pages.components.store import Store, open_store
from pages.components.terms import meaning, what_is
from pages.components.theme import page_head


def main() -> None:
    store = open_store()
    page_head(
        "Word pairs",
        "Words of two languages that the machine took for translations of each other, in the sentences in which it found them. "
        "The sentences "
        "themselves are <b>not</b> translations: only the marked words belong together. Words with the same number are a pair.",
    )
    what_is("pair", "similarity", "mutual", "one-way", "iteration", "several", key="pairs_terms")
    run = pick_run(
        store, key="pairs_run", wanted=lambda run: run.mined_pairs > 0, unfit="The run of this link found no word pairs."
    )
    if run is None:
        st.info(
            "There are no word pairs yet. Run a sample on the page Home, or start a run of your own on the page Launch.",
            icon=":material/link:",
        )
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    src, trg = language_name(run.src_language), language_name(run.trg_language)
    linked = st.query_params.get("pair")
    if linked is not None:
        _one(store, run, linked, src, trg)
        return
    try:
        view = pair_filters(run, src, trg)
    except ConfigError as error:
        complain(str(error))
        return
    _list(store, run, view, src, trg)


def _one(store: Store, run: RunRecord, linked: str, src: str, trg: str) -> None:
    """A single pair, by its link."""
    if st.button("All pairs of this run", icon=":material/arrow_back:"):
        del st.query_params["pair"]
        st.rerun()
    if not (linked.isascii() and linked.isdigit() and len(linked) < 16):
        complain(f"{linked[:40]} is not the number of a pair; follow the link of a pair again.")
        return
    pair = one_pair(store.db, run.id, int(linked))
    st.html(cards_html(group([pair]), _style(run, src, trg, None, hide_punctuation=True)))


def _list(store: Store, run: RunRecord, view: View, src: str, trg: str) -> None:
    total = count_pairs(store.db, view.filter)
    if not total:
        st.info(
            "No pair matches these filters. Widen the similarity, look for a part of the word (contains), or clear the filters.",
            icon=":material/filter_alt_off:",
        )
        st.button("Clear filters", key="clear_empty", on_click=clear, args=(view.lowest,))
        return
    first_page_when_changed(view)
    pages = -(-total // view.size)
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = 1
    main_column, side = st.container(key="split_pairs").columns([3, 1.05], gap="large")
    with main_column:
        _count_line(store, view.filter, total, src, trg)
        cards = st.empty()
        page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        pairs = page_of_pairs(store.db, view.filter, (page - 1) * view.size, view.size)
        cards.html(cards_html(group(pairs), _style(run, src, trg, view.window, hide_punctuation=view.hide_punctuation)))
        if pairs and not pairs[0].src_words:
            st.caption("The corpus of this run is no longer in the workspace, so only the words themselves can be shown.")
    with side:
        facets(store.db, view.filter, src, trg)
        st.download_button(
            "Download these pairs (TSV)",
            data=lambda: _tsv(store, view.filter),
            file_name=f"{run.id}-pairs.tsv",
            on_click="ignore",
            mime="text/tab-separated-values",
            icon=":material/download:",
            key="pairs_download",
            help=f"{plain.count(total, 'pair')} with their sentences, in the order shown, as a table for spreadsheets and other "
            "programs.",
        )


def _count_line(store: Store, filter: PairFilter, total: int, src: str, trg: str) -> None:
    types = unique_types(store.db, filter)
    st.markdown(
        f"**{plain.count(total, 'word pair')}**, {types.pairs:,} of them different: {plain.count(types.src, 'word')} of {src}, "
        f"{plain.count(types.trg, 'word')} of {trg}",
        help=f"The counts follow the filters. {meaning('types')} A pair counts once for every place where it was found.",
    )


def _style(run: RunRecord, src: str, trg: str, window: int | None, *, hide_punctuation: bool) -> CardStyle:
    style = {"hide": is_punctuation} if hide_punctuation else {}
    return CardStyle(src, trg, run.src_language, run.trg_language, window=window, **style)


def _tsv(store: Store, filter: PairFilter) -> bytes:
    """The selected pairs as a file in memory; made only when somebody presses the button."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.tsv"
        export_pairs(store.db, filter, path, ExportFormat.TSV)
        return path.read_bytes()


routing.show(main)
