"""Word pair mining (paper, section 3.1): for each word the most similar word of the other language."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from ..records import WordPairs, WordVectors
from .similarity import Neighbours, nearest_both_ways, unit_rows


class MiningMethod(StrEnum):
    """Which directions a pair needs. The paper mines in both and keeps the union: forward_backward."""

    FORWARD = "forward"
    BACKWARD = "backward"
    FORWARD_BACKWARD = "forward_backward"
    INTERSECTION = "intersection"


def mine(src: WordVectors, trg: WordVectors, *, method: MiningMethod, threshold: float, mining_k: int = 1) -> WordPairs:
    """Mined pairs with cosine above the threshold, sorted by source word, then target word.

    src and trg hold the mapped CCWRs of the sampled sentences; words without a vector take no part. A pair is `forward`
    when the target word is among the source word's mining_k nearest over all target words, `backward` the other way
    round; `intersection` asks for both, `forward_backward` for either.
    """
    src_rows, trg_rows = np.flatnonzero(usable(src)), np.flatnonzero(usable(trg))
    if not len(src_rows) or not len(trg_rows):
        return _pairs(src, trg, src_rows[:0], trg_rows[:0], np.empty(0, np.float32), np.empty(0, bool), np.empty(0, bool))
    forward, backward = nearest_both_ways(unit_rows(src.vectors[src_rows]), unit_rows(trg.vectors[trg_rows]), mining_k)
    s, t, similarity, is_forward, is_backward = _merge(forward, backward, len(trg_rows))
    keep = (similarity > threshold) & _wanted(method, is_forward, is_backward)
    return _pairs(src, trg, src_rows[s[keep]], trg_rows[t[keep]], similarity[keep], is_forward[keep], is_backward[keep])


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


def _pairs(src: WordVectors, trg: WordVectors, s: np.ndarray, t: np.ndarray, similarity: np.ndarray,
           forward: np.ndarray, backward: np.ndarray) -> WordPairs:
    return WordPairs(src.sentence[s], src.position[s], trg.sentence[t], trg.position[t], similarity, forward, backward)


def sentence_pair_groups(pairs: WordPairs) -> tuple[np.ndarray, np.ndarray]:
    """Word pairs grouped by sentence pair, the unit in which the paper counts batches.

    -> (order, offsets): order (n,) lists pair numbers group by group; group g is order[offsets[g]:offsets[g + 1]].
    """
    order = np.lexsort((pairs.trg_word, pairs.src_word, pairs.trg_sentence, pairs.src_sentence))
    s, t = pairs.src_sentence[order], pairs.trg_sentence[order]
    starts = np.flatnonzero(np.concatenate([[True], (s[1:] != s[:-1]) | (t[1:] != t[:-1])])) if len(order) else order
    return order, np.concatenate([starts, [len(order)]]).astype(np.int64)
