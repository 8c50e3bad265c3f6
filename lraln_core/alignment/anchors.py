"""Anchors: one vector per word type, the mean of its CCWRs [Schuster et al. 2019; paper, section 4.2].

They are computed in two steps, so that memory is bounded by the vocabulary and only the sampled sentences are encoded: `choose`
reads the words of the corpus and draws the sentences, `collect` reads the CCWRs of those sentences, chunk by chunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.records import Words, WordVectors

from .similarity import usable

VOCABULARY, SENTENCES_PER_WORD = 50_000, 100  # paper, section 4.2 and footnote 8


@dataclass(frozen=True)
class Anchors:
    """Word types with their anchors, the most frequent first."""

    words: tuple[str, ...]
    vectors: np.ndarray  # (n, d) float32
    counts: np.ndarray  # (n,) int64, occurrences in the whole corpus

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True)
class Choice:
    """The vocabulary, and the sentences sampled for each of its words."""

    words: tuple[str, ...]
    counts: np.ndarray  # (n,) int64
    sentences: np.ndarray  # (m,) int64, numbers of the sentences that are needed, ascending
    wanted: np.ndarray  # (w,) int64, words of the vocabulary, grouped by the sentence sampled for them
    offsets: np.ndarray  # (m + 1,) int64: sentence i is sampled for wanted[offsets[i]:offsets[i + 1]]
    lower: bool


def choose(
    corpus: Iterable[Words],
    *,
    vocabulary: int = VOCABULARY,
    sentences_per_word: int = SENTENCES_PER_WORD,
    lower: bool = False,
    rng: np.random.Generator,
) -> Choice:
    """The most frequent words of a corpus, and for each at most sentences_per_word of the sentences that hold it.

    The corpus is gone through twice, in the same order. Words of equal frequency stand in alphabetical order; `lower`
    counts words that differ in case only as one. Sentences are drawn uniformly, without repetition [reservoir sampling,
    Vitter 1985, algorithm R].
    """
    counter: Counter[str] = Counter()
    for words in corpus:
        counter.update(_fold(words, lower))
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:vocabulary]
    number = {word: i for i, (word, _) in enumerate(ranked)}
    drawn, seen = np.full((len(ranked), sentences_per_word), -1, np.int64), np.zeros(len(ranked), np.int64)
    for sentence, words in enumerate(corpus):
        present = np.array(sorted({number[word] for word in _fold(words, lower) if word in number}), np.int64)
        place = seen[present]
        late = place >= sentences_per_word
        place[late] = (rng.random(late.sum()) * (place[late] + 1)).astype(np.int64)
        kept = place < sentences_per_word
        drawn[present[kept], place[kept]] = sentence
        seen[present] += 1
    if len(ranked) and not seen.all():
        raise ValueError("The corpus must yield the same sentences in every pass.")
    row, column = np.nonzero(drawn >= 0)
    chosen = drawn[row, column]
    order = np.lexsort((row, chosen))
    sentences, starts = np.unique(chosen[order], return_index=True)
    counts = np.array([count for _, count in ranked], np.int64)
    return Choice(tuple(word for word, _ in ranked), counts, sentences, row[order], np.append(starts, len(order)), lower)


def collect(choice: Choice, chunks: Iterable[tuple[Sequence[Words], WordVectors]]) -> Anchors:
    """Anchors from the CCWRs of the chosen sentences.

    The chunks hold the sentences of choice.sentences, all of them in this order, each chunk with its CCWRs. A word that
    stands several times in a sentence counts with every occurrence; words whose occurrences all lack a vector are left out.
    Raises ValueError when the chunks are not the chosen sentences.
    """
    number = {word: i for i, word in enumerate(choice.words)}
    sums, counted, at = None, np.zeros(len(choice.words), np.int64), 0
    for sentences, vectors in chunks:
        if sums is None:
            sums = np.zeros((len(choice.words), vectors.dimension))
        rows: list[int] = []
        words: list[int] = []
        for i, sentence in enumerate(sentences):
            if at >= len(choice.sentences):
                raise ValueError(f"More than the {len(choice.sentences)} chosen sentences were given.")
            wanted = set(choice.wanted[choice.offsets[at] : choice.offsets[at + 1]].tolist())
            found = [(position, number.get(word, -1)) for position, word in enumerate(_fold(sentence, choice.lower))]
            if not wanted <= {word for _, word in found}:
                raise ValueError(f"Sentence {i} of a chunk is not the chosen sentence {choice.sentences[at]}.")
            rows += [int(vectors.offsets[i]) + position for position, word in found if word in wanted]
            words += [word for _, word in found if word in wanted]
            at += 1
        keep = usable(vectors)[rows]
        kept_rows, kept_words = np.array(rows, np.int64)[keep], np.array(words, np.int64)[keep]
        np.add.at(sums, kept_words, vectors.vectors[kept_rows])
        counted += np.bincount(kept_words, minlength=len(counted))
    if at < len(choice.sentences):
        raise ValueError(f"Only {at} of the {len(choice.sentences)} chosen sentences were given.")
    kept = np.flatnonzero(counted)
    means = np.zeros((0, 0), np.float32) if sums is None else np.asarray(sums[kept] / counted[kept, None], np.float32)
    return Anchors(tuple(choice.words[i] for i in kept), means, choice.counts[kept])


def _fold(words: Words, lower: bool) -> Sequence[str]:
    return [word.lower() for word in words] if lower else words
