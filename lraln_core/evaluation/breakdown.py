"""Word retrieval by kinds of words: class, frequency in the monolingual corpus, and number of subwords of the low-resource word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from lraln_core.records import Words

from .significance import bootstrap_difference, bootstrap_ratio

FUNCTION_WORDS = 100  # approximated by the most frequent types, so that no tagger is needed
FREQUENCY_BANDS = ((0, "not in the corpus"), (1, "once"), (2, "2 to 9"), (10, "10 to 99"), (100, "100 and more"))
SUBWORD_BANDS = ((0, "none"), (1, "1"), (2, "2"), (3, "3"), (4, "4 and more"))


class By(StrEnum):
    """By what the words are grouped."""

    WORD_CLASS = "word_class"
    FREQUENCY = "frequency"
    SUBWORDS = "subwords"


class WordClass(StrEnum):
    """Classes that need no tagger; the first that fits counts."""

    PUNCTUATION = "punctuation"  # no letter and no digit
    NUMBER = "number"  # a digit and no letter
    FREQUENT = "frequent"  # among the FUNCTION_WORDS most frequent types of the corpus: mostly function words
    CAPITALISED = "capitalised"  # inside a sentence: mostly names
    OTHER = "other"


@dataclass(frozen=True)
class Band:
    """Accuracy of the gold pairs of one kind, mean of both directions, before and after alignment, with 95% intervals over sentences."""

    by: By
    band: str
    pairs: int
    before: float
    after: float
    low: float  # of after
    high: float
    difference: float  # after minus before, paired
    difference_low: float
    difference_high: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class GoldWords:
    """The low-resource word of each gold pair: its sentence (n,), its place in it (n,), and how often it was found, 0, 0.5 or 1 (n,)."""

    sentences: Sequence[Words]
    sentence: np.ndarray
    word: np.ndarray
    before: np.ndarray
    after: np.ndarray


def word_class(sentence: Words, place: int, frequent: frozenset[str]) -> WordClass:
    """The class of one word in its sentence; `frequent` holds types in lower case."""
    word = sentence[place]
    if not any(map(str.isalpha, word)):
        return WordClass.NUMBER if any(map(str.isdigit, word)) else WordClass.PUNCTUATION
    if word.lower() in frequent:
        return WordClass.FREQUENT
    first = next(i for i, other in enumerate(sentence) if any(map(str.isalpha, other)))
    return WordClass.CAPITALISED if place > first and word[0].isupper() else WordClass.OTHER


def frequent_types(counts: Mapping[str, int], size: int = FUNCTION_WORDS) -> frozenset[str]:
    """The `size` most frequent types with a letter; ties by spelling. counts: types in lower case."""
    letters = [(-number, word) for word, number in counts.items() if any(map(str.isalpha, word))]
    return frozenset(word for _, word in sorted(letters)[:size])


def count_types(sentences: Sequence[Words]) -> Counter[str]:
    """How often each type occurs, in lower case."""
    return Counter(word.lower() for words in sentences for word in words)


def breakdown(
    gold: GoldWords, *, counts: Mapping[str, int] | None, subwords: Sequence[np.ndarray], bootstrap_samples: int, rng: np.random.Generator
) -> list[Band]:
    """Bands in a fixed order, without empty ones. counts: types of the corpus; None without a corpus, then there are no frequency
    bands and no class of frequent words. subwords[i] (words of sentence i,): subwords of each word.
    """
    frequent = frequent_types(counts) if counts else frozenset()
    places = list(zip(gold.sentence.tolist(), gold.word.tolist(), strict=True))
    kinds = {By.WORD_CLASS: [str(word_class(gold.sentences[s], w, frequent)) for s, w in places]}
    orders = {By.WORD_CLASS: list(map(str, WordClass)), By.SUBWORDS: [name for _, name in SUBWORD_BANDS]}
    if counts is not None:
        kinds[By.FREQUENCY] = [_band(counts.get(gold.sentences[s][w].lower(), 0), FREQUENCY_BANDS) for s, w in places]
        orders[By.FREQUENCY] = [name for _, name in FREQUENCY_BANDS]
    kinds[By.SUBWORDS] = [_band(int(subwords[s][w]), SUBWORD_BANDS) for s, w in places]
    bands = []
    for by, names in kinds.items():
        array = np.array(names, object)
        for name in orders[by]:
            rows = np.flatnonzero(array == name)
            if len(rows):
                bands.append(_measure(by, name, gold, rows, bootstrap_samples, rng))
    return bands


def _band(number: int, bands: Sequence[tuple[int, str]]) -> str:
    return next(name for least, name in reversed(bands) if number >= least)


def _measure(by: By, name: str, gold: GoldWords, rows: np.ndarray, samples: int, rng: np.random.Generator) -> Band:
    units, place = np.unique(gold.sentence[rows], return_inverse=True)
    count = np.bincount(place, minlength=len(units))
    before, after = (np.bincount(place, weights=hits[rows], minlength=len(units)) for hits in (gold.before, gold.after))
    value = bootstrap_ratio(after, count, samples, rng)
    change = bootstrap_difference(after, before, count, samples, rng)
    return Band(
        by, name, len(rows), float(before.sum() / len(rows)), value.value, value.low, value.high, change.value, change.low, change.high
    )
