"""Clusters, densities and neighbours of the own language, on points whose answer is seen at once."""

from __future__ import annotations

import numpy as np
import pytest

from lraln_core.evaluation.space_groups import GRID, cluster_words, clusters, density, nearest_of_own


def test_three_heaps_are_three_clusters_the_largest_first() -> None:
    rng = np.random.default_rng(1)
    sizes, centres = (60, 30, 10), ((0, 0), (10, 0), (0, 10))
    plane = np.vstack([rng.normal(centre, 0.1, (size, 2)) for size, centre in zip(sizes, centres, strict=True)])
    found = clusters(plane, 3, seed=1)
    assert found.tolist() == [0] * 60 + [1] * 30 + [2] * 10
    assert clusters(plane, 3, seed=1).tolist() == found.tolist()


@pytest.mark.parametrize("plane", [np.zeros((0, 2)), np.zeros((5, 2)), np.array([[0.0, 0], [1, 1]])])
def test_few_points_have_few_clusters(plane: np.ndarray) -> None:
    found = clusters(plane, 8, seed=1)
    assert len(found) == len(plane) and len(set(found.tolist())) == len(np.unique(plane, axis=0))


def test_a_cluster_is_named_by_the_word_that_is_typical_of_it() -> None:
    tokens = ["the", "water", "water", "the", "bread", "bread", "вода", "леб", "1", "!"]
    sides = ["trg"] * 6 + ["src"] * 2 + ["trg"] * 2
    cluster = np.array([0, 0, 0, 1, 1, 1, 0, 1, 2, 2])
    assert cluster_words(tokens, sides, cluster) == ["вода / water", "леб / bread", ""]


def test_a_contour_of_the_density_encloses_the_share_of_the_points() -> None:
    points = np.random.default_rng(2).normal(0.5, 0.1, (20_000, 2))
    grid = density(points, (0, 1), (0, 1))
    assert grid.shape == (GRID, GRID) and grid.max() <= 1
    cells = np.clip((points * GRID).astype(int), 0, GRID - 1)
    for share in (0.25, 0.5, 0.75):
        inside = grid[cells[:, 1], cells[:, 0]] >= 1 - share
        assert inside.mean() == pytest.approx(share, abs=0.04)
    assert not density(points[:0], (0, 1), (0, 1)).any()


def test_neighbours_are_of_the_own_language_and_of_other_spellings() -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0.9, 0.2], [0.5, 0.5], [1, 0.01], [0.8, 0.2]])
    tokens = ["sea", "Sea", "lake", "lake", "море", "river"]
    own = np.array([True, True, True, True, False, True])
    found = nearest_of_own(vectors, own, tokens, 0, 2)
    assert [number for number, _ in found] == [2, 5]
    assert found[0][1] == pytest.approx(0.9 / np.hypot(0.9, 0.2))
