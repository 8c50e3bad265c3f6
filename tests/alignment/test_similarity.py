"""Exact neighbours agree with faiss, CSLS with the formula written out in numpy; tiles, panels and chunks change nothing."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import group_maxima, similarity
from lraln_core.alignment.group_maxima import best_candidates, mean_of_best
from lraln_core.alignment.similarity import csls_both_ways, csls_neighbourhoods, nearest_both_ways, unit_rows


def _random(n, m, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return unit_rows(rng.standard_normal((n, d))), unit_rows(rng.standard_normal((m, d)))


def _small_tiles(patch, group=2, tile_rows=4, tile_columns=8, panel=1):
    """So many tiles, panels and rounds that small arrays see all of them."""
    patch.setattr(group_maxima, "GROUP", group)
    patch.setattr(group_maxima, "TILE_ROWS", tile_rows)
    patch.setattr(group_maxima, "TILE_COLUMNS", tile_columns)
    patch.setattr(group_maxima, "QUERIES", 7)
    patch.setattr(similarity, "TILE_ROWS", tile_rows)
    patch.setattr(similarity, "PANEL_ELEMENTS", panel)
    patch.setattr(similarity, "GUESS_FROM", 3)


@pytest.fixture(params=["one tile", "small tiles"])
def tiles(request, monkeypatch):
    if request.param == "small tiles":
        _small_tiles(monkeypatch)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("chunk", [1, 20, 100])
def test_neighbours_equal_faiss_flat(k, chunk):
    src, trg = _random(40, 55)
    forward, backward = nearest_both_ways(src, np.split(trg, range(chunk, len(trg), chunk)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores, index = faiss.knn(queries, candidates, k, metric=faiss.METRIC_INNER_PRODUCT)
        np.testing.assert_array_equal(found.index, index)
        np.testing.assert_allclose(found.similarity, scores, atol=1e-6)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 5), st.integers(1, 3), st.integers(1, 200), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_ties_go_to_the_smaller_index(n, m, k, group, panel, seed):
    # few distinct unit vectors, so that nearly every neighbour is a tie
    rng = np.random.default_rng(seed)
    corners = np.eye(3, dtype=np.float32)
    src, trg = corners[rng.integers(0, 3, n)], corners[rng.integers(0, 3, m)]
    with pytest.MonkeyPatch.context() as patch:
        _small_tiles(patch, group, 2 * group, 4 * group, panel)
        forward, backward = nearest_both_ways(src, np.array_split(trg, min(3, m)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores = queries @ candidates.T
        expected = np.argsort(-scores, axis=1, kind="stable")[:, : min(k, len(candidates))]
        np.testing.assert_array_equal(np.take_along_axis(scores, found.index, 1), np.take_along_axis(scores, expected, 1))
        if k == 1:
            np.testing.assert_array_equal(found.index, expected)


@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 4), st.floats(0, 20), st.integers(0, 10**6))
@settings(deadline=None, max_examples=80)
def test_best_candidates_equal_a_sorted_product(n, m, k, spread, seed):
    # whole numbers, so that every shape of the product gives the same sums; penalties far apart mislead the bounds
    rng = np.random.default_rng(seed)
    queries, candidates = (rng.integers(-3, 4, (size, 5)).astype(np.float32) for size in (n, m))
    penalty = np.round(rng.random(m) * spread).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        _small_tiles(patch)
        maxima = group_maxima.group_maxima(queries, candidates)
        plain, penalised = (best_candidates(queries, candidates, maxima.of_rows, k, penalty=p) for p in (None, penalty))
        back = best_candidates(candidates, queries, maxima.of_columns, k)
        means = mean_of_best(queries, candidates, maxima.of_rows, k), mean_of_best(candidates, queries, maxima.of_columns, k)
    product = queries @ candidates.T
    for found, scores in ((plain, product), (penalised, 2 * product - penalty), (back, product.T)):
        np.testing.assert_array_equal(found.score.numpy(), -np.sort(-scores, 1)[:, :k])
        np.testing.assert_array_equal(np.take_along_axis(scores, found.index.numpy(), 1), found.score.numpy())
    for found, whole in zip(means, (queries @ candidates.T, candidates @ queries.T)):
        np.testing.assert_allclose(found, np.sort(whole, 1)[:, -k:].mean(1), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("chunk", [4, 100])
@pytest.mark.parametrize("k", [1, 3])
def test_csls_equals_the_formula(chunk, k):
    src, trg = _random(30, 25)
    chunks = np.split(trg, range(chunk, len(trg), chunk))  # one of 25 words, taken in one product, or seven
    cosine = src.astype(np.float64) @ trg.T
    r_src, r_trg = np.sort(cosine, 1)[:, -10:].mean(1), np.sort(cosine, 0)[-10:].mean(0)
    found = csls_both_ways(src, chunks, k, 10)
    for r in ((found.src_r, found.trg_r), csls_neighbourhoods(src, chunks, 10)):
        np.testing.assert_allclose(r[0], r_src, atol=1e-6)
        np.testing.assert_allclose(r[1], r_trg, atol=1e-6)
    csls = 2 * cosine - r_src[:, None] - r_trg[None]
    for neighbours, scores, cosines in ((found.forward, csls, cosine), (found.backward, csls.T, cosine.T)):
        expected = np.argsort(-scores, axis=1)[:, :k]
        np.testing.assert_array_equal(neighbours.index, expected)
        np.testing.assert_allclose(neighbours.similarity, np.take_along_axis(cosines, expected, 1), atol=1e-5)


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
