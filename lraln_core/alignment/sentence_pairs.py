"""Sentence pairs mined from two monolingual samples: mutual nearest neighbours by CSLS between means of word vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lraln_core.records import WordVectors

from .neighbours import csls_both_ways
from .similarity import unit_rows, usable


@dataclass(frozen=True)
class SentencePairs:
    """Mined sentence pairs, the most similar first."""

    src: npt.NDArray[np.int64]  # (n,) sentence of the source sample
    trg: npt.NDArray[np.int64]  # (n,)
    score: npt.NDArray[np.float32]  # (n,) CSLS of the two sentence vectors

    def __len__(self) -> int:
        return len(self.src)


def sentence_vectors(words: WordVectors) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """The mean of the unit word vectors of each sentence, less the mean over all sentences, as unit rows.

    -> (vectors (n, d), numbers (n,) of the sentences that have a usable word). The mean of a language is most of what its sentences
    have in common; without it, the same few sentences would be near to all.
    """
    good = usable(words)
    sums = np.zeros((len(words.offsets) - 1, words.dimension), np.float64)
    np.add.at(sums, words.sentence[good], unit_rows(words.vectors[good]))
    counts = np.bincount(words.sentence[good], minlength=len(sums))
    present = np.flatnonzero(counts)
    means = sums[present] / counts[present, None]
    return unit_rows(means - means.mean(0) if len(means) else means), present


def mine_sentences(src: WordVectors, trg: WordVectors, *, csls_k: int, keep: float) -> SentencePairs:
    """Pairs of sentences that are each other's nearest by CSLS [Conneau et al. 2018, eq. 3; as a margin, Artetxe and Schwenk 2019].

    keep: the share of them, from the best, that is returned; of monolingual samples few sentences have a translation on the other side,
    and what is returned is mostly pairs about the same subject.
    """
    (src_units, src_numbers), (trg_units, trg_numbers) = sentence_vectors(src), sentence_vectors(trg)
    empty = np.zeros(0, np.int64)
    if not len(src_units) or not len(trg_units):
        return SentencePairs(empty, empty, np.zeros(0, np.float32))
    found = csls_both_ways(src_units, [trg_units], 1, csls_k)
    forward, backward = found.forward.index[:, 0], found.backward.index[:, 0]
    rows = np.flatnonzero(backward[forward] == np.arange(len(forward)))
    columns = forward[rows]
    score = 2 * found.forward.similarity[rows, 0] - found.src_r[rows] - found.trg_r[columns]
    best = np.argsort(-score, kind="stable")[: max(1, round(keep * len(rows)))] if len(rows) else empty
    return SentencePairs(src_numbers[rows[best]], trg_numbers[columns[best]], score[best].astype(np.float32))
