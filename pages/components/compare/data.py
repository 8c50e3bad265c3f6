"""Values computed for the page Compare, cached until one of the two runs changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.evaluation import comparison, lexicon
from lraln_core.evaluation.judged import JudgedPrecision
from lraln_core.evaluation.lexicon import LexiconPrecision
from lraln_core.evaluation.significance import Interval
from lraln_core.store.judging.results import precision_of_run
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import compare as queries_compare
from lraln_core.store.queries.compare import PlaceOverlap, RunFigures
from lraln_core.store.queries.pairs import similarity_histogram
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text import lexicon as lexicon_file
from pages.components.shared.store import Store

SEED = 1
BANDS = 8
_kept = st.cache_data(show_spinner=False, max_entries=64)

Stamp = tuple[str, str, str, int]
"""Cache key of a run: workspace, id, time of the end, number of pairs."""


def stamp(store: Store, run: RunRecord) -> Stamp:
    return str(store.workspace.root), run.id, str(run.finished), run.mined_pairs


@_kept
def figures(_store: Store, at: Stamp, filter: PairFilter) -> RunFigures:
    return queries_compare.run_figures(_store.db, filter)


@_kept
def overlap(_store: Store, at: tuple[Stamp, Stamp], one: PairFilter, other: PairFilter, by_type: bool) -> PlaceOverlap:
    found = queries_compare.type_overlap if by_type else queries_compare.place_overlap
    return found(_store.db, one, other)


@_kept
def histogram(_store: Store, at: Stamp, filter: PairFilter) -> pd.DataFrame:
    return similarity_histogram(_store.db, filter)


@_kept
def differences(_store: Store, at: tuple[Stamp, Stamp], one: str, other: str) -> dict[str, Interval] | None:
    """None when the runs were not tested on the same links."""
    if not queries_compare.same_test(_store.db, one, other):
        return None
    hits = [queries_compare.retrieval_hits(_store.db, id) for id in (one, other)]
    return comparison.retrieval_differences(*hits, np.random.default_rng(SEED))


def judged(store: Store, run_id: str) -> JudgedPrecision:
    """The same figure as on the page Pairs for all judgements of a run. Not cached: verdicts come at any time."""
    return precision_of_run(store.db, PairFilter(run_id))


@_kept
def by_lexicon(_store: Store, at: tuple[Stamp, Stamp], one: PairFilter, other: PairFilter, path: str, changed: float) -> pd.DataFrame:
    """Precision of both runs by one lexicon. -> run (A, B), kind (all, iteration, band), place, label, counts and shares.

    The bands divide the pairs of both runs together into parts of about equal size. changed: modification time of the file.
    Raises CorpusError.
    """
    entries = lexicon_file.read(Path(path))
    sides = [queries_compare.lexicon_columns(_store.db, filter) for filter in (one, other)]
    every = [queries_compare.lexicon_columns(_store.db, filter, every_iteration=True) for filter in (one, other)]
    measured = [frame[frame["similarity"].notna()] for frame in sides]
    edges = lexicon.similarity_edges(pd.concat(measured), BANDS) if any(map(len, measured)) else []
    rows = []
    for letter, frame, minings, with_similarity in zip("AB", sides, every, measured, strict=True):
        rows.append(_row(letter, "all", 0, "all pairs", lexicon.precision(frame, entries)))
        rows += [
            _row(letter, "iteration", at_, str(at_ + 1), one_) for at_, one_ in lexicon.precision_by_iteration(minings, entries).items()
        ]
        if edges:
            bands = lexicon.precision_by_similarity(with_similarity, entries, edges)
            rows += [_row(letter, "band", at_, f"{low:.2f} to {high:.2f}", one_) for at_, (low, high, one_) in enumerate(bands)]
    return pd.DataFrame(rows)


def _row(letter: str, kind: str, place: int, label: str, found: LexiconPrecision) -> dict:
    return {"run": letter, "kind": kind, "place": place, "label": label} | found.figures()
