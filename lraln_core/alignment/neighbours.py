"""Exact nearest neighbours by cosine, CSLS and ratio in both directions. Products are computed block by block, so memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

BLOCK_ELEMENTS = 4_000_000  # similarities computed at a time (16 MB); larger blocks do not fit the processor's cache and are slower
LEAST_MEAN = 1e-6  # of the neighbourhoods in a ratio: they can be 0 or less where nothing is similar
KEPT_ELEMENTS = 64_000_000  # a product of at most this size (256 MB) is computed once and kept for further passes

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Neighbours:
    """For each query the nearest candidates, best first."""

    index: Int64  # (n, k) rows of the candidates
    similarity: Float32  # (n, k) cosine


@dataclass(frozen=True)
class CslsNeighbours:
    """The nearest by CSLS or ratio in both directions. The similarities are cosines: CSLS = 2 cos - src_r - trg_r."""

    forward: Neighbours
    backward: Neighbours
    src_r: Float32  # (n,) r(x): mean cosine of each source to its csls_k nearest targets
    trg_r: Float32  # (m,) r(y): mean cosine of each target to its csls_k nearest sources


def nearest_both_ways(src: Float32, trg_chunks: Iterable[Float32], k: int) -> tuple[Neighbours, Neighbours]:
    """The k nearest targets of every source and the k nearest sources of every target by cosine [paper, eq. 1].

    src (n, d) and the target chunks (m_1, d), (m_2, d), ... are float32 unit rows. Targets are numbered through all chunks;
    one chunk is in memory at a time. Returns (forward: n queries, backward: m queries) with k columns each, fewer where the
    other side has fewer rows. Of equal cosines the smaller index comes first.
    """
    return nearest(_products(src, trg_chunks), len(src), k)


def csls_neighbourhoods(src: Float32, trg_chunks: Iterable[Float32], csls_k: int) -> tuple[Float32, Float32]:
    """r(x) of every source (n,) and r(y) of every target (m,): the mean cosine to the csls_k nearest words of the other side.

    Source: Conneau et al. 2018, section 2.3. Arguments as for nearest_both_ways.
    """
    return _neighbourhoods(_products(src, trg_chunks), len(src), csls_k)


def csls_both_ways(src: Float32, trg_chunks: Iterable[Float32], k: int, csls_k: int) -> CslsNeighbours:
    """The k nearest by CSLS, 2 cos(x, y) - r(x) - r(y) [Conneau et al. 2018, eq. 3], in both directions.

    Arguments as for nearest_both_ways. trg_chunks is iterated twice: the neighbourhoods r are needed before the answers.
    A single small chunk given in a list takes one product for both passes.
    """
    return _both_ways(src, trg_chunks, k, csls_k, ratio=False)


def ratio_both_ways(src: Float32, trg_chunks: Iterable[Float32], k: int, csls_k: int) -> CslsNeighbours:
    """The k nearest by ratio, cos(x, y) / ((r(x) + r(y)) / 2) [Artetxe and Schwenk 2019, eq. 2 with margin(a, b) = a / b].

    Arguments as for csls_both_ways.
    """
    return _both_ways(src, trg_chunks, k, csls_k, ratio=True)


def _both_ways(src: Float32, trg_chunks: Iterable[Float32], k: int, csls_k: int, *, ratio: bool) -> CslsNeighbours:
    single = isinstance(trg_chunks, list) and len(trg_chunks) == 1
    passes = list(_products(src, trg_chunks)) if single else None
    r = _neighbourhoods(passes or _products(src, trg_chunks), len(src), csls_k)
    forward, backward = nearest(passes or _products(src, trg_chunks), len(src), k, r, ratio=ratio)
    return CslsNeighbours(forward, backward, *r)


class Products:
    """The inner products of all rows of two matrices, by blocks of rows; a small product is computed once and kept."""

    def __init__(self, src: Float32, trg: Float32):
        self.src, self.trg = torch.from_numpy(src), torch.from_numpy(trg)
        self._whole: torch.Tensor | None = None

    def blocks(self, *, transposed: bool = False) -> Iterator[tuple[slice, torch.Tensor]]:
        """Rows and their products with every row of the other side (rows, m); transposed: of the targets with the sources.

        A block may be overwritten by the next one.
        """
        rows, columns = (self.trg, self.src) if transposed else (self.src, self.trg)
        size = max(1, BLOCK_ELEMENTS // max(1, len(columns)))
        slices = [slice(start, min(start + size, len(rows))) for start in range(0, len(rows), size)]
        if len(rows) * len(columns) <= KEPT_ELEMENTS:
            if self._whole is None:
                self._whole = self.src @ self.trg.T
            for part in slices:
                yield part, self._whole[:, part].T.contiguous() if transposed else self._whole[part]
            return
        buffer = torch.empty(min(size, len(rows)), len(columns))
        for part in slices:
            yield part, torch.mm(rows[part], columns.T, out=buffer[: part.stop - part.start])


def nearest(
    products: Iterable[Products], sources: int, k: int, csls: tuple[Float32, Float32] | None = None, *, ratio: bool = False
) -> tuple[Neighbours, Neighbours]:
    """The k nearest in both directions; with csls = (r of the sources (n,), r of all targets (m,)) by CSLS or ratio, else by cosine.

    products: of all sources with each chunk of targets. Returns (forward, backward) with cosines, as nearest_both_ways does.
    """
    forward, backward = ranked(products, sources, k, csls, ratio=ratio)
    if csls is None:
        return forward, backward
    return with_cosines(forward, *csls, ratio=ratio), with_cosines(backward, csls[1], csls[0], ratio=ratio)


def ranked(
    products: Iterable[Products], sources: int, k: int, csls: tuple[Float32, Float32] | None = None, *, ratio: bool = False
) -> tuple[Neighbours, Neighbours]:
    """As `nearest`, with the scores of the ranking in the place of the cosines, so that parts of a search can be merged by them.

    Of CSLS only the part that changes the order is computed: cos - r(answer) / 2.
    """
    forward, backward, seen = _Best(sources, k), [], 0
    for product in products:
        targets = slice(seen, seen + len(product.trg))
        back = _Best(len(product.trg), min(k, sources))
        half_r = (torch.from_numpy(csls[0] / 2), torch.from_numpy(csls[1][targets] / 2)) if csls else None
        for rows, cosine in product.blocks():
            there = here = cosine
            if half_r is not None and ratio:
                there = here = cosine / (half_r[0][rows, None] + half_r[1]).clamp(min=LEAST_MEAN)
            elif half_r is not None:
                there, here = cosine - half_r[1], cosine - half_r[0][rows, None]
            forward.merge_rows(rows, there, first_index=seen)
            back.merge_columns(here, first_index=rows.start)
        backward.append(back)
        seen = targets.stop
    index, score = forward.index[:, : min(k, seen)].numpy(), forward.score[:, : min(k, seen)].numpy()
    back_index, back_score = (torch.cat([getattr(best, name) for best in backward]).numpy() for name in ("index", "score"))
    return Neighbours(index, score), Neighbours(back_index, back_score)


def with_cosines(found: Neighbours, query_r: Float32, answer_r: Float32, *, ratio: bool) -> Neighbours:
    """The answers of `ranked` by CSLS or ratio with their cosines; query_r (n,) and answer_r (m,) are the means r of both sides."""
    half = np.asarray(answer_r[found.index] / 2, np.float32)
    if not ratio:
        return Neighbours(found.index, found.similarity + half)
    mean = np.asarray(np.maximum(query_r[:, None] / 2 + half, np.float32(LEAST_MEAN)), np.float32)
    return Neighbours(found.index, found.similarity * mean)


def _products(src: Float32, trg_chunks: Iterable[Float32]) -> Iterator[Products]:
    return (Products(src, chunk) for chunk in trg_chunks)


def _neighbourhoods(products: Iterable[Products], sources: int, csls_k: int) -> tuple[Float32, Float32]:
    forward, backward = nearest(products, sources, csls_k)
    return forward.similarity.mean(1), backward.similarity.mean(1)


class _Best:
    """The k best candidates of every query among the blocks seen so far. Blocks come in the order of the candidates."""

    def __init__(self, queries: int, k: int):
        self.score = torch.full((queries, k), -torch.inf)
        self.index = torch.zeros((queries, k), dtype=torch.long)

    def merge_rows(self, queries: slice, scores: torch.Tensor, *, first_index: int) -> None:
        """Scores of some queries with the candidates from first_index on. scores (queries, candidates)."""
        self._merge(torch.arange(queries.start, queries.stop), scores, first_index)

    def merge_columns(self, scores: torch.Tensor, *, first_index: int) -> None:
        """Scores of the candidates from first_index on with all queries. scores (candidates, queries)."""
        # Only queries whose highest score is above their k-th best so far can change, few after the first blocks.
        changed = torch.nonzero(scores.amax(0) > self.score[:, -1])[:, 0]
        if 2 * len(changed) < scores.shape[1]:
            self._merge(changed, scores[:, changed].T, first_index)
        else:  # a copy of most columns would take longer than it saves
            self._merge(torch.arange(scores.shape[1]), scores.T, first_index)

    def _merge(self, queries: torch.Tensor, scores: torch.Tensor, first_index: int) -> None:
        k = self.score.shape[1]
        if k == 1:
            score, index = scores.max(1, keepdim=True)  # of equal ones the first
            better = score > self.score[queries]
            self.score[queries] = score.where(better, self.score[queries])
            self.index[queries] = (index + first_index).where(better, self.index[queries])
            return
        score, index = scores.topk(min(k, scores.shape[1]), 1)
        index, by_index = index.sort(1)  # topk leaves the order of equal scores open
        # Earlier candidates come first, so in a stable sort the smaller index precedes an equal score.
        score = torch.cat([self.score[queries], score.gather(1, by_index)], 1)
        index = torch.cat([self.index[queries], index + first_index], 1)
        order = score.sort(dim=1, descending=True, stable=True).indices[:, :k]
        self.score[queries], self.index[queries] = score.gather(1, order), index.gather(1, order)
