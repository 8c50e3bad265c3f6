"""Exact neighbours agree with faiss; CSLS agrees with the formula written out in numpy; blocks change nothing."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import similarity
from lraln_core.alignment.similarity import csls_neighbourhoods, mean_similarity, nearest_both_ways, nearest_csls, unit_rows


def _random(n, m, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return unit_rows(rng.standard_normal((n, d))), unit_rows(rng.standard_normal((m, d)))


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("block", [1, 200, 16_000_000])
@pytest.mark.parametrize("chunk", [1, 20, 100])
def test_neighbours_equal_faiss_flat(monkeypatch, k, block, chunk):
    monkeypatch.setattr(similarity, "BLOCK_ELEMENTS", block)
    src, trg = _random(40, 55)
    forward, backward = nearest_both_ways(src, np.split(trg, range(chunk, len(trg), chunk)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores, index = faiss.knn(queries, candidates, k, metric=faiss.METRIC_INNER_PRODUCT)
        np.testing.assert_array_equal(found.index, index)
        np.testing.assert_allclose(found.similarity, scores, atol=1e-6)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(1, 40), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_ties_go_to_the_smaller_index(n, m, k, block, seed):
    # few distinct unit vectors, so that nearly every neighbour is a tie
    rng = np.random.default_rng(seed)
    corners = np.eye(3, dtype=np.float32)
    src, trg = corners[rng.integers(0, 3, n)], corners[rng.integers(0, 3, m)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similarity, "BLOCK_ELEMENTS", block)
        forward, backward = nearest_both_ways(src, np.array_split(trg, min(3, m)), k)
    for found, queries, candidates in ((forward, src, trg), (backward, trg, src)):
        scores = queries @ candidates.T
        expected = np.argsort(-scores, axis=1, kind="stable")[:, : min(k, len(candidates))]
        np.testing.assert_array_equal(np.take_along_axis(scores, found.index, 1), np.take_along_axis(scores, expected, 1))
        if k == 1:
            np.testing.assert_array_equal(found.index, expected)


@pytest.mark.parametrize("block", [1, 16_000_000])
def test_csls_equals_the_formula(monkeypatch, block):
    monkeypatch.setattr(similarity, "BLOCK_ELEMENTS", block)
    src, trg = _random(30, 25)
    cosine = np.array([[sum(a * b for a, b in zip(x, y)) for y in trg] for x in src])
    r_src = np.array([np.mean(sorted(row)[-10:]) for row in cosine])
    r_trg = np.array([np.mean(sorted(column)[-10:]) for column in cosine.T])
    expected = 2 * cosine - r_src[:, None] - r_trg[None]
    np.testing.assert_allclose(mean_similarity(src, trg, 10), r_src, atol=1e-6)
    best = nearest_csls(src, trg, mean_similarity(trg, src, 10), mean_similarity(src, trg, 10))
    np.testing.assert_array_equal(best.index[:, 0], expected.argmax(1))
    np.testing.assert_allclose(best.similarity[:, 0], expected.max(1), atol=1e-5)


@pytest.mark.parametrize("chunk", [4, 100])
def test_csls_neighbours_through_chunks_equal_the_formula(chunk):
    src, trg = _random(30, 25)
    chunks = np.split(trg, range(chunk, len(trg), chunk))
    cosine = src.astype(np.float64) @ trg.T
    r_src, r_trg = np.sort(cosine, 1)[:, -10:].mean(1), np.sort(cosine, 0)[-10:].mean(0)
    found = csls_neighbourhoods(src, chunks, 10)
    np.testing.assert_allclose(found[0], r_src, atol=1e-6)
    np.testing.assert_allclose(found[1], r_trg, atol=1e-6)
    csls = 2 * cosine - r_src[:, None] - r_trg[None]
    forward, backward = nearest_both_ways(src, chunks, 3, csls=found)
    for neighbours, scores, cosines in ((forward, csls, cosine), (backward, csls.T, cosine.T)):
        expected = np.argsort(-scores, axis=1)[:, :3]
        np.testing.assert_array_equal(neighbours.index, expected)
        np.testing.assert_allclose(neighbours.similarity, np.take_along_axis(cosines, expected, 1), atol=1e-5)


def test_csls_by_hand():
    # The hub is the cosine-nearest of both queries; CSLS with k = 1 subtracts its popularity and frees the second query.
    queries = np.array([[1, 0], [0.6, 0.8]], np.float32)
    hub, other = [0.8, 0.6], [0, 1]
    candidates = np.array([hub, other], np.float32)
    # cosines: query 0: 0.8, 0; query 1: 0.96, 0.8; r(hub) = 0.96, r(other) = 0.8
    best = nearest_csls(queries, candidates, np.array([0.96, 0.8]))
    assert best.index[:, 0].tolist() == [0, 0]
    np.testing.assert_allclose(best.similarity[:, 0], [1.6 - 0.96, 1.92 - 0.96], atol=1e-6)


def test_unit_rows_keeps_zero_rows():
    result = unit_rows(np.array([[3, 4], [0, 0]]))
    np.testing.assert_allclose(result, [[0.6, 0.8], [0, 0]])
