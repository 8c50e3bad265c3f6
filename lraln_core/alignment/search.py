"""Nearest-neighbour search in both directions: exact, or with FAISS indexes that trade recall for time and memory (Appendix C)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import torch

from lraln_core.choices import Backend, Scoring

from .neighbours import Neighbours, csls_both_ways, nearest_both_ways, ratio_both_ways

LISTS, PROBES, RERANK_FACTOR = 100, 10, 50
POINTS_A_LIST = 39  # the number of points that FAISS recommends to train one list
RECALL_SAMPLE = 500
RERANK_ROWS = 1000  # queries ranked again at a time


@dataclass(frozen=True)
class SearchResult:
    """Neighbours in both directions and the share of queries whose nearest is the exact one (1 for exact search)."""

    forward: Neighbours
    backward: Neighbours
    recall: float


def search(
    src: np.ndarray,
    trg_chunks: Iterable[np.ndarray],
    k: int,
    *,
    backend: Backend = Backend.EXACT,
    scoring: Scoring = Scoring.COSINE,
    csls_k: int = 10,
    rng: np.random.Generator | None = None,
) -> SearchResult:
    """Nearest targets of every source and the other way round. src (n, d) and the chunks have unit rows.

    trg_chunks is iterated more than once. With a FAISS backend recall is measured on a random sample of the sources
    against exact search. Raises ValueError for CSLS or ratio with a FAISS backend: the neighbourhoods r need exact search.
    """
    if backend is Backend.EXACT:
        if scoring is not Scoring.COSINE:
            found = (csls_both_ways if scoring is Scoring.CSLS else ratio_both_ways)(src, trg_chunks, k, csls_k)
            return SearchResult(found.forward, found.backward, 1.0)
        return SearchResult(*nearest_both_ways(src, trg_chunks, k), 1.0)
    if scoring is not Scoring.COSINE:
        raise ValueError(f"{scoring} needs the exact backend")
    faiss.omp_set_num_threads(torch.get_num_threads())
    forward = _ask(_index(trg_chunks, backend, src.shape[1]), src, k)
    sources = _index([src], backend, src.shape[1])
    backward = np.concatenate([_ask(sources, chunk, k) for chunk in trg_chunks])
    exact_cosines = _with_cosines(src, trg_chunks, forward, backward)
    rng = rng or np.random.default_rng(0)
    sample = np.sort(rng.choice(len(src), min(RECALL_SAMPLE, len(src)), replace=False))
    exact, _ = nearest_both_ways(src[sample], trg_chunks, 1)
    return SearchResult(*exact_cosines, float((forward[sample, 0] == exact.index[:, 0]).mean()))


def factory(backend: Backend, points: int, dimension: int) -> str:
    """The FAISS factory string for an index of `points` vectors; small sets get fewer lists."""
    if backend is Backend.FLAT or points < 4 * POINTS_A_LIST:
        return "Flat"
    lists = min(LISTS, points // POINTS_A_LIST)
    parts = next(parts for parts in (8, 4, 2, 1) if dimension % parts == 0)
    bits = 8 if points >= 256 * POINTS_A_LIST // 4 else 4
    # np: without the reordering of codes, which takes seconds and changes no result.
    code = f"PQ{parts}np" if bits == 8 else f"PQ{parts}x{bits}np"
    return {
        Backend.IVF: f"IVF{lists},Flat",
        Backend.IVF_FP16: f"IVF{lists},SQfp16",
        Backend.IVF_PQ: f"IVF{lists},{code}",
        Backend.IVF_PQ_RERANK: f"IVF{lists},{code},RFlat",
    }[backend]


def _index(chunks: Iterable[np.ndarray], backend: Backend, dimension: int) -> faiss.Index:
    points = sum(len(chunk) for chunk in chunks)
    index = faiss.index_factory(dimension, factory(backend, points, dimension), faiss.METRIC_INNER_PRODUCT)
    _quiet(index)
    for chunk in chunks:
        if not index.is_trained:
            index.train(chunk)
        index.add(chunk)
    inner: Any = faiss.downcast_index(index.base_index) if isinstance(index, faiss.IndexRefineFlat) else index
    if isinstance(index, faiss.IndexRefineFlat):
        index.k_factor = RERANK_FACTOR
    if hasattr(inner, "nprobe"):
        inner.nprobe = min(PROBES, inner.nlist)
    return index


def _quiet(index: faiss.Index) -> None:
    """Small sets are expected here; FAISS would warn of them on stderr for every codebook."""
    inner = faiss.downcast_index(index.base_index) if isinstance(index, faiss.IndexRefineFlat) else index
    for trained in (inner, getattr(inner, "pq", None)):
        settings: Any = getattr(trained, "cp", None)
        if settings is not None:
            settings.min_points_per_centroid = 1


def trained(sample: np.ndarray, points: int) -> faiss.Index:
    """An empty index of product codes (IVF-PQ) for `points` vectors by inner product, trained on unit rows (n, d); flat for few points."""
    code = factory(Backend.IVF_PQ, points, sample.shape[1])
    if code != "Flat":
        code = factory(Backend.IVF_PQ, min(points, len(sample)), sample.shape[1])
    index = faiss.index_factory(sample.shape[1], code, faiss.METRIC_INNER_PRODUCT)
    _quiet(index)
    if not index.is_trained:
        index.train(sample)
    return index


def reranked(index: faiss.Index, candidates: np.ndarray, queries: np.ndarray, k: int) -> Neighbours:
    """The k nearest of what an index of `candidates` (m, d) finds, by true cosines: RERANK_FACTOR * k answers are ranked again.

    queries (n, d). -> index (n, k), -1 with a cosine of -inf where an index that probes few lists found fewer.
    """
    lists: Any = index
    if hasattr(lists, "nprobe"):
        lists.nprobe = min(PROBES, lists.nlist)
    _, found = index.search(queries, min(k * RERANK_FACTOR, index.ntotal))
    index_out = np.full((len(queries), min(k, found.shape[1])), -1, np.int64)
    similarity = np.full(index_out.shape, -np.inf, np.float32)
    for start in range(0, len(queries), RERANK_ROWS):
        rows = slice(start, start + RERANK_ROWS)
        answers = np.sort(found[rows], axis=1)  # of equal cosines the smaller index comes first
        cosine = np.einsum("nd,nkd->nk", queries[rows], candidates[np.maximum(answers, 0)])
        cosine[answers < 0] = -np.inf
        order = np.argsort(-cosine, axis=1, kind="stable")[:, : index_out.shape[1]]
        index_out[rows] = np.take_along_axis(answers, order, 1)
        similarity[rows] = np.take_along_axis(cosine, order, 1)
    return Neighbours(index_out, similarity)


def _ask(index: faiss.Index, queries: np.ndarray, k: int) -> np.ndarray:
    """(n, k) numbers of the nearest. An index that probes few lists can find fewer than k: missing ones are filled with the best."""
    _, found = index.search(queries, min(k, index.ntotal))
    return np.maximum(np.where(found < 0, found[:, :1], found), 0).astype(np.int64)


def _with_cosines(
    src: np.ndarray, trg_chunks: Iterable[np.ndarray], forward: np.ndarray, backward: np.ndarray
) -> tuple[Neighbours, Neighbours]:
    """The true cosines of what was found; the similarities an index with codes returns are approximations."""
    forward_similarity, backward_similarity = np.empty(forward.shape, np.float32), np.empty(backward.shape, np.float32)
    seen = 0
    for chunk in trg_chunks:
        query, column = np.nonzero((forward >= seen) & (forward < seen + len(chunk)))
        forward_similarity[query, column] = np.einsum("ij,ij->i", src[query], chunk[forward[query, column] - seen])
        rows = slice(seen, seen + len(chunk))
        for rank in range(backward.shape[1]):
            backward_similarity[rows, rank] = np.einsum("ij,ij->i", src[backward[rows, rank]], chunk)
        seen += len(chunk)
    return Neighbours(forward, forward_similarity), Neighbours(backward, backward_similarity)
