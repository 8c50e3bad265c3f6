"""One corpus: counts, warnings, tokenised sentences, checks, what was left out and why, subwords per word, removal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from lraln_core.errors import ConfigError, LralnError
from lraln_core.files.read_only import is_read_only
from lraln_core.store.matching import Match
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.sources import CorpusSource, forget_source, list_sources
from lraln_core.store.removal import remove_corpus
from lraln_core.views import charts, plain
from lraln_core.views.highlight import escape, tokens_html
from pages.components.corpora.checks import checks_view, warnings
from pages.components.corpora.pieces import pieces_view
from pages.components.shared import uploads
from pages.components.shared.charts import draw_chart
from pages.components.shared.errors import complain, errors_shown, warn
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

PAGE = 15
REASONS = {
    "empty": "nothing in the line",
    "no letters": "only numbers or symbols",
    "too short": "fewer words than the minimum",
    "too long": "more words or letters than the limit",
    "duplicate": "the same sentence occurs earlier in the file",
    "line too long": "a single line of more than a million bytes",
}
MATCHES = {"contains": Match.CONTAINS, "whole word": Match.EXACT, "word begins with": Match.PREFIX, "pattern": Match.REGEX}


def view_corpus(store: Store, source: CorpusSource) -> None:
    """Everything about a corpus."""
    with errors_shown():
        for warning in warnings(store, source):
            warn(warning)
    lines, dropped = source.report.get("lines", source.sentences), source.report.get("dropped", {})
    columns = st.columns(4)
    columns[0].metric("Sentences", f"{source.sentences:,}", help="Sentences that were kept.")
    columns[1].metric("Words", f"{source.words:,}", help=f"Words and punctuation marks after tokenising. {meaning('tokenised')}")
    columns[2].metric("Distinct words", f"{source.types:,}", help=meaning("types"))
    columns[3].metric(
        "Left out", f"{sum(dropped.values()):,}", help=f"Lines of the file that were left out, of {lines:,}; the reasons are below."
    )
    sentences, looks, facts = st.tabs(["Sentences", "Checks", "Left out, letters, subwords per word"])
    with sentences:
        _preview(store, source)
    with looks, errors_shown():
        checks_view(store, source)
    with facts:
        left, right = st.container(key="figures_corpus").columns(2, gap="large")
        with left:
            _dropped(dropped, source.report.get("examples", {}))
            _letters(source.report.get("letters", {}))
        with right:
            pieces_view(store, source)
            if not is_read_only():
                _remove(store, source)


def _preview(store: Store, source: CorpusSource) -> None:
    left, right = st.columns([2, 1])
    search = left.text_input("Search", key="corpus_search", placeholder="a word or a part of a sentence", type="search")
    how = right.selectbox("How", list(MATCHES), key="corpus_match", help="Pattern is a regular expression, for example ^[A-Z].*\\?$")
    try:
        total = queries.count_sentences(store.db, source.id, search, MATCHES[how])
    except ConfigError as error:
        complain(str(error))
        return
    if not total:
        st.info("No sentence matches. Shorten the search, or choose contains.", icon=":material/search_off:")
        return
    pages = -(-total // PAGE)
    slot = st.empty()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain.count(total, "sentence"))
        st.space("stretch")
        if st.session_state.get("corpus_page", 1) > pages:
            st.session_state["corpus_page"] = 1
        page = st.pagination(pages, key="corpus_page") if pages > 1 else 1
    frame = queries.page_of_sentences(store.db, source.id, search, MATCHES[how], offset=(page - 1) * PAGE, limit=PAGE)
    rows = (
        f'<div class="lr-tokens"><span class="lr-number" title="Place in the corpus">{position + 1:,}</span>'
        f"<div>{tokens_html(list(words), language=source.language)}</div></div>"
        for position, words in zip(frame["position"], frame["words"], strict=True)
    )
    slot.html("".join(rows))


def _dropped(dropped: dict[str, int], examples: dict[str, list[int]]) -> None:
    st.markdown("**Lines left out**")
    if not dropped:
        st.html('<p class="lr-note">Nothing: every line of the file became a sentence.</p>')
        return
    frame = pd.DataFrame(
        {
            "Reason": [f"{reason}: {REASONS.get(reason, '')}".rstrip(": ") for reason in dropped],
            "Lines": list(dropped.values()),
            "For example": [", ".join(f"line {line}" for line in examples.get(reason, [])[:3]) for reason in dropped],
        }
    )
    st.dataframe(frame, hide_index=True, alt="Lines that were left out, by reason")


def _letters(letters: dict[str, int]) -> None:
    total = sum(letters.values())
    if not total:
        return
    st.markdown("**Letters**", help="The scripts of the letters. An unexpected script is a sign of a wrong file or language.")
    largest = list(letters.items())[:6]
    frame = pd.DataFrame(
        {
            "script": [name.title() for name, _ in largest],
            "letters": [n for _, n in largest],
            "share": [n / total for _, n in largest],
        }
    )
    draw_chart(charts.scripts(frame), about="Share of the letters by script")


def _remove(store: Store, source: CorpusSource) -> None:
    st.markdown("**Remove**")
    used = f"{plain.count(source.runs, 'run')} used this corpus; remove the runs first (page Launch)." if source.runs else None
    key = f"corpus_remove_{source.id}"  # one per corpus: a popover left open must not remove another corpus
    with st.popover("Remove this corpus", icon=":material/delete:", disabled=bool(source.runs), help=used, key=key):
        st.html(
            f"<p>Remove <b><bdi>{escape(source.title)}</bdi></b> from the workspace? The text file it was made from is not "
            "deleted"
            f"{', unless it was uploaded here' if uploads.is_upload(source.path, store.workspace) else ''}.</p>"
        )
        if st.button("Yes, remove it", key=f"corpus_remove_yes_{source.id}", type="primary"):
            try:
                remove_corpus(store.db, source.id)
            except LralnError as error:
                complain(str(error))
                return
            forget_source(store.workspace, source.id)
            shared = any(other.path == source.path for other in list_sources(store.db))
            if uploads.is_upload(source.path, store.workspace) and not shared:
                Path(source.path).unlink(missing_ok=True)
            st.query_params.pop("corpus", None)
            st.rerun()
