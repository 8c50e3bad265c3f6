"""All pairs of a run over sharded stores, read by DuckDB from the Parquet shards where they lie: nothing is copied into the database.

pyarrow reads the shards, also from an object store, and passes on only the columns and row groups that a query needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from lraln_core.errors import ConfigError, RunError, WorkspaceError
from lraln_core.files.atomic import read_json
from lraln_core.files.places import Place
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import PAIRS
from lraln_core.store.database import Database, database_errors
from lraln_core.store.matching import Match, condition, require_page, searchable

_PAGE = """
SELECT src_token, trg_token, similarity, forward, backward, src_sentence, src_word, trg_sentence, trg_word, iteration
FROM pair_shards WHERE {where}
ORDER BY similarity DESC, src_sentence, src_word, trg_sentence, trg_word, iteration
LIMIT $limit OFFSET $offset
"""
_COUNTS = """
SELECT count(*) AS pairs, count(DISTINCT (lower(src_token), lower(trg_token))) AS types, count(*) FILTER (forward AND backward) AS mutual
FROM pair_shards WHERE {where}
"""


@dataclass(frozen=True)
class PairShards:
    """Where the shards of all iterations of a run are (at least one), and how many pairs they hold."""

    shards: tuple[tuple[Place, str], ...]
    pairs: int
    iterations: int


@dataclass(frozen=True)
class ShardFilter:
    """A selection of the pairs in the shards."""

    src_token: str = ""  # "" for every word
    trg_token: str = ""
    match: Match = Match.EXACT
    min_similarity: float = -1.0
    mutual_only: bool = False


@dataclass(frozen=True)
class ShardCounts:
    """How many pairs a selection holds."""

    pairs: int
    types: int  # different pairs of words, ignoring case
    mutual: int


def pair_shards(folder: RunFolder) -> PairShards | None:
    """The shards of a run; None for a run that has none. Raises RunError when the note of them is damaged."""
    if not folder.pair_shards.exists():
        return None
    try:
        values = read_json(folder.pair_shards)
        notes = values["iterations"] if "iterations" in values else [values]  # version 1 mined once
        shards: list[tuple[Place, str]] = []
        pairs = 0
        for note in notes:
            place, names = Place(str(note["place"])), note["shards"]
            if not (type(note["pairs"]) is int and all(isinstance(n, str) and n.startswith("pairs-") and "/" not in n for n in names)):
                raise ValueError("shards")
            shards += [(place, name) for name in names]
            pairs += note["pairs"]
        return PairShards(tuple(shards), pairs, len(notes)) if shards else None
    except (WorkspaceError, ConfigError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder.pair_shards} is damaged and cannot be read ({error}).") from error


def count_pairs(db: Database, shards: PairShards, wanted: ShardFilter) -> ShardCounts:
    """Counts of the selected pairs. Raises WorkspaceError when a shard is missing or damaged, ConfigError for a bad search text."""
    return ShardCounts(*_query(db, shards, wanted, _COUNTS, {}).iloc[0].astype(int))


def page_of_shards(db: Database, shards: PairShards, wanted: ShardFilter, offset: int, limit: int) -> pd.DataFrame:
    """The selected pairs from the most similar on: the columns of schemas.PAIRS. Raises as `count_pairs`."""
    return _query(db, shards, wanted, _PAGE, require_page(offset, limit))


def _query(db: Database, shards: PairShards, wanted: ShardFilter, sql: str, parameters: dict[str, Any]) -> pd.DataFrame:
    where, given = _where(wanted)
    cursor = db.cursor()
    try:
        paths = [place.path(name) for place, name in shards.shards]
        file_system = shards.shards[0][0].file_system  # all iterations lie beside each other
        dataset = ds.dataset(paths, schema=PAIRS, format="parquet", filesystem=file_system)
        cursor.register("pair_shards", dataset)
        try:
            with database_errors(db.workspace.database):
                return cursor.execute(sql.format(where=where), given | parameters).df()
        finally:
            cursor.unregister("pair_shards")
    except (pa.ArrowException, OSError, duckdb.InvalidInputException) as error:
        where_from, reason = shards.shards[0][0].url, " ".join(str(error).split())[:200]
        raise WorkspaceError(f"The pairs in {where_from} are missing or damaged ({reason}).") from error


def _where(wanted: ShardFilter) -> tuple[str, dict[str, Any]]:
    conditions = ["similarity >= $low::FLOAT"]
    parameters: dict[str, Any] = {"low": float(wanted.min_similarity)}
    for column, text, what in (("src_token", wanted.src_token, "The source word"), ("trg_token", wanted.trg_token, "The target word")):
        if text:
            parameters[column] = searchable(text, wanted.match, what)
            conditions.append(condition(column, column, wanted.match))
    if wanted.mutual_only:
        conditions.append("forward AND backward")
    return " AND ".join(conditions), parameters
