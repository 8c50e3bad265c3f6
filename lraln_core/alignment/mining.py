"""Word pair mining (paper, section 3.1): for each word the most similar word of the other language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lraln_core.choices import Backend, MiningMethod, Scoring
from lraln_core.records import WordPairs, WordVectors

from .neighbours import Neighbours
from .search import search
from .similarity import unit_rows, usable

BLOCK = 1_000_000  # target words processed at a time


@dataclass(frozen=True)
class MiningResult:
    """Mined pairs, and how they were found."""

    pairs: WordPairs
    src_words: int
    trg_words: int
    recall: float  # share of source words whose nearest the search backend found; 1 for exact search


def mine(
    src: WordVectors,
    trg: WordVectors | Iterable[WordVectors],
    *,
    method: MiningMethod,
    threshold: float,
    mining_k: int = 1,
    backend: Backend = Backend.EXACT,
    scoring: Scoring = Scoring.COSINE,
    csls_k: int = 10,
    rng: np.random.Generator | None = None,
) -> MiningResult:
    """Mined pairs with cosine above the threshold, sorted by source word, then target word.

    src and trg hold the mapped CCWRs of the sampled sentences; words without a vector take no part. trg may come in chunks,
    an iterable that can be gone through several times, of which one is in memory at a time; its sentences are numbered
    through all chunks. A pair is `forward` when the target word is among the source word's mining_k nearest over all target
    words, `backward` the other way round; `intersection` asks for both, `forward_backward` for either.
    """
    chunks = [trg] if isinstance(trg, WordVectors) else trg
    src_rows = np.flatnonzero(usable(src))
    trg_sentence, trg_position = _target_words(chunks)
    if not len(src_rows) or not len(trg_sentence):
        return MiningResult(_no_pairs(), len(src_rows), len(trg_sentence), 1.0)
    found = search(
        unit_rows(src.vectors[src_rows]), _UnitChunks(chunks), mining_k, backend=backend, scoring=scoring, csls_k=csls_k, rng=rng
    )
    s, t, similarity, is_forward, is_backward = _merge(found.forward, found.backward, threshold, MiningMethod(method))
    s = src_rows[s]
    pairs = WordPairs(src.sentence[s], src.position[s], trg_sentence[t], trg_position[t], similarity, is_forward, is_backward)
    return MiningResult(pairs, len(src_rows), len(trg_sentence), found.recall)


@dataclass(frozen=True)
class _UnitChunks:
    """The usable words of each chunk as unit rows."""

    chunks: Iterable[WordVectors]

    def __iter__(self) -> Iterator[np.ndarray]:
        for chunk in self.chunks:
            rows = usable(chunk)
            if rows.any():
                yield unit_rows(chunk.vectors[rows])


def _target_words(chunks: Iterable[WordVectors]) -> tuple[np.ndarray, np.ndarray]:
    """Sentence, counted through all chunks, and word index of every usable target word."""
    sentences, positions, seen = [np.empty(0, np.int32)], [np.empty(0, np.int32)], 0
    for chunk in chunks:
        rows = usable(chunk)
        sentences.append(chunk.sentence[rows] + np.int32(seen))
        positions.append(chunk.position[rows])
        seen += len(chunk.offsets) - 1
    return np.concatenate(sentences), np.concatenate(positions)


def _no_pairs() -> WordPairs:
    numbers, flags = np.empty(0, np.int32), np.empty(0, bool)
    return WordPairs(numbers, numbers, numbers, numbers, np.empty(0, np.float32), flags, flags)


def _merge(forward: Neighbours, backward: Neighbours, threshold: float, method: MiningMethod) -> list[np.ndarray]:
    """The pairs above the threshold that the method wants, each once, by source, then target.

    -> src index and trg index (n,) int32, similarity, forward, backward
    """
    parts = [_found(forward, backward, slice(None), threshold)]
    if method in (MiningMethod.BACKWARD, MiningMethod.FORWARD_BACKWARD):
        for start in range(0, len(backward.index), BLOCK):
            t, s, similarity, both = _found(backward, forward, slice(start, start + BLOCK), threshold)
            parts.append([s[~both], t[~both], similarity[~both], both[~both]])  # the others are known from the forward direction
    src, trg, similarity, twice = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    is_forward = np.arange(len(src)) < len(parts[0][0])
    if method in (MiningMethod.BACKWARD, MiningMethod.INTERSECTION):
        kept = twice | ~is_forward
        src, trg, similarity, twice, is_forward = (column[kept] for column in (src, trg, similarity, twice, is_forward))
    order = np.lexsort((trg, src))
    # An approximate index may return fewer than k answers, padded by repetition.
    repeated = (np.diff(src[order], prepend=-1) == 0) & (np.diff(trg[order], prepend=-1) == 0)
    order = order[~repeated]
    return [column[order] for column in (src, trg, similarity, is_forward, twice | ~is_forward)]


def _found(there: Neighbours, back: Neighbours, queries: slice, threshold: float) -> list[np.ndarray]:
    """What some queries found above the threshold. -> query and answer (n,) int32, similarity, whether the answer found it too"""
    query, column = np.nonzero(there.similarity[queries] > threshold)
    query += queries.start or 0
    answer = there.index[query, column]
    both = (back.index[answer] == query[:, None]).any(1)
    return [query.astype(np.int32), answer.astype(np.int32), there.similarity[query, column], both]


def sentence_pair_groups(pairs: WordPairs) -> tuple[np.ndarray, np.ndarray]:
    """Word pairs grouped by sentence pair, the unit in which the paper counts batches.

    -> (order, offsets): order (n,) lists pair numbers group by group; group g is order[offsets[g]:offsets[g + 1]].
    """
    order = np.lexsort((pairs.trg_word, pairs.src_word, pairs.trg_sentence, pairs.src_sentence))
    s, t = pairs.src_sentence[order], pairs.trg_sentence[order]
    starts = np.flatnonzero(np.concatenate([[True], (s[1:] != s[:-1]) | (t[1:] != t[:-1])])) if len(order) else order
    return order, np.concatenate([starts, [len(order)]]).astype(np.int64)
