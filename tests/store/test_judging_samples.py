"""Samples for judging: who is drawn, how many of each band, the same again from their text, and what the verdicts say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.errors import ConfigError, RunError
from lraln_core.evaluation.judged import Verdict, majority, wilson
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import (
    agreement_of_run,
    agreement_of_sample,
    precision_of_run,
    precision_of_sample,
    samples_of,
    standing,
)
from lraln_core.store.judging.samples import How, SampleSpec, allocate, band_width, bands_of, draw
from lraln_core.store.pair_filter import Direction, Judged, PairFilter, Sort
from lraln_core.store.queries.pairs import count_pairs, pair_ids
from tests.store.store_folders import pair, write_corpus, write_run

LOW, HIGH = 12, 48  # pairs at 0.62 and at 0.93


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """60 pairs: 12 in the band 0.6 to 0.65 and 48 in 0.9 to 0.95; and a second run that has the first ten of them."""
    workspace = Workspace(tmp_path_factory.mktemp("samples")).require_writable()
    write_corpus(workspace, "c-mk", "mk", [["а", "б"]] * 60)
    write_corpus(workspace, "c-en", "en", [["x", "y"]] * 60)
    pairs = [pair(0, (at, 0), (at, 1), 0.62 if at < LOW else 0.93, backward=at % 2 == 0, tokens=("а", "y")) for at in range(LOW + HIGH)]
    db = open_database(workspace)
    ingest_run(db, write_run(workspace, pairs=[pairs]))
    ingest_run(db, write_run(workspace, "run-2", pairs=[pairs[:10]]))
    yield db
    db.close()


@pytest.fixture(autouse=True)
def nothing_judged(mined):
    yield
    mined.execute("DELETE FROM judgements")


def spec(**options) -> SampleSpec:
    return SampleSpec(PairFilter("run-1"), **options)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 120))
def test_bands_share_equally_and_nothing_is_lost(counts, size):
    shares = allocate(counts, size)
    assert sum(shares) == min(size, sum(counts))
    assert all(share <= count for share, count in zip(shares, counts, strict=True))
    largest = max(shares, default=0)
    assert all(share == count or share >= largest - 1 for share, count in zip(shares, counts, strict=True))


def test_bands_by_hand():
    assert allocate([2, 10, 10], 12) == [2, 5, 5]
    assert allocate([5, 5], 5) == [3, 2]
    similarity = np.array([0.7, 0.699, 0.75, np.nan, -0.01], np.float32)
    assert bands_of(similarity, 0.05).tolist() == [14, 13, 15, -(2**31), -1]
    assert band_width(np.array([0.61, 0.99], np.float32)) == 0.05
    assert band_width(np.array([0.2, 0.99], np.float32)) == 0.1
    assert band_width(np.array([-1, 1], np.float32)) == 0.5
    assert band_width(np.array([np.nan], np.float32)) == 0.05


def test_a_stratified_sample_has_equal_numbers_of_each_band(mined):
    sample = draw(mined, spec(how="stratified", size=20))
    population = sample.populations["run-1"]
    assert (population.bands, population.sizes) == (((0.6, 0.65), (0.9, 0.95)), (LOW, HIGH))
    assert Counter(population.drawn.values()) == {0: 10, 1: 10}
    assert {item.pair_id for item in sample.items} == set(population.drawn)
    assert Counter(draw(mined, spec(how="stratified", size=40)).populations["run-1"].drawn.values()) == {0: 12, 1: 28}


def test_the_same_text_gives_the_same_sample(mined):
    one = SampleSpec(PairFilter("run-1", direction=Direction.MUTUAL, src_token="а"), How.RANDOM, 15, 4, "run-2")
    assert SampleSpec.from_text(one.text()) == one
    assert draw(mined, one) == draw(mined, SampleSpec.from_text(one.text()))
    assert draw(mined, spec(size=15, seed=1)).items != draw(mined, spec(size=15, seed=2)).items
    assert all(item.pair_id % 2 == 0 for item in draw(mined, one).items)  # every second pair is mutual


def test_order_and_verdicts_of_the_view_make_no_difference(mined):
    view = SampleSpec(PairFilter("run-1", sort=Sort.RANDOM, seed=9, judged=Judged.NOT_YET, annotator="ana"))
    assert view.text() == spec().text()


def test_what_several_iterations_found_in_the_same_places_is_one_pair(mined):
    pairs = [pair(0, (at, 0), (at, 1), 0.62, tokens=("а", "y")) for at in range(4)]
    again = [pair(1, (at, 0), (at, 1), 0.93, tokens=("а", "y")) for at in range(2, 5)]
    ingest_run(mined, write_run(mined.workspace, "run-3", pairs=[pairs, again]))
    population = draw(mined, SampleSpec(PairFilter("run-3"))).populations["run-3"]
    assert (population.bands, population.sizes) == (((0.6, 0.65), (0.9, 0.95)), (4, 1))
    assert sorted(population.drawn) == [0, 1, 2, 3, 6]
    judge(mined, "run-3", 4, "right", annotator="ana")  # the third pair, as the second iteration found it
    assert precision_of_run(mined, PairFilter("run-3")).overall.judged == 1


def test_a_sample_is_no_larger_than_its_pairs(mined):
    assert len(draw(mined, spec(size=2000)).items) == LOW + HIGH
    assert draw(mined, SampleSpec(PairFilter("run-1", src_token="nowhere"))).items == ()
    with pytest.raises(RunError):
        draw(mined, SampleSpec(PairFilter("run-9")))


def test_two_runs_are_mixed_and_a_common_pair_is_one_line(mined):
    sample = draw(mined, spec(size=60, against="run-2"))
    assert [len(population.drawn) for population in sample.populations.values()] == [30, 10]
    members = [member for item in sample.items for member in item.members]
    assert Counter(run for run, _ in members) == {"run-1": 30, "run-2": 10}
    common = [item for item in sample.items if len(item.members) == 2]
    shared = set(sample.populations["run-1"].drawn) & set(range(10))  # the second run has the same first ten pairs
    assert len(sample.items) == 40 - len(common) and len(common) == len(shared) > 0
    runs = [item.run_id for item in sample.items if len(item.members) == 1]
    assert runs != sorted(runs)


@pytest.mark.parametrize("options", [{"size": 0}, {"size": 2001}, {"seed": -1}, {"how": "all"}, {"against": "run-1"}])
def test_a_sample_that_makes_no_sense_is_refused(options):
    with pytest.raises(ConfigError):
        spec(**options)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"run": 3}',
        '{"run":"r","filter":{"match":"x"},"how":"random","size":1,"seed":1,"against":""}',
    ],
)
def test_a_text_that_is_no_sample_is_refused(text):
    with pytest.raises(ConfigError):
        SampleSpec.from_text(text)


def test_a_stratified_sample_is_weighted_back(mined):
    sample = draw(mined, spec(how="stratified", size=20))
    drawn = sample.populations["run-1"].drawn
    for band, verdicts in ((0, ["right"] * 2 + ["similar"] * 3 + ["wrong"] * 5), (1, ["right"] * 9 + ["unsure"])):
        for at, verdict in zip(sorted(number for number, place in drawn.items() if place == band), verdicts, strict=False):
            judge(mined, "run-1", at, verdict, annotator="ana", sample=sample.spec.text())
    found = precision_of_sample(mined, sample)["run-1"]
    low, high = found.bands
    assert (low.judged, low.strict, low.lenient) == (10, wilson(2, 10), wilson(5, 10))
    assert (high.judged, high.strict.value, high.counts[Verdict.UNSURE]) == (9, 1.0, 1)
    assert found.weighted and found.covered == 1.0
    assert found.overall.strict.value == pytest.approx(12 / 60 * 0.2 + 48 / 60 * 1.0)
    assert found.overall.lenient.value == pytest.approx(12 / 60 * 0.5 + 48 / 60 * 1.0)
    assert samples_of(mined, "run-1") == [(sample.spec, 20)] and samples_of(mined, "run-2") == []


def test_a_random_sample_is_not_weighted(mined):
    sample = draw(mined, spec(size=10))
    for item, verdict in zip(sample.items, ["right"] * 6 + ["wrong"] * 2, strict=False):
        judge(mined, "run-1", item.pair_id, verdict, annotator="ana")
    found = precision_of_sample(mined, sample)["run-1"]
    assert not found.weighted and found.overall.strict == wilson(6, 8)


def test_a_common_pair_counts_for_both_runs(mined):
    sample = draw(mined, spec(size=60, against="run-2"))
    item = next(item for item in sample.items if len(item.members) == 2)
    judge(mined, item.run_id, item.pair_id, "right", annotator="ana", sample=sample.spec.text())
    assert [found.overall.judged for found in precision_of_sample(mined, sample).values()] == [1, 1]


def test_precision_of_all_judgements_counts_bands_as_they_stand(mined):
    for at in (0, 1, 2, 3):
        judge(mined, "run-1", at, "wrong", annotator="ana")
    judge(mined, "run-1", 50, "right", annotator="ana")
    found = precision_of_run(mined, PairFilter("run-1"))
    assert found.overall.strict.value == pytest.approx(48 / 60)
    assert precision_of_run(mined, PairFilter("run-1"), "ben").overall.strict is None
    assert precision_of_run(mined, PairFilter("run-1", max_similarity=0.7)).overall.strict.value == 0.0


def test_most_annotators_decide_and_a_tie_is_unsure():
    assert majority([Verdict.RIGHT]) is Verdict.RIGHT
    assert majority([Verdict.RIGHT, Verdict.WRONG, Verdict.RIGHT]) is Verdict.RIGHT
    assert majority([Verdict.RIGHT, Verdict.WRONG]) is Verdict.UNSURE


def test_agreement(mined):
    sample = draw(mined, spec(size=60))
    for at, (one, two) in enumerate([("right", "right")] * 4 + [("right", "wrong")] * 2 + [("wrong", "wrong")] * 2):
        judge(mined, "run-1", at, one, annotator="ana", sample=sample.spec.text())
        judge(mined, "run-1", at, two, annotator="ben", sample=sample.spec.text())
    judge(mined, "run-1", 40, "right", annotator="ben")
    # observed 6/8; expected 6/8 * 4/8 + 2/8 * 4/8 = 1/2; kappa 1/2
    for (found,) in (agreement_of_run(mined, "run-1"), agreement_of_sample(mined, sample)):
        assert (found.both, found.observed, found.expected, found.kappa) == (8, 0.75, 0.5, 0.5)
    assert [one.annotator for one in standing(mined, "run-1", [0])[0]] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("judged", "annotator", "expected"),
    [
        ("not yet", "", 58),
        ("already", "", 2),
        ("right", "", 1),
        ("wrong", "", 1),
        ("similar", "", 0),
        ("not yet", "ben", 59),
        ("already", "ana", 1),
        ("right", "ben", 0),
    ],
)
def test_filter_by_what_was_judged(mined, judged, annotator, expected):
    judge(mined, "run-1", 3, "right", annotator="ana")
    judge(mined, "run-1", 7, "wrong", annotator="ben")
    judge(mined, "run-1", 8, "right", annotator="ben")
    judge(mined, "run-1", 8, "withdrawn", annotator="ben")
    chosen = PairFilter("run-1", judged=judged, annotator=annotator)
    assert count_pairs(mined, chosen) == expected == len(pair_ids(mined, chosen))


def test_a_verdict_in_one_run_is_known_in_another(mined):
    judge(mined, "run-2", 3, "right", annotator="ana")
    assert pair_ids(mined, PairFilter("run-1", judged="already")).tolist() == [3]
