"""Checks of a corpus: scripts, sentences in other languages, and remains of web pages."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lraln_core.store.queries.sources import CorpusSource
from lraln_core.text import checks
from lraln_core.text.checks import Finding
from lraln_core.text.corpus import open_corpus
from lraln_core.text.report import from_json
from lraln_core.views import plain
from lraln_core.views.highlight import chip_html, escape, sentence_html
from pages.components.shared.store import Store

WINDOW = 25  # words of an example


@dataclass(frozen=True)
class Checked:
    """The findings with the words of their examples."""

    findings: tuple[Finding, ...]
    examples: tuple[tuple[tuple[int, tuple[str, ...]], ...], ...]  # by finding: place in the corpus, words

    @property
    def suspicious(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.suspicious)


def checked(store: Store, source: CorpusSource) -> Checked:
    """The checks of a corpus, cached. Raises CorpusError, WorkspaceError."""
    return _checked(str(store.workspace.corpora / source.id), store)


@st.cache_data(show_spinner="Checking the sentences", max_entries=50, ttl="2h")
def _checked(folder: str, _store: Store) -> Checked:
    corpus = open_corpus(_store.workspace.corpora / folder.rpartition("/")[2])
    positions = checks.sample_positions(len(corpus))
    sentences = corpus.words(positions)
    findings = checks.check_sentences(sentences, corpus.texts(positions), corpus.language)
    examples = (tuple((int(positions[at]), sentences[at]) for at in finding.examples) for finding in findings)
    return Checked(tuple(findings), tuple(examples))


def warnings(store: Store, source: CorpusSource) -> list[str]:
    """Warnings from reading the file and from the checks."""
    found = [finding.sentence() for finding in checked(store, source).suspicious]
    stands_out = [f"Worth a look, under Checks below. {'; '.join(found)}."] if found else []
    return [*from_json(source.report).warnings(), *stands_out]


def checks_view(store: Store, source: CorpusSource) -> None:
    """Every check with its rule, its count and examples."""
    result = checked(store, source)
    looked_at = result.findings[0].looked_at
    whole = "all" if looked_at == source.sentences else f"{looked_at:,} of the"
    st.html(
        f'<p class="lr-note">Rules of thumb over {whole} {source.sentences:,} sentences. They find sentences to inspect; they do not '
        "prove an error, and they do not find every problem.</p>"
    )
    for finding, examples in zip(result.findings, result.examples, strict=False):
        with st.container(key=f"row_check_{finding.check.name.lower()}"):
            st.html(_line(finding))
            if examples:
                with st.expander(f"{plain.count(finding.found, 'sentence')}, for example", key=f"check_examples_{finding.check.name}"):
                    st.html("".join(_example(place, words, source.language) for place, words in examples))


def _line(finding: Finding) -> str:
    if finding.suspicious:
        chip = chip_html("\N{WARNING SIGN}\N{VARIATION SELECTOR-15} inspect", note="More than usual.", kind="bad")
    else:
        chip = chip_html("\N{CHECK MARK} ok", note="Not more than usual.", kind="good")
    share = f"{finding.found:,} ({finding.share:.1%})" if finding.found else "none"
    return (
        f'<div class="lr-verdict"><span class="lr-vlabel">{escape(finding.check.value)}</span><div>{chip} <b>{share}</b> '
        f'<span class="lr-more">{escape(finding.rule)}</span></div></div>'
    )


def _example(place: int, words: tuple[str, ...], language: str) -> str:
    return (
        f'<div class="lr-tokens"><span class="lr-number" title="Place in the corpus">{place + 1:,}</span>'
        f"<div>{sentence_html(words[:WINDOW], language=language)}{' …' if len(words) > WINDOW else ''}</div></div>"
    )
