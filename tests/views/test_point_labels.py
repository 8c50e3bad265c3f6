"""Labels of points never overlap, at either end of the movement."""

from __future__ import annotations

import itertools

import numpy as np

from lraln_core.views.point_labels import LETTER, LINE, labelled


def test_no_two_labels_overlap_at_either_end() -> None:
    rng = np.random.default_rng(3)
    ends = [rng.uniform(size=(400, 2)) for _ in range(2)]
    tokens = ["word" * rng.integers(1, 3) for _ in range(400)]
    chosen = labelled(tokens, ends, most=30)
    assert len(chosen) == 30
    for end in ends:
        unit = (end - end.min(axis=0)) / (end.max(axis=0) - end.min(axis=0))
        for one, other in itertools.combinations(chosen, 2):
            wide = LETTER * (len(tokens[one]) + len(tokens[other])) / 2
            assert abs(unit[one, 0] - unit[other, 0]) >= wide or abs(unit[one, 1] - unit[other, 1]) >= LINE


def test_the_chosen_word_comes_first_and_short_words_are_left_out() -> None:
    end = np.array([[0.0, 0.0], [0.001, 0.0], [1.0, 1.0], [0.5, 0.5]])
    assert labelled(["alpha", "beta", "of", "gamma"], [end, end], first=(1,)) == [1, 3]
    assert labelled(["of", "beta"], [end[:2], end[:2]], first=(0,)) == [0, 1]
