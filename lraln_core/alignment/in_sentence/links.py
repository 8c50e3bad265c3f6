"""Links of a sentence pair with their confidence, and the similarity matrix that they are found in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lraln_core.alignment.similarity import unit_rows
from lraln_core.records import WordVectors

Float64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Link:
    """A source word and a target word of one sentence pair, counted from 0. confidence is in [0, 1]; its meaning is the aligner's."""

    src: int
    trg: int
    confidence: float


def from_matrix(linked: Flags, confidence: Float64) -> tuple[Link, ...]:
    """The marked cells as links, sorted. linked and confidence are (n, m)."""
    return tuple(Link(int(i), int(j), float(np.clip(confidence[i, j], 0, 1))) for i, j in np.argwhere(linked))


def similarity_matrix(src: Float64, trg: Float64) -> Float64:
    """Cosines of the words of a sentence pair. src (n, d) and trg (m, d) -> (n, m); a word without a vector has cosine 0 to all."""
    return np.asarray(unit_rows(src) @ unit_rows(trg).T, np.float64)


@dataclass(frozen=True)
class SentenceMatrix:
    """The cosines of the words that can be linked, and which words of the sentences these are."""

    similarity: Float64  # (n, m)
    src_words: npt.NDArray[np.int64]  # (n,) word index of each row
    trg_words: npt.NDArray[np.int64]  # (m,) word index of each column

    def renumber(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Links over rows and columns as links over the words of the sentences."""
        return tuple(Link(int(self.src_words[one.src]), int(self.trg_words[one.trg]), one.confidence) for one in links)


def sentence_matrices(src: WordVectors, trg: WordVectors, src_linkable: Flags, trg_linkable: Flags) -> Iterator[SentenceMatrix]:
    """The matrix of every sentence pair: sentence i of src with sentence i of trg, over the words marked as linkable.

    src and trg hold (mapped) CCWRs; src_linkable (words of src,) and trg_linkable (words of trg,) leave out words without a vector,
    and punctuation where that is wanted. Raises ValueError for sides of another number of sentences.
    """
    if len(src.offsets) != len(trg.offsets):
        raise ValueError(f"{len(src.offsets) - 1} source and {len(trg.offsets) - 1} target sentences")
    for number in range(len(src.offsets) - 1):
        rows, columns = (
            side.offsets[number] + np.flatnonzero(linkable[side.offsets[number] : side.offsets[number + 1]])
            for side, linkable in ((src, src_linkable), (trg, trg_linkable))
        )
        yield SentenceMatrix(
            similarity_matrix(src.vectors[rows], trg.vectors[columns]),
            src.position[rows].astype(np.int64),
            trg.position[columns].astype(np.int64),
        )
