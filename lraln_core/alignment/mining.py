"""Word pair mining (paper, section 3.1): for each word the most similar word of the other language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..choices import Backend, MiningMethod, Scoring
from ..records import WordPairs, WordVectors
from .search import search
from .similarity import Neighbours, unit_rows


@dataclass(frozen=True)
class MiningResult:
    """Mined pairs, and how they were found."""

    pairs: WordPairs
    src_words: int
    trg_words: int
    recall: float  # share of source words whose nearest the search backend found; 1 for exact search


def mine(src: WordVectors, trg: WordVectors | Iterable[WordVectors], *, method: MiningMethod, threshold: float, mining_k: int = 1,
         backend: Backend = Backend.EXACT, scoring: Scoring = Scoring.COSINE, csls_k: int = 10,
         rng: np.random.Generator | None = None) -> MiningResult:
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
    found = search(unit_rows(src.vectors[src_rows]), _UnitChunks(chunks), mining_k, backend=backend, scoring=scoring, csls_k=csls_k,
                   rng=rng)
    s, t, similarity, is_forward, is_backward = _merge(found.forward, found.backward, len(trg_sentence))
    keep = (similarity > threshold) & _wanted(method, is_forward, is_backward)
    s, t = src_rows[s[keep]], t[keep]
    pairs = WordPairs(src.sentence[s], src.position[s], trg_sentence[t], trg_position[t], similarity[keep], is_forward[keep],
                      is_backward[keep])
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


def usable(words: WordVectors) -> np.ndarray:
    """Words with a finite vector that is not zero. -> (n_words,) bool."""
    square = np.einsum("ij,ij->i", words.vectors, words.vectors, dtype=np.float32)
    return words.valid & np.isfinite(square) & (square > 0)


def _merge(forward: Neighbours, backward: Neighbours, m: int) -> tuple[np.ndarray, ...]:
    """The union of both directions, each pair once. -> src index, trg index, similarity, forward, backward."""
    f_src, f_trg = np.repeat(np.arange(len(forward.index)), forward.index.shape[1]), forward.index.ravel()
    b_trg, b_src = np.repeat(np.arange(len(backward.index)), backward.index.shape[1]), backward.index.ravel()
    f_key, b_key = f_src * m + f_trg, b_src * m + b_trg
    key, first = np.unique(np.concatenate([f_key, b_key]), return_index=True)
    similarity = np.concatenate([forward.similarity.ravel(), backward.similarity.ravel()])[first]
    return key // m, key % m, similarity, np.isin(key, f_key), np.isin(key, b_key)


def _wanted(method: MiningMethod, forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    return {
        MiningMethod.FORWARD: forward,
        MiningMethod.BACKWARD: backward,
        MiningMethod.FORWARD_BACKWARD: forward | backward,
        MiningMethod.INTERSECTION: forward & backward,
    }[MiningMethod(method)]


def sentence_pair_groups(pairs: WordPairs) -> tuple[np.ndarray, np.ndarray]:
    """Word pairs grouped by sentence pair, the unit in which the paper counts batches.

    -> (order, offsets): order (n,) lists pair numbers group by group; group g is order[offsets[g]:offsets[g + 1]].
    """
    order = np.lexsort((pairs.trg_word, pairs.src_word, pairs.trg_sentence, pairs.src_sentence))
    s, t = pairs.src_sentence[order], pairs.trg_sentence[order]
    starts = np.flatnonzero(np.concatenate([[True], (s[1:] != s[:-1]) | (t[1:] != t[:-1])])) if len(order) else order
    return order, np.concatenate([starts, [len(order)]]).astype(np.int64)
