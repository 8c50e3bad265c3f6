"""Runs and corpora into the database: what arrives, all or nothing, again without doubling, replaced after a resume."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from lraln_core.errors import RunError
from lraln_core.files.run_folder import now
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.queries.sources import list_sources
from tests.store.store_folders import (
    EVENTS,
    PAIRS,
    RETRIEVAL_EVENT,
    SRC_SENTENCES,
    TRG_SENTENCES,
    dump,
    pair,
    write_corpus,
    write_events,
    write_json,
    write_pairs,
    write_run,
    write_sample,
)

HOSTILE = [
    "'; DROP TABLE runs; --",
    '"quoted"',
    "<script>alert(1)</script>",
    "%_\\",
    "$run",
    "a\tb",
    "c\nd\r",
    "\x01\x1b[31m\x7f",
    "\u202eevil\u2066",
    "e\u0301",
    "👩‍👧",
    "=1+1",
    "NULL",
    "\\x",
    "{}",
    "ﷺ",
    " ",
]


def words_of(sentences: list[str]) -> list[list[str]]:
    return [text.split() for text in sentences]


def test_a_corpus_arrives_with_its_sentences_and_its_report(db, workspace):
    folder = write_corpus(workspace, "c-mk", "mk", words_of(SRC_SENTENCES), file="news.txt", dropped={"empty": 3})
    assert ingest_corpus(db, folder) == "c-mk"
    (corpus,) = list_sources(db)
    assert (corpus.id, corpus.title, corpus.language, corpus.sentences, corpus.words) == ("c-mk", "news.txt", "mk", 4, 15)
    assert db.rows("SELECT source FROM corpora") == [("news.txt",)]
    assert corpus.report["dropped"] == {"empty": 3}
    page = queries.page_of_sentences(db, "c-mk", offset=1, limit=2)
    assert page["position"].tolist() == [1, 2]
    assert [list(words) for words in page["words"]] == words_of(SRC_SENTENCES[1:3])


def test_a_corpus_is_taken_in_once_and_can_be_renamed(db, workspace):
    folder = write_corpus(workspace, "c-mk", "mk", words_of(SRC_SENTENCES))
    ingest_corpus(db, folder)
    ingest_corpus(db, folder, "Newspaper")
    ingest_corpus(db, folder)
    assert [corpus.title for corpus in list_sources(db)] == ["Newspaper"]
    assert queries.count_sentences(db, "c-mk") == 4


def test_a_finished_run_arrives_whole(sample):
    run = queries.one_run(sample, "run-1")
    assert (run.name, run.system, run.state, run.seed, run.encoder) == ("first try", "linear_unsup", "finished", 7, "tiny")
    assert (run.src_corpus, run.trg_corpus, run.mined_pairs, run.iterations) == ("c-mk", "c-en", 5, 2)
    assert (run.steps, run.best_step) == (20, 10)
    assert run.seconds == 3.5 and run.versions == {"torch": "2"} and run.config["seed"] == 7 and run.summary["best_step"] == 10
    assert sample.rows("SELECT count(*) FROM test_sentences") == [(2,)]
    assert sample.rows("SELECT count(*) FROM retrieval") == [(8,)]


def test_pairs_get_their_numbers_groups_and_orders(sample):
    rows = sample.frame("SELECT * FROM mined_pairs ORDER BY pair_id")
    assert rows["src_token"].tolist() == ["Војската", "марширала", "војската", ".", "Реката"]
    assert rows["sentence_pair"].tolist() == [0, 0, 2, 3, 4]
    assert rows["multi"].tolist() == [True, True, False, False, False]
    assert rows["letters"].tolist() == [True, True, True, False, True]
    assert rows["by_similarity"].tolist() == [0, 2, 3, 4, 1]
    assert rows["by_src_token"].tolist() == [1, 3, 2, 0, 4]  # . војската марширала реката, without regard to case


def test_a_run_brings_its_corpora_along(db, workspace):
    ingest_run(db, write_sample(workspace))
    assert [(corpus.id, corpus.runs) for corpus in list_sources(db)] == [("c-en", 1), ("c-mk", 1)]


def test_ingesting_again_changes_nothing(sample, workspace):
    before = dump(sample)
    ingest_run(sample, workspace.runs / "run-1")
    assert dump(sample) == before


def test_a_resumed_run_replaces_its_earlier_state(db, workspace):
    write_sample(workspace)
    folder = write_run(workspace, "run-2", state="cancelled", pairs=PAIRS[:1])
    ingest_run(db, folder)
    assert queries.one_run(db, "run-2").mined_pairs == 3
    shutil.rmtree(folder)
    ingest_run(db, write_run(workspace, "run-2"))
    run = queries.one_run(db, "run-2")
    assert (run.state, run.mined_pairs) == ("finished", 5)
    assert db.rows("SELECT count(*), count(DISTINCT run) FROM mined_pairs") == [(5, 1)]


@pytest.mark.parametrize("state", ["failed", "cancelled", "running"])
def test_a_run_that_did_not_finish_finds_its_corpora_by_the_mined_words(db, workspace, state):
    write_corpus(workspace, "old", "mk", words_of(SRC_SENTENCES))
    write_corpus(workspace, "edited", "mk", words_of(reversed(SRC_SENTENCES)))
    write_corpus(workspace, "other-way", "mk", words_of(SRC_SENTENCES), tokenized=True)
    write_corpus(workspace, "c-en", "en", words_of(TRG_SENTENCES))
    ingest_run(db, write_run(workspace, state=state, error="no luck" if state == "failed" else None))
    run = queries.one_run(db, "run-1")
    assert run.state == ("interrupted" if state == "running" else state)  # nobody holds its lock
    assert (run.src_corpus, run.trg_corpus) == ("old", "c-en")
    assert (run.steps, run.best_step, run.seconds, run.summary) == (20, 10, 4.5, None)
    assert run.error == ("no luck" if state == "failed" else None)


def test_a_run_without_a_matching_corpus_still_shows_its_pairs(db, workspace):
    ingest_run(db, write_run(workspace, state="cancelled"))
    assert queries.one_run(db, "run-1").src_corpus is None
    (first, *_) = page_of_pairs(db, PairFilter("run-1"))
    assert (first.link.src_token, first.src_words, first.src_text) == ("Војската", (), "")


def test_a_corpus_that_does_not_hold_the_mined_words_is_refused(db, workspace):
    write_corpus(workspace, "c-mk", "mk", words_of(reversed(SRC_SENTENCES)))
    write_corpus(workspace, "c-en", "en", words_of(TRG_SENTENCES))
    before = dump(db)
    with pytest.raises(RunError, match="do not occur in its corpus"):
        ingest_run(db, write_run(workspace))
    assert dump(db) == before


def test_a_base_run_has_no_pairs_and_no_corpora(db, workspace):
    folder = write_run(workspace, pairs=[], src_corpus=None, trg_corpus=None)
    ingest_run(db, folder)
    run = queries.one_run(db, "run-1")
    assert (run.mined_pairs, run.iterations, run.src_corpus) == (0, 0, None)
    assert page_of_pairs(db, PairFilter("run-1")) == []


def test_curves_minings_and_metrics(sample):
    curves = queries.curves(sample, "run-1")
    loss = curves[curves["name"] == "loss"]
    assert loss["step"].tolist() == [10, 20] and loss["value"].tolist() == [0.5, 0.25] and loss["seconds"].tolist() == [3.0, 4.0]
    criterion = curves[curves["name"] == "criterion"]["value"].tolist()
    assert criterion[:2] == [0.4, 0.6] and pd.isna(criterion[2])
    minings = queries.minings(sample, "run-1").set_index("direction")
    assert minings["pairs"].to_dict() == {"forward": 2, "backward": 2, "mutual": 1, "union": 3}
    assert minings["mean_similarity"].round(4).to_dict() == {"forward": 0.85, "backward": 0.75, "mutual": 0.9, "union": 0.7667}
    metrics = queries.metrics(sample, "run-1")
    assert len(metrics) == 6 and metrics["value"].between(0, 1).all()
    runs = queries.list_runs(sample)
    assert runs[["id", "accuracy_before", "accuracy_after", "accuracy_low", "accuracy_high"]].values.tolist() == [
        ["run-1", 0.5, 0.75, pytest.approx(0.65), pytest.approx(0.85)]
    ]


def test_a_run_that_was_cut_off_has_the_measurements_of_its_events(db, workspace):
    folder = write_run(workspace, state="cancelled")
    write_events(folder, [RETRIEVAL_EVENT, *EVENTS])
    with open(folder / "events.jsonl", "a") as file:
        file.write('{"time": 9.0, "kind": "trai')  # torn by the kill
    ingest_run(db, folder)
    metrics = queries.metrics(db, "run-1").set_index("direction")
    assert metrics["value"].to_dict() == {"mean": 0.375, "src2trg": 0.5, "trg2src": 0.25}
    assert metrics.loc["mean", ["low", "high"]].tolist() == [0.3, 0.45] and pd.isna(metrics.loc["src2trg", "low"])


def test_similarity_that_was_never_computed_is_missing_and_comes_last(db, workspace):
    write_sample(workspace)
    pairs = [[pair(0, (0, 0), (0, 1), float("nan")), pair(0, (0, 1), (0, 2), 0.1)]]
    ingest_run(db, write_run(workspace, "run-2", pairs=pairs))
    assert [p.link.similarity for p in page_of_pairs(db, PairFilter("run-2"))] == [pytest.approx(0.1), None]


def test_a_queued_run_is_refused(db, workspace):
    with pytest.raises(RunError, match="still queued"):
        ingest_run(db, write_run(workspace, state="queued", updated=now()))


def test_a_folder_that_is_not_there_is_refused(db, workspace):
    with pytest.raises(RunError, match="There is no run folder"):
        ingest_run(db, workspace.runs / "nothing")


def test_hostile_text_comes_back_as_it_was(db, workspace):
    write_corpus(workspace, "h-src", "mk", [HOSTILE, HOSTILE[::-1]], file=HOSTILE[0])
    write_corpus(workspace, "h-trg", "en", [HOSTILE, HOSTILE[::-1]], file=HOSTILE[2])
    pairs = [[pair(0, (0, i), (1, i), 0.5, tokens=(HOSTILE[i], HOSTILE[::-1][i])) for i in range(len(HOSTILE))]]
    folder = write_run(workspace, "run'; DROP TABLE runs; --", pairs=pairs, src_corpus="h-src", trg_corpus="h-trg")
    config = json.loads((folder / "config.json").read_text()) | {"name": HOSTILE[2]}
    write_json(folder / "config.json", config)
    run_id = ingest_run(db, folder)
    assert queries.one_run(db, run_id).name == HOSTILE[2]
    assert db.rows("SELECT name FROM corpora WHERE id = 'h-src'") == [(HOSTILE[0],)]
    page = page_of_pairs(db, PairFilter(run_id, sort=Sort.ITERATION))
    assert {(p.link.src_token, p.link.trg_token) for p in page} == set(zip(HOSTILE, HOSTILE[::-1], strict=True))
    assert page[0].src_words == tuple(HOSTILE) and page[0].trg_words == tuple(HOSTILE[::-1])
    for token in HOSTILE:
        found = page_of_pairs(db, PairFilter(run_id, src_token=token))
        assert [p.link.src_token for p in found] == ([token] if token != "e\u0301" else []), token


def test_many_iterations_are_one_run(db, workspace):
    folder = write_run(workspace, pairs=[[pair(i, (0, 0), (0, 1), 0.5)] for i in range(40)], src_corpus=None, trg_corpus=None)
    ingest_run(db, folder)
    assert db.rows("SELECT count(DISTINCT iteration), max(pair_id) FROM mined_pairs") == [(40, 39)]
    write_pairs(folder, [[pair(0, (0, 0), (0, 1), 0.5)]])


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_the_status_of_a_run_that_did_not_finish_names_its_corpora(db, workspace, state):
    write_corpus(workspace, "named", "mk", words_of(SRC_SENTENCES), file="another name.txt")
    write_corpus(workspace, "newer", "mk", words_of(SRC_SENTENCES))
    write_corpus(workspace, "c-en", "en", words_of(TRG_SENTENCES))
    folder = write_run(workspace, state=state)
    status = json.loads((folder / "status.json").read_text())
    write_json(folder / "status.json", status | {"src_corpus": "named", "trg_corpus": "c-en"})
    ingest_run(db, folder)
    run = queries.one_run(db, "run-1")
    assert (run.src_corpus, run.trg_corpus) == ("named", "c-en")
    write_json(folder / "status.json", status | {"src_corpus": "../named"})
    with pytest.raises(RunError, match="not the id of a corpus"):
        ingest_run(db, folder)
