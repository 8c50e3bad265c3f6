"""Word-by-word glosses: pairs of a word and a translation that share their sentence, made from monolingual text alone.

Pairs mined between two texts share the words but not the contexts, and maps fitted to them lose what a context contributes. A gloss
gives both: every word of a real sentence is replaced by its most probable translation, the gloss sentence is encoded, and the two
words at one position are a pair. Correlations over such pairs (module `correlation`) give the maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lraln_core.records import Words, WordVectors

from .neighbours import csls_neighbourhoods
from .similarity import unit_rows, usable

CSLS_K = 10
QUERIES_AT_ONCE = 4096


@dataclass(frozen=True)
class TypeAnchors:
    """One unit vector a word type: the mean direction of its occurrences. Types are in lower case and sorted."""

    words: tuple[str, ...]
    vectors: np.ndarray  # (n, d) float32, unit rows
    counts: np.ndarray  # (n,) int64, occurrences with a vector

    def __len__(self) -> int:
        return len(self.words)

    def numbers(self) -> dict[str, int]:
        """The row of each type."""
        return {word: row for row, word in enumerate(self.words)}


def type_anchors(sentences: Sequence[Words], vectors: WordVectors, *, least_count: int = 1) -> TypeAnchors:
    """Anchors of the word types of some sentences that hold a letter and occur least_count times or more.

    vectors are the (mapped) CCWRs of the sentences; every occurrence counts with its direction alone.
    """
    tokens = [word.lower() for words in sentences for word in words]
    good = usable(vectors)
    rows = np.array([row for row, word in enumerate(tokens) if good[row] and any(map(str.isalpha, word))], np.int64)
    if not len(rows):
        return TypeAnchors((), np.zeros((0, vectors.dimension), np.float32), np.zeros(0, np.int64))
    words, place, counts = np.unique(np.array(tokens, object)[rows].astype(str), return_inverse=True, return_counts=True)
    sums = np.zeros((len(words), vectors.dimension), np.float32)
    np.add.at(sums, place, unit_rows(vectors.vectors[rows]))
    kept = np.flatnonzero(counts >= least_count)
    return TypeAnchors(tuple(words[kept].tolist()), unit_rows(sums[kept]), counts[kept])


@dataclass(frozen=True)
class Glosses:
    """Gloss sentences, word by word as long as the real ones, and which words were replaced."""

    sentences: list[Words]
    replaced: np.ndarray  # (n_words,) bool, over all words in reading order
    types: np.ndarray  # (n_words,) int64, number of the real word's type among those seen; -1 where nothing was replaced


def gloss(sentences: Sequence[Words], vectors: WordVectors, own: TypeAnchors, other: TypeAnchors, *, csls_k: int = CSLS_K) -> Glosses:
    """Each word with a letter replaced by the type of the other language that is nearest by CSLS; other words stay.

    The query of a word is the mean of its direction and its own anchor, so that one odd context does not decide; the score of a
    type is 2 cos - r, where r is its neighbourhood among the anchors of the sentences' language. An initial capital is kept, since
    names depend on it. vectors are the (mapped) CCWRs of the sentences; anchors live in the same space.
    """
    tokens = [word for words in sentences for word in words]
    replaced = np.zeros(len(tokens), bool)
    types = np.full(len(tokens), -1, np.int64)
    if not len(other):
        return Glosses(list(sentences), replaced, types)
    good, number = usable(vectors), own.numbers()
    rows = np.array([row for row, word in enumerate(tokens) if good[row] and any(map(str.isalpha, word))], np.int64)
    seen: dict[str, int] = {}
    lowered = [tokens[row].lower() for row in rows]
    types[rows] = [seen.setdefault(word, len(seen)) for word in lowered]
    anchor = np.array([number.get(word, -1) for word in lowered], np.int64)
    candidates = torch.from_numpy(other.vectors)
    penalty = torch.from_numpy(csls_neighbourhoods(own.vectors, [other.vectors], csls_k)[1]) if len(own) else torch.zeros(len(other))
    answers = [*tokens]
    for start in range(0, len(rows), QUERIES_AT_ONCE):
        part = slice(start, start + QUERIES_AT_ONCE)
        query = unit_rows(vectors.vectors[rows[part]])
        query += np.where(anchor[part, None] >= 0, own.vectors[anchor[part]] if len(own) else 0, query)
        score = 2 * (torch.from_numpy(unit_rows(query)) @ candidates.T) - penalty
        for row, best in zip(rows[part], score.argmax(1).tolist(), strict=True):
            answers[row] = _like(tokens[row], other.words[best])
    replaced[rows] = True
    starts = vectors.offsets
    return Glosses([tuple(answers[a:b]) for a, b in zip(starts[:-1], starts[1:], strict=True)], replaced, types)


def _like(model: str, word: str) -> str:
    """The word with a capital where the model begins with one."""
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def pair_rows(glosses: Glosses, real: WordVectors, other: WordVectors, *, most_per_type: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of the replaced words whose real word and gloss both have a vector, at most most_per_type of each real type.

    real and other hold the vectors of the real and the gloss sentences. Occurrences are drawn at random. -> (n,) ascending.
    """
    rows = np.flatnonzero(glosses.replaced & usable(real) & usable(other))
    rows = rng.permutation(rows)
    kinds = glosses.types[rows]
    order = np.argsort(kinds, kind="stable")
    starts = np.flatnonzero(np.diff(kinds[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return np.sort(rows[order[rank < most_per_type]])
