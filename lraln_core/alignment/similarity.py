"""Exact cosine neighbours and CSLS over unit rows, by blocks, so that memory does not grow with the square of the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

BLOCK_ELEMENTS = 16_000_000  # similarities held at a time (64 MB)


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


def nearest_both_ways(src: np.ndarray, trg_chunks: Iterable[np.ndarray], k: int, *,
                      csls: tuple[np.ndarray, np.ndarray] | None = None) -> tuple[Neighbours, Neighbours]:
    """Nearest targets of every source row and nearest sources of every target row [paper, eq. 1], from one product.

    src (n, d) and the target chunks (m_1, d), (m_2, d) ... have unit rows; targets are numbered through all chunks, of which
    only one is in memory at a time. With csls = (r of the sources (n,), r of all targets (m,)) the order is that of CSLS; the
    similarities are cosines all the same. Returns (forward: n queries, backward: m queries), k columns each, fewer when the
    other side has fewer rows. Ties go to the smaller index.
    """
    running, backward, seen = _Best.empty(len(src), k), [], 0
    for chunk in trg_chunks:
        penalty = (csls[0], csls[1][seen : seen + len(chunk)]) if csls else None
        columns_best = _Best.empty(len(chunk), min(k, len(src)))
        for start, scores in _scores(src, chunk, penalty):
            rows = slice(start, start + len(scores))
            values, index = _top(scores, min(k, len(chunk)), 1)
            running.merge(rows, values, index + seen)
            values, index = _top_of_columns(scores, min(k, len(scores)))
            columns_best.merge(slice(None), values, index + start)
        backward.append(columns_best)
        seen += len(chunk)
    width = min(k, seen)
    forward = running.neighbours(width)
    back = Neighbours(np.concatenate([best.index.numpy() for best in backward]), np.concatenate([best.value.numpy() for best in backward]))
    if csls:  # score = 2 cos - r(x) - r(y)
        forward = Neighbours(forward.index, (forward.similarity + csls[0][:, None] + csls[1][forward.index]) / 2)
        back = Neighbours(back.index, (back.similarity + csls[1][:, None] + csls[0][back.index]) / 2)
    return forward, back


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


def _top(scores: torch.Tensor, k: int, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    if k == 1:
        return scores.max(dim, keepdim=True)
    # topk leaves the order of ties open: ask for the k best values, then settle the order by index.
    values, index = scores.topk(k, dim)
    index, order = index.sort(dim)
    values, order = values.gather(dim, order).sort(dim=dim, descending=True, stable=True)
    return values, index.gather(dim, order)


def _top_of_columns(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best rows of every column, best first: (columns, k) values and indices."""
    if k == 1:
        values, index = scores.max(0)
        return values[:, None], index[:, None]
    return _top(scores.T.contiguous(), k, 1)  # a copy and rows are several times faster than columns in place


def mean_similarity(queries: np.ndarray, candidates: np.ndarray, k: int) -> np.ndarray:
    """r(x) of CSLS: mean cosine of every query to its k nearest candidates [Conneau et al. 2018, section 2.3].

    queries (n, d), candidates (m, d), unit rows -> (n,) float32.
    """
    out = np.empty(len(queries), np.float32)
    for start, scores in _scores(queries, candidates):
        out[start : start + len(scores)] = scores.topk(min(k, len(candidates)), 1, sorted=False).values.mean(1)
    return out


def csls_neighbourhoods(src: np.ndarray, trg_chunks: Iterable[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]:
    """r of every source (n,) and of every target (m,), from one product; the targets come in chunks, one in memory at a time."""
    best, r_trg = torch.full((len(src), k), -torch.inf), []
    for chunk in trg_chunks:
        columns = torch.full((len(chunk), k), -torch.inf)
        for start, scores in _scores(src, chunk):
            rows = slice(start, start + len(scores))
            best[rows] = _keep(best[rows], scores, k)
            columns = _keep(columns, scores.T.contiguous(), k)
        r_trg.append(columns[:, : min(k, len(src))].mean(1).numpy())
    r_trg = np.concatenate(r_trg)
    return best[:, : min(k, len(r_trg))].mean(1).numpy(), r_trg


def _keep(best: torch.Tensor, scores: torch.Tensor, k: int) -> torch.Tensor:
    """The k largest values of every row, best first, of those so far and new ones."""
    new = scores.topk(min(k, scores.shape[1]), 1).values
    return torch.cat([best, new], 1).topk(k, 1).values


def nearest_csls(queries: np.ndarray, candidates: np.ndarray, candidate_r: np.ndarray,
                 query_r: np.ndarray | None = None) -> Neighbours:
    """The candidate with the highest CSLS, 2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3], for every query.

    queries (n, d), candidates (m, d), unit rows; candidate_r (m,), query_r (n,). Without query_r the scores lack r(x),
    which changes no order. -> Neighbours with one column.
    """
    index, score = np.empty((len(queries), 1), np.int64), np.empty((len(queries), 1), np.float32)
    for start, scores in _scores(queries, candidates, (np.zeros(len(queries), np.float32), candidate_r)):
        best = scores.max(1, keepdim=True)
        index[start : start + len(scores)], score[start : start + len(scores)] = best.indices, best.values
    return Neighbours(index, score if query_r is None else score - query_r[:, None])


def _scores(rows: np.ndarray, columns: np.ndarray, penalty: tuple[np.ndarray, np.ndarray] | None = None):
    """(start, scores of a block of rows with all columns): cosines, or with penalty = (r of rows, r of columns) CSLS."""
    transposed = torch.from_numpy(columns).T
    size = max(1, min(len(rows), BLOCK_ELEMENTS // max(1, len(columns))))
    for start in range(0, len(rows), size):
        scores = torch.from_numpy(rows[start : start + size]) @ transposed
        if penalty is not None:
            scores.mul_(2).sub_(torch.from_numpy(penalty[0][start : start + size])[:, None]).sub_(torch.from_numpy(penalty[1]))
        yield start, scores
