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

from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files.atomic import read_json
from lraln_core.files.places import Place
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.schemas import PAIRS
from lraln_core.store.database import Database, database_errors
from lraln_core.store.matching import Match, condition, require_page, searchable

_PAGE = """
SELECT src_token, trg_token, similarity, forward, backward, src_sentence, src_word, trg_sentence, trg_word
FROM pair_shards WHERE {where}
ORDER BY similarity DESC, src_sentence, src_word, trg_sentence, trg_word
LIMIT $limit OFFSET $offset
"""
_COUNTS = """
SELECT count(*) AS pairs, count(DISTINCT (lower(src_token), lower(trg_token))) AS types, count(*) FILTER (forward AND backward) AS mutual
FROM pair_shards WHERE {where}
"""


@dataclass(frozen=True)
class PairShards:
    """Where the shards of a run are, and how many pairs they hold."""

    place: Place
    shards: tuple[str, ...]
    pairs: int


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
        names = tuple(values["shards"])
        if not (type(values["pairs"]) is int and all(isinstance(n, str) and n.startswith("pairs-") and "/" not in n for n in names)):
            raise ValueError("shards")
        return PairShards(Place(str(values["place"])), names, values["pairs"])
    except (WorkspaceError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder.pair_shards} is damaged and cannot be read ({error}).") from error


def count_pairs(db: Database, shards: PairShards, wanted: ShardFilter) -> ShardCounts:
    """Counts of the selected pairs. Raises WorkspaceError when a shard is missing or damaged, ConfigError for a bad search text."""
    return ShardCounts(*_query(db, shards, wanted, _COUNTS, {}).iloc[0].astype(int))


def page_of_shards(db: Database, shards: PairShards, wanted: ShardFilter, offset: int, limit: int) -> pd.DataFrame:
    """The selected pairs from the most similar on: the columns of schemas.PAIRS without the iteration. Raises as `count_pairs`."""
    return _query(db, shards, wanted, _PAGE, require_page(offset, limit))


def _query(db: Database, shards: PairShards, wanted: ShardFilter, sql: str, parameters: dict[str, Any]) -> pd.DataFrame:
    where, given = _where(wanted)
    cursor = db.cursor()
    try:
        paths = [shards.place.path(name) for name in shards.shards]
        dataset = ds.dataset(paths, schema=PAIRS, format="parquet", filesystem=shards.place.file_system)
        cursor.register("pair_shards", dataset)
        try:
            with database_errors(db.workspace.database):
                return cursor.execute(sql.format(where=where), given | parameters).df()
        finally:
            cursor.unregister("pair_shards")
    except (pa.ArrowException, OSError, duckdb.InvalidInputException) as error:
        raise WorkspaceError(f"The pairs in {shards.place.url} are missing or damaged ({' '.join(str(error).split())[:200]}).") from error


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
