"""Chosen pairs for a paper: collected on the pages of single pairs, or picked from the list, then exported; the citation of the run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lraln_core.exchange.citation import bibtex, citation
from lraln_core.exchange.paper_examples import PAPER_KINDS, PaperFormat, paper_examples
from lraln_core.store.queries.pairs import MinedPair, pairs_by_id
from lraln_core.store.queries.runs import RunRecord
from pages.components.pairs.lexicon import chosen_lexicon, read
from pages.components.shared.address import box_labels
from pages.components.shared.store import Store

_COLLECTED = "collected_pairs"
MOST = 100


def collected(run: RunRecord) -> list[int]:
    """The pairs of a run that this visitor has collected, in that order."""
    found: dict[str, list[int]] = st.session_state.setdefault(_COLLECTED, {})
    return found.setdefault(run.id, [])


def collect_button(run: RunRecord, pair: MinedPair) -> None:
    """Collect the pair that is shown, or take it out again."""
    is_in = pair.pair_id in collected(run)
    st.button(
        "Collected" if is_in else "Collect",
        icon=":material/bookmark_added:" if is_in else ":material/bookmark_add:",
        key="pair_collect",
        type="tertiary",
        on_click=_toggle,
        args=(run, pair.pair_id),
        help="Collected pairs are offered under For a paper on the list of pairs: as a table, interlinear examples or a drawing.",
    )


def _toggle(run: RunRecord, pair_id: int) -> None:
    kept = collected(run)
    if pair_id in kept:
        kept.remove(pair_id)
    elif len(kept) < MOST:
        kept.append(pair_id)


def paper_export(store: Store, run: RunRecord, shown: Sequence[MinedPair]) -> None:
    """A popover: which pairs, which format, with which lines, and the download."""
    kept = collected(run)
    pairs = {pair.pair_id: pair for pair in (*pairs_by_id(store.db, run.id, kept), *shown)}
    with st.popover("For a paper", icon=":material/article:", key="pairs_paper"):
        labels = box_labels("paper_pairs", list(pairs), lambda id: _label(pairs[id]))
        chosen = st.multiselect(
            "Pairs",
            list(pairs),
            default=[id for id in kept if id in pairs] or list(pairs)[:10],
            format_func=labels,
            key="paper_pairs",
            help="The collected pairs, or those of this page. Collect a pair on its own page (why?).",
        )
        format = st.selectbox("As", list(PaperFormat), format_func=lambda one: PAPER_KINDS[one].title, key="paper_format")
        kind = PAPER_KINDS[format]
        st.caption(kind.about)
        glosses = st.toggle("Glosses from the lexicon", key="paper_glosses")
        latin = st.toggle("Latin letters", key="paper_latin")
        found = chosen_lexicon(store, run, st.query_params.get("lexicon", "")) if glosses else None
        glossary = (read(found.path) if found else {}) if glosses else None
        st.download_button(
            "Download",
            data=lambda: paper_examples(run, [pairs[id] for id in chosen], format, glossary=glossary, latin=latin).encode("utf-8"),
            file_name=f"{run.id}-examples.{kind.ending}",
            mime=kind.mime,
            on_click="ignore",
            icon=":material/download:",
            key="paper_download",
            disabled=not chosen,
        )
        st.markdown("**How to cite this run**")
        st.code(citation(run), language=None, wrap_lines=True)
        st.download_button(
            "BibTeX",
            data=lambda: bibtex(run).encode("utf-8"),
            file_name=f"{run.id}.bib",
            on_click="ignore",
            key="paper_bibtex",
            type="tertiary",
        )


def _label(pair: MinedPair) -> str:
    return f"{pair.link.src_token} \N{EN DASH} {pair.link.trg_token}"
