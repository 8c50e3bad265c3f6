"""Dictionary: from pairs of occurrences to pairs of words, with figures, sentences, and what people say about them."""

from __future__ import annotations

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.store.queries.dictionary import count_entries, entries, entry_table
from lraln_core.views import plain
from pages.components.dictionary.choice import dictionary_choice
from pages.components.dictionary.entry import show_entry
from pages.components.dictionary.table import choose_row, export_dictionary, precision_line
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.runs.picker import pick_run
from pages.components.shared.address import BOUND
from pages.components.shared.errors import complain
from pages.components.shared.store import open_store
from pages.components.shared.theme import page_head

PAGE = 200  # words in the table
LEAD = (
    "The words of the first language with the words they were paired with, counted over all distinct places of a run. The first "
    "translation has the highest sum of positive CSLS over its places. Accept, reject or add translations: what you say is kept in a file "
    "of the workspace and counts for every run on these languages."
)


def main() -> None:
    store = open_store()
    bar = page_head("Dictionary", LEAD, "types", "place", "csls", "mutual", "expected_precision", "pair")
    with bar:
        run = pick_run(
            store, key="dictionary_run", wanted=lambda run: run.mined_pairs > 0, unfit="The run of this link found no word pairs."
        )
    if run is None:
        st.info(
            "There are no word pairs yet. Run a sample on the page Home, or start a run of your own on the page Launch.",
            icon=":material/menu_book:",
        )
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    src, trg = language_name(run.src_language), language_name(run.trg_language)
    try:
        filter = dictionary_choice(run)
        total = count_entries(store.db, filter)
        if not total:
            st.info("No word matches. Search for a part of the word, or widen the filters.", icon=":material/filter_alt_off:")
            return
        left, right = st.container(key="split_dictionary").columns([1.25, 1], gap="medium")
        with left:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain.count(total, 'word')}**. {precision_line(store, run, filter)}")
                export_dictionary(store, run, filter)
            place = st.container()
            pages = -(-total // PAGE)
            if st.session_state.get("dictionarypage", 1) > pages:
                st.session_state["dictionarypage"] = 1
            page = st.pagination(pages, key="dictionarypage", **BOUND) if pages > 1 else 1
            with place:
                word = choose_row(entry_table(store.db, filter, (page - 1) * PAGE, PAGE), filter, page, src, trg)
        with right:
            for entry in entries(store.db, filter, [word] if word else []):
                show_entry(store, run, entry)
    except LralnError as error:
        complain(str(error))


show_page(main)
