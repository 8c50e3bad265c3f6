"""A joint space of two languages: 2-D projections of it before and after alignment, and how mixed the languages are."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from lraln_core.alignment.neighbours import nearest_both_ways
from lraln_core.records import Progress

UMAP_NEIGHBOURS = 15
UMAP_EPOCHS = 150
FITTED = 4000  # points that UMAP is fitted on; its table of distances grows with their square
PLACED_BY = 5  # fitted points
_umap_alone = threading.Lock()  # UMAP is not thread-safe


@dataclass(frozen=True)
class Planes:
    """The same points before and after alignment, on shared axes."""

    before: np.ndarray  # (n, 2) float32
    after: np.ndarray  # (n, 2) float32


@dataclass(frozen=True)
class Distances:
    """Mean cosine distances (1 - cosine) across the languages."""

    matched: float
    random: float

    @property
    def ratio(self) -> float:
        """0: matched words coincide; 1: matched words are as far apart as random words."""
        return self.matched / self.random if self.random > 0 else float("nan")


def joint_pca(before: np.ndarray, after: np.ndarray) -> Planes:
    """Principal components of the space before and after alignment together. before, after (n, d) -> (n, 2) each.

    Both are centred separately, since a shift of the whole space does not change the relations of its points; the axes are those of
    greatest variance over both. The sign of an axis is chosen so that its largest weight is positive.
    """
    centred = [np.asarray(part, np.float64) - np.mean(part, axis=0, dtype=np.float64) for part in (before, after)]
    stacked = np.vstack(centred)
    _, _, axes = np.linalg.svd(stacked.T @ stacked, hermitian=True)
    axes = axes[:2]
    if len(axes) < 2:  # a space of one dimension
        axes = np.vstack([axes, np.zeros((2 - len(axes), stacked.shape[1]))])
    axes = axes * np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
    return Planes(*((part @ axes.T).astype(np.float32) for part in centred))


def aligned_umap(before: np.ndarray, after: np.ndarray, *, seed: int, progress: Progress | None = None) -> Planes:
    """AlignedUMAP [McInnes, Healy and Melville 2018; alignment as in umap-learn] with the relation point i before = point i after.

    before, after (n, d) with unit rows -> (n, 2) each; the metric is cosine distance. The same seed gives the same projection.
    progress counts epochs and may raise to stop. Of more than FITTED points, an even sample is fitted, the same before and after, and every
    other point is placed among its nearest fitted points (`placed`).
    """
    import umap  # compiles much at its first use and is needed here only

    if len(before) > FITTED:
        rows = np.linspace(0, len(before) - 1, FITTED).astype(np.int64)
        fitted = aligned_umap(before[rows], after[rows], seed=seed, progress=progress)
        both = ((before, fitted.before), (after, fitted.after))
        return Planes(*(placed(part, part[rows], plane) for part, plane in both))
    points = len(before)
    # Distances are precomputed because UMAP would compute them pair by pair in Python. The separate layouts of the two spaces are
    # not used, so a random initialisation of them is enough.
    model = umap.AlignedUMAP(
        n_neighbors=max(2, min(UMAP_NEIGHBOURS, points - 1)),
        metric="precomputed",
        init="random",
        random_state=seed,
        transform_seed=seed,
        n_epochs=UMAP_EPOCHS,
    )
    with _umap_alone, _epochs_reported(umap.layouts, progress), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the number of threads
        planes = model.fit_transform([_cosine_distances(part) for part in (before, after)], relations=[{i: i for i in range(points)}])
    middle = np.nanmean(np.vstack(planes), axis=0)
    return Planes(*(np.nan_to_num(np.asarray(plane, np.float32) - middle) for plane in planes))


def placed(unit: np.ndarray, fitted: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Every point at the mean of its nearest fitted points, weighted by cosine. unit (n, d), fitted (f, d) unit rows, plane (f, 2).

    -> (n, 2) float32. A point that is itself fitted stays where it is. This is the start that UMAP gives to new points [McInnes, Healy and
    Melville 2018, transform], without its further steps, which move before and after apart.
    """
    result = np.empty((len(unit), 2), np.float32)
    count = min(PLACED_BY, len(fitted))
    for start in range(0, len(unit), 2048):
        cosine = unit[start : start + 2048] @ fitted.T
        near = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
        weight = np.maximum(np.take_along_axis(cosine, near, axis=1), 1e-6).astype(np.float64)
        weight[weight.max(axis=1) > 1 - 1e-6] **= 1e6  # a fitted point outweighs all others
        result[start : start + 2048] = (plane[near] * (weight / weight.sum(axis=1, keepdims=True))[:, :, None]).sum(axis=1)
    return result


