"""Normalisation against covariances computed by numpy, shrinkage against scikit-learn, and figures by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf

from lraln_core.alignment import maps, normalization
from lraln_core.errors import ConfigError, RunError


def _cloud(n=4000, d=6, seed=0):
    """A cloud off the origin whose axes differ by up to a factor of 6, turned at random."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return ((rng.standard_normal((n, d)) * np.arange(1, d + 1)) @ turn + 3).astype(np.float32)


def _covariance(vectors):
    return np.cov(vectors.T.astype(np.float64), bias=True)


def test_centring_alone_moves_the_mean_to_the_origin():
    vectors = _cloud()
    fitted = normalization.fit(vectors, whitening=0)
    np.testing.assert_allclose(fitted.matrix, np.eye(6), atol=1e-6)
    np.testing.assert_allclose(fitted.mean, vectors.mean(0, dtype=np.float64), rtol=1e-6)
    assert fitted.matrix.dtype == fitted.mean.dtype == np.float32
    assert normalization.fit(vectors, centre=False).mean is None


@pytest.fixture
def no_floor(monkeypatch):
    monkeypatch.setattr(normalization, "LEAST_SHRINKAGE", 0.0)


def test_full_whitening_gives_a_multiple_of_the_identity(no_floor):
    vectors = _cloud(n=200_000)
    mapped = _covariance(maps.apply(normalization.fit(vectors, whitening=1), vectors))
    size = np.trace(_covariance(vectors)) / 6  # the cloud keeps its size
    np.testing.assert_allclose(mapped, size * np.eye(6), atol=2e-3 * size)


def test_half_power_takes_the_square_root_of_the_spread(no_floor):
    vectors = _cloud(n=200_000)
    before = np.linalg.eigvalsh(_covariance(vectors))
    after = np.linalg.eigvalsh(_covariance(maps.apply(normalization.fit(vectors, whitening=0.5), vectors)))
    np.testing.assert_allclose(after / after[0], np.sqrt(before / before[0]), rtol=2e-3)


def test_by_hand():
    vectors = np.array([[10 + 8**0.5, 0], [10 - 8**0.5, 0], [10, 2**0.5], [10, -(2**0.5)]])
    # C = diag(4, 1) about (10, 0); mean |x|^4 = (64 + 64 + 4 + 4) / 4 = 34, |C|^2 = 17, error = (34 - 17) / 4, spread = 2 * 1.5^2
    s = 4.25 / 4.5
    gain = np.array([((1 - s) * 4 + s * 2.5) ** -0.25, ((1 - s) + s * 2.5) ** -0.25])
    gain *= np.sqrt(5 / (gain**2 @ [4, 1]))
    fitted = normalization.fit(vectors)
    np.testing.assert_allclose(fitted.matrix, np.diag(gain), rtol=1e-6)
    np.testing.assert_allclose(fitted.mean, [10, 0], atol=1e-6)
    # without the first direction the second carries the whole size: sqrt(5 / 1)
    np.testing.assert_allclose(normalization.fit(vectors, remove_top=1).matrix, [[0, 0], [0, 5**0.5]], atol=1e-6)


@given(st.integers(2, 40), st.integers(2, 8), st.integers(0, 10**6))
@settings(deadline=None, max_examples=50)
def test_shrinkage_equals_scikit_learn(n, d, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1)
    mean, count = normalization._mean(vectors)
    *_, shrinkage = normalization._spectrum(vectors, mean, count)
    assert shrinkage == pytest.approx(ledoit_wolf(vectors)[1], rel=1e-6)


@given(st.integers(1, 30), st.integers(2, 12), st.integers(0, 3), st.floats(0, 1), st.integers(0, 10**6))
@settings(deadline=None, max_examples=80)
def test_few_or_flat_vectors_never_blow_up(n, d, remove_top, whitening, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, d)) * (rng.random(d) < 0.5)  # some directions have no variance at all
    vectors[rng.random(n) < 0.3] = 1.0
    vectors[0] = 2.0
    fitted = normalization.fit(vectors, remove_top=min(remove_top, d - 1), whitening=whitening)
    assert np.isfinite(fitted.matrix).all()
    # the shrunk spectrum spans at most a factor of d / LEAST_SHRINKAGE
    values = np.linalg.svd(fitted.matrix, compute_uv=False)
    assert values[0] <= 1.01 * np.sqrt(100 * d) * values[values > 1e-5 * values[0]][-1] if values[0] else True


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_a_turned_cloud_gives_the_turned_result(seed):
    vectors = _cloud(n=50, seed=seed).astype(np.float64)
    turn = np.linalg.qr(np.random.default_rng(seed + 1).standard_normal((6, 6)))[0]
    plain, turned = normalization.fit(vectors, remove_top=1), normalization.fit(vectors @ turn, remove_top=1)
    np.testing.assert_allclose(maps.apply(turned, vectors @ turn), maps.apply(plain, vectors) @ turn, atol=2e-3)


def test_removed_direction_is_gone():
    vectors = _cloud()
    top = np.linalg.eigh(_covariance(vectors))[1][:, -1]
    mapped = maps.apply(normalization.fit(vectors, remove_top=1, whitening=0.5), vectors)
    np.testing.assert_allclose(mapped @ top, 0, atol=1e-4)
    assert np.linalg.matrix_rank(mapped, tol=1e-2) == 5


def test_unusable_rows_and_blocks_change_nothing(monkeypatch):
    vectors = _cloud(n=100)
    expected = normalization.fit(vectors)
    bad = np.vstack([vectors[:40], np.zeros((3, 6)), np.full((1, 6), np.nan), vectors[40:]]).astype(np.float32)
    monkeypatch.setattr(normalization, "BLOCK_ROWS", 7)
    np.testing.assert_allclose(normalization.fit(bad).matrix, expected.matrix, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(normalization.fit(bad).matrix, normalization.fit(bad).matrix)


def test_half_precision_is_summed_in_double():
    vectors = np.full((70_000, 3), 5.0, np.float16)
    np.testing.assert_allclose(normalization.fit(vectors).mean, 5.0)
    np.testing.assert_array_equal(normalization.fit(vectors, remove_top=2).matrix, np.eye(3))  # nothing varies, nothing to remove


def test_wrong_options_and_no_vectors():
    with pytest.raises(ConfigError, match="remove_top = 6 must be a whole number from 0 to 5"):
        normalization.fit(_cloud(), remove_top=6)
    with pytest.raises(ConfigError, match="whitening = 1.5 must lie between 0"):
        normalization.fit(_cloud(), whitening=1.5)
    with pytest.raises(RunError, match="no word with a vector"):
        normalization.fit(np.zeros((4, 3)))
