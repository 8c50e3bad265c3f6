"""Before a run: whether the built-in language model knows the script of the first corpus, and into how many subwords it cuts words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import streamlit as st

from lraln_core.choices import BUILT_IN
from lraln_core.text import fertility
from lraln_core.text.corpus import open_corpus
from lraln_core.text.fertility import Coverage
from lraln_core.views.highlight import plain_markdown
from pages.components.shared.errors import errors_shown
from pages.components.shared.store import Store, subword_counter

if TYPE_CHECKING:
    from lraln_core.encoder.embedded_tokenizer import SubwordCounts


class PreparedCorpus(Protocol):
    """The part of a choice of the form that is needed."""

    corpus_id: str
    language: str


def model_fit(store: Store, corpus: PreparedCorpus | None, encoder: str) -> None:
    """A button, then the figures and a warning where results cannot be good. Only for the built-in model and prepared corpora."""
    if corpus is None or not corpus.corpus_id or encoder != BUILT_IN:
        return
    if not st.session_state.get("launch_fit") and not st.button(
        "Check the language model",
        key="launch_fit_check",
        icon=":material/straighten:",
        help="Does it know this language?",
    ):
        return
    st.session_state["launch_fit"] = True
    with errors_shown():
        found = _covered(corpus.corpus_id, store)
        st.caption(plain_markdown(found.sentence()))
        if warning := found.warning():
            st.warning(plain_markdown(warning), icon=":material/warning:")


@st.cache_data(show_spinner="Splitting the words", max_entries=200)
def _covered(corpus_id: str, _store: Store) -> Coverage:
    from lraln_core.encoder.unknown_words import count_unknown

    counter = cast("SubwordCounts", subword_counter())
    corpus = open_corpus(_store.workspace.corpora / corpus_id)
    sentences = corpus.words(fertility.sample_positions(len(corpus)))
    unknown = count_unknown(sentences, counter.tokenizer).share
    return Coverage(fertility.measure(sentences, counter), fertility.measure(fertility.english_sample(), counter), unknown)
