"""Pairs: every mined pair in its two sentences (Table 4 of the paper), with filters kept in the address."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.evaluation.lexicon import UniqueTypes
from lraln_core.store.judging.results import standing
from lraln_core.store.judging.translations import translations_of
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from pages.components.navigation import show_page
from pages.components.pairs import view as pair_view
from pages.components.pairs.cards import CardStyle, cards_html, group
from pages.components.pairs.concordance import kwic_html
from pages.components.pairs.export import export_pairs_chooser
from pages.components.pairs.facets import counts, facets
from pages.components.pairs.filters import View, clear, kept_address, pair_filters
from pages.components.pairs.judging import judging
from pages.components.pairs.one import linked_pair
from pages.components.pairs.paper import paper_export
from pages.components.pairs.results import results
from pages.components.pairs.review import review
from pages.components.pairs.sample import narrowed_note, sample_options
from pages.components.pairs.scores import scoring_offer
from pages.components.pairs.show import Show, first_page_when_changed, show_options
from pages.components.pairs.team import annotation_files
from pages.components.runs.listing import language_name
from pages.components.runs.picker import pick_run
from pages.components.runs.result import is_punctuation
from pages.components.shared.address import BOUND
from pages.components.shared.errors import complain
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import meaning
from pages.components.shared.theme import page_head
from pages.components.stores.search import stored_pairs

LEAD = (
    "Words of two languages that were paired because their vectors are similar, in the sentences in which they were found. The "
    "sentences are <b>not</b> translations of each other: just the marked words correspond, those with the same number to each other."
)


def main() -> None:
    store = open_store()
    bar = page_head("Word pairs", LEAD, "pair", "place", "similarity", "csls", "hub", "mutual", "one-way", "iteration", "several")
    with bar:
        run = pick_run(store, key="pairs_run", wanted=lambda run: run.mined_pairs > 0, unfit="The run of this link found no word pairs.")
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
        linked_pair(store, run, linked, src, trg)
        return
    stored_pairs(store, run, src, trg)
    try:
        with st.container(horizontal=True, vertical_alignment="center", key="pairs_tools"):
            way = pair_view.choose_view()
            show = show_options(store, run, cards=way == pair_view.SENTENCES) if way in (pair_view.SENTENCES, pair_view.KWIC) else None
            if show is not None:
                scoring_offer(store, run)
        if way in (pair_view.JUDGE, pair_view.REVIEW, pair_view.RESULTS):
            with st.expander("Sample: how it is drawn, and from which pairs", icon=":material/filter_alt:"):
                view = pair_filters(run, src, trg, verdicts=False)
                sample = sample_options(store, run, view.filter, view.lowest)
                annotation_files(store, sample)
            narrowed_note(view.filter, view.lowest)
            if way == pair_view.JUDGE:
                judging(store, run, sample, src, trg)
            elif way == pair_view.REVIEW:
                review(store, run, sample, src, trg)
            else:
                results(store, run, sample, view.filter)
            return
        view = pair_filters(run, src, trg)
        if show is not None:
            _list(store, run, view, show, src, trg, kwic=way == pair_view.KWIC)
    except LralnError as error:
        complain(str(error))


def _list(store: Store, run: RunRecord, view: View, show: Show, src: str, trg: str, *, kwic: bool) -> None:
    counted = counts(store.db, view.filter)
    if not counted.total:
        st.info(
            "No pair matches these filters. Widen the similarity, search for a part of the word (contains), or clear the filters.",
            icon=":material/filter_alt_off:",
        )
        st.button("Clear filters", key="clear_empty", on_click=clear, args=(view.lowest,))
        return
    if kwic:
        _page(store, run, view, show, counted.total, counted.types, src, trg, kwic=True)
        with st.expander("Similarity, most frequent words and export", icon=":material/bar_chart:"):
            facets(counted, src, trg)
            export_pairs_chooser(store, view.filter, run, counted.total)
        return
    main_column, side = st.container(key="split_pairs").columns([3, 1.05], gap="large")
    with main_column:
        _page(store, run, view, show, counted.total, counted.types, src, trg, kwic=False)
    with side:
        facets(counted, src, trg)
        export_pairs_chooser(store, replace(view.filter, sort=show.sort, seed=show.seed), run, counted.total)


def _page(store: Store, run: RunRecord, view: View, show: Show, total: int, types: UniqueTypes, src: str, trg: str, *, kwic: bool) -> None:
    """The pairs of one page with the pages below them."""
    filter = replace(view.filter, sort=show.sort, seed=show.seed)
    first_page_when_changed(filter, show.size)
    pages = -(-total // show.size)
    if st.session_state.get("page", 1) > pages:
        st.session_state["page"] = 1
    head = st.container(horizontal=True, vertical_alignment="center", key="pairs_head")
    head.markdown(
        f"**{plain.count(total, 'word pair')}**, {types.pairs:,} of them different: {plain.count(types.src, 'word')} of {src}, "
        f"{plain.count(types.trg, 'word')} of {trg}",
        help=f"The counts follow the filters. {meaning('types')} {meaning('place')}",
    )
    place = st.empty()
    page = st.pagination(pages, key="page", **BOUND) if pages > 1 else 1
    pairs = page_of_pairs(store.db, filter, (page - 1) * show.size, show.size)
    lines = show.lines
    if lines.glossary is not None:
        lines = replace(lines, translations=translations_of(store.db, run.src_language, [pair.src_text for pair in pairs]))
    style = CardStyle(
        src,
        trg,
        run.src_language,
        run.trg_language,
        window=show.window,
        lines=lines,
        address=kept_address(),
        verdicts=standing(store.db, run.id, [pair.pair_id for pair in pairs]),
        **({"hide": is_punctuation} if view.hide_punctuation else {}),
    )
    with place, st.spinner("Romanising the words") if lines.latin else nullcontext():
        drawn = kwic_html(pairs, style) if kwic else cards_html(group(pairs), style)
    place.html(drawn)
    with head:
        paper_export(store, run, pairs)
    if pairs and not pairs[0].src_words:
        st.caption("The corpus of this run is no longer in the workspace, so only the words themselves can be shown.")


show_page(main)
