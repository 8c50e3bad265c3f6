"""Labels of points never overlap, at any position of the slider."""

from __future__ import annotations

import itertools

import numpy as np

from lraln_core.views.point_labels import HEIGHT, LINE, WIDTH, labelled, spread, width

WINDOW = ((0.0, 1.0), (0.0, 1.0))


def test_no_two_labels_overlap_in_any_state() -> None:
    rng = np.random.default_rng(3)
    ends = [rng.uniform(size=(400, 2)) for _ in range(2)]
    states = [ends[0] * (1 - share) + ends[1] * share for share in np.linspace(0, 1, 5)]
    tokens = ["word" * rng.integers(1, 3) for _ in range(400)]
    chosen = labelled(tokens, states, WINDOW, most=12)
    assert len(chosen) == 12
    scale = min(WIDTH, HEIGHT)
    for state in states:
        for one, other in itertools.combinations(chosen, 2):
            wide = (width(tokens[one]) + width(tokens[other])) / 2
            x, y = np.abs(state[one] - state[other]) * scale
            assert x >= wide or y >= LINE


def test_the_chosen_word_comes_first_and_short_words_and_those_outside_are_left_out() -> None:
    end = np.array([[0.0, 0.0], [0.001, 0.0], [1.0, 1.0], [0.5, 0.5], [3.0, 0.5]])
    assert labelled(["alpha", "beta", "of", "gamma", "delta"], [end, end], WINDOW, first=(1,)) == [1, 3]
    assert labelled(["of", "beta"], [end[:2], end[:2]], WINDOW, first=(0,)) == [0]


def test_labels_that_overlap_are_moved_apart_and_others_stay() -> None:
    centres = np.array([[0.5, 0.5], [0.52, 0.51], [0.9, 0.1]])
    words = [["word", "слово"], ["other", "друго"], ["far"]]
    found = spread(centres, words, WINDOW)
    assert found[2].tolist() == centres[2].tolist()
    x, y = np.abs(found[0] - found[1]) * min(WIDTH, HEIGHT)
    assert x >= (width("слово") + width("other")) / 2 or y >= 2 * LINE


def test_wide_letters_take_more_room_and_combining_marks_none() -> None:
    assert width("語") > width("a") and width("e\u0301") == width("e")
