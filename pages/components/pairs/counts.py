"""What is counted over a whole selection of pairs, kept so that turning pages or going back to a selection counts nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import pandas as pd

from lraln_core.store.database import Database
from lraln_core.store.judging.judgements import judgement_count
from lraln_core.store.pair_filter import Judged, PairFilter, Sort
from lraln_core.store.queries.pairs import PairFacets, UniqueTypes, count_pairs, similarity_histogram, types_and_facets

FACETS = 12


@dataclass(frozen=True)
class Counts:
    """Numbers about every pair that a filter selects."""

    total: int
    types: UniqueTypes
    histogram: pd.DataFrame  # low, high, pairs
    facets: PairFacets


_KEPT = 64  # selections, of all visitors
_kept: WeakKeyDictionary[Database, OrderedDict[Hashable, Counts]] = WeakKeyDictionary()
_lock = threading.Lock()


def counts(db: Database, filter: PairFilter) -> Counts:
    """Counted anew when the filter or the data is another one; the order of the pairs makes no difference."""
    filter = replace(filter, sort=Sort.MOST_SIMILAR, seed=0)
    verdicts = judgement_count(db) if filter.judged is not Judged.ANY else 0
    mark = (db.run_number(filter.run_id), filter, verdicts)  # a run that is taken in again has another number
    with _lock:
        found = _kept.setdefault(db, OrderedDict()).get(mark)
    if found is None:
        types, facets = types_and_facets(db, filter, FACETS)
        found = Counts(count_pairs(db, filter), types, similarity_histogram(db, filter), facets)
    with _lock:
        known = _kept.setdefault(db, OrderedDict())
        known[mark] = found
        known.move_to_end(mark)
        while len(known) > _KEPT:
            known.popitem(last=False)
    return found
