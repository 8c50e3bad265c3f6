"""The dictionary of a run against counts made by hand, and what people say about its entries."""

from __future__ import annotations

import pytest

from lraln_core.errors import ConfigError
from lraln_core.files import schemas
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.database import open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.dictionary_entries import EntryVerdict, edit_entry, entries_file
from lraln_core.store.judging.judgements import judge
from lraln_core.store.queries.dictionary import (
    DictionaryFilter,
    Edited,
    EntrySort,
    all_entries,
    count_entries,
    entries,
    entry_table,
    first_candidates,
)
from lraln_core.store.sync import sync
from tests.store.store_folders import pair, write_corpus, write_run

RUN = "run-1"


@pytest.fixture
def db(workspace):
    """Река: river at two places (one found by two iterations), sea at one; крал: king at one; a full stop."""
    src = [["Река", "крал", "река", "."], ["река", "е", "тука", "."]]
    trg = [["River", "king", "sea", "."], ["a", "river", "here", "."]]
    write_corpus(workspace, "c-mk", "mk", src)
    write_corpus(workspace, "c-en", "en", trg)
    first = [
        pair(0, (0, 0), (0, 0), 0.9, tokens=("Река", "River")),
        pair(0, (0, 1), (0, 1), 0.8, backward=True, tokens=("крал", "king")),
        pair(0, (0, 2), (0, 2), 0.7, tokens=("река", "sea")),
        pair(0, (0, 3), (0, 3), 0.9, tokens=(".", ".")),
    ]
    second = [
        pair(1, (0, 0), (0, 0), 0.9, backward=True, tokens=("Река", "River")),
        pair(1, (1, 0), (1, 1), 0.6, tokens=("река", "river")),
    ]
    folder = RunFolder(write_run(workspace, pairs=[first, second]))
    scores = {(0, 0, 0, 0): 0.3, (0, 1, 0, 1): 0.2, (0, 2, 0, 2): -0.1, (0, 3, 0, 3): 0.5, (1, 0, 1, 1): 0.1}
    rows = [(*place, 0.5, 0.8, csls, 1.0, 1.0, 0, None, False, False) for place, csls in scores.items()]
    schemas.write(
        folder.pair_scores, dict(zip(schemas.PAIR_SCORES.names, map(list, zip(*rows, strict=True)), strict=True)), schemas.PAIR_SCORES
    )
    types = [("река", "river", 3, 2, 0.7, 0.25, True, 0.75), ("тука", "here", 1, 1, 0.6, 0.1, True, None)]
    schemas.write(
        folder.type_pairs, dict(zip(schemas.TYPE_PAIRS.names, map(list, zip(*types, strict=True)), strict=True)), schemas.TYPE_PAIRS
    )
    database = open_database(workspace)
    sync(database, workspace)
    yield database
    database.close()


def one(db, word: str, **filter):
    return entries(db, DictionaryFilter(RUN, **filter), [word])[0]


def test_places_are_counted_once_and_case_does_not_matter(db) -> None:
    entry = one(db, "река")
    assert entry.places == 3 and [candidate.translation for candidate in entry.candidates] == ["river", "sea"]
    river, sea = entry.candidates
    assert (river.places, river.share, river.mutual) == (2, pytest.approx(2 / 3), 0.5)  # one of its two places was found both ways
    assert (river.csls, river.score, sea.score) == (pytest.approx(0.2), pytest.approx(0.4), 0.0)
    assert db.rows("SELECT src_token FROM mined_pairs WHERE pair_id = $id", {"id": river.example}) == [("Река",)]  # the highest CSLS
    assert (river.expected_precision, river.type_csls) == (0.75, 0.25)


def test_words_without_letters_are_no_entries_and_types_alone_are(db) -> None:
    words = entry_table(db, DictionaryFilter(RUN, sort=EntrySort.WORD))["headword"].tolist()
    assert words == ["крал", "река", "тука"]
    here = one(db, "тука").candidates[0]
    assert (here.translation, here.places, here.example, here.expected_precision) == ("here", 0, None, None)


