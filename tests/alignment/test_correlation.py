"""CCA against correlations known by construction and against a reference by generalised eigenvalues."""

import numpy as np
import pytest
from scipy.linalg import eigh

from lraln_core.alignment import correlation
from lraln_core.alignment.maps import LanguageMap, Maps, apply
from lraln_core.errors import RunError


def _pairs(n=4000, seed=0):
    """Three shared directions of falling correlation and noise, each language turned at random."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, 5))
    noise = np.array([0.1, 0.5, 1.0, 5.0, 20.0])
    turn = [np.linalg.qr(rng.standard_normal((5, 5)))[0] for _ in range(2)]
    return tuple((shared + noise * rng.standard_normal((n, 5))) @ one for one in turn)


def test_moments_centre_each_block_by_itself():
    one = (np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 5.0], [0.0, 7.0]]))
    moved = (one[0] + 100, one[1] - 40)
    of = correlation.moments([one, moved])
    assert of.count == 4
    np.testing.assert_allclose(of.src, [[1, 0], [0, 0]])
    np.testing.assert_allclose(of.trg, [[0, 0], [0, 1]])
    np.testing.assert_allclose(of.cross, [[0, 1], [0, 0]])


def test_shrinking_by_hand():
    of = correlation.PairMoments(30, np.diag([4.0, 0.0]), np.diag([0.0, 2.0]), np.zeros((2, 2)))
    shrunk = correlation.shrink(of, 10)  # T = diag(2, 1), weights 3/4 and 1/4
    np.testing.assert_allclose(shrunk.src, np.diag([3.5, 0.25]))
    np.testing.assert_allclose(shrunk.trg, np.diag([0.5, 1.75]))
    np.testing.assert_allclose(shrunk.cross, np.diag([0.5, 0.25]))


def test_correlations_are_those_of_the_generalised_eigenvalue_problem():
    of = correlation.moments([_pairs()])
    found = correlation.fit(of, ridge=0)
    zero = np.zeros((5, 5))
    values = eigh(np.block([[zero, of.cross], [of.cross.T, zero]]), np.block([[of.src, zero], [zero, of.trg]]), eigvals_only=True)
    np.testing.assert_allclose(found.correlations, values[::-1][:5], atol=1e-6)


def test_mapped_coordinates_correlate_by_direction_and_are_weighted():
    src, trg = _pairs()
    found = correlation.fit(correlation.moments([(src, trg)]), ridge=0, power=1)
    mapped = [(side - side.mean(0)) @ one.T for side, one in ((src, found.src), (trg, found.trg))]
    cross = mapped[0].T @ mapped[1] / len(src)
    np.testing.assert_allclose(cross, np.diag(np.diag(cross)), atol=1e-5 * cross.max())
    spread = mapped[0].var(0)  # proportional to rho^2, since whitened directions have variance 1
    np.testing.assert_allclose(spread / spread[0], (found.correlations / found.correlations[0]) ** 2, atol=1e-5)


def test_maps_keep_the_mean_squared_length():
    src, trg = _pairs()
    of = correlation.moments([(src, trg)])
    found = correlation.fit(of)
    before = np.trace(of.src) + np.trace(of.trg)
    after = np.trace(found.src @ of.src @ found.src.T) + np.trace(found.trg @ of.trg @ found.trg.T)
    assert after == pytest.approx(before, rel=1e-5)


def test_with_a_strong_prior_both_languages_get_one_map():
    src, trg = _pairs(n=50)
    found = correlation.fit(correlation.shrink(correlation.moments([(src, trg)]), 1e9))
    np.testing.assert_allclose(found.src, found.trg, atol=1e-5)


def test_after_is_one_affine_map():
    src, trg = _pairs()
    first = Maps(
        LanguageMap(np.diag([1, 2, 3, 4, 5]).astype(np.float32), src.mean(0).astype(np.float32)), LanguageMap(np.eye(5, dtype=np.float32))
    )
    found = correlation.fit(correlation.moments([(apply(first.src, src), apply(first.trg, trg))]))
    both = correlation.after(found, first)
    np.testing.assert_allclose(apply(both.src, src), apply(first.src, src) @ found.src.T, rtol=1e-3, atol=1e-4)
    assert both.trg.mean is None


def test_errors():
    empty = np.zeros((0, 3))
    with pytest.raises(RunError, match="no word pair"):
        correlation.moments([(empty, empty)])
    with pytest.raises(RunError, match="do not vary"):
        correlation.fit(correlation.moments([(np.ones((4, 3)), np.ones((4, 3)))]))
    with pytest.raises(ValueError, match="same rows"):
        correlation.moments([(np.ones((4, 3)), np.ones((3, 3)))])