def umap_plane(unit: np.ndarray, *, neighbours: int, seed: int) -> np.ndarray:
    """UMAP [McInnes, Healy and Melville 2018] of one space by cosine distance. unit (n, d) with unit rows -> (n, 2) float32."""
    import umap

    model = umap.UMAP(
        n_neighbors=max(2, min(neighbours, len(unit) - 1)), metric="precomputed", init="random", random_state=seed, n_epochs=UMAP_EPOCHS
    )
    with _umap_alone, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the number of threads
        plane = np.asarray(model.fit_transform(_cosine_distances(unit)), np.float32)
    centred: np.ndarray = np.nan_to_num(plane - np.nanmean(plane, axis=0))
    return centred


def _cosine_distances(unit: np.ndarray) -> np.ndarray:
    table: np.ndarray = np.maximum(0, 1 - unit @ unit.T)
    np.fill_diagonal(table, 0)
    return table


@contextmanager
def _epochs_reported(layouts: Any, progress: Progress | None) -> Iterator[None]:
    """Report the epochs of AlignedUMAP. It takes no callback, but its three loops over epochs (one per space, one joint) use `tqdm`."""
    plain = layouts.tqdm
    done = 0

    def reported(epochs: range, **_: object) -> Iterator[int]:
        nonlocal done
        for epoch in epochs:
            if progress:
                progress(min(done, 3 * UMAP_EPOCHS), 3 * UMAP_EPOCHS)
            done += 1
            yield epoch

    layouts.tqdm = reported
    try:
        yield
    finally:
        layouts.tqdm = plain


def mixing(unit: np.ndarray, is_src: np.ndarray, k: int = 10) -> float:
    """How mixed two languages are: of each point's k nearest points the share in the other language, over its expectation.

    unit (n, d) unit rows, is_src (n,) bool. The expectation is that of neighbours drawn at random, n_other / (n - 1) on average.
    0: all neighbours are of the point's own language; 1: random mixing; above 1: neighbours are more often of the other language
    than of the own one. NaN with fewer than two points or with one language only.
    """
    n, src = len(unit), int(is_src.sum())
    if n < 2 or src in (0, n):
        return float("nan")
    found, _ = nearest_both_ways(unit, [unit], min(k, n - 1) + 1)
    own = found.index == np.arange(n)[:, None]
    own[~own.any(1), -1] = True  # a point with so many duplicates that it is not among its own neighbours
    others = found.index[~own].reshape(n, -1)
    share = (is_src[others] != is_src[:, None]).mean()
    return float(share / (2 * src * (n - src) / (n * (n - 1))))


def distances(src: np.ndarray, trg: np.ndarray, pairs: np.ndarray) -> Distances:
    """Cosine distance of matched words and of all words across the languages. src (n, d), trg (m, d) unit rows, pairs (p, 2)."""
    if not len(pairs):
        return Distances(float("nan"), float("nan"))
    matched = 1 - np.einsum("ij,ij->i", src[pairs[:, 0]], trg[pairs[:, 1]], dtype=np.float64).mean()
    # The mean of all products is the product of the means.
    return Distances(float(matched), float(1 - src.mean(0, dtype=np.float64) @ trg.mean(0, dtype=np.float64)))
