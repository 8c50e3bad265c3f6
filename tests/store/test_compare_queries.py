"""Two runs side by side; every expected value is counted by hand from the pairs below."""

from __future__ import annotations

import pytest

from lraln_core.evaluation.judged import Verdict
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import precision_of_run
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries import compare as compare
from lraln_core.store.queries.runs import one_run
from tests.store.store_folders import PAIRS, pair, write_run

# Shares places (0,0)-(0,1) and (2,3)-(1,5) with run-1; the first twice. (1,3)-(3,0) is its own.
OTHER = [
    [pair(0, (0, 0), (0, 1), 0.7, backward=True), pair(0, (1, 3), (3, 0), 0.4)],
    [pair(1, (0, 0), (0, 1), 0.75), pair(1, (2, 3), (1, 5), 0.5, backward=True)],
]


@pytest.fixture
def two(sample, workspace):
    ingest_run(sample, write_run(workspace, "run-2", pairs=OTHER))
    return sample


def test_overlap_by_place_counts_a_place_once(two):
    found = compare.place_overlap(two, PairFilter("run-1"), PairFilter("run-2"))
    assert (found.both, found.only_one, found.only_other) == (2, 3, 1)
    assert found.jaccard == pytest.approx(2 / 6)
    back = compare.place_overlap(two, PairFilter("run-2"), PairFilter("run-1"))
    assert (back.both, back.only_one, back.only_other) == (2, 1, 3)


def test_overlap_by_type(two):
    found = compare.type_overlap(two, PairFilter("run-1"), PairFilter("run-2"))
    assert (found.both, found.only_one, found.only_other) == (2, 3, 1)


def test_filters_of_both_sides_are_kept_apart(two):
    one = PairFilter("run-1", direction=Direction.MUTUAL, min_similarity=0.6)  # only (0,0)-(0,1)
    other = PairFilter("run-2", max_similarity=0.45, src_token="војск", match="prefix")  # only (1,3)-(3,0)
    found = compare.place_overlap(two, one, other)
    assert (found.both, found.only_one, found.only_other) == (0, 1, 1)


def test_overlap_with_nothing(two):
    found = compare.place_overlap(two, PairFilter("run-1"), PairFilter("run-2", src_token="none"))
    assert (found.both, found.only_one, found.only_other, found.jaccard) == (0, 5, 0, 0.0)
    empty = compare.place_overlap(two, PairFilter("run-1", src_token="none"), PairFilter("run-2", src_token="none"))
    assert empty.jaccard == 0.0


def test_pairs_only_in_one_come_with_their_sentences_in_order(two):
    one, other = PairFilter("run-1", sort=Sort.MOST_SIMILAR), PairFilter("run-2")
    found = compare.page_of_only(two, one, other)
    assert [(p.src_sentence, p.link.src_word, p.trg_sentence, p.link.trg_word) for p in found] == [(2, 0, 2, 2), (0, 1, 0, 2), (1, 3, 1, 4)]
    assert found[0].src_words[0] == "Реката"
    assert [p.pair_id for p in compare.page_of_only(two, one, other, 1, 1)] == [found[1].pair_id]
    assert [p.link.trg_token for p in compare.page_of_only(two, PairFilter("run-2"), PairFilter("run-1"))] == ["towards"]
    assert len(compare.page_of_only(two, one, other, by_type=True)) == 3


def test_a_place_of_several_iterations_is_shown_where_it_was_first_found(two):
    found = compare.page_of_only(two, PairFilter("run-2"), PairFilter("run-1", src_token="none"))
    assert sorted((p.src_sentence, p.iteration) for p in found) == [(0, 0), (1, 0), (2, 1)]


def test_figures_of_a_run(two):
    figures = compare.run_figures(two, PairFilter("run-2"))
    assert (figures.pairs, figures.mutual, figures.pair_types) == (3, 2, 3)
    assert (figures.sentence_pairs, figures.several) == (3, 0)
    assert figures.mean_similarity == pytest.approx((0.7 + 0.4 + 0.5) / 3)  # each place as it was first found
    one = compare.run_figures(two, PairFilter("run-1"))
    assert (one.pairs, one.sentence_pairs, one.several) == (sum(map(len, PAIRS)), 4, 1)


def test_corpora_are_shared_or_not(two, workspace):
    ingest_run(two, write_run(workspace, "run-3", src_corpus="c-mk", trg_corpus="elsewhere"))
    ingest_run(two, write_run(workspace, "run-4", src_corpus=None, trg_corpus=None))
    runs = {id: one_run(two, id) for id in ("run-1", "run-2", "run-3", "run-4")}
    assert compare.share_corpora(runs["run-1"], runs["run-2"])
    assert not compare.share_corpora(runs["run-1"], runs["run-3"])
    assert not compare.share_corpora(runs["run-4"], runs["run-4"])


def test_the_same_test_is_known(two, workspace):
    import pyarrow.parquet as pq

    assert compare.same_test(two, "run-1", "run-2")
    folder = write_run(workspace, "run-3")
    table = pq.read_table(folder / "retrieval.parquet")
    pq.write_table(table.slice(0, 3), folder / "retrieval.parquet")
    ingest_run(two, folder)
    assert not compare.same_test(two, "run-1", "run-3")
    ingest_run(two, write_run(workspace, "run-4", state="failed"))
    assert not compare.same_test(two, "run-1", "run-4") and not compare.same_test(two, "run-4", "run-4")


def test_hits_by_direction(two):
    hits = compare.retrieval_hits(two, "run-1")
    assert list(hits[hits["direction"] == "src2trg"]["hit_after"]) == [True, False, True, False]
    assert list(hits[hits["direction"] == "trg2src"]["src_sentence"]) == [0, 0, 1, 1]


def test_a_verdict_counts_once_however_often_the_place_was_mined_and_for_both_runs(two):
    pair_id = two.rows("SELECT min(pair_id) FROM mined_pairs p JOIN runs r ON r.number = p.run WHERE r.id = 'run-2' AND src_sentence = 0")[
        0
    ][0]
    judge(two, "run-2", pair_id, "right", annotator="ana")
    judge(two, "run-2", pair_id, "wrong", annotator="ben")
    for run in ("run-1", "run-2"):
        assert precision_of_run(two, PairFilter(run)).overall.counts == {Verdict.UNSURE: 1}  # a tie
    judge(two, "run-2", pair_id, "withdrawn", annotator="ben")
    for run in ("run-1", "run-2"):
        found = precision_of_run(two, PairFilter(run)).overall
        assert (found.counts, found.judged) == ({Verdict.RIGHT: 1}, 1)


def test_columns_for_a_lexicon(two):
    frame = compare.lexicon_columns(two, PairFilter("run-2", direction=Direction.MUTUAL))
    assert sorted(frame["iteration"]) == [0, 1] and list(frame.columns) == ["src_token", "trg_token", "iteration", "similarity"]
