"""Ingest of mined pairs: numbered, grouped by sentence pair, and stored from the most to the least similar."""

from __future__ import annotations

import duckdb

from lraln_core.errors import RunError
from lraln_core.files.schemas import PAIRS

from .parquet import parquet_as
from .run_files import RunFiles

# One pass over the files. The stored ranks make a page in one of the usual orders a scan over integers.
_INSERT = r"""
INSERT INTO mined_pairs BY NAME
WITH numbered AS (
    SELECT * REPLACE (CASE WHEN isfinite(similarity) THEN similarity END AS similarity),
           row_number() OVER (ORDER BY iteration, src_sentence, trg_sentence, src_word, trg_word) - 1 AS pair_id
    FROM pair_files
), ranked AS (
    SELECT *,
           min(pair_id) OVER occurrences AS place,
           count(*) OVER occurrences AS found_in,
           min(pair_id) OVER same AS sentence_pair,
           count(*) OVER same > 1 AS multi,
           row_number() OVER (ORDER BY similarity DESC NULLS LAST, pair_id) - 1 AS by_similarity
    FROM numbered
    WINDOW same AS (PARTITION BY iteration, src_sentence, trg_sentence),
           occurrences AS (PARTITION BY src_sentence, src_word, trg_sentence, trg_word)
)
SELECT $run AS run, pair_id, sentence_pair, iteration, src_sentence, src_word, src_token, trg_sentence, trg_word, trg_token,
       similarity, forward, backward, multi, by_similarity, place, found_in,
       regexp_matches(src_token, '\pL') AND regexp_matches(trg_token, '\pL') AS letters,
       row_number() OVER (ORDER BY lower(src_token), by_similarity) - 1 AS by_src_token,
       row_number() OVER (ORDER BY lower(trg_token), by_similarity) - 1 AS by_trg_token
FROM ranked
ORDER BY by_similarity
"""

_MEANS = """
UPDATE minings SET mean_similarity = means.value
FROM (
    SELECT iteration, unnest([
        {'direction': 'forward', 'value': avg(similarity) FILTER (forward)},
        {'direction': 'backward', 'value': avg(similarity) FILTER (backward)},
        {'direction': 'mutual', 'value': avg(similarity) FILTER (forward AND backward)}
    ], recursive := true)
    FROM mined_pairs WHERE run = $run GROUP BY iteration
) AS means
WHERE minings.run = $run AND minings.iteration = means.iteration AND minings.direction = means.direction
"""


def insert_pairs(cursor: duckdb.DuckDBPyConnection, run: int, files: RunFiles) -> int:
    """Insert the pairs of all iterations of a run. -> how many. Raises RunError that names a damaged file."""
    paths = files.folder.pair_files()
    if not paths:
        return 0
    with parquet_as(cursor, "pair_files", paths, PAIRS, RunError):
        cursor.execute(_INSERT, {"run": run})
    return cursor.execute("SELECT count(*) FROM mined_pairs WHERE run = $run", {"run": run}).fetchall()[0][0]


def fill_mean_similarity(cursor: duckdb.DuckDBPyConnection, run: int) -> None:
    """Mean similarity of each direction; the mining events give only that of the union."""
    cursor.execute(_MEANS, {"run": run})
