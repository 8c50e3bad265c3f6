"""What is counted over a whole selection of pairs, kept while the reader only turns pages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from lraln_core.store.database import Database
from lraln_core.store.pair_filter import Judged, PairFilter, Sort
from lraln_core.store.queries_pairs import PairFacets, UniqueTypes, count_pairs, similarity_histogram, types_and_facets

FACETS = 12


@dataclass(frozen=True)
class Counts:
    """Numbers about every pair that a filter selects."""

    total: int
    types: UniqueTypes
    histogram: pd.DataFrame  # low, high, pairs
    facets: PairFacets


def counts(db: Database, filter: PairFilter) -> Counts:
    """Counted anew when the filter or the data is another one; the order of the pairs makes no difference."""
    filter = replace(filter, sort=Sort.MOST_SIMILAR, seed=0)
    verdicts = db.rows("SELECT count(*) FROM judgements")[0][0] if filter.judged is not Judged.ANY else 0
    mark = (str(db.workspace.root), db.run_number(filter.run_id), filter, verdicts)
    kept = st.session_state.get("pairs_counts")
    if kept is None or kept[0] != mark:
        types, facets = types_and_facets(db, filter, FACETS)
        kept = mark, Counts(count_pairs(db, filter), types, similarity_histogram(db, filter), facets)
        st.session_state["pairs_counts"] = kept
    return kept[1]
