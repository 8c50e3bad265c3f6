"""sync takes in what is new, passes over the rest cheaply, and is not stopped by a damaged folder; removal is final."""

from __future__ import annotations

import os
import threading

import pytest

from lraln_core.errors import CorpusError, RunError, WorkspaceError
from lraln_core.files.run_folder import RunFolder, now
from lraln_core.store import sync as sync_module
from lraln_core.store.judging.judgements import judge
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.sources import list_sources
from lraln_core.store.removal import remove_corpus, remove_run
from lraln_core.store.sync import problems, sync
from tests.store.store_folders import PAIRS, verdicts_of, write_corpus, write_pairs, write_run, write_sample, write_status


def test_nothing_new_is_nothing_done(sample, workspace, monkeypatch):
    monkeypatch.setattr(sync_module, "_take", None)
    assert sync(sample, workspace) == []
    assert problems(sample).empty


def test_an_empty_workspace_is_fine(db, workspace):
    assert sync(db, workspace) == []


def test_only_what_has_changed_is_taken_in_again(sample, workspace):
    write_pairs(workspace.runs / "run-1", PAIRS[:1])
    (workspace.runs / "run-1" / "pairs-0001.parquet").unlink()
    write_status(workspace.runs / "run-1", updated="2026-01-01T11:00:00.000+00:00")
    write_run(workspace, "run-2")
    assert sync(sample, workspace) == ["run-1", "run-2"]
    assert queries.one_run(sample, "run-1").mined_pairs == 3


def test_a_run_at_work_is_left_alone_until_it_is_over(sample, workspace):
    folder = write_run(workspace, "run-2", state="running")
    with RunFolder(folder).hold():
        assert sync(sample, workspace) == []
    assert sync(sample, workspace) == ["run-2"]
    assert queries.one_run(sample, "run-2").state == "interrupted"
    with RunFolder(folder).hold():  # resumed: the earlier state stays until it ends
        assert sync(sample, workspace) == []
        assert queries.one_run(sample, "run-2").state == "interrupted"
    write_status(folder, "cancelled", updated="2026-01-02T00:00:00.000+00:00")
    assert sync(sample, workspace) == ["run-2"]


def test_a_damaged_folder_is_passed_over_with_its_reason(db, workspace):
    write_sample(workspace)
    bad_run = write_run(workspace, "a-bad-run")
    (bad_run / "pairs-0000.parquet").write_bytes(b"x")
    (write_run(workspace, "b-bad-status") / "status.json").write_bytes(b"[")
    bad_corpus = write_corpus(workspace, "a-bad-corpus", "mk", [["a", "b"]])
    (bad_corpus / "sentences.parquet").unlink()
    (workspace.runs / "stray.txt").write_text("not a run")
    (workspace.corpora / ".half.part").mkdir()
    assert sync(db, workspace) == ["c-en", "c-mk", "run-1"]
    found = problems(db).set_index("id")["reason"]
    assert sorted(found.index) == ["a-bad-corpus", "a-bad-run", "b-bad-status"]
    assert "pairs-0000.parquet is damaged" in found["a-bad-run"]
    assert sync(db, workspace) == []
    write_pairs(bad_run, PAIRS)
    assert sync(db, workspace) == []  # its status is as it was
    assert sync(db, workspace, retry=True) == ["a-bad-run"]
    assert sorted(problems(db)["id"]) == ["a-bad-corpus", "b-bad-status"]


def test_a_damaged_folder_that_is_gone_is_no_problem_any_more(sample, workspace):
    folder = write_corpus(workspace, "bad", "mk", [["a", "b"]])
    (folder / "report.json").unlink()
    sync(sample, workspace)
    assert problems(sample)["id"].tolist() == ["bad"]
    (folder / "sentences.parquet").unlink()
    folder.rmdir()
    sync(sample, workspace)
    assert problems(sample).empty


def test_a_failing_database_is_no_reason_to_blame_a_folder(sample, workspace, monkeypatch):
    def fail(*_):
        raise WorkspaceError("disk full")

    monkeypatch.setattr(sync_module, "ingest_run", fail)
    write_run(workspace, "run-2")
    with pytest.raises(WorkspaceError, match="disk full"):
        sync(sample, workspace)
    monkeypatch.undo()
    assert sync(sample, workspace) == ["run-2"]


def test_a_second_sync_does_not_wait_for_the_first(sample, workspace):
    write_run(workspace, "run-2")
    results = []
    with sample.writing:
        thread = threading.Thread(target=lambda: results.append(sync(sample, workspace)))
        thread.start()
        thread.join(10)
    assert results == [[]]
    assert sync(sample, workspace) == ["run-2"]


def test_a_removed_run_is_gone_for_good_but_its_judgements_stay(sample, workspace):
    judge(sample, "run-1", 0, "right", annotator="ana")
    remove_run(sample, "run-1")
    assert not (workspace.runs / "run-1").exists() and not list(workspace.runs.iterdir())
    assert sync(sample, workspace) == []
    for table in ("runs", "mined_pairs", "minings", "metrics", "curves", "retrieval", "test_sentences"):
        assert sample.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    write_run(workspace)
    sync(sample, workspace)
    assert verdicts_of(sample) == [(0, "ana", "right", "")]


def test_a_run_at_work_is_not_removed(sample, workspace):
    folder = write_run(workspace, "run-2", state="running", updated=now())
    with RunFolder(folder).hold(), pytest.raises(RunError, match="still running"):
        remove_run(sample, "run-2")
    assert folder.is_dir()
    remove_run(sample, "run-2")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "/etc", "no-such-run"])
def test_only_runs_of_the_workspace_can_be_removed(sample, workspace, name):
    with pytest.raises(RunError):
        remove_run(sample, name)
    assert (workspace.runs / "run-1").is_dir()


def test_a_removal_that_fails_leaves_the_folder_where_it_was(sample, workspace, monkeypatch):
    monkeypatch.setattr("lraln_core.store.removal.delete_run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        remove_run(sample, "run-1")
    assert os.listdir(workspace.runs) == ["run-1"]
    assert queries.one_run(sample, "run-1").mined_pairs == 5


def test_a_corpus_is_removed_only_when_no_run_uses_it(sample, workspace):
    with pytest.raises(CorpusError, match="used by run run-1"):
        remove_corpus(sample, "c-mk")
    remove_run(sample, "run-1")
    remove_corpus(sample, "c-mk")
    assert [corpus.id for corpus in list_sources(sample)] == ["c-en"]
    assert not (workspace.corpora / "c-mk").exists()
    assert sample.rows("SELECT count(DISTINCT corpus) FROM sentences") == [(1,)]
    assert sync(sample, workspace) == []
    with pytest.raises(CorpusError, match="no corpus 'c-mk'"):
        remove_corpus(sample, "c-mk")


def test_a_corpus_that_a_run_at_work_reads_is_not_removed(db, workspace):
    write_corpus(workspace, "c-mk", "mk", [["a", "b", "c"]])
    sync(db, workspace)
    folder = write_run(workspace, state="running", updated=now())
    with RunFolder(folder).hold(), pytest.raises(CorpusError, match="used by run run-1"):
        remove_corpus(db, "c-mk")
