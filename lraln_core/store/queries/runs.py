"""Queries of runs and corpora: lists, single records, curves, minings, metrics, sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lraln_core.errors import CorpusError, RunError
from lraln_core.store.database import Database
from lraln_core.store.matching import Match, coerce, condition, require_page, searchable


@dataclass(frozen=True)
class RunRecord:
    """One run in its final state."""

    id: str
    name: str
    system: str
    state: str  # finished, failed, cancelled, interrupted
    stage: str
    src_language: str
    trg_language: str
    src_corpus: str | None
    trg_corpus: str | None
    encoder: str
    seed: int | None
    iterations: int
    mined_pairs: int  # distinct places
    steps: int | None
    best_step: int | None
    error: str | None
    started: str | None
    finished: str | None
    seconds: float | None
    folder: str
    word_pairs: int | None  # distinct places whose two words both hold a letter
    scored_pairs: int  # distinct places with a CSLS; 0 where the pairs of the run were not scored
    config: dict[str, Any]
    versions: dict[str, str]
    summary: dict[str, Any] | None


_RUN_COLUMNS = tuple(RunRecord.__dataclass_fields__)


def list_runs(db: Database) -> pd.DataFrame:
    """All runs, the latest first: the plain columns of RunRecord, and word retrieval on the test set.

    The last four columns are fractions, missing where nothing was measured: accuracy_before, accuracy_after (the mean of
    both directions), accuracy_low and accuracy_high (95% interval of accuracy_after).
    """
    plain = ", ".join(f"r.{name}" for name in _RUN_COLUMNS if name not in ("config", "versions", "summary"))
    return db.frame(f"""
        SELECT {plain}, m.accuracy_before, m.accuracy_after, m.accuracy_low, m.accuracy_high
        FROM runs r LEFT JOIN (
            SELECT run,
                   max(value) FILTER ("when" = 'before') AS accuracy_before,
                   max(value) FILTER ("when" = 'after') AS accuracy_after,
                   max(low) FILTER ("when" = 'after') AS accuracy_low,
                   max(high) FILTER ("when" = 'after') AS accuracy_high
            FROM metrics WHERE split = 'test' AND direction = 'mean' AND name = 'retrieval_accuracy' GROUP BY run
        ) m ON m.run = r.number
        ORDER BY r.started DESC NULLS LAST, r.id DESC
    """)


def one_run(db: Database, run_id: str) -> RunRecord:
    """The record of a run. Raises RunError when it is not in the database."""
    rows = db.rows(f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs WHERE id = $id", {"id": run_id})
    if not rows:
        raise RunError(f"There is no run {run_id!r} in the database.")
    record = dict(zip(_RUN_COLUMNS, rows[0], strict=True))
    return RunRecord(**record | {name: json.loads(record[name] or "null") for name in ("config", "versions", "summary")})


def curves(db: Database, run_id: str) -> pd.DataFrame:
    """Training curves in long form. -> step, name (loss, learning_rate, criterion, ...), value, seconds since the start."""
    return db.frame("SELECT * EXCLUDE (run) FROM curves WHERE run = $run ORDER BY name, step", {"run": db.run_number(run_id)})


def minings(db: Database, run_id: str) -> pd.DataFrame:
    """Mining figures, a row for each iteration and direction (forward, backward, mutual, union)."""
    return db.frame("SELECT * EXCLUDE (run) FROM minings WHERE run = $run ORDER BY iteration, direction", {"run": db.run_number(run_id)})


def metrics(db: Database, run_id: str) -> pd.DataFrame:
    """Measured fractions. -> step, split, direction, name, when, value, low, high."""
    return db.frame(
        'SELECT * EXCLUDE (run) FROM metrics WHERE run = $run ORDER BY name, split, "when" DESC, direction',
        {"run": db.run_number(run_id)},
    )


def count_sentences(db: Database, corpus_id: str, search: str = "", match: Match | str = Match.CONTAINS) -> int:
    """How many sentences of a corpus match; see `page_of_sentences`."""
    where, parameters = _sentence_filter(db, corpus_id, search, match)
    return db.rows(f"SELECT count(*) FROM sentences WHERE {where}", parameters)[0][0]


def page_of_sentences(
    db: Database, corpus_id: str, search: str = "", match: Match | str = Match.CONTAINS, *, offset: int = 0, limit: int = 50
) -> pd.DataFrame:
    """Sentences in their order. -> position, text, words (array of text).

    CONTAINS and REGEX match anywhere in the text, EXACT and PREFIX match its words. Raises CorpusError for an unknown
    corpus, ConfigError for a text that cannot be searched for.
    """
    where, parameters = _sentence_filter(db, corpus_id, search, match)
    # The text and the words are fetched only for the page itself.
    page = db.rows(
        f"SELECT position FROM sentences WHERE {where} ORDER BY position LIMIT $limit OFFSET $offset",
        parameters | require_page(offset, limit),
    )
    return db.frame(
        "SELECT position, text, words FROM sentences "
        "WHERE corpus = $corpus AND position IN (SELECT unnest($positions::BIGINT[])) ORDER BY position",
        {"corpus": parameters["corpus"], "positions": [position for (position,) in page]},
    )


def _sentence_filter(db: Database, corpus_id: str, search: str, match: Match | str) -> tuple[str, dict[str, Any]]:
    how: Match = coerce(Match, match, "match")
    search = searchable(search, how, "The search")
    rows = db.rows("SELECT number FROM corpora WHERE id = $id", {"id": corpus_id})
    if not rows:
        raise CorpusError(f"There is no corpus {corpus_id!r} in the database.")
    parameters: dict[str, Any] = {"corpus": rows[0][0]}
    if not search:
        return "corpus = $corpus", parameters
    if how in (Match.CONTAINS, Match.REGEX):
        wanted = condition("text", "search", how)
    else:
        wanted = f"len(list_filter(words, lambda word: {condition('word', 'search', how)})) > 0"
    return f"corpus = $corpus AND {wanted}", parameters | {"search": search}
