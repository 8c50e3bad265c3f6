"""Scores of mined pairs against the same definitions over the whole matrix of cosines."""

from __future__ import annotations

import numpy as np
import pytest

from lraln_core.alignment.similarity import csls as csls_of_matrix
from lraln_core.alignment.similarity import unit_rows
from lraln_core.evaluation import pair_scores
from lraln_core.evaluation.spelling import Alike, alike, edits, plain_letters


@pytest.fixture
def sides() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return unit_rows(rng.standard_normal((60, 8))), unit_rows(rng.standard_normal((90, 8)))


def test_csls_is_that_of_the_whole_matrix_when_the_reference_is_everything(sides, monkeypatch):
    monkeypatch.setattr(pair_scores, "BLOCK_ELEMENTS", 700)  # several blocks
    src, trg = sides
    both = pair_scores.references(src, trg)
    near = pair_scores.neighbourhood(src, both[1], len(src)), pair_scores.neighbourhood(trg, both[0], len(trg))
    found = pair_scores.csls(src @ trg.T, near[0].r[:, None], near[1].r[None, :])
    assert np.allclose(found, csls_of_matrix(src @ trg.T, pair_scores.CSLS_K), atol=1e-6)


def test_hubness_counts_how_often_a_word_is_among_the_nearest(sides):
    src, trg = sides
    both = pair_scores.references(src, trg)
    found = pair_scores.neighbourhood(trg, both[0], len(trg)).hubness
    ranks = np.argsort(-(src @ trg.T), axis=1)[:, : pair_scores.CSLS_K]
    counts = np.bincount(ranks.ravel(), minlength=len(trg))
    assert np.allclose(found, counts / (len(src) * pair_scores.CSLS_K / len(trg)))
    assert found.mean() == pytest.approx(1.0)


def test_a_word_near_to_all_words_is_a_hub(sides):
    src, trg = sides
    shifted = unit_rows(src + np.array([3.0, 0, 0, 0, 0, 0, 0, 0]))
    hub = np.eye(8, dtype=np.float32)[:1]
    both = pair_scores.references(shifted, np.vstack([trg, hub]))
    found = pair_scores.neighbourhood(hub, both[0], len(trg) + 1)
    assert found.hubness[0] == pytest.approx(91 / pair_scores.CSLS_K)  # among the nearest of all 60 words


def test_few_words_are_all_neighbours():
    src, trg = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[:2]
    both = pair_scores.references(src, trg)
    assert both[0].r.tolist() == pytest.approx([0.5, 0.5, 0.0])  # the mean of both targets
    assert pair_scores.neighbourhood(trg, both[0], 2).hubness.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("one", "other", "count"), [("", "abc", 3), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2)])
def test_edits(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count


@pytest.mark.parametrize(
    ("src", "trg", "expected"),
    [
        ("Été", "ETE", Alike.SAME),
        ("poet", "poet", Alike.SAME),
        ("temperatura", "temperature", Alike.NEARLY),
        ("da", "do", Alike.NO),  # too short
        ("king", "ring", Alike.NEARLY),
        ("king", "rung", Alike.NO),
        ("car", "carton", Alike.NO),
    ],
)
def test_spelled_alike(src: str, trg: str, expected: Alike) -> None:
    assert alike(plain_letters(src), plain_letters(trg)) is expected
