"""Ingest of the scores of a run's pairs; a run without them keeps its pairs and has no scores."""

from __future__ import annotations

import duckdb

from lraln_core.errors import RunError
from lraln_core.files.schemas import PAIR_SCORES, PLACE, SCORES

from .parquet import parquet_as
from .run_files import RunFiles

COLUMNS = ", ".join(f"{name} = score_file.{name}" for name in SCORES)
_FILL = f"""
UPDATE mined_pairs SET {COLUMNS}
FROM score_file WHERE run = $run AND {" AND ".join(f"mined_pairs.{name} = score_file.{name}" for name in PLACE)}
"""
_FINITE = """
UPDATE mined_pairs SET csls = NULL, cosine = NULL
WHERE run = $run AND NOT (isfinite(csls) AND isfinite(cosine))
"""
_COUNT = """
UPDATE runs SET scored_pairs = (SELECT count(*) FROM mined_pairs WHERE run = $run AND pair_id = place AND csls IS NOT NULL)
WHERE number = $run
"""


def insert_scores(cursor: duckdb.DuckDBPyConnection, run: int, files: RunFiles) -> None:
    """Fill the score columns of the pairs of a run, and count them in its row. Raises RunError that names a damaged file."""
    path = files.folder.pair_scores
    if path.exists():
        with parquet_as(cursor, "score_file", [path], PAIR_SCORES, RunError):
            cursor.execute(_FILL, {"run": run})
        cursor.execute(_FINITE, {"run": run})
    cursor.execute(_COUNT, {"run": run})
