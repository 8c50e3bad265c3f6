"""Figures of single steps of the lesson: precision by direction, pairs during training, training with wrong pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from . import compute
from .choose import good_pairs, is_content
from .data import Lesson

LARGER, LARGEST = 20, 40  # times the steps of a run: a lesson has few steps
WARMUP = 20  # steps; without it the first large step overshoots
LEARNING_RATE = 5e-5  # of the paper and of a run
SPRING = 0.02
LOOKS = 5  # number of measurements during training


def one_thread() -> threadpool_limits:
    """For many small products: several threads would mostly wait for each other."""
    return threadpool_limits(1, user_api="blas")


@dataclass(frozen=True)
class Rightness:
    """How many of the pairs the word list confirms, as fractions of those whose source word it holds."""

    mutual: float
    one_way: float


def rightness(lesson: Lesson) -> Rightness:
    """Of mutual pairs and of pairs found forward only, content words alone."""
    verdicts: dict[bool, list[bool]] = {True: [], False: []}
    for row, target in enumerate(lesson.nearest.forward):
        if is_content(lesson.src.tokens[row]):
            known = lesson.translates(row, int(target))
            if known is not None:
                verdicts[bool(lesson.nearest.mutual[row])].append(known)
    return Rightness(*(float(np.mean(verdicts[mutual])) if verdicts[mutual] else 0.0 for mutual in (True, False)))


def random_similarity(lesson: Lesson, count: int = 2000) -> float:
    """Mean cosine of a random source word and a random target word."""
    rng = np.random.default_rng(0)
    src, trg = (side.units[rng.choice(np.flatnonzero(side.words.valid), count)] for side in (lesson.src, lesson.trg))
    return float(np.einsum("ij,ij->i", src, trg).mean())


def mutual_vectors(lesson: Lesson) -> tuple[np.ndarray, np.ndarray]:
    """CCWRs of all mutual pairs, (n, d) each: what the lesson learns from."""
    rows = np.flatnonzero(lesson.nearest.mutual)
    return lesson.src.vectors[rows], lesson.trg.vectors[lesson.nearest.forward[rows]]


@dataclass(frozen=True)
class Path:
    """Example pairs during training; row i of the arrays belongs to pairs[i]."""

    pairs: tuple[tuple[int, int], ...]
    others: tuple[int, ...]  # a target word that does not belong to the pair
    steps: tuple[int, ...]
    similarity: np.ndarray  # (pairs, steps)
    other: np.ndarray  # (pairs, steps) similarity with the word that does not belong
    distance: np.ndarray  # (pairs, steps) squared
    loss: np.ndarray  # (steps,) mean squared distance of all pairs


def path(lesson: Lesson, *, exaggerated: bool, steps: int = 100, every: int = 5) -> Path:
    """Train on the mutual pairs and record the example pairs at every step shown."""
    pairs = good_pairs(lesson)
    src = [pair[0] for pair in pairs]
    trg = [pair[1] for pair in pairs]
    others = trg[len(trg) // 2 :] + trg[: len(trg) // 2]  # the partner of another pair
    x, y, z = lesson.src.vectors[src], lesson.trg.vectors[trg], lesson.trg.vectors[others]
    options = compute.Options(LEARNING_RATE * LARGER, steps, WARMUP) if exaggerated else compute.Options(LEARNING_RATE, steps)
    seen, similarity, other, distance, loss = [], [], [], [], []
    src_all, trg_all = mutual_vectors(lesson)
    with one_thread():
        for state in compute.train(src_all, trg_all, options):
            if state.step != 1 and state.step % every:
                continue
            maps = state.src, state.trg
            seen.append(state.step)
            similarity.append(compute.similarities(x, y, maps))
            other.append(compute.similarities(x, z, maps))
            distance.append(compute.distances(x, y, maps))
            loss.append(float(compute.distances(src_all, trg_all, maps).mean()))
    return Path(tuple(pairs), tuple(others), tuple(seen), np.array(similarity).T, np.array(other).T, np.array(distance).T, np.array(loss))


@dataclass(frozen=True)
class Trial:
    """Training with larger steps: mean distance, size of the maps and test accuracy at each measurement."""

    steps: tuple[int, ...]
    loss: tuple[float, ...]
    size: tuple[float, ...]
    accuracy: tuple[float, ...]


def trial(lesson: Lesson, *, wrong: float, held: bool, steps: int = 400) -> Trial:
    """Learn from the mutual pairs, a share of them made wrong, with or without a spring back to the start."""
    options = compute.Options(LEARNING_RATE * LARGEST, steps, spring=SPRING if held else 0.0)
    src, trg = mutual_vectors(lesson)
    trg = compute.spoil(trg, wrong)
    measured = []
    with one_thread():
        for state in compute.train(src, trg, options):
            if state.step % (steps // (LOOKS - 1)) == 0:
                maps = state.src, state.trg
                measured.append((state.step, float(compute.distances(src, trg, maps).mean()), state.size, compute.accuracy(lesson, maps)))
    return Trial(*(tuple(column) for column in zip(*measured, strict=True)))
