"""Comparison of two runs: pairs that both or only one of them found, counts, and the data for paired tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lraln_core.store.database import Database
from lraln_core.store.matching import require_page
from lraln_core.store.pair_filter import PairFilter

from .pairs import MinedPair, pairs_by_id, unique_types
from .runs import RunRecord

_PLACE = "src_sentence, src_word, trg_sentence, trg_word"


@dataclass(frozen=True)
class PlaceOverlap:
    """Pairs of two selections by their place in the corpora; a place that several iterations found counts once."""

    both: int
    only_one: int
    only_other: int

    @property
    def jaccard(self) -> float:
        """Share of all places that both have."""
        total = self.both + self.only_one + self.only_other
        return self.both / total if total else 0.0


@dataclass(frozen=True)
class RunFigures:
    """Counts of a selection of pairs of one run."""

    pairs: int  # distinct places
    mutual: int  # places that some iteration found in both directions
    src_types: int
    trg_types: int
    pair_types: int
    sentence_pairs: int
    several: int  # sentence pairs with more than one pair
    mean_similarity: float | None


def share_corpora(one: RunRecord, other: RunRecord) -> bool:
    """Whether two runs took their sentences from the same corpora, so that places in them can be compared."""
    return bool(one.src_corpus and one.trg_corpus) and (one.src_corpus, one.trg_corpus) == (other.src_corpus, other.trg_corpus)


def run_figures(db: Database, filter: PairFilter) -> RunFigures:
    """Counts of a selection in two passes. Raises RunError for an unknown run."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    pairs, mean = db.rows(f"SELECT count(*), avg(similarity) FROM mined_pairs WHERE {where}", parameters)[0]
    every, same = filter.every_mining(db.run_number(filter.run_id))
    mutual = db.rows(f"SELECT count(DISTINCT place) FILTER (forward AND backward) FROM mined_pairs WHERE {every}", same)[0][0]
    total, several = db.rows(
        "SELECT count(*), count(*) FILTER (links > 1) FROM (SELECT max(links) AS links FROM (SELECT src_sentence, trg_sentence, "
        f"count(*) AS links FROM mined_pairs WHERE {every} GROUP BY iteration, src_sentence, trg_sentence) GROUP BY src_sentence, "
        "trg_sentence)",
        same,
    )[0]
    types = unique_types(db, filter)
    return RunFigures(pairs, mutual, types.src, types.trg, types.pairs, total, several, mean)


def place_overlap(db: Database, one: PairFilter, other: PairFilter) -> PlaceOverlap:
    """Overlap of the places of two selections; meaningful only when the runs `share_corpora`."""
    sql, parameters = _two_sets(db, one, other, _PLACE)
    return PlaceOverlap(*db.rows(sql, parameters)[0])


def type_overlap(db: Database, one: PairFilter, other: PairFilter) -> PlaceOverlap:
    """Overlap of the word pair types, as spelled: for runs on different corpora."""
    sql, parameters = _two_sets(db, one, other, "src_token, trg_token")
    return PlaceOverlap(*db.rows(sql, parameters)[0])


def page_of_only(
    db: Database, one: PairFilter, other: PairFilter, offset: int = 0, limit: int = 20, *, by_type: bool = False
) -> list[MinedPair]:
    """Pairs that only the first selection has: the first find of each place (or type), in the order of `one`."""
    run = db.run_number(one.run_id)
    where, parameters = one.where(run)
    order, more = one.order()
    lacking, others = other.where(db.run_number(other.run_id), "other_")
    key = "src_token, trg_token" if by_type else _PLACE
    rows = db.rows(
        f"SELECT pair_id FROM (SELECT * FROM mined_pairs WHERE {where} "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY pair_id) = 1) "
        f"ANTI JOIN (SELECT {key} FROM mined_pairs WHERE {lacking}) USING ({key}) "
        f"ORDER BY {order} LIMIT $limit OFFSET $offset",
        parameters | more | others | require_page(offset, limit),
    )
    return pairs_by_id(db, one.run_id, [pair_id for (pair_id,) in rows])


def lexicon_columns(db: Database, filter: PairFilter, *, every_iteration: bool = False) -> pd.DataFrame:
    """The columns for evaluation.lexicon, a row per distinct place, or per place and iteration.

    -> src_token, trg_token, iteration, similarity.
    """
    run = db.run_number(filter.run_id)
    where, parameters = filter.every_mining(run) if every_iteration else filter.where(run)
    return db.frame(f"SELECT src_token, trg_token, iteration, similarity FROM mined_pairs WHERE {where}", parameters)


def same_test(db: Database, one: str, other: str) -> bool:
    """Whether two runs were tested on the same gold links in the same sentences."""
    numbers = {"one": db.run_number(one), "other": db.run_number(other)}
    links = "direction, link, src_sentence, src_word, trg_sentence, trg_word"
    for table, columns in (("retrieval", links), ("test_sentences", "position, src_words, trg_words")):
        sizes = [db.rows(f"SELECT count(*) FROM {table} WHERE run = $run", {"run": run})[0][0] for run in numbers.values()]
        shared = db.rows(
            f"SELECT count(*) FROM (SELECT {columns} FROM {table} WHERE run = $one INTERSECT "
            f"SELECT {columns} FROM {table} WHERE run = $other)",
            numbers,
        )[0][0]
        if not shared or {shared} != set(sizes):
            return False
    return True


def retrieval_hits(db: Database, run_id: str) -> pd.DataFrame:
    """Hits on the gold links. -> direction, link, src_sentence, hit_before, hit_after."""
    return db.frame(
        "SELECT direction, link, src_sentence, hit_before, hit_after FROM retrieval WHERE run = $run ORDER BY direction, link",
        {"run": db.run_number(run_id)},
    )


def _two_sets(db: Database, one: PairFilter, other: PairFilter, key: str) -> tuple[str, dict[str, Any]]:
    where, parameters = one.where(db.run_number(one.run_id))
    others_where, others = other.where(db.run_number(other.run_id), "other_")
    return (
        f"WITH one AS (SELECT DISTINCT {key} FROM mined_pairs WHERE {where}), "
        f"other AS (SELECT DISTINCT {key} FROM mined_pairs WHERE {others_where}), "
        "shared AS (SELECT count(*) AS n FROM one JOIN other USING (" + key + ")) "
        "SELECT n, (SELECT count(*) FROM one) - n, (SELECT count(*) FROM other) - n FROM shared",
        parameters | others,
    )
