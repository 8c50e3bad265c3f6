"""Subwords per word (fertility) of a corpus, compared with English."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.store.queries.sources import CorpusSource
from lraln_core.text import fertility
from lraln_core.text.corpus import open_corpus
from lraln_core.text.fertility import Fertility
from lraln_core.views import charts
from pages.components.runs.listing import language_name
from pages.components.shared.errors import errors_shown
from pages.components.shared.store import Store, subword_counter
from pages.components.shared.terms import meaning


def pieces_view(store: Store, source: CorpusSource) -> None:
    """The mean and the histogram; measured on request, then cached."""
    st.markdown("**Subwords per word**", help=meaning("fertility"))
    requested = _requested()
    if source.id not in requested:
        st.html(
            '<p class="lr-note">How well does the built-in language model know this language? Measured on 200 sentences, in a few '
            "seconds.</p>"
        )
        if not st.button("Measure", key="fertility_measure", icon=":material/straighten:"):
            return
        requested.add(source.id)
        st.rerun()
    with errors_shown():
        own, english = _measured(source.id, store), _english()
        left, right = st.columns(2)
        note = "{:.0%} of the words are split into two or more subwords; measured on {:,} words."
        left.metric(language_name(source.language), f"{own.mean:.2f}", help=note.format(own.cut, own.words))
        right.metric("English, for comparison", f"{english.mean:.2f}", help=note.format(english.cut, english.words))
        st.altair_chart(
            charts.pieces_per_word(_frame(source, own, english)),
            width="stretch",
            key="fertility_chart",
            alt="Share of the words by number of subwords, compared with English",
        )


@st.cache_resource(show_spinner=False)
def _requested() -> set[str]:
    """Corpora that were measured since the app started; their values are shown without asking again."""
    return set()


@st.cache_data(show_spinner="Splitting the words", max_entries=200)
def _measured(corpus_id: str, _store: Store) -> Fertility:
    corpus = open_corpus(_store.workspace.corpora / corpus_id)
    return fertility.measure(corpus.words(fertility.sample_positions(len(corpus))), subword_counter())


@st.cache_data(show_spinner="Splitting English words")
def _english() -> Fertility:
    return fertility.measure(fertility.english_sample(), subword_counter())


def _frame(source: CorpusSource, own: Fertility, english: Fertility) -> pd.DataFrame:
    """language, pieces, share."""
    labels = [*map(str, range(1, fertility.MOST)), f"{fertility.MOST} or more"]
    name = "this corpus" if source.language == "en" else language_name(source.language)
    rows = [
        (who, pieces, share)
        for who, found in ((name, own), ("English sample" if source.language == "en" else "English", english))
        for pieces, share in zip(labels, found.shares, strict=False)
    ]
    return pd.DataFrame(rows, columns=["language", "pieces", "share"])
