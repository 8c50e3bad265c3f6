"""A damaged run or corpus folder is refused with a sentence that names it, and the database stays exactly as it was."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lraln_core.errors import CorpusError, RunError
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.queries import runs as queries
from tests.store.store_folders import (
    PAIRS,
    SRC_SENTENCES,
    dump,
    retrieval_table,
    write_corpus,
    write_events,
    write_json,
    write_pairs,
    write_run,
    write_status,
)

SENTENCES = [text.split() for text in SRC_SENTENCES]


@pytest.mark.parametrize("file", ["report.json", "sentences.parquet"])
@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_damaged_corpus_changes_nothing(db, workspace, file, damage):
    folder = write_corpus(workspace, "c-mk", "mk", SENTENCES)
    (folder / file).write_bytes(b"garbage") if damage == "garbage" else (folder / file).unlink()
    before = dump(db)
    with pytest.raises(CorpusError):
        ingest_corpus(db, folder)
    assert dump(db) == before


def break_parquet(folder):
    (folder / "pairs-0001.parquet").write_bytes((folder / "pairs-0001.parquet").read_bytes()[:200])


def flip_parquet(folder):
    good = (folder / "pairs-0001.parquet").read_bytes()
    (folder / "pairs-0001.parquet").write_bytes(good[:40] + bytes(b ^ 0xFF for b in good[40:90]) + good[90:])


def drop_column(folder):
    table = pq.read_table(folder / "pairs-0001.parquet")
    pq.write_table(table.drop_columns(["trg_token"]), folder / "pairs-0001.parquet")


def empty_cell(folder):
    table = pq.read_table(folder / "pairs-0001.parquet")
    tokens = pa.array([None] * len(table), pa.string())
    pq.write_table(table.set_column(table.column_names.index("src_token"), "src_token", tokens), folder / "pairs-0001.parquet")


def wrong_type(folder):
    table = pq.read_table(folder / "pairs-0001.parquet")
    numbers = pa.array([2**40] * len(table), pa.int64())
    pq.write_table(table.set_column(table.column_names.index("src_word"), "src_word", numbers), folder / "pairs-0001.parquet")


DAMAGE = {
    "pairs cut short": break_parquet,
    "pairs with flipped bytes": flip_parquet,
    "pairs without a column": drop_column,
    "pairs with an empty cell": empty_cell,
    "pairs with a number too large": wrong_type,
    "retrieval": lambda folder: (folder / "retrieval.parquet").write_bytes(b"PAR1"),
    "retrieval without a column": lambda folder: pq.write_table(
        retrieval_table().drop_columns(["hit_after_trg2src"]), folder / "retrieval.parquet"
    ),
    "test set": lambda folder: (folder / "test.parquet").write_bytes(b""),
    "summary": lambda folder: (folder / "summary.json").write_text("{"),
    "summary missing": lambda folder: (folder / "summary.json").unlink(),
    "config a list": lambda folder: write_json(folder / "config.json", []),
    "config missing": lambda folder: (folder / "config.json").unlink(),
    "metrics a table": lambda folder: write_json(folder / "metrics.json", {}),
    "metric a word": lambda folder: write_json(folder / "metrics.json", [{"step": 0, "value": "high"}]),
    "status not UTF-8": lambda folder: (folder / "status.json").write_bytes(b"\xff"),
    "status unknown": lambda folder: write_status(folder, "asleep"),
    "status a list": lambda folder: write_json(folder / "status.json", []),
    "event with a wrong step": lambda folder: write_events(folder, [{"time": 1.0, "kind": "training", "step": "x", "loss": 1.0}]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_changes_nothing_at_all(sample, workspace, damage):
    write_corpus(workspace, "c-new", "mk", SENTENCES)
    folder = write_run(workspace, "run-2", src_corpus="c-new")
    DAMAGE[damage](folder)
    before = dump(sample)
    with pytest.raises(RunError) as caught:
        ingest_run(sample, folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)
    assert dump(sample) == before


@pytest.mark.parametrize("damage", ["pairs cut short", "retrieval"])
def test_a_run_that_became_damaged_keeps_what_the_database_has(sample, workspace, damage):
    DAMAGE[damage](workspace.runs / "run-1")
    before = dump(sample)
    with pytest.raises(RunError):
        ingest_run(sample, workspace.runs / "run-1")
    assert dump(sample) == before


def test_the_damaged_file_is_named_and_a_repaired_run_is_taken_in(sample, workspace):
    folder = workspace.runs / "run-1"
    break_parquet(folder)
    with pytest.raises(RunError, match="pairs-0001.parquet is damaged"):
        ingest_run(sample, folder)
    write_pairs(folder, PAIRS)
    ingest_run(sample, folder)
    assert queries.one_run(sample, "run-1").mined_pairs == 5


ODD_VALUES = st.sampled_from([None, [], {}, "x", "\ud800", "\x00", -1, 2**70, 1e308, float("nan"), True, [{}], {"a": [1]}])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["config.json", "status.json", "summary.json", "metrics.json", "events.jsonl"]), st.data())
def test_odd_values_in_the_files_of_a_run_are_taken_or_refused(db, workspace, file, data):
    shutil.rmtree(workspace.runs, ignore_errors=True)
    folder = write_run(workspace, src_corpus=None, trg_corpus=None)
    lines = (folder / file).read_text().splitlines() if file.endswith("l") else [(folder / file).read_text()]
    values = [json.loads(line) for line in lines]
    tables = values[0] if file == "metrics.json" else values
    table = tables[data.draw(st.integers(0, len(tables) - 1))]
    table[data.draw(st.sampled_from(sorted(table)))] = data.draw(ODD_VALUES)
    (folder / file).write_text("\n".join(json.dumps(value) for value in values) + "\n")
    before = dump(db)
    try:
        ingest_run(db, folder)
    except RunError as error:
        assert "\n" not in str(error)
        assert dump(db) == before
