"""Computations of the lesson: neighbours, mining directions in a small table, updates of the maps by equation 2. numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.similarity import csls, unit_rows
from lraln_core.choices import MiningMethod

from .data import CSLS_K, Lesson, Texts

BATCH = 60  # word pairs in one update, about as many as a step of a run sees
BETAS, EPSILON = (0.9, 0.98), 1e-9  # of Adam, as in a run


@dataclass(frozen=True)
class Neighbour:
    """A neighbour of a word."""

    row: int
    similarity: float


def neighbours(query: np.ndarray, texts: Texts, count: int, *, forms_once: bool = True) -> list[Neighbour]:
    """The words nearest to a unit vector (d,), best first; with forms_once each word form only at its best place."""
    similarity = texts.units @ query
    found: dict[object, Neighbour] = {}
    for row in np.argsort(-similarity, kind="stable"):
        if texts.words.valid[row]:
            key = texts.tokens[row].lower() if forms_once else int(row)
            found.setdefault(key, Neighbour(int(row), float(similarity[row])))
        if len(found) == count:
            break
    return list(found.values())


@dataclass(frozen=True)
class Arrows:
    """A table of similarities with the nearest of each row and each column; ties go to the first."""

    similarity: np.ndarray  # (n, m)

    @property
    def forward(self) -> np.ndarray:
        """(n, m) bool: the column is the row's nearest."""
        return np.arange(self.similarity.shape[1]) == self.similarity.argmax(1)[:, None]

    @property
    def backward(self) -> np.ndarray:
        """(n, m) bool: the row is the column's nearest."""
        return np.arange(self.similarity.shape[0])[:, None] == self.similarity.argmax(0)

    def kept(self, method: MiningMethod) -> np.ndarray:
        """(n, m) bool: the pairs that a method keeps [paper, section 3.1]."""
        return {
            MiningMethod.FORWARD: self.forward,
            MiningMethod.BACKWARD: self.backward,
            MiningMethod.FORWARD_BACKWARD: self.forward | self.backward,
            MiningMethod.INTERSECTION: self.forward & self.backward,
        }[method]


def accuracy(lesson: Lesson, maps: tuple[np.ndarray, np.ndarray]) -> float:
    """Share of the linked test words that find their counterpart by CSLS among all test words, mean of both directions."""
    src, trg = (unit_rows(side.vectors @ matrix.T) for side, matrix in zip((lesson.test_src, lesson.test_trg), maps, strict=True))
    s, t = lesson.links.T
    scores = csls(src @ trg.T, CSLS_K)
    return float(((scores[s].argmax(1) == t).mean() + (scores[:, t].argmax(0) == s).mean()) / 2)


@dataclass(frozen=True)
class Options:
    """Training options of a lesson."""

    learning_rate: float = 5e-5  # of the paper
    steps: int = 100
    warmup: int = 0  # steps over which the learning rate rises
    spring: float = 0.0  # weight of the pull towards the identity after each step


@dataclass(frozen=True)
class TrainingStep:
    """The maps after some steps."""

    step: int
    src: np.ndarray  # (d, d); replaced in place by the next step
    trg: np.ndarray

    @property
    def size(self) -> float:
        """Root mean square of the maps' singular values; 1 for the identity."""
        return float(np.sqrt((np.square(self.src).sum() + np.square(self.trg).sum()) / (2 * len(self.src))))


def train(src: np.ndarray, trg: np.ndarray, options: Options, *, seed: int = 1) -> Iterator[TrainingStep]:
    """Updates of both maps on paired CCWRs by Adam, pulling each pair together [paper, eq. 2]. src, trg (n, d).

    Yields the state before the first step and after each one.
    """
    rng, dimension = np.random.default_rng(seed), src.shape[1]
    maps = [np.eye(dimension, dtype=np.float32), np.eye(dimension, dtype=np.float32)]
    first, second = ([np.zeros_like(matrix) for matrix in maps] for _ in range(2))
    for step in range(options.steps + 1):
        if step:
            batch = rng.choice(len(src), min(BATCH, len(src)), replace=False)
            x, y = src[batch], trg[batch]
            rate = options.learning_rate * min(1.0, step / max(1, options.warmup))
            difference = x @ maps[0].T - y @ maps[1].T
            for side, gradient in enumerate((2 * difference.T @ x, -2 * difference.T @ y)):
                first[side] += (1 - BETAS[0]) * (gradient - first[side])
                second[side] += (1 - BETAS[1]) * (np.square(gradient) - second[side])
                mean, variance = first[side] / (1 - BETAS[0] ** step), second[side] / (1 - BETAS[1] ** step)
                maps[side] -= rate * mean / (np.sqrt(variance) + EPSILON)
                if options.spring:
                    maps[side] -= np.float32(options.spring) * (maps[side] - np.eye(dimension, dtype=np.float32))
        yield TrainingStep(step, maps[0], maps[1])


def spoil(trg: np.ndarray, share: float, *, seed: int = 1) -> np.ndarray:
    """The target side of pairs, a share of its rows replaced by those of other pairs. (n, d) -> (n, d)."""
    rng = np.random.default_rng(seed)
    replaced = rng.permutation(len(trg))[: round(share * len(trg))]
    spoiled = trg.copy()
    spoiled[replaced] = trg[rng.permutation(len(trg))[: len(replaced)]]
    return spoiled


def distances(src: np.ndarray, trg: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Squared distance of each pair of rows under the maps. (n, d), (n, d) -> (n,)."""
    return np.square(src @ maps[0].T - trg @ maps[1].T).sum(1)


def similarities(src: np.ndarray, trg: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Cosine of each pair of rows under the maps. (n, d), (n, d) -> (n,)."""
    return np.einsum("ij,ij->i", unit_rows(src @ maps[0].T), unit_rows(trg @ maps[1].T))


def kept_neighbours(unit: np.ndarray, plane: np.ndarray, k: int = 10) -> float:
    """Mean share of the k nearest points of the space that are among the k nearest in the plane. unit (n, d), plane (n, 2)."""
    k = min(k, len(unit) - 1)
    if k < 1:
        return float("nan")
    similarity = unit @ unit.T
    distance = np.square(plane[:, None] - plane[None]).sum(axis=2)
    np.fill_diagonal(similarity, -np.inf)
    np.fill_diagonal(distance, np.inf)
    near, drawn = np.argsort(-similarity, axis=1)[:, :k], np.argsort(distance, axis=1)[:, :k]
    return float(np.mean([len(np.intersect1d(one, other)) / k for one, other in zip(near, drawn, strict=True)]))
