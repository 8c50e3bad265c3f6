"""The sentences of a corpus and its frequency list, read once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lraln_core.files.workspace import Workspace
from lraln_core.records import Words
from lraln_core.store.queries.sources import CorpusSource
from lraln_core.text.corpus import open_corpus
from lraln_core.text.counts.frequency import WordCount, frequencies

MOST_SENTENCES = 200_000  # counted in the app; the rest of a larger corpus is left out, and the page says so


@dataclass(frozen=True)
class Text:
    """The first MOST_SENTENCES sentences of a corpus with the counts of their words."""

    id: str
    title: str
    language: str
    sentences: list[Words]
    counts: list[WordCount]
    left_out: int


def open_text(workspace: Workspace, source: CorpusSource) -> Text:
    """The text of a corpus, cached. Raises CorpusError, WorkspaceError."""
    return _read(str(workspace.corpora / source.id), source.title, source.language)


@st.cache_resource(show_spinner="Counting the words", max_entries=4)  # shared, never changed
def _read(folder: str, title: str, language: str) -> Text:
    corpus = open_corpus(Path(folder))
    sentences = corpus.words(range(min(len(corpus), MOST_SENTENCES)))
    return Text(Path(folder).name, title, language, sentences, frequencies(sentences), max(0, len(corpus) - MOST_SENTENCES))
