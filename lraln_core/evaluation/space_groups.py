"""Groups and densities of the points of a plane, and the neighbours of a word in its own language: numpy and scipy alone."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np

GRID = 72  # cells of a density along each axis
SMOOTHING = 0.035  # standard deviation of the kernel, as a share of the window
LETTERS = 4  # of the shortest word that names a cluster, unless it has no other
FREQUENT, MANY_TYPES = 40, 400  # the most frequent words, mostly function words, where a language has many: they name none either


def clusters(plane: np.ndarray, count: int, *, seed: int) -> np.ndarray:
    """k-means of the points of a plane [Lloyd 1982; k-means++, Arthur and Vassilvitskii 2007]. plane (n, 2) -> (n,) int64.

    Clusters are numbered by size, the largest is 0. With fewer different points than clusters, the number of clusters is smaller.
    """
    from scipy.cluster.vq import kmeans2  # type: ignore[import-untyped]

    plane = np.asarray(plane, np.float64)
    count = min(count, len(np.unique(plane, axis=0)))
    if count < 2:
        return np.zeros(len(plane), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a cluster that became empty; it is left out below
        _, found = kmeans2(plane, count, minit="++", seed=np.random.default_rng(seed))
    names, number, sizes = np.unique(found, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(names))
    numbered: np.ndarray = rank[number]
    return numbered


def cluster_words(tokens: Sequence[str], sides: Sequence[str], cluster: np.ndarray) -> list[str]:
    """For each cluster the most typical word of each language, source first: "вода / water".

    Typical is the highest sum of count * log(share in the cluster / share overall), a tf-idf over clusters: a word that is everywhere,
    such as a function word, names none.
    """
    words = [token.lower() for token in tokens]
    named: list[list[str]] = [[] for _ in range(int(cluster.max(initial=-1)) + 1)]
    sizes = np.bincount(cluster, minlength=len(named))
    for side in ("src", "trg"):
        mine = [number for number, one in enumerate(sides) if one == side]
        overall = Counter(words[number] for number in mine)
        common = {word for word, _ in overall.most_common(FREQUENT)} if len(overall) >= MANY_TYPES else set()
        inside = Counter((int(cluster[number]), words[number]) for number in mine)
        best: dict[int, tuple[bool, float, str]] = {}
        for (group, word), count in inside.items():
            if not any(letter.isalpha() for letter in word):
                continue
            typical = count * float(np.log((count / sizes[group]) / (overall[word] / len(words))))
            rank = (len(word) >= LETTERS and word not in common, typical, word)
            best[group] = max(best.get(group, rank), rank)
        for group, (_, _, word) in best.items():
            named[group].append(word)
    return [" / ".join(dict.fromkeys(one)) for one in named]


def density(points: np.ndarray, x: tuple[float, float], y: tuple[float, float]) -> np.ndarray:
    """Share of the points that lies in denser places, on a grid over a window. points (n, 2) -> (GRID, GRID), rows along y.

    A Gaussian kernel over a histogram orders the cells; the value of a cell is 1 minus the share of all points in cells at least as dense,
    so the contour at 1 - p encloses the share p of the points: highest density regions [Hyndman 1996]. Without points all is 0.
    """
    if not len(points):
        return np.zeros((GRID, GRID))
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=GRID, range=(y, x))
    at = np.arange(GRID)
    kernel = np.exp(-0.5 * ((at[:, None] - at[None, :]) / (SMOOTHING * GRID)) ** 2)
    smooth = kernel @ counts @ kernel
    order = np.argsort(-smooth, axis=None)
    mass = np.cumsum(counts.ravel()[order])
    value = np.empty(GRID * GRID)
    value[order] = 1 - mass / max(mass[-1], 1e-12)
    shaped: np.ndarray = np.maximum(0, value).reshape(GRID, GRID)
    return shaped


def nearest_of_own(vectors: np.ndarray, own: np.ndarray, tokens: Sequence[str], number: int, count: int) -> list[tuple[int, float]]:
    """The words of its own language nearest to a word, by cosine, each spelling once and its own not at all: (point, cosine).

    vectors (n, d), own (n,) bool: which points are of the language of point `number`.
    """
    rows = np.flatnonzero(own)
    mine = np.asarray(vectors[number], np.float32)
    others = np.asarray(vectors[rows], np.float32)
    norms = np.linalg.norm(others, axis=1) * np.linalg.norm(mine)
    cosine = others @ mine / np.maximum(norms, 1e-12)
    seen = {tokens[number].lower()}
    found: list[tuple[int, float]] = []
    for at in np.argsort(-cosine, kind="stable"):
        row = int(rows[at])
        word = tokens[row].lower()
        if row == number or word in seen:
            continue
        seen.add(word)
        found.append((row, float(cosine[at])))
        if len(found) == count:
            break
    return found
