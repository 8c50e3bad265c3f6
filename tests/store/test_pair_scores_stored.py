"""Scores of a run's pairs in the database: filled at ingest, filtered and sorted by; a run without them is as before."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lraln_core.errors import ConfigError, RunError
from lraln_core.files import schemas
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.database import Database, open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.samples import SampleSpec
from lraln_core.store.pair_filter import PairFilter, Sort, Trait
from lraln_core.store.queries.neighbours import PairPlace, pair_place, sentences_of_iteration
from lraln_core.store.queries.pair_rows import export_pairs
from lraln_core.store.queries.pairs import one_pair, pair_ids, similarity_histogram
from lraln_core.store.queries.runs import one_run
from lraln_core.store.sync import sync
from tests.store.store_folders import write_sample


def write_scores(folder: Path, rows: list[tuple]) -> None:
    """rows: place, then the columns SCORES."""
    columns = dict(zip(schemas.PAIR_SCORES.names, map(list, zip(*rows, strict=True)), strict=True))
    schemas.write(RunFolder(folder).pair_scores, columns, schemas.PAIR_SCORES)


@pytest.fixture
def scored(workspace):
    """The sample run; its places in the order of their first pair get falling cosines and rising CSLS."""
    folder = write_sample(workspace)
    db = open_database(workspace)
    sync(db, workspace)
    places = db.rows(f"SELECT DISTINCT ON (place) {', '.join(schemas.PLACE)}, place FROM mined_pairs ORDER BY place")
    facts = [(20.0, 1.0, 2, True, False, True), (1.0, 1.0, 1, False, False, False), (0.0, 10.0, 0, None, True, False)]
    rows = [
        (*place[:4], 0.5, 0.9 - 0.1 * at, 0.1 * at, *(facts[at] if at < len(facts) else (1.0, 1.0, 0, None, False, False)))
        for at, place in enumerate(places)
    ]
    write_scores(folder, rows)
    yield db, folder, [place[4] for place in places]
    db.close()


def test_a_run_is_ingested_again_when_its_scores_appear(scored, workspace) -> None:
    db, folder, places = scored
    assert one_run(db, "run-1").scored_pairs == 0
    assert sync(db, workspace) == ["run-1"]
    assert one_run(db, "run-1").scored_pairs == len(places) == one_run(db, "run-1").mined_pairs
    assert sync(db, workspace) == []
    link = one_pair(db, "run-1", places[0]).link
    assert (link.cosine, link.csls, link.src_hubness, link.alike, link.in_lexicon, link.trg_frequent) == (
        pytest.approx(0.9),
        0.0,
        20.0,
        2,
        True,
        True,
    )


def test_order_and_filters(scored, workspace) -> None:
    db, folder, places = scored
    ingest_run(db, folder)
    by = lambda **filter: pair_ids(db, PairFilter("run-1", **filter)).tolist()
    assert by(sort=Sort.CSLS) == places[::-1]
    assert by(sort=Sort.MOST_SIMILAR) == places
    assert by(sort=Sort.LEAST_SIMILAR) == places[::-1]
    assert by(traits=[Trait.HUB], sort=Sort.MOST_SIMILAR) == [places[0], places[2]]
    assert by(traits=(Trait.SAME,)) == places[:1]
    assert by(traits=(Trait.ALIKE,)) == places[:2]
    assert by(traits=(Trait.FALSE_FRIEND,)) == by(traits=(Trait.CONFLICT,)) == places[1:2]
    assert by(traits=(Trait.FUNCTION, Trait.HUB), without=(Trait.SAME,)) == places[2:3]
    assert by(without=(Trait.CONFLICT,), sort=Sort.MOST_SIMILAR) == [places[0], *places[2:]]
    assert by(min_csls=0.2, sort=Sort.CSLS) == places[:1:-1]
    histogram = similarity_histogram(db, PairFilter("run-1"), 0.1, final=True)
    assert histogram["pairs"].sum() == len(places)


def test_the_pairs_before_and_after_follow_order_and_filters(scored) -> None:
    db, folder, places = scored
    ingest_run(db, folder)
    best = PairFilter("run-1", sort=Sort.CSLS)
    assert pair_place(db, best, places[-1]) == PairPlace(1, len(places), None, places[-2])
    assert pair_place(db, best, places[0]) == PairPlace(len(places), len(places), places[1], None)
    assert pair_place(db, PairFilter("run-1", without=(Trait.HUB,)), places[0]) is None
    src, trg = sentences_of_iteration(db, "run-1", 0)
    assert sorted(src) == sorted({s for (s,) in db.rows("SELECT src_sentence FROM mined_pairs WHERE iteration = 0")}) and trg


def test_a_sample_by_traits_is_drawn_again_from_its_text(scored) -> None:
    spec = SampleSpec(PairFilter("run-1", without=(Trait.HUB,), traits=(Trait.ALIKE,), min_csls=0.1))
    assert SampleSpec.from_text(spec.text()) == spec


def test_without_scores_every_pair_has_no_trait(workspace) -> None:
    write_sample(workspace)
    db: Database = open_database(workspace)
    sync(db, workspace)
    every = sorted(pair_ids(db, PairFilter("run-1")).tolist())
    assert pair_ids(db, PairFilter("run-1", traits=(Trait.HUB,))).tolist() == []
    assert sorted(pair_ids(db, PairFilter("run-1", without=tuple(Trait))).tolist()) == every
    assert pair_ids(db, PairFilter("run-1", sort=Sort.CSLS)).tolist() == pair_ids(db, PairFilter("run-1")).tolist()
    db.close()


def test_an_unknown_trait_is_refused() -> None:
    with pytest.raises(ConfigError, match="hub, same spelling"):
        PairFilter("run-1", traits=("large",))


def test_a_damaged_file_is_named(scored) -> None:
    db, folder, _ = scored
    path = RunFolder(folder).pair_scores
    os.truncate(path, 100)
    with pytest.raises(RunError, match="pair-scores.parquet is damaged"):
        ingest_run(db, folder)


def test_values_that_are_no_numbers_are_no_scores(scored) -> None:
    db, folder, places = scored
    table = schemas.read(RunFolder(folder).pair_scores, schemas.PAIR_SCORES).to_pylist()
    table[0]["csls"] = float("nan")
    write_scores(folder, [tuple(row.values()) for row in table])
    ingest_run(db, folder)
    assert one_run(db, "run-1").scored_pairs == len(places) - 1
    assert one_pair(db, "run-1", places[0]).link.csls is None


def test_exports_hold_the_scores(scored, tmp_path) -> None:
    db, folder, places = scored
    ingest_run(db, folder)
    export_pairs(db, PairFilter("run-1", sort=Sort.CSLS), tmp_path / "pairs.parquet", "parquet")
    rows = pq.read_table(tmp_path / "pairs.parquet").to_pylist()
    assert [row["pair_id"] for row in rows] == places[::-1]
    assert [round(row["csls"], 4) for row in rows] == [round(0.1 * at, 4) for at in reversed(range(len(places)))]
    assert rows[-1]["src_hubness"] == 20.0 and round(rows[-1]["cosine"], 4) == 0.9
