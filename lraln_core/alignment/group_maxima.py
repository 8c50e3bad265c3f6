"""The best columns of every row and the best rows of every column of one matrix product, without keeping the product.

While a tile of the product is still in the processor's cache, only its maxima are kept: of every row within GROUP consecutive
columns, and of every column within GROUP consecutive rows, a 32nd of the product each. A maximum bounds what its group holds, so
afterwards few groups can hold an answer; those are computed once more, and an answer stands when no other group reaches it.
The rare row where one does (ties, mostly) is answered from more groups, in the end from all: the result is exact always.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

GROUP = 32
TILE_ROWS, TILE_COLUMNS = 512, 2048  # multiples of GROUP; a tile is 4 MB
MORE_GROUPS = 3  # a row that is not settled is answered from so many times as many groups
ROUNDING = 4e-6  # by how much a similarity may differ when it is computed in another shape; relative to the longest rows
QUERIES = 8192  # whose bounds are compared at a time
BLOCK_ELEMENTS = 16_000_000  # scores held at a time (64 MB)


@dataclass(frozen=True)
class GroupMaxima:
    """Maxima of a product of rows (n, d) and columns (m, d)."""

    of_rows: torch.Tensor  # (n, groups of columns)
    of_columns: torch.Tensor  # (m, groups of rows)


@dataclass(frozen=True)
class Best:
    """The best candidates of every query, best first; equal ones by number."""

    index: torch.Tensor  # (n, k) int64
    score: torch.Tensor  # (n, k) float32


def group_maxima(rows: np.ndarray, columns: np.ndarray) -> GroupMaxima:
    """Maxima of every inner product of the rows (n, d) and columns (m, d), both float32 and not empty."""
    n, m = len(rows), len(columns)
    of_rows, of_columns = torch.empty(n, _groups(m)), torch.empty(m, _groups(n))
    buffer = torch.empty(TILE_ROWS * TILE_COLUMNS)
    for left in range(0, m, TILE_COLUMNS):
        tile = _whole_groups(torch.from_numpy(columns[left : left + TILE_COLUMNS]))
        groups, right = len(tile) // GROUP, min(m, left + TILE_COLUMNS)
        # A group's members stand `groups` apart in the tile, so that maxima are taken over whole lines of memory.
        spread = tile.view(groups, GROUP, -1).transpose(0, 1).reshape(len(tile), -1).T
        for top in range(0, n, TILE_ROWS):
            some, bottom = _whole_groups(torch.from_numpy(rows[top : top + TILE_ROWS])), min(n, top + TILE_ROWS)
            scores = buffer[: len(some) * len(tile)].view(len(some), len(tile))
            torch.mm(some, spread, out=scores)
            within = scores.view(len(some), GROUP, groups).amax(1)
            of_rows[top:bottom, left // GROUP : left // GROUP + groups] = within[: bottom - top]
            within = scores.view(len(some) // GROUP, GROUP, len(tile)).amax(1).view(-1, GROUP, groups).permute(2, 1, 0)
            of_columns[left:right, top // GROUP : _groups(bottom)] = within.reshape(len(tile), -1)[: right - left]
    return GroupMaxima(of_rows, of_columns)


def _groups(members: int) -> int:
    return -(-members // GROUP)


def _whole_groups(vectors: torch.Tensor) -> torch.Tensor:
    """The last row is repeated until the groups are full, which changes no maximum."""
    missing = -len(vectors) % GROUP
    return torch.cat([vectors, vectors[-1:].expand(missing, -1)]) if missing else vectors


def best_candidates(
    queries: np.ndarray, candidates: np.ndarray, maxima: torch.Tensor, k: int, *, penalty: np.ndarray | None = None
) -> Best:
    """The k candidates with the highest inner product or, with a penalty (m,), the highest 2 x.y - penalty(y), as for CSLS.

    queries (n, d), candidates (m, d) float32; maxima (n, groups of candidates) of every query within each group.
    """
    asked = _Asked.of(queries, candidates, penalty)
    k = min(k, len(candidates))
    best = Best(torch.empty(len(queries), k, dtype=torch.long), torch.empty(len(queries), k))
    rows, taken = torch.arange(len(queries)), k if penalty is None else MORE_GROUPS * k
    while len(rows) and taken * MORE_GROUPS < maxima.shape[1]:
        groups, next_bound = asked.highest_groups(rows, maxima, taken)
        for some, of_them in zip(rows.split(BLOCK_ELEMENTS // taken // GROUP), groups.split(BLOCK_ELEMENTS // taken // GROUP)):
            asked.some_groups(some, of_them, best)
        rows, taken = rows[next_bound >= best.score[rows, k - 1] - asked.rounding], taken * MORE_GROUPS
    if len(rows):
        asked.all_groups(rows, best)
    return best


def mean_of_best(queries: np.ndarray, candidates: np.ndarray, maxima: torch.Tensor, k: int) -> np.ndarray:
    """Mean inner product of every query with its k best candidates, or with all where there are fewer. -> (n,) float32

    Arguments as for best_candidates. The k groups with the highest maxima hold at least k candidates as good as any in other groups.
    """
    asked = _Asked.of(queries, candidates, None)
    k, means = min(k, len(candidates)), []
    few = k < maxima.shape[1]
    for rows in torch.arange(len(queries)).split(max(1, BLOCK_ELEMENTS // (k * GROUP if few else len(candidates)))):
        if few:
            scores = asked.scores_in(rows, maxima[rows[0] : rows[-1] + 1].topk(k, 1, sorted=False).indices).numpy()
        else:
            scores = asked.scores(asked.queries[rows], slice(None)).numpy()
        others = scores.shape[1] - k
        scores.partition(others, axis=1)
        means.append(scores[:, others:].mean(1))
    return np.concatenate(means)


@dataclass(frozen=True)
class _Asked:
    queries: torch.Tensor
    candidates: torch.Tensor
    penalty: torch.Tensor | None
    rounding: float

    @classmethod
    def of(cls, queries: np.ndarray, candidates: np.ndarray, penalty: np.ndarray | None) -> _Asked:
        one, other = torch.from_numpy(queries), torch.from_numpy(candidates)
        size = float(one.norm(dim=1).amax() * other.norm(dim=1).amax())
        return cls(one, other, None if penalty is None else torch.from_numpy(penalty), ROUNDING * size)

    def highest_groups(self, rows: torch.Tensor, maxima: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The groups with the highest bounds for some queries, (r, count) ascending, and the bound of all the others (r,)."""
        groups, bounds = [], []
        lowest = None if self.penalty is None else _whole_groups(self.penalty[:, None]).view(-1, GROUP).amin(1)
        for some in rows.split(QUERIES):
            bound = maxima[some[0] : some[-1] + 1] if len(rows) == len(maxima) else maxima[some]
            if lowest is not None:
                bound = (bound * 2).sub_(lowest)
            highest = bound.topk(count + 1, 1)
            groups.append(highest.indices[:, :count].sort(1).values)
            bounds.append(highest.values[:, count].clone())
        return torch.cat(groups), torch.cat(bounds)

    def some_groups(self, rows: torch.Tensor, groups: torch.Tensor, best: Best) -> None:
        """Answer queries from some groups of candidates each. rows (r,), groups (r, c), each row's ascending."""
        value, at = _top(self.scores_in(rows, groups), best.index.shape[1])
        _put(rows, groups.gather(1, at // GROUP) * GROUP + at % GROUP, value, best)

    def scores_in(self, rows: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
        """Scores of the candidates of c groups for each of r queries, -inf where the last group is not full. -> (r, c x GROUP)"""
        scores = torch.empty(groups.numel(), GROUP)
        order = groups.flatten().argsort(stable=True)
        row_of, start = rows[order // groups.shape[1]], 0
        for group, end in enumerate(torch.bincount(groups.flatten()).cumsum(0).tolist()):
            if end > start:
                found = self.scores(self.queries[row_of[start:end]], slice(group * GROUP, (group + 1) * GROUP))
                if found.shape[1] < GROUP:
                    found = torch.nn.functional.pad(found, (0, GROUP - found.shape[1]), value=-torch.inf)
                scores[order[start:end]] = found
            start = end
        return scores.view(len(rows), -1)

    def all_groups(self, rows: torch.Tensor, best: Best) -> None:
        """Answer queries from all candidates."""
        for part in rows.split(max(1, BLOCK_ELEMENTS // len(self.candidates))):
            value, index = _top(self.scores(self.queries[part], slice(None)), best.index.shape[1])
            _put(part, index, value, best)

    def scores(self, queries: torch.Tensor, members: slice) -> torch.Tensor:
        """-> (n, members)"""
        scores = queries @ self.candidates[members].T
        return scores if self.penalty is None else scores.mul_(2).sub_(self.penalty[members])


def _top(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    return scores.max(1, keepdim=True) if k == 1 else scores.topk(k, 1)  # max finds the first of equal ones


def _put(rows: torch.Tensor, index: torch.Tensor, value: torch.Tensor, best: Best) -> None:
    if index.shape[1] > 1:  # topk leaves the order of ties open: settle it by number
        index, order = index.sort(1)
        value, order = value.gather(1, order).sort(dim=1, descending=True, stable=True)
        index = index.gather(1, order)
    best.index[rows], best.score[rows] = index, value
