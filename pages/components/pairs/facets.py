"""Beside the pairs: counts over a whole selection, its most frequent words and the distribution of similarity."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import pandas as pd
import streamlit as st

from lraln_core.evaluation.lexicon import UniqueTypes
from lraln_core.store.database import Database
from lraln_core.store.judging.judgements import judgement_count
from lraln_core.store.pair_filter import Judged, PairFilter, Sort
from lraln_core.store.queries.pairs import PairFacets, count_pairs, similarity_histogram, types_and_facets
from lraln_core.views import charts
from lraln_core.views.highlight import plain_markdown
from pages.components.pairs.filters import show_words
from pages.components.shared.charts import draw_chart
from pages.components.shared.terms import meaning

FACETS = 12


@dataclass(frozen=True)
class Counts:
    """Numbers about every pair that a filter selects."""

    total: int
    types: UniqueTypes
    histogram: pd.DataFrame  # low, high, pairs
    facets: PairFacets


_KEPT = 64  # selections, shared by all visitors
_kept: WeakKeyDictionary[Database, OrderedDict[Hashable, Counts]] = WeakKeyDictionary()
_lock = threading.Lock()


def counts(db: Database, filter: PairFilter) -> Counts:
    """The counts of a selection; cached until the filter or the data changes. The order of the pairs makes no difference."""
    filter = replace(filter, sort=Sort.MOST_SIMILAR, seed=0)
    verdicts = judgement_count(db) if filter.judged is not Judged.ANY else 0
    mark = (db.run_number(filter.run_id), filter, verdicts)  # a run that is ingested again has another number
    with _lock:
        found = _kept.setdefault(db, OrderedDict()).get(mark)
    if found is None:
        types, facets = types_and_facets(db, filter, FACETS)
        found = Counts(count_pairs(db, filter), types, similarity_histogram(db, filter, final=True), facets)
    with _lock:
        known = _kept.setdefault(db, OrderedDict())
        known[mark] = found
        known.move_to_end(mark)
        while len(known) > _KEPT:
            known.popitem(last=False)
    return found


def facets(counts: Counts, src: str, trg: str) -> None:
    """Histogram and most frequent words; a click on one filters by it."""
    st.markdown("**Similarity of the pairs**", help=meaning("similarity"))
    if len(counts.histogram):
        draw_chart(charts.similarity_histogram(counts.histogram), key="pairs_histogram")
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
