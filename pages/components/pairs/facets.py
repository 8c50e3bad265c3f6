"""Beside the pairs: which words are most frequent in the selection, and how similar its pairs are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.views import charts
from lraln_core.views.highlight import plain_markdown
from pages.components.pairs.counts import Counts
from pages.components.pairs.filters import show_words
from pages.components.shared.terms import meaning


def facets(counts: Counts, src: str, trg: str) -> None:
    """Histogram and most frequent words; a click on one filters by it."""
    st.markdown("**How similar the pairs are**", help=meaning("similarity"))
    if len(counts.histogram):
        st.altair_chart(charts.similarity_histogram(counts.histogram), width="stretch", key="pairs_histogram")
    else:
        st.caption("No similarity was measured for these pairs.")
    st.markdown("**Most frequent**", help="Of all pairs that the filters select. A click shows only these.")
    pairs, first, second = st.tabs(["Pairs", src, trg if trg != src else f"{trg} (2)"])
    with pairs:
        _buttons(counts.facets.types, "types")
    with first:
        _buttons(counts.facets.src, "src")
    with second:
        _buttons(counts.facets.trg, "trg")


def _buttons(frame: pd.DataFrame, kind: str) -> None:
    with st.container(gap="xxsmall", key=f"facet_{kind}"):
        for at, row in enumerate(frame.to_dict("records")):
            src, trg = row.get("src_token", ""), row.get("trg_token", "")
            words = " \N{EN DASH} ".join(plain_markdown(word) for word in (src, trg) if word)
            st.button(
                f"{words} :gray[{row['pairs']:,}]",
                key=f"facet_{kind}_{at}",
                type="tertiary",
                on_click=show_words,
                args=(src, trg),
            )
