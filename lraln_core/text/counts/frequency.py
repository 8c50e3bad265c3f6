"""How often every word of a corpus occurs, and how evenly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lraln_core.records import Words
from lraln_core.text.characters import has_letter

PARTS = 10  # equal, consecutive parts of the corpus, over which dispersion is measured


@dataclass(frozen=True)
class WordCount:
    """One word form in lower case."""

    word: str
    count: int
    per_million: float
    sentences: int  # that have it
    dispersion: float  # DP: 0 evenly spread, 1 in one place only
    parts: tuple[int, ...]  # occurrences in each part


def frequencies(sentences: Sequence[Words], *, parts: int = PARTS) -> list[WordCount]:
    """All words with a letter, the most frequent first; words of one frequency in alphabetical order.

    Dispersion is the normalised deviation of proportions, DP = sum |v_i - s_i| / 2 over 1 - min s_i, with s_i the share of the corpus
    and v_i the share of the word's occurrences in part i [Gries 2008; Lijffijt and Gries 2012].
    """
    parts = max(1, min(parts, len(sentences)))
    sizes = [0] * parts
    places: dict[str, list[int]] = defaultdict(lambda: [0] * parts)
    inside: Counter[str] = Counter()
    for number, words in enumerate(sentences):
        part = number * parts // len(sentences)
        folded = [word.lower() for word in words if has_letter(word)]
        sizes[part] += len(folded)
        for word in folded:
            places[word][part] += 1
        inside.update(set(folded))
    total = sum(sizes)
    shares = [size / total for size in sizes] if total else []
    found = [_word_count(word, counts, inside[word], shares, total) for word, counts in places.items()]
    return sorted(found, key=lambda one: (-one.count, one.word))


def _word_count(word: str, counts: list[int], inside: int, shares: list[float], total: int) -> WordCount:
    count = sum(counts)
    deviation = sum(abs(part / count - share) for part, share in zip(counts, shares, strict=True)) / 2
    most = 1 - min(shares)
    return WordCount(word, count, 1e6 * count / total, inside, deviation / most if most > 0 else 0.0, tuple(counts))
