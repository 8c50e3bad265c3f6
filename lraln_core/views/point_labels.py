"""Which points of a moving picture get a word as label: as many as fit without two labels that overlap at any position of the slider."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

# Pixels, of the smallest picture that the page draws; in a larger one labels are farther apart.
WIDTH, HEIGHT = 560, 400
LETTER, WIDE, LINE, GAP = 7.2, 13.0, 16.0, 6.0  # of a letter, a letter of double width, a line, and between two labels
SHORTEST = 4  # letters; shorter words are mostly function words
CANDIDATES = 4000  # points looked at
ROUNDS = 60  # of moving labels apart


def labelled(
    tokens: Sequence[str],
    states: Sequence[np.ndarray],
    window: tuple[Sequence[float], Sequence[float]],
    *,
    first: Sequence[int] = (),
    order: Sequence[int] | None = None,
    most: int = 40,
) -> list[int]:
    """Numbers of the points that get a label: those of `first`, then others in their order (`order`, else as they are).

    states: the positions (n, 2) at each step of the slider; window: the ranges of the two axes, which have one scale. A label is as wide
    as its letters and stands above its point. A point is left out when its label would overlap a chosen one in any state, or when the
    point leaves the window.
    """
    (x0, x1), (y0, y1) = window
    scale = min(WIDTH / max(x1 - x0, 1e-9), HEIGHT / max(y1 - y0, 1e-9))  # pixels per unit
    shown = set(first)
    at = np.stack(states, axis=1).astype(np.float64) if len(states) else np.empty((len(tokens), 0, 2))
    inside = np.asarray(((at >= [x0, y0]) & (at <= [x1, y1])).all(axis=(1, 2)))
    chosen: list[int] = []
    places = np.empty((0, *at.shape[1:]))
    halves = np.empty(0)
    for number in (*first, *(one for one in list(range(len(tokens)) if order is None else order)[:CANDIDATES] if one not in shown)):
        if len(chosen) >= most:
            break
        if number not in shown and (len(tokens[number]) < SHORTEST or not inside[number]):
            continue
        half = width(tokens[number]) / 2
        if chosen and number not in first[:1]:
            away = np.abs(places - at[number]) * scale
            if ((away[..., 0] < (halves + half + GAP)[:, None]) & (away[..., 1] < LINE)).any():
                continue
        chosen.append(number)
        places = np.concatenate([places, at[number][None]])
        halves = np.append(halves, half)
    return chosen


def spread(centres: np.ndarray, words: Sequence[Sequence[str]], window: tuple[Sequence[float], Sequence[float]]) -> np.ndarray:
    """The centres (k, 2) of labels of several lines, moved apart where the labels would overlap, as little as possible."""
    (x0, x1), (y0, y1) = window
    scale = min(WIDTH / max(x1 - x0, 1e-9), HEIGHT / max(y1 - y0, 1e-9))
    halves = np.array([[max(map(width, lines), default=0.0) / 2 + GAP / 2, LINE * max(1, len(lines)) / 2] for lines in words]).reshape(
        -1, 2
    )
    at = np.asarray(centres, np.float64) * scale
    for _ in range(ROUNDS):
        moved = False
        for one in range(len(at)):
            for other in range(one):
                between = at[one] - at[other]
                over = halves[one] + halves[other] - np.abs(between)
                if (over <= 0).any():
                    continue
                axis = int(over.argmin())
                push = over[axis] / 2 + 0.5
                sign = 1.0 if between[axis] >= 0 else -1.0
                at[one, axis] += sign * push
                at[other, axis] -= sign * push
                moved = True
        if not moved:
            break
    return at / scale


def width(word: str) -> float:
    """Pixels of a word in the type of the labels, rather too many than too few."""
    return sum(
        0.0 if unicodedata.combining(letter) else WIDE if unicodedata.east_asian_width(letter) in "WF" else LETTER for letter in word[:40]
    )
