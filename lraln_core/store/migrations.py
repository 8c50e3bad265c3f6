"""Migrations of databases of older versions, one step a version."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from lraln_core.store.ingest.contexts import rank_contexts
from lraln_core.store.ingest.places import count_places, number_places

_JUDGEMENTS_2 = """
DROP VIEW standing_judgements;
ALTER TABLE judgements ADD COLUMN sample VARCHAR DEFAULT '';
CREATE VIEW standing_judgements AS
SELECT * FROM judgements
QUALIFY row_number() OVER (
    PARTITION BY src_corpus, src_sentence, src_word, trg_corpus, trg_sentence, trg_word, annotator,
                 CASE WHEN src_corpus = '' THEN run_id END
    ORDER BY time DESC, id DESC
) = 1;
CREATE TABLE translations (
    id VARCHAR PRIMARY KEY,
    language VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    translation VARCHAR NOT NULL,
    annotator VARCHAR NOT NULL,
    time VARCHAR NOT NULL
);
ALTER TABLE mined_pairs ADD COLUMN by_src_before INTEGER;
ALTER TABLE mined_pairs ADD COLUMN by_src_after INTEGER;
ALTER TABLE mined_pairs ADD COLUMN by_trg_before INTEGER;
ALTER TABLE mined_pairs ADD COLUMN by_trg_after INTEGER;
"""


def _to_2(connection: duckdb.DuckDBPyConnection) -> None:
    """Add samples of judgements, translations of sentences and the order of pairs by context."""
    connection.execute(_JUDGEMENTS_2)
    for (run,) in connection.execute("SELECT number FROM runs WHERE mined_pairs > 0").fetchall():
        rank_contexts(connection, run)


def _to_3(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the tagged sentences, which are read from the run folder only."""
    connection.execute("DROP TABLE predictions")


def _to_4(connection: duckdb.DuckDBPyConnection) -> None:
    """The distinct place of every pair, and counts of places in the list of runs."""
    connection.execute(
        "ALTER TABLE mined_pairs ADD COLUMN place BIGINT; ALTER TABLE mined_pairs ADD COLUMN found_in INTEGER; "
        "ALTER TABLE runs ADD COLUMN word_pairs BIGINT"
    )
    for (run,) in connection.execute("SELECT number FROM runs").fetchall():
        number_places(connection, run)
        count_places(connection, run)


_DICTIONARY_5 = """
CREATE TABLE type_pairs (
    run INTEGER NOT NULL,
    src_word VARCHAR NOT NULL,
    trg_word VARCHAR NOT NULL,
    src_count BIGINT NOT NULL,
    trg_count BIGINT NOT NULL,
    similarity FLOAT,
    csls FLOAT,
    mutual BOOLEAN NOT NULL,
    expected_precision FLOAT
);

CREATE TABLE dictionary_entries (
    id VARCHAR PRIMARY KEY,
    src_language VARCHAR NOT NULL,
    trg_language VARCHAR NOT NULL,
    headword VARCHAR NOT NULL,
    translation VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    annotator VARCHAR NOT NULL,
    time VARCHAR NOT NULL
);

CREATE VIEW standing_entries AS
SELECT * FROM dictionary_entries
QUALIFY row_number() OVER (PARTITION BY src_language, trg_language, headword, translation ORDER BY time DESC, id DESC) = 1;
"""


def _to_5(connection: duckdb.DuckDBPyConnection) -> None:
    """Scores of pairs under the final maps, pairs of word types and the dictionary. Runs that have the files are ingested again."""
    types = {"alike": "TINYINT", "in_lexicon": "BOOLEAN", "src_frequent": "BOOLEAN", "trg_frequent": "BOOLEAN"}
    for name in ("cosine_before", "cosine", "csls", "src_hubness", "trg_hubness", *types):
        connection.execute(f"ALTER TABLE mined_pairs ADD COLUMN {name} {types.get(name, 'FLOAT')}")
    connection.execute("ALTER TABLE runs ADD COLUMN scored_pairs BIGINT; UPDATE runs SET scored_pairs = 0")
    connection.execute(_DICTIONARY_5)
    # So that the next sync takes in the pairs of word types of runs that have them.
    connection.execute("DELETE FROM scanned WHERE kind = 'run' AND id IN (SELECT id FROM runs WHERE system = 'gloss')")


MIGRATIONS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {1: _to_2, 2: _to_3, 3: _to_4, 4: _to_5}
