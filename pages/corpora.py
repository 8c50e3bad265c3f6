"""Corpora: the collections of sentences, their content, and adding new ones."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.files.read_only import is_read_only
from lraln_core.store.queries.sources import CorpusSource, list_sources
from pages.components.corpora.add import add_corpus, confirm_added
from pages.components.corpora.layers import layers_view
from pages.components.corpora.view import view_corpus
from pages.components.navigation import show_page
from pages.components.runs.listing import language_name
from pages.components.shared.address import choose
from pages.components.shared.store import open_store
from pages.components.shared.terms import meaning
from pages.components.shared.theme import page_head


def main() -> None:
    store = open_store()
    page_head(
        "Corpora",
        "The collections of sentences in which word pairs are searched: one for each language, on similar topics if possible. They "
        "need not be translations of each other.",
        "corpus",
        "tokenised",
        "types",
        "fertility",
    )
    sources = list_sources(store.db)
    if not is_read_only():
        confirm_added()
        with st.expander("Add a corpus", icon=":material/add:", expanded=not sources):
            add_corpus(store, sources)
    if not sources:
        st.info(
            "There is no corpus yet. Add a sample text above with one click, or upload a file of your own.",
            icon=":material/library_books:",
        )
        return
    _table(sources)
    by_id = {source.id: source for source in sources}
    st.subheader("Content of a corpus", anchor=False)
    chosen = choose(
        list(by_id),
        lambda id: _label(by_id[id]),
        param="corpus",
        key="corpus_choice",
        label="Corpus",
        help="The corpus that is shown.",
    )
    view_corpus(store, by_id[chosen])
    with st.expander("Which layer of a language model suits two corpora", icon=":material/layers:", key="layers_expander"):
        layers_view(store, sources)


def _label(source: CorpusSource) -> str:
    language = language_name(source.language)
    return source.title if language in source.title else f"{source.title} · {language}"


def _table(sources: list[CorpusSource]) -> None:
    frame = pd.DataFrame(
        {
            "Corpus": [source.title for source in sources],
            "Language": [language_name(source.language) for source in sources],
            "Sentences": [source.sentences for source in sources],
            "Words": [source.words for source in sources],
            "Distinct words": [source.types for source in sources],
            "Left out": [sum(source.report.get("dropped", {}).values()) for source in sources],
            "Used by runs": [source.runs for source in sources],
        }
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        alt="All corpora with their counts",
        column_config={
            "Corpus": st.column_config.TextColumn(help="The name of the file, or of the sample."),
            "Sentences": number(format="localized", help="Sentences that were kept."),
            "Words": number(format="localized", help="Words and punctuation marks after tokenising."),
            "Distinct words": number(format="localized", help=meaning("types")),
            "Left out": number(format="localized", help="Lines of the file that were left out; the reasons are below."),
            "Used by runs": number(help="A corpus that a run used cannot be removed before the run."),
        },
    )


show_page(main)
