"""The order of a run's pairs by the words before or after each mined word, as in a sorted concordance.

Computed once at ingest, so that a page of a million pairs in that order is a scan over integers.
"""

from __future__ import annotations

import duckdb

WORDS = 3  # compared on either side, the nearest first; the rest seldom decides

_RANK = """
CREATE TEMP TABLE places AS
WITH occurrences AS (
    SELECT DISTINCT {side}_sentence AS sentence, {side}_word AS word FROM mined_pairs WHERE run = $run
), around AS (
    SELECT sentence, word,
           lower(array_to_string(list_reverse(words[greatest(1, word - $words + 1) : word]), ' ')) AS before,
           lower(array_to_string(words[word + 2 : word + 1 + $words], ' ')) AS after
    FROM occurrences JOIN sentences ON position = sentence
    WHERE corpus = (SELECT c.number FROM runs r JOIN corpora c ON c.id = r.{side}_corpus WHERE r.number = $run)
)
SELECT sentence, word, row_number() OVER (ORDER BY before, sentence, word) - 1 AS by_before,
       row_number() OVER (ORDER BY after, sentence, word) - 1 AS by_after
FROM around
"""

_FILL = """
UPDATE mined_pairs SET by_{side}_before = places.by_before, by_{side}_after = places.by_after
FROM places WHERE run = $run AND {side}_sentence = places.sentence AND {side}_word = places.word
"""


def rank_contexts(cursor: duckdb.DuckDBPyConnection, run: int) -> None:
    """Fill the four columns by_src_before ... by_trg_after of a run that is in the database, with its number."""
    for side in ("src", "trg"):
        cursor.execute(_RANK.format(side=side), {"run": run, "words": WORDS})
        cursor.execute(_FILL.format(side=side), {"run": run})
        cursor.execute("DROP TABLE places")
