"""Exact cosine neighbours and CSLS over unit rows, by blocks, so that memory does not grow with the square of the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from .group_maxima import TILE_ROWS, GroupMaxima, best_candidates, group_maxima, mean_of_best

PANEL_ELEMENTS = 640_000_000  # similarities whose group maxima are held at a time (160 MB)
GUESS_FROM = 256
KEPT_ELEMENTS = 800_000_000  # up to this many, the maxima of a whole product are kept for CSLS (200 MB)


@dataclass(frozen=True)
class Neighbours:
    """For each query the nearest candidates, best first."""

    index: np.ndarray  # (n, k) int64, rows of the candidates
    similarity: np.ndarray  # (n, k) float32


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1 in float32; zero rows stay zero. (n, d) -> (n, d)."""
    vectors = np.asarray(vectors, np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)


def nearest_both_ways(src: np.ndarray, trg_chunks: Iterable[np.ndarray], k: int) -> tuple[Neighbours, Neighbours]:
    """Nearest targets of every source row and nearest sources of every target row [paper, eq. 1], from one product.

    src (n, d) and the target chunks (m_1, d), (m_2, d) ... have unit rows; targets are numbered through all chunks, of which
    only one is in memory at a time. Returns (forward: n queries, backward: m queries), k columns each, fewer when the
    other side has fewer rows. Ties go to the smaller index.
    """
    return _both_ways(src, ((chunk, _panels(src, chunk)) for chunk in trg_chunks), k)


def csls_neighbourhoods(src: np.ndarray, trg_chunks: Iterable[np.ndarray], csls_k: int) -> tuple[np.ndarray, np.ndarray]:
    """r(x) of every source (n,) and r(y) of every target (m,): the mean cosine to the csls_k nearest of the other side
    [Conneau et al. 2018, section 2.3], from one product; the targets come in chunks, one in memory at a time."""
    return _mean_similarities(nearest_both_ways(src, trg_chunks, csls_k))


@dataclass(frozen=True)
class CslsNeighbours:
    """The nearest by CSLS in both directions; their similarities are cosines. r is the mean cosine of a word's neighbourhood."""

    forward: Neighbours
    backward: Neighbours
    src_r: np.ndarray  # (n,)
    trg_r: np.ndarray  # (m,)


