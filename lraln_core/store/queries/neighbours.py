"""The place of a pair in the order of a selection, with the pairs before and after it; the sentences of an iteration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter


@dataclass(frozen=True)
class PairPlace:
    """Where a pair stands in a selection."""

    number: int  # from 1
    total: int
    before: int | None  # pair ids
    after: int | None


_NEIGHBOURS = """
    WITH ordered AS (
        SELECT pair_id, place, lag(pair_id) OVER o AS before, lead(pair_id) OVER o AS after, row_number() OVER o AS number,
               count(*) OVER () AS total
        FROM mined_pairs WHERE {where} WINDOW o AS (ORDER BY {order})
    )
    SELECT number, total, before, after FROM ordered
    WHERE place = (SELECT place FROM mined_pairs WHERE run = $run AND pair_id = $pair_id)
"""


def pair_place(db: Database, filter: PairFilter, pair_id: int) -> PairPlace | None:
    """Where the distinct place of a pair stands in the order of a selection; None when it is not selected. Raises RunError."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    order, more = filter.order()
    rows = db.rows(_NEIGHBOURS.format(where=where, order=order), parameters | more | {"pair_id": int(pair_id)})
    return PairPlace(*rows[0]) if rows else None


_AT_PLACE = """
    SELECT r.id, min(p.pair_id) FROM runs r JOIN mined_pairs p ON p.run = r.number
    WHERE p.src_sentence = $src_sentence AND p.src_word = $src_word AND p.trg_sentence = $trg_sentence AND p.trg_word = $trg_word
      AND ((coalesce(r.src_corpus, '') = $src_corpus AND coalesce(r.trg_corpus, '') = $trg_corpus AND $src_corpus <> '')
           OR ($src_corpus = '' AND r.src_corpus IS NULL AND r.id = $wanted))
    GROUP BY r.id ORDER BY r.id = $wanted DESC, r.id LIMIT 1
"""


def pair_at(db: Database, place: Mapping[str, str | int], wanted: str) -> tuple[str, int] | None:
    """(run, pair) at a place: src_corpus, src_sentence, src_word and the same of trg; of the wanted run if it has the place.

    Corpora are '' for a run without them, which then must be the wanted one. None when no run has it.
    """
    rows = db.rows(_AT_PLACE, dict(place) | {"wanted": wanted})
    return (rows[0][0], rows[0][1]) if rows else None


def sentences_of_iteration(db: Database, run_id: str, iteration: int) -> tuple[list[int], list[int]]:
    """The source and target sentences between which an iteration found pairs, in random order that is always the same."""
    run = db.run_number(run_id)
    found = []
    for column in ("src_sentence", "trg_sentence"):
        rows = db.rows(
            f"SELECT DISTINCT {column} AS sentence, hash({column}, 1) AS random FROM mined_pairs "
            "WHERE run = $run AND iteration = $iteration ORDER BY random, sentence",
            {"run": run, "iteration": int(iteration)},
        )
        found.append([sentence for sentence, _ in rows])
    return found[0], found[1]
