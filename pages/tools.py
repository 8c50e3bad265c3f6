"""Corpus tools: frequency list, collocates, n-grams and concordance of any word of a corpus, mined or not."""

from __future__ import annotations

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.store.queries.sources import CorpusSource, list_sources
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.shared.address import BOUND, choose, segments
from pages.components.shared.errors import complain
from pages.components.shared.store import open_store
from pages.components.shared.theme import page_head
from pages.components.tools import views
from pages.components.tools.text import open_text

VIEWS = ("Frequency", "Concordance", "Collocates", "N-grams")


def main() -> None:
    store = open_store()
    bar = page_head(
        "Corpus tools",
        "Counts of a corpus as linguists use them: how often every word occurs and how evenly (dispersion), every occurrence in its "
        "sentence (concordance), words that stand near a word more often than by chance (collocates), and sequences that recur "
        "(n-grams). Words are counted in lower case, as the corpus was tokenised.",
        "corpus",
        "tokenised",
        "types",
    )
    sources = list_sources(store.db)
    if not sources:
        st.info("There is no corpus yet. Add one on the page Corpora, or run a sample on the page Home.", icon=":material/library_books:")
        st.page_link("pages/corpora.py", label="Go to Corpora", icon=":material/library_books:")
        return
    by_id = {source.id: source for source in sources}
    with bar:
        chosen = choose(
            list(by_id),
            lambda id: _label(by_id[id]),
            param="corpus",
            key="tools_corpus",
            label="Corpus",
            help="The corpus that is counted.",
            bare=True,
        )
    source = by_id[chosen]
    with st.container(horizontal=True, vertical_alignment="center", key="tools_row"):
        view = segments("What to show", VIEWS, key="tool", label_visibility="collapsed")
        word = st.text_input(
            "Word", key="tools_word", type="search", placeholder="any word", label_visibility="collapsed", width=220, max_chars=200, **BOUND
        )
        settings = views.settings(view)
    try:
        text = open_text(store.workspace, source)
    except LralnError as error:
        complain(str(error))
        return
    views.show(view, text, word.strip(), settings)


def _label(source: CorpusSource) -> str:
    language = language_name(source.language)
    return source.title if language in source.title else f"{source.title} · {language}"


show_page(main)