def csls_both_ways(src: np.ndarray, trg_chunks: Iterable[np.ndarray], k: int, csls_k: int) -> CslsNeighbours:
    """Nearest by CSLS, 2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3], both ways; arguments as for nearest_both_ways.

    The bounds of group_maxima are close where the words of a group have similar r, so words are ordered by it. A single
    chunk, in a list, takes one product for neighbourhoods and answers: its order is that of a first guess of r.
    """
    if isinstance(trg_chunks, list) and len(trg_chunks) == 1 and len(src) * len(trg_chunks[0]) <= KEPT_ELEMENTS:
        chunk = trg_chunks[0]
        order = _Order(np.argsort(_popularity(src, chunk)), np.argsort(_popularity(chunk, src)))
        src, chunk = src[order.src], chunk[order.trg]
        maxima = group_maxima(src, chunk)
        r = mean_of_best(src, chunk, maxima.of_rows, csls_k), mean_of_best(chunk, src, maxima.of_columns, csls_k)
        return order.restore(*_both_ways(src, [(chunk, [(slice(0, len(src)), maxima)])], k, r), *r)
    sizes: list[int] = []
    r = csls_neighbourhoods(src, _noting_sizes(trg_chunks, sizes), csls_k)
    parts = np.split(r[1], np.cumsum(sizes)[:-1])
    within = [np.argsort(part) for part in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    order = _Order(np.argsort(r[0]), np.concatenate([start + rows for start, rows in zip(starts, within)]))
    src, r = src[order.src], (r[0][order.src], r[1][order.trg])
    ordered = (chunk[rows] for chunk, rows in zip(trg_chunks, within))
    return order.restore(*_both_ways(src, ((chunk, _panels(src, chunk)) for chunk in ordered), k, r), *r)


def _noting_sizes(chunks: Iterable[np.ndarray], sizes: list[int]) -> Iterator[np.ndarray]:
    for chunk in chunks:
        sizes.append(len(chunk))
        yield chunk


@dataclass(frozen=True)
class _Order:
    """In what order the words of both sides are compared."""

    src: np.ndarray  # (n,) rows
    trg: np.ndarray  # (m,)

    def restore(self, forward: Neighbours, backward: Neighbours, src_r: np.ndarray, trg_r: np.ndarray) -> CslsNeighbours:
        """What was found, in the order in which the words were given."""
        src, trg = np.argsort(self.src), np.argsort(self.trg)
        return CslsNeighbours(
            Neighbours(self.trg[forward.index[src]], forward.similarity[src]),
            Neighbours(self.src[backward.index[trg]], backward.similarity[trg]),
            src_r[src],
            trg_r[trg],
        )


def _popularity(words: np.ndarray, others: np.ndarray) -> np.ndarray:
    """A guess of r: the mean cosine to the two nearest of a few of the others. (n, d), (m, d) -> (n,)."""
    few = others[np.linspace(0, len(others) - 1, min(len(others), GUESS_FROM)).astype(np.int64)]
    return (torch.from_numpy(words) @ torch.from_numpy(few).T).topk(min(2, len(few)), 1, sorted=False).values.mean(1).numpy()


Panel = tuple[slice, GroupMaxima]  # some sources with all targets of a chunk


def _panels(src: np.ndarray, chunk: np.ndarray) -> Iterator[Panel]:
    size = max(TILE_ROWS, PANEL_ELEMENTS // max(1, len(chunk)) // TILE_ROWS * TILE_ROWS)
    for start in range(0, len(src), size):
        rows = slice(start, min(start + size, len(src)))
        yield rows, group_maxima(src[rows], chunk)


def _both_ways(
    src: np.ndarray, chunks: Iterable[tuple[np.ndarray, Iterable[Panel]]], k: int, csls: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[Neighbours, Neighbours]:
    """The k nearest both ways; with csls = (r of the sources (n,), r of all targets (m,)) in the order of CSLS."""
    forward, backward, seen = _Best.empty(len(src), k), [], 0
    for chunk, panels in chunks:
        columns = slice(seen, seen + len(chunk))
        back = _Best.empty(len(chunk), min(k, len(src)))
        for rows, maxima in panels:
            r_src, r_trg = (csls[0][rows], csls[1][columns]) if csls else (None, None)
            there = best_candidates(src[rows], chunk, maxima.of_rows, k, penalty=r_trg)
            here = best_candidates(chunk, src[rows], maxima.of_columns, k, penalty=r_src)
            forward.merge(rows, there.score, there.index + seen)
            back.merge(slice(None), here.score, here.index + rows.start)
        backward.append(back)
        seen += len(chunk)
    there = forward.neighbours(min(k, seen))
    here = Neighbours(np.concatenate([best.index.numpy() for best in backward]), np.concatenate([best.value.numpy() for best in backward]))
    if csls:  # score = 2 cos - r of the answer
        there = Neighbours(there.index, (there.similarity + csls[1][there.index]) / 2)
        here = Neighbours(here.index, (here.similarity + csls[0][here.index]) / 2)
    return there, here


def _mean_similarities(found: tuple[Neighbours, Neighbours]) -> tuple[np.ndarray, np.ndarray]:
    forward, backward = (side.similarity.mean(1) for side in found)
    return forward, backward


@dataclass
class _Best:
    """The best candidates of every row so far."""

    value: torch.Tensor  # (n, k)
    index: torch.Tensor  # (n, k)

    @classmethod
    def empty(cls, rows: int, k: int) -> _Best:
        return cls(torch.full((rows, k), -torch.inf), torch.zeros((rows, k), dtype=torch.long))

    def merge(self, rows: slice, value: torch.Tensor, index: torch.Tensor) -> None:
        # What came before stands first: in a tie the smaller index stays.
        if self.value.shape[1] == 1:
            better = value > self.value[rows]
            self.value[rows], self.index[rows] = value.where(better, self.value[rows]), index.where(better, self.index[rows])
            return
        values, indices = torch.cat([self.value[rows], value], 1), torch.cat([self.index[rows], index], 1)
        order = torch.sort(values, dim=1, descending=True, stable=True).indices[:, : self.value.shape[1]]
        self.value[rows], self.index[rows] = values.gather(1, order), indices.gather(1, order)

    def neighbours(self, width: int) -> Neighbours:
        return Neighbours(self.index[:, :width].numpy(), self.value[:, :width].numpy())
