"""Exact neighbours agree with faiss, CSLS with the formula written out in numpy; blocks and chunks change nothing."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import neighbours
from lraln_core.alignment.neighbours import csls_both_ways, csls_neighbourhoods, nearest_both_ways, ratio_both_ways
from lraln_core.alignment.similarity import csls, mean_of_best, unit_rows


def _random(n, m, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return unit_rows(rng.standard_normal((n, d))), unit_rows(rng.standard_normal((m, d)))


@pytest.fixture(params=[(4_000_000, 64_000_000), (1, 0), (200, 0), (200, 10_000)], ids=["one block", "rows", "blocks", "kept"])
def blocks(request, monkeypatch):
    """Elements of a block, and of the largest product that is kept."""
    monkeypatch.setattr(neighbours, "BLOCK_ELEMENTS", request.param[0])
    monkeypatch.setattr(neighbours, "KEPT_ELEMENTS", request.param[1])


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("chunk", [1, 20, 100])
def test_neighbours_equal_faiss_flat(k, chunk):
    src, trg = _random(40, 55)
    forward, backward = nearest_both_ways(src, np.split(trg, range(chunk, len(trg), chunk)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores, index = faiss.knn(queries, candidates, k, metric=faiss.METRIC_INNER_PRODUCT)
        np.testing.assert_array_equal(found.index, index)
        np.testing.assert_allclose(found.similarity, scores, atol=1e-6)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 5), st.booleans(), st.integers(1, 200), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_ties_go_to_the_smaller_index(n, m, k, keep, block, seed):
    # few distinct unit vectors, so that nearly every neighbour is a tie
    rng = np.random.default_rng(seed)
    corners = np.eye(3, dtype=np.float32)
    src, trg = corners[rng.integers(0, 3, n)], corners[rng.integers(0, 3, m)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK_ELEMENTS", block)
        patch.setattr(neighbours, "KEPT_ELEMENTS", 10_000 if keep else 0)
        forward, backward = nearest_both_ways(src, np.array_split(trg, min(3, m)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores = queries @ candidates.T
        expected = np.argsort(-scores, axis=1, kind="stable")[:, : min(k, len(candidates))]
        np.testing.assert_array_equal(np.take_along_axis(scores, found.index, 1), np.take_along_axis(scores, expected, 1))
        if k == 1:
            np.testing.assert_array_equal(found.index, expected)


@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 4), st.integers(1, 900), st.floats(0, 20), st.integers(0, 10**6))
@settings(deadline=None, max_examples=80)
def test_scores_equal_a_sorted_product(n, m, k, block, spread, seed):
    # even whole numbers, so that every shape of the product gives the same sums, and halves of r are exact
    rng = np.random.default_rng(seed)
    src, trg = (rng.integers(-3, 4, (size, 5)).astype(np.float32) for size in (n, m))
    r = tuple(2 * np.round(rng.random(size) * spread).astype(np.float32) for size in (n, m))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK_ELEMENTS", block)
        patch.setattr(neighbours, "KEPT_ELEMENTS", 0)
        for given_r, scores in ((None, src @ trg.T), (r, src @ trg.T - (r[0][:, None] + r[1]) / 2)):
            found = neighbours.nearest([neighbours.Products(src, trg)], n, k, given_r)
            for one, table, product in zip(found, (scores, scores.T), (src @ trg.T, trg @ src.T), strict=True):
                np.testing.assert_array_equal(np.take_along_axis(table, one.index, 1), -np.sort(-table, 1)[:, :k])
                np.testing.assert_array_equal(np.take_along_axis(product, one.index, 1), one.similarity)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("chunk", [4, 100])
@pytest.mark.parametrize("k", [1, 3])
def test_csls_equals_the_formula(chunk, k):
    src, trg = _random(30, 25)
    chunks = np.split(trg, range(chunk, len(trg), chunk))  # one of 25 words, or seven
    cosine = src.astype(np.float64) @ trg.T
    r_src, r_trg = np.sort(cosine, 1)[:, -10:].mean(1), np.sort(cosine, 0)[-10:].mean(0)
    found = csls_both_ways(src, chunks, k, 10)
    for r in ((found.src_r, found.trg_r), csls_neighbourhoods(src, chunks, 10)):
        np.testing.assert_allclose(r[0], r_src, atol=1e-6)
        np.testing.assert_allclose(r[1], r_trg, atol=1e-6)
    scores = 2 * cosine - r_src[:, None] - r_trg[None]
    np.testing.assert_allclose(csls(cosine, 10), scores)
    for answers, by, cosines in ((found.forward, scores, cosine), (found.backward, scores.T, cosine.T)):
        expected = np.argsort(-by, axis=1)[:, :k]
        np.testing.assert_array_equal(answers.index, expected)
        np.testing.assert_allclose(answers.similarity, np.take_along_axis(cosines, expected, 1), atol=1e-5)


def test_csls_by_hand():
    # The hub is the cosine-nearest of both queries; CSLS with one neighbour subtracts its popularity, and it stays the best of both.
    queries = np.array([[1, 0], [0.6, 0.8]], np.float32)
    hub, other = [0.8, 0.6], [0, 1]
    # cosines: query 0: 0.8, 0; query 1: 0.96, 0.8; r of the queries 0.8, 0.96; r(hub) = 0.96, r(other) = 0.8
    found = csls_both_ways(queries, [np.array([hub, other], np.float32)], 1, 1)
    assert found.forward.index[:, 0].tolist() == [0, 0]
    np.testing.assert_allclose(found.forward.similarity[:, 0], [0.8, 0.96], atol=1e-6)
    np.testing.assert_allclose(found.src_r, [0.8, 0.96], atol=1e-6)
    np.testing.assert_allclose(found.trg_r, [0.96, 0.8], atol=1e-6)
    # backward, 2 cos - r(query): hub: 1.6 - 0.8 = 0.8 and 1.92 - 0.96 = 0.96; other: 0 - 0.8 and 1.6 - 0.96
    assert found.backward.index[:, 0].tolist() == [1, 1]


def test_unit_rows_keeps_zero_rows():
    result = unit_rows(np.array([[3, 4], [0, 0]]))
    np.testing.assert_allclose(result, [[0.6, 0.8], [0, 0]])


def test_the_mean_of_the_best_is_of_all_where_there_are_fewer():
    assert mean_of_best(np.array([[0.5, 0.1, 0.3]]), 2) == pytest.approx([0.4])
    assert mean_of_best(np.array([[0.5, 0.1, 0.3]]), 10) == pytest.approx([0.3])


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("k", [1, 3])
def test_ratio_equals_the_formula(k):
    src, trg = _random(40, 55)
    cosine = src @ trg.T
    ratio = cosine / ((mean_of_best(cosine, 10)[:, None] + mean_of_best(cosine.T, 10)) / 2)
    found = ratio_both_ways(src, np.split(trg, [20, 33]), k, 10)
    assert (found.forward.index == np.argsort(-ratio, axis=1, kind="stable")[:, :k]).all()
    assert (found.backward.index == np.argsort(-ratio.T, axis=1, kind="stable")[:, :k]).all()
    assert np.allclose(found.forward.similarity, np.take_along_axis(cosine, found.forward.index, 1), atol=1e-6)
    assert np.allclose(found.backward.similarity, np.take_along_axis(cosine.T, found.backward.index, 1), atol=1e-6)
