"""Records shared by all packages. Arrays are numpy; shapes are in the comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Words = tuple[str, ...]
"""One tokenised sentence."""

Progress = Callable[[int, int], None]
"""Called as progress(done, total) while work goes on; raising from it stops the work."""


class Sentences(Protocol):
    """Random access to tokenised sentences: a prepared corpus, or `InMemory`."""

    def __len__(self) -> int: ...

    def words(self, indices: Sequence[int] | np.ndarray) -> list[Words]:
        """The sentences with these numbers, in this order."""
        ...


@dataclass(frozen=True)
class InMemory:
    """Tokenised sentences that are already in memory, as `Sentences`."""

    sentences: Sequence[Words]

    def __len__(self) -> int:
        return len(self.sentences)

    def words(self, indices: Sequence[int] | np.ndarray) -> list[Words]:
        return [self.sentences[i] for i in indices]


@dataclass(frozen=True)
class WordVectors:
    """The CCWRs of a list of sentences, one row per word, in reading order.

    A word without a representation (past the encoder's length limit, or invisible to its tokeniser) keeps its row,
    holds zeros there and is False in `valid`.
    """

    vectors: np.ndarray  # (n_words, dimension) float32 or float16
    sentence: np.ndarray  # (n_words,) int32, index into the list of sentences
    position: np.ndarray  # (n_words,) int32, word index inside its sentence
    valid: np.ndarray  # (n_words,) bool
    offsets: np.ndarray  # (n_sentences + 1,) int64, first row of each sentence

    def __len__(self) -> int:
        return len(self.sentence)

    @property
    def dimension(self) -> int:
        return self.vectors.shape[1]

    @property
    def lost_words(self) -> int:
        """How many words have no representation."""
        return int((~self.valid).sum())

    def rows(self, sentence: Sequence[int] | np.ndarray, position: Sequence[int] | np.ndarray) -> np.ndarray:
        """Row numbers of the words at (sentence, position)."""
        return self.offsets[np.asarray(sentence, np.int64)] + np.asarray(position, np.int64)

    def take(self, sentences: np.ndarray) -> WordVectors:
        """The same vectors for a selection of sentences, renumbered from 0 in the given order."""
        starts, stops = self.offsets[sentences], self.offsets[sentences + 1]
        lengths = stops - starts
        rows = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        return from_lengths(self.vectors[rows], lengths, self.valid[rows])

    def replace_vectors(self, vectors: np.ndarray) -> WordVectors:
        """The same words with other vectors, for example mapped ones."""
        return WordVectors(vectors, self.sentence, self.position, self.valid, self.offsets)


def from_lengths(vectors: np.ndarray, lengths: Sequence[int] | np.ndarray, valid: np.ndarray) -> WordVectors:
    """WordVectors from rows in reading order and the number of words of each sentence."""
    lengths = np.asarray(lengths, np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    sentence = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    position = (np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)).astype(np.int32)
    return WordVectors(vectors, sentence, position, valid, offsets)


@dataclass(frozen=True)
class WordPairs:
    """Mined or gold word pairs as columns: row i pairs one source word with one target word."""

    src_sentence: np.ndarray  # (n,) int32
    src_word: np.ndarray  # (n,) int32
    trg_sentence: np.ndarray  # (n,) int32
    trg_word: np.ndarray  # (n,) int32
    similarity: np.ndarray  # (n,) float32, cosine of the two CCWRs; NaN where it was never computed
    forward: np.ndarray  # (n,) bool, the target word is among the source word's nearest
    backward: np.ndarray  # (n,) bool, the source word is among the target word's nearest

    def __len__(self) -> int:
        return len(self.src_sentence)

    def take(self, index: np.ndarray) -> WordPairs:
        """A selection of pairs."""
        return WordPairs(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class ParallelText:
    """Sentence pairs with gold word alignments; links[i] holds (src word, trg word) index pairs of sentence pair i."""

    src: tuple[Words, ...]
    trg: tuple[Words, ...]
    links: tuple[tuple[tuple[int, int], ...], ...]

    def __len__(self) -> int:
        return len(self.src)

    @property
    def link_count(self) -> int:
        return sum(len(links) for links in self.links)

    def take(self, rows: Iterable[int]) -> ParallelText:
        """The sentence pairs at these positions, in this order."""
        places = list(rows)
        return ParallelText(tuple(self.src[i] for i in places), tuple(self.trg[i] for i in places), tuple(self.links[i] for i in places))

    def pairs(self) -> WordPairs:
        """The gold links as word pairs over sentence numbers of this text."""
        sentence = np.repeat(np.arange(len(self), dtype=np.int32), [len(links) for links in self.links])
        flat = np.array([link for links in self.links for link in links], np.int32).reshape(-1, 2)
        true = np.ones(len(flat), bool)
        return WordPairs(sentence, flat[:, 0], sentence, flat[:, 1], np.full(len(flat), np.nan, np.float32), true, true)
