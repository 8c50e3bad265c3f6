"""Which points of a moving picture get a word as label: as many as fit without two labels that overlap, at both ends of the movement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LETTER, LINE = 0.011, 0.034  # width of a letter and height of a line, as shares of the picture
SHORTEST = 4  # letters; shorter words are mostly function words


def labelled(tokens: Sequence[str], ends: Sequence[np.ndarray], *, first: Sequence[int] = (), most: int = 40) -> list[int]:
    """Numbers of the points that get a label: those of `first`, then others in their order.

    ends: the positions (n, 2) before and after. A label is as wide as its letters and stands above its point; a point is left out when
    its label would overlap a chosen one at either end.
    """
    shown = set(first)
    chosen: list[int] = []
    boxes: list[list[tuple[float, float, float]]] = [[] for _ in ends]  # centre and half the width of each label
    scaled = [_in_unit_square(end) for end in ends]
    for number in (*first, *(one for one in range(len(tokens)) if one not in shown)):
        if len(chosen) >= most:
            break
        if number not in shown and len(tokens[number]) < SHORTEST:
            continue
        half = LETTER * max(1, len(tokens[number])) / 2
        here = [(float(end[number, 0]), float(end[number, 1]), half) for end in scaled]
        if all(not _overlaps(box, taken) for box, taken in zip(here, boxes, strict=True)):
            chosen.append(number)
            for box, taken in zip(here, boxes, strict=True):
                taken.append(box)
    return chosen


def _in_unit_square(end: np.ndarray) -> np.ndarray:
    low, high = end.min(axis=0), end.max(axis=0)
    scaled: np.ndarray = (end - low) / np.maximum(high - low, 1e-9)
    return scaled


def _overlaps(box: tuple[float, float, float], taken: list[tuple[float, float, float]]) -> bool:
    x, y, half = box
    return any(abs(x - other_x) < half + other_half and abs(y - other_y) < LINE for other_x, other_y, other_half in taken)