def test_order_search_and_filters(db) -> None:
    found = lambda **filter: entry_table(db, DictionaryFilter(RUN, **filter))["headword"].tolist()
    assert found() == ["река", "крал", "тука"]
    assert found(sort="expected")[0] == "река"
    assert found(sort="places") == ["река", "крал", "тука"]
    assert found(search="KIN") == ["крал"]
    assert found(search="sea", match="exact") == ["река"]  # a translation that is not the first
    assert found(least_places=2) == ["река"]
    assert found(mutual_only=True) == ["река", "крал"] and count_entries(db, DictionaryFilter(RUN, mutual_only=True)) == 2
    assert first_candidates(db, DictionaryFilter(RUN)).values.tolist() == [["крал", "king"], ["река", "river"], ["тука", "here"]]
    assert [entry.headword for entry in all_entries(db, DictionaryFilter(RUN))] == found()
    with pytest.raises(ConfigError):
        DictionaryFilter(RUN, search="([", match="regex")


def test_without_scores_candidates_are_ranked_by_places(db, workspace) -> None:
    folder = RunFolder(workspace.runs / RUN)
    folder.pair_scores.unlink()
    ingest_run(db, folder.path)
    assert [(c.translation, c.score, c.csls) for c in one(db, "река").candidates] == [("river", 2.0, None), ("sea", 1.0, None)]


def test_judgements_of_places_count_for_the_pair_of_words(db) -> None:
    pairs = dict(db.rows("SELECT trg_token, min(pair_id) FROM mined_pairs GROUP BY trg_token"))
    judge(db, RUN, pairs["River"], "right", annotator="ana")
    judge(db, RUN, pairs["river"], "wrong", annotator="ana")
    river = one(db, "река").candidates[0]
    assert (river.right, river.judged) == (1, 2)
    judge(db, RUN, pairs["River"], "wrong", annotator="ben")  # a tie decides nothing
    river = one(db, "река").candidates[0]
    assert (river.right, river.judged) == (0, 1)


def test_edits_change_the_order_and_can_be_taken_back(db) -> None:
    languages = ("mk", "en")
    edit_entry(db, languages, "Река", "river", EntryVerdict.REJECTED)
    edit_entry(db, languages, "река", "stream", EntryVerdict.ADDED, annotator="ana", note="small ones")
    entry = one(db, "река")
    assert [(c.translation, c.verdict) for c in entry.candidates] == [("stream", "added"), ("sea", ""), ("river", "rejected")]
    assert entry.candidates[0].note == "small ones"
    assert [e for e in entry_table(db, DictionaryFilter(RUN, edited=Edited.ACCEPTED))["headword"]] == ["река"]
    assert "река" not in entry_table(db, DictionaryFilter(RUN, edited=Edited.NOT_YET))["headword"].tolist()
    edit_entry(db, languages, "река", "stream", EntryVerdict.WITHDRAWN)
    edit_entry(db, languages, "река", "river", EntryVerdict.WITHDRAWN)
    assert [(c.translation, c.verdict) for c in one(db, "река").candidates] == [("river", ""), ("sea", "")]
    edit_entry(db, ("mk", "de"), "река", "Fluss", EntryVerdict.ADDED)
    assert len(one(db, "река").candidates) == 2  # of another language


def test_edits_outlive_the_database(db, workspace) -> None:
    edit_entry(db, ("mk", "en"), "крал", "king", EntryVerdict.ACCEPTED, annotator="ana")
    db.close()
    workspace.database.unlink()
    with open(entries_file(workspace), "a") as file:
        file.write('{"id": 3}\n')
    fresh = open_database(workspace)
    sync(fresh, workspace)
    assert one(fresh, "крал").candidates[0].verdict == "accepted"
    reasons = [reason for (reason,) in fresh.rows("SELECT reason FROM scanned WHERE reason <> ''")]
    assert len(reasons) == 1 and "dictionary.jsonl line 2 is not an edit of the dictionary" in reasons[0]
    fresh.close()


@pytest.mark.parametrize(("word", "translation"), [("", "x"), ("x", " "), ("x", "y" * 501), ("x", "\ud800")])
def test_what_cannot_be_stored_is_refused(db, word: str, translation: str) -> None:
    with pytest.raises(ConfigError):
        edit_entry(db, ("mk", "en"), word, translation, EntryVerdict.ADDED)
    assert db.rows("SELECT count(*) FROM dictionary_entries") == [(0,)]
