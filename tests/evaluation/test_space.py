"""2-D projections and mixing figures of a space, against small cases by hand and slow definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from lraln_core.evaluation.space import Distances, aligned_umap, distances, joint_pca, mixing, placed


def unit(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@st.composite
def spaces(draw: st.DrawFn) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return unit(rng.standard_normal((draw(st.integers(4, 40)), draw(st.integers(2, 6)))))


def test_mixing_by_hand():
    # Two far groups on the unit circle: neighbours with k=1 are within the group.
    angles = np.array([0.0, 0.1, 3.0, 3.1])
    points = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    assert mixing(points, np.array([True, True, False, False]), k=1) == 0
    # Each point's neighbour is of the other language: the share is 1, the expectation 2 of the 3 others.
    assert mixing(points, np.array([True, False, True, False]), k=1) == pytest.approx(1 / (2 / 3))
    # With all others as neighbours, the share is the expectation.
    assert mixing(points, np.array([True, False, True, True]), k=10) == pytest.approx(1)


@pytest.mark.parametrize("languages", [[], [True], [True, True], [False, False, False]])
def test_mixing_of_nothing_to_mix_is_not_a_number(languages):
    assert np.isnan(mixing(unit(np.eye(4)[: len(languages)]) if languages else np.empty((0, 4)), np.array(languages, bool)))


@settings(max_examples=60, deadline=None)
@given(spaces(), st.integers(1, 12), st.randoms(use_true_random=False))
def test_mixing_is_its_definition_and_knows_no_order(points, k, random):
    n = len(points)
    is_src = np.array([number < max(1, n // 3) for number in range(n)])
    cosine = points @ points.T
    share = []
    for row in range(n):
        others = sorted((other for other in range(n) if other != row), key=lambda other: (-cosine[row, other], other))[:k]
        share += [is_src[other] != is_src[row] for other in others]
    a = int(is_src.sum())
    expected = np.mean(share) / np.mean([(n - a if one else a) / (n - 1) for one in is_src])
    value = mixing(points, is_src, k)
    assert value == pytest.approx(expected)
    assert value == pytest.approx(mixing(points, ~is_src, k))
    order = list(range(n))
    random.shuffle(order)
    assert value == pytest.approx(mixing(points[order], is_src[order], k), abs=1e-6)


def test_random_points_have_mixing_1():
    rng = np.random.default_rng(0)
    points = unit(rng.standard_normal((1200, 8)))
    assert mixing(points, rng.random(1200) < 0.3) == pytest.approx(1, abs=0.05)


def test_mixing_leaves_out_the_point_itself_among_many_duplicates():
    points = np.tile(unit([[1, 0]]), (40, 1))
    is_src = np.arange(40) % 2 == 0
    assert 0 <= mixing(points, is_src, k=3) <= 39 / 20  # at most all neighbours of the other language
    assert mixing(points, is_src, k=39) == pytest.approx(1)


def test_distances_by_hand():
    src, trg = unit([[1, 0], [0, 1]]), unit([[1, 0], [1, 1]])
    found = distances(src, trg, np.array([[0, 0]]))
    # All pairs: 1, cos 45°, 0, cos 45°.
    assert found.matched == pytest.approx(0)
    assert found.random == pytest.approx(1 - (1 + 2 * np.cos(np.pi / 4)) / 4)
    assert found.ratio == 0
    assert np.isnan(distances(src, trg, np.empty((0, 2), int)).matched)
    assert np.isnan(Distances(0.1, 0.0).ratio)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 30), st.integers(2, 6))
def test_pca_is_that_of_scikit_learn_up_to_sign(seed, points, width):
    rng = np.random.default_rng(seed)
    scale = 2.0 ** -np.arange(width)  # widths that differ, so that the axes are unique
    before, after = (rng.standard_normal((points, width)) * scale + rng.standard_normal(width) for _ in range(2))
    planes = joint_pca(before, after)
    stacked = np.vstack([before - before.mean(0), after - after.mean(0)])
    theirs = PCA(2).fit_transform(stacked)
    ours = np.vstack([planes.before, planes.after])
    signs = np.sign((ours * theirs).sum(axis=0))
    assert ours == pytest.approx(theirs * signs, abs=1e-3)


def test_a_shift_of_one_moment_changes_nothing_and_one_dimension_is_a_line():
    rng = np.random.default_rng(1)
    before, after = rng.standard_normal((2, 12, 5))
    one, other = joint_pca(before, after), joint_pca(before, after + 3)
    assert one.after == pytest.approx(other.after, abs=1e-5) and one.before == pytest.approx(other.before, abs=1e-5)
    line = joint_pca(before[:, :1], after[:, :1])
    assert line.before.shape == (12, 2) and not line.before[:, 1].any()


@pytest.mark.timeout(300)
def test_umap_with_a_seed_gives_the_same_plane_and_can_be_stopped():
    rng = np.random.default_rng(2)
    before = unit(rng.standard_normal((60, 6)))
    after = unit(before + 0.2)
    seen = []
    one = aligned_umap(before, after, seed=5, progress=lambda done, total: seen.append((done, total)))
    other = aligned_umap(before, after, seed=5)
    assert np.array_equal(one.before, other.before) and np.array_equal(one.after, other.after)
    assert one.before.shape == one.after.shape == (60, 2) and np.isfinite(one.after).all()
    assert seen == sorted(seen) and seen[-1][0] <= seen[-1][1]

    class Stop(Exception):
        pass

    def stop(done, total):
        raise Stop

    with pytest.raises(Stop):
        aligned_umap(before, after, seed=5, progress=stop)


def test_points_beyond_the_fitted_ones_are_placed_among_their_nearest():
    fitted = unit(np.eye(6))
    plane = np.arange(12, dtype=float).reshape(6, 2)
    between = unit(np.array([[1, 1, 0, 0, 0, 0.0]]))
    found = placed(np.vstack([fitted, between]), fitted, plane)
    assert found[:6] == pytest.approx(plane)  # a fitted point stays where it is
    assert found[6] == pytest.approx(plane[:2].mean(axis=0), abs=1e-3)
