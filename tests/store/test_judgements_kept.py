"""Judgements are a person's work: on disk before they are in the database, and back again when the database is lost."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from lraln_core.errors import ConfigError, RunError, WorkspaceError
from lraln_core.files import run_folder
from lraln_core.store.database import open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging import judgements as module
from lraln_core.store.judging import translations
from lraln_core.store.judging.judgements import judge, judgements_file, reload_judgements
from lraln_core.store.judging.translations import translate
from lraln_core.store.sync import problems, sync
from tests.store.store_folders import PAIRS, verdicts_of, write_run

NOTE = '"quoted"\n\ttab \u2028 <b> \'; DROP TABLE judgements; -- ѓ'


def verdicts(db, run_id: str = "run-1") -> list[tuple[int, str, str]]:
    return [row[:3] for row in verdicts_of(db, run_id)]


def test_a_judgement_is_one_line_of_the_file_and_one_row(sample, workspace):
    given = judge(sample, "run-1", 0, "right", annotator=" ana ", note=NOTE)
    (line,) = judgements_file(workspace).read_text().splitlines()
    assert json.loads(line)["note"] == NOTE and json.loads(line)["src_token"] == "Војската"
    assert (given.src_corpus, given.src_sentence, given.src_word, given.annotator) == ("c-mk", 0, 0, "ana")
    assert verdicts_of(sample) == [(0, "ana", "right", NOTE)]


def test_judgements_survive_the_loss_of_the_database(sample, workspace):
    judge(sample, "run-1", 0, "right", annotator="ana", note=NOTE)
    judge(sample, "run-1", 4, "wrong", annotator="ben")
    before = verdicts_of(sample)
    sample.close()
    workspace.database.unlink()
    db = open_database(workspace)
    sync(db, workspace)
    assert verdicts_of(db) == before
    db.close()


def test_the_last_word_of_each_annotator_stands(sample):
    for annotator, verdict in (("ana", "right"), ("ben", "wrong"), ("ana", "unsure"), ("ben", "withdrawn")):
        judge(sample, "run-1", 0, verdict, annotator=annotator)
    assert verdicts(sample) == [(0, "ana", "unsure")]
    assert sample.rows("SELECT count(*) FROM judgements") == [(4,)]


def test_a_judgement_counts_in_every_run_that_mined_the_pair(sample, workspace):
    judge(sample, "run-1", 2, "right", annotator="ana")
    judge(sample, "run-1", 3, "wrong", annotator="ana")
    ingest_run(sample, write_run(workspace, "run-2", pairs=[PAIRS[0][2:]]))
    assert verdicts(sample, "run-2") == [(0, "ana", "right")]
    assert verdicts(sample, "run-1") == [(2, "ana", "right"), (3, "ana", "wrong")]


def test_without_corpora_a_judgement_stays_with_its_run(db, workspace):
    for name in ("one", "two"):
        ingest_run(db, write_run(workspace, name, src_corpus=None, trg_corpus=None))
    judge(db, "one", 0, "right", annotator="ana")
    judge(db, "two", 0, "wrong", annotator="ana")
    assert verdicts(db, "one") == [(0, "ana", "right")] and verdicts(db, "two") == [(0, "ana", "wrong")]


def test_reloading_adds_only_what_is_missing(sample):
    judge(sample, "run-1", 0, "right", annotator="ana")
    assert reload_judgements(sample) == reload_judgements(sample) == []
    assert sample.rows("SELECT count(*) FROM judgements") == [(1,)]


def test_unreadable_lines_are_told_and_the_others_kept(sample, workspace):
    judge(sample, "run-1", 0, "right", annotator="ana")
    path = judgements_file(workspace)
    good = path.read_bytes()
    broken = [b'{"id": "torn', b"[]", b"null", b"\xff\xfe"]
    broken += [
        good.strip().replace(old, new)
        for old, new in (
            (b'"src_word": 0', b'"src_word": "0"'),
            (b'"right"', b'"perhaps"'),
            (b'"annotator": "ana"', b'"annotator": "\\ud800"'),
        )
    ]
    path.write_bytes(b"\n".join(broken) + b"\n\n" + good + good)
    with sample.transaction() as cursor:
        cursor.execute("DELETE FROM judgements")
    complaints = reload_judgements(sample)
    assert [complaint.split(" is not")[0] for complaint in complaints] == [f"judgements.jsonl line {n}" for n in range(1, 8)]
    assert verdicts(sample) == [(0, "ana", "right")]
    sync(sample, workspace)
    assert "line 1 is not a judgement" in problems(sample)["reason"][0]


def test_a_line_torn_by_a_power_cut_costs_only_itself(sample, workspace):
    judge(sample, "run-1", 0, "right", annotator="ana")
    with open(judgements_file(workspace), "ab") as file:
        file.write(b'{"id": "ab')
    judge(sample, "run-1", 1, "wrong", annotator="ana")
    with sample.transaction() as cursor:
        cursor.execute("DELETE FROM judgements")
    assert len(reload_judgements(sample)) == 1
    assert verdicts(sample) == [(0, "ana", "right"), (1, "ana", "wrong")]


def test_every_line_is_synced_before_the_database_has_it(sample, monkeypatch):
    order = []
    fsync, insert = os.fsync, module._insert
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), fsync(handle)))
    monkeypatch.setattr(module, "_insert", lambda *args: (order.append("insert"), insert(*args)))
    judge(sample, "run-1", 0, "right", annotator="ana")
    assert order[0] == "fsync" and order[-1] == "insert"


def test_a_full_disk_records_nothing(sample, monkeypatch):
    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(WorkspaceError, match="disk is full"):
        judge(sample, "run-1", 0, "right", annotator="ana")
    assert sample.rows("SELECT count(*) FROM judgements") == [(0,)]
    monkeypatch.undo()
    assert judgements_file(sample.workspace).read_bytes() == b""
    assert reload_judgements(sample) == [] and verdicts(sample) == []


def test_what_the_database_refuses_is_taken_back_from_the_file(sample, workspace, monkeypatch):
    judge(sample, "run-1", 0, "right", annotator="ana")
    translate(sample, "mk", "кон градот", "towards the city")
    files = {path: path.read_bytes() for path in workspace.judgements.iterdir()}

    def refuse(*_):
        raise WorkspaceError("the disk is full")

    monkeypatch.setattr(module, "_insert", refuse)
    monkeypatch.setattr(translations, "_insert", refuse)
    with pytest.raises(WorkspaceError):
        judge(sample, "run-1", 1, "wrong", annotator="ana")
    with pytest.raises(WorkspaceError):
        translate(sample, "mk", "кон градот", "something else")
    assert {path: path.read_bytes() for path in workspace.judgements.iterdir()} == files


def test_the_last_word_stands_when_the_clock_is_set_back(sample, workspace, monkeypatch):
    for year, verdict, text in ((2026, "right", "one"), (1999, "wrong", "two"), (1999, "unsure", "three")):
        moment = datetime(year, 1, 1, tzinfo=UTC)
        monkeypatch.setattr(run_folder, "datetime", type("Clock", (datetime,), {"now": classmethod(lambda *_, moment=moment: moment)}))
        given = judge(sample, "run-1", 0, verdict, annotator="ana")
        assert verdicts(sample) == [(0, "ana", verdict)], given.time
        translate(sample, "mk", "кон градот", text)
        assert translations.translations_of(sample, "mk", ["кон градот"]) == {"кон градот": text}
    sample.close()
    workspace.database.unlink()
    db = open_database(workspace)
    sync(db, workspace)
    assert verdicts(db) == [(0, "ana", "unsure")]
    db.close()


@pytest.mark.parametrize(
    ("pair_id", "verdict", "annotator", "note", "error"),
    [
        (0, "maybe", "ana", "", ConfigError),
        (0, "right", "  ", "", ConfigError),
        (0, "right", "ana", "\ud800", ConfigError),
        (99, "right", "ana", "", RunError),
    ],
)
def test_a_judgement_that_makes_no_sense_is_refused(sample, workspace, pair_id, verdict, annotator, note, error):
    with pytest.raises(error):
        judge(sample, "run-1", pair_id, verdict, annotator=annotator, note=note)
    assert not judgements_file(workspace).exists()


def test_an_unknown_run_cannot_be_judged(sample):
    with pytest.raises(RunError, match="no run 'x'"):
        judge(sample, "x", 0, "right", annotator="ana")
