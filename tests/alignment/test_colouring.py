"""Colouring against covariances computed by numpy."""

import numpy as np
import pytest

from lraln_core.alignment import colouring, normalization
from lraln_core.alignment.maps import apply
from lraln_core.errors import RunError


@pytest.fixture(autouse=True)
def no_floor(monkeypatch):
    monkeypatch.setattr(normalization, "LEAST_SHRINKAGE", 0.0)


def _clouds(n=100_000, d=5):
    rng = np.random.default_rng(0)
    turns = [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(2)]
    scales = [np.arange(1, d + 1), np.arange(d, 0, -1) / 2]
    return [(rng.standard_normal((n, d)) * scale) @ turn + shift for scale, turn, shift in zip(scales, turns, (3, -2), strict=True)]


def test_full_colouring_gives_the_source_the_statistics_of_the_target():
    src, trg = _clouds()
    fitted = colouring.fit(src, trg, power=1)
    moved = apply(fitted.src, src)
    np.testing.assert_allclose(moved.mean(0), trg.mean(0), atol=1e-2)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(trg.T), atol=0.05)
    np.testing.assert_array_equal(apply(fitted.trg, trg), trg.astype(np.float32))


def test_no_power_moves_the_mean_alone():
    src, trg = _clouds()
    fitted = colouring.fit(src, trg, power=0)
    np.testing.assert_allclose(fitted.src.matrix, np.eye(5), atol=1e-6)
    np.testing.assert_allclose(apply(fitted.src, src[:3]), src[:3] - src.mean(0) + trg.mean(0), atol=1e-4)


def test_half_way_by_hand():
    # Variances 16 and 1 along the same axes as 1 and 16: half the power turns factors of 1/4 and 4 into 1/2 and 2.
    corners = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], float)
    rng = np.random.default_rng(1)
    points = corners[rng.integers(0, 4, 400_000)]
    fitted = colouring.fit(points * [4, 1], points * [1, 4], power=0.5)
    np.testing.assert_allclose(fitted.src.matrix, np.diag([0.5, 2]), atol=0.02)


def test_no_usable_vector():
    with pytest.raises(RunError):
        colouring.fit(np.zeros((3, 2)), np.ones((3, 2)))
