"""FAISS backends: flat equals exact, the others say their recall and give true cosines."""

import faiss
import numpy as np
import pytest
import torch

from lraln_core.alignment.neighbours import nearest_both_ways
from lraln_core.alignment.search import factory, search
from lraln_core.alignment.similarity import unit_rows
from lraln_core.choices import Backend, Scoring
from lraln_core.threads import limit_threads


@pytest.fixture(scope="module")
def spaces():
    torch.set_num_threads(1)  # so little work gains nothing from more
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((60, 16))
    clustered = lambda n: unit_rows(centres[rng.integers(0, 60, n)] + 0.3 * rng.standard_normal((n, 16)))
    yield clustered(2500), np.array_split(clustered(3000), 3)
    limit_threads(0)


@pytest.mark.parametrize("k", [1, 5])
def test_flat_equals_exact(spaces, k):
    src, chunks = spaces
    found = search(src, chunks, k, backend=Backend.FLAT)
    forward, backward = nearest_both_ways(src, chunks, k)
    for ours, theirs in ((found.forward, forward), (found.backward, backward)):
        np.testing.assert_allclose(ours.similarity, theirs.similarity, atol=1e-6)
        assert (ours.index == theirs.index).mean() > 0.999  # cosines that differ in the last digit alone may change places
    assert found.recall == 1.0


@pytest.mark.parametrize(
    "backend, least",
    [
        (Backend.IVF, 0.9),
        (Backend.IVF_FP16, 0.9),
        (Backend.IVF_PQ, 0.05),
        (Backend.IVF_PQ_RERANK, 0.85),
    ],
)
def test_recall_and_similarities_are_true(spaces, backend, least):
    src, chunks = spaces
    found = search(src, chunks, 2, backend=backend, rng=np.random.default_rng(1))
    exact, _ = nearest_both_ways(src, chunks, 1)
    everywhere = (found.forward.index[:, 0] == exact.index[:, 0]).mean()
    assert found.recall == pytest.approx(everywhere, abs=0.06) and everywhere >= least
    trg = np.concatenate(chunks)
    np.testing.assert_allclose(found.forward.similarity[:, 1], np.einsum("ij,ij->i", src, trg[found.forward.index[:, 1]]), atol=1e-5)
    np.testing.assert_allclose(found.backward.similarity[:, 0], np.einsum("ij,ij->i", trg, src[found.backward.index[:, 0]]), atol=1e-5)


def test_the_papers_index_at_the_papers_size():
    assert factory(Backend.IVF_PQ, 20_000, 384) == "IVF100,PQ8np"  # the same index, trained without reordering its codes
    assert factory(Backend.IVF_PQ, 100, 384) == "Flat"


@pytest.mark.parametrize("points", [1, 156, 300, 2600])
@pytest.mark.parametrize("backend", list(Backend)[1:])
def test_small_sets_work(backend, points):
    rng = np.random.default_rng(points)
    src, trg = unit_rows(rng.standard_normal((7, 12))), unit_rows(rng.standard_normal((points, 12)))
    found = search(src, [trg], 3, backend=backend)
    assert found.forward.index.shape == (7, min(3, points)) and found.backward.index.shape == (points, 3)
    assert 0 <= found.forward.index.min() and found.forward.index.max() < points


def test_an_index_has_no_neighbourhoods():
    with pytest.raises(ValueError, match="exact"):
        search(np.eye(2, dtype=np.float32), [np.eye(2, dtype=np.float32)], 1, backend=Backend.FLAT, scoring=Scoring.CSLS)


def test_factory_strings_are_understood():
    for backend in list(Backend)[1:]:
        for points in (10, 1000, 100_000):
            index = faiss.index_factory(384, factory(backend, points, 384), faiss.METRIC_INNER_PRODUCT)
            assert index.metric_type == faiss.METRIC_INNER_PRODUCT
