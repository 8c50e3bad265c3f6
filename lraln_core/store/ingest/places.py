"""Distinct places: one occurrence of a source word with one occurrence of a target word, however many iterations found it."""

from __future__ import annotations

import duckdb

_NUMBER = """
UPDATE mined_pairs SET place = places.place, found_in = places.found_in
FROM (
    SELECT src_sentence, src_word, trg_sentence, trg_word, min(pair_id) AS place, count(*) AS found_in
    FROM mined_pairs WHERE run = $run GROUP BY ALL
) AS places
WHERE run = $run AND mined_pairs.src_sentence = places.src_sentence AND mined_pairs.src_word = places.src_word
  AND mined_pairs.trg_sentence = places.trg_sentence AND mined_pairs.trg_word = places.trg_word
"""

_COUNT = """
UPDATE runs SET mined_pairs = counts.every, word_pairs = counts.words
FROM (
    SELECT count(*) FILTER (pair_id = place) AS every, count(*) FILTER (pair_id = place AND letters) AS words
    FROM mined_pairs WHERE run = $run
) AS counts
WHERE number = $run
"""


def number_places(cursor: duckdb.DuckDBPyConnection, run: int) -> None:
    """Fill the columns place and found_in of a run that is in the database, with its number."""
    cursor.execute(_NUMBER, {"run": run})


def count_places(cursor: duckdb.DuckDBPyConnection, run: int) -> None:
    """Fill the counts of distinct places in the row of the run."""
    cursor.execute(_COUNT, {"run": run})
