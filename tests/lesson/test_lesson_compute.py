"""What the lesson computes: arrows and CSLS by hand, one update against torch, and properties of the rest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lraln_core.alignment import maps as alignment_maps
from lraln_core.alignment.similarity import csls, unit_rows
from lraln_core.alignment.training import Trainer
from lraln_core.choices import MiningMethod
from lraln_core.lesson import compute

#        a    b    c
TABLE = np.array(
    [
        [0.9, 0.8, 0.1],  # → a
        [0.7, 0.6, 0.2],  # → a
        [0.1, 0.5, 0.4],  # → b
    ]
)  # columns: a ← 1, b ← 1, c ← 3


def test_arrows_and_methods_by_hand() -> None:
    arrows = compute.Arrows(TABLE)
    assert list(zip(*np.nonzero(arrows.forward), strict=True)) == [(0, 0), (1, 0), (2, 1)]
    assert sorted(zip(*np.nonzero(arrows.backward), strict=True)) == [(0, 0), (0, 1), (2, 2)]
    kept = {method: int(arrows.kept(method).sum()) for method in MiningMethod}
    assert kept == {"forward": 3, "backward": 3, "forward_backward": 5, "intersection": 1}


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(-1, 1, width=32)))
def test_methods_are_nested_and_every_word_points_once(similarity: np.ndarray) -> None:
    arrows = compute.Arrows(similarity)
    both, either = arrows.kept(MiningMethod.INTERSECTION), arrows.kept(MiningMethod.FORWARD_BACKWARD)
    assert (both <= arrows.forward).all() and (arrows.forward <= either).all() and (arrows.backward <= either).all()
    assert (arrows.forward.sum(1) == 1).all() and (arrows.backward.sum(0) == 1).all()
    assert (both.sum(0) <= 1).all() and (both.sum(1) <= 1).all()
    assert both[np.unravel_index(similarity.argmax(), similarity.shape)]  # the best pair of all is mutual


def test_csls_by_hand() -> None:
    # r of the rows: (0.9+0.8)/2, (0.7+0.6)/2; of the columns: (0.9+0.7)/2, (0.8+0.6)/2
    scores = csls(np.array([[0.9, 0.8], [0.7, 0.6]]), 2)
    assert scores == pytest.approx(np.array([[1.8 - 0.85 - 0.8, 1.6 - 0.85 - 0.7], [1.4 - 0.65 - 0.8, 1.2 - 0.65 - 0.7]]))


def test_csls_agrees_with_the_alignment_room() -> None:
    rng = np.random.default_rng(0)
    src, trg = (unit_rows(rng.standard_normal((n, 6)).astype(np.float32)) for n in (20, 30))
    similarity = src @ trg.T
    expected = 2 * similarity - np.sort(similarity, 1)[:, -10:].mean(1)[:, None] - np.sort(similarity, 0)[-10:].mean(0)
    assert csls(similarity, 10) == pytest.approx(expected, abs=1e-5)


def test_updates_are_those_of_a_run() -> None:
    """The same pairs, Adam and learning rate as the trainer of a run, here with all pairs in each step."""
    rng = np.random.default_rng(0)
    src, trg = (rng.standard_normal((20, 5)).astype(np.float32) for _ in range(2))
    trainer = Trainer.start(alignment_maps.identity(5))
    for state in compute.train(src, trg, compute.Options(learning_rate=0.01, steps=6)):
        if state.step:
            trainer.step(src, trg, 0.01)
        assert state.src == pytest.approx(trainer.maps.src.matrix, abs=2e-5)
        assert state.trg == pytest.approx(trainer.maps.trg.matrix, abs=2e-5)
    assert torch.is_tensor(trainer.src)


def test_warm_up_starts_small_and_a_spring_holds_the_maps() -> None:
    rng = np.random.default_rng(0)
    src, trg = (rng.standard_normal((40, 5)).astype(np.float32) for _ in range(2))

    def last(**options: float) -> compute.TrainingStep:
        return list(compute.train(src, trg, compute.Options(0.02, 50, **options)))[-1]

    first = list(compute.train(src, trg, compute.Options(0.02, 1, warmup=10)))[-1]
    assert np.abs(first.src - np.eye(5)).max() == pytest.approx(0.002, rel=0.01)  # Adam's first step has the size of the rate
    assert last().size < last(spring=0.2).size < 1


def test_size_is_one_at_the_start_and_halves_with_the_maps() -> None:
    half = np.eye(4, dtype=np.float32) / 2
    assert compute.TrainingStep(0, np.eye(4), np.eye(4)).size == pytest.approx(1)
    assert compute.TrainingStep(0, half, half).size == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_spoiled_pairs_keep_the_rest(share: float) -> None:
    trg = np.arange(200, dtype=np.float32).reshape(100, 2)
    spoiled = compute.spoil(trg, share)
    changed = (spoiled != trg).any(1).sum()
    assert changed <= round(share * 100)
    assert changed >= round(share * 100) - 10  # few are replaced by themselves
    assert {tuple(row) for row in spoiled.tolist()} <= {tuple(row) for row in trg.tolist()}


def test_distances_and_similarities_by_hand() -> None:
    maps = (np.eye(2, dtype=np.float32), 2 * np.eye(2, dtype=np.float32))
    src, trg = np.array([[3, 4], [1, 0]], np.float32), np.array([[1, 0], [0, 1]], np.float32)
    assert compute.distances(src, trg, maps).tolist() == [1 + 16, 1 + 4]
    assert compute.similarities(src, trg, maps).tolist() == pytest.approx([0.6, 0.0])


def test_a_picture_that_is_the_space_keeps_every_neighbour() -> None:
    angles = np.linspace(0, np.pi / 2, 30)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert compute.kept_neighbours(circle, circle, 4) == 1.0
    assert compute.kept_neighbours(circle, np.random.default_rng(1).standard_normal((30, 2)), 4) < 0.5
