"""Exact cosine neighbours and CSLS over unit rows, by blocks, so that memory does not grow with the square of the words."""

from __future__ import annotations

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


def nearest_both_ways(src: np.ndarray, trg: np.ndarray, k: int) -> tuple[Neighbours, Neighbours]:
    """Nearest targets of every source row and nearest sources of every target row [paper, eq. 1], from one product.

    src (n, d) and trg (m, d) have unit rows. Returns (forward: n queries, backward: m queries), k columns each, fewer
    when the other side has fewer rows. Ties go to the smaller index.
    """
    n, m = len(src), len(trg)
    forward_k, backward_k = min(k, m), min(k, n)
    forward = Neighbours(np.empty((n, forward_k), np.int64), np.empty((n, forward_k), np.float32))
    best = torch.full((m, backward_k), -torch.inf)
    best_index = torch.zeros((m, backward_k), dtype=torch.long)
    columns = torch.from_numpy(trg).T
    for start, block in _blocks(src, m):
        scores = block @ columns
        values, index = _top(scores, forward_k, 1)
        forward.similarity[start : start + len(block)] = values
        forward.index[start : start + len(block)] = index
        values, index = _top(scores, min(backward_k, len(block)), 0)
        # The running best stands first: a tie with a later block keeps the smaller index.
        merged = torch.cat([best, values.T], 1)
        merged_index = torch.cat([best_index, index.T + start], 1)
        order = torch.sort(merged, dim=1, descending=True, stable=True).indices[:, :backward_k]
        best, best_index = merged.gather(1, order), merged_index.gather(1, order)
    return forward, Neighbours(best_index.numpy(), best.numpy())


def _top(scores: torch.Tensor, k: int, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    if k == 1:
        return scores.max(dim, keepdim=True)
    # topk leaves the order of ties open: ask for the k best values, then settle the order by index.
    values, index = scores.topk(k, dim)
    index, order = index.sort(dim)
    values, order = values.gather(dim, order).sort(dim=dim, descending=True, stable=True)
    return values, index.gather(dim, order)


def mean_similarity(queries: np.ndarray, candidates: np.ndarray, k: int) -> np.ndarray:
    """r(x) of CSLS: mean cosine of every query to its k nearest candidates [Conneau et al. 2018, section 2.3].

    queries (n, d), candidates (m, d), unit rows -> (n,) float32.
    """
    out = np.empty(len(queries), np.float32)
    columns = torch.from_numpy(candidates).T
    for start, block in _blocks(queries, len(candidates)):
        scores = block @ columns
        out[start : start + len(block)] = scores.topk(min(k, len(candidates)), 1, sorted=False).values.mean(1)
    return out


def nearest_csls(queries: np.ndarray, candidates: np.ndarray, candidate_r: np.ndarray,
                 query_r: np.ndarray | None = None) -> Neighbours:
    """The candidate with the highest CSLS, 2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3], for every query.

    queries (n, d), candidates (m, d), unit rows; candidate_r (m,), query_r (n,). Without query_r the scores lack r(x),
    which changes no order. -> Neighbours with one column.
    """
    index, score = np.empty((len(queries), 1), np.int64), np.empty((len(queries), 1), np.float32)
    columns = torch.from_numpy(candidates).T
    penalty = torch.from_numpy(np.asarray(candidate_r, np.float32))
    for start, block in _blocks(queries, len(candidates)):
        best = (2 * (block @ columns) - penalty).max(1, keepdim=True)
        index[start : start + len(block)], score[start : start + len(block)] = best.indices, best.values
    return Neighbours(index, score if query_r is None else score - query_r[:, None])


def _blocks(rows: np.ndarray, columns: int):
    """(start, block of rows as a tensor), with at most BLOCK_ELEMENTS products a block."""
    size = max(1, min(len(rows), BLOCK_ELEMENTS // max(1, columns)))
    for start in range(0, len(rows), size):
        yield start, torch.from_numpy(rows[start : start + size])
