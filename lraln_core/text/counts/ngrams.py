"""Sequences of words that occur again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lraln_core.records import Words
from lraln_core.text.characters import has_letter


def ngrams(sentences: Sequence[Words], size: int, *, least: int = 2, word: str = "") -> list[tuple[Words, int]]:
    """Sequences of `size` words with letters inside a sentence, in lower case, at least `least` times; with `word`, those that have it."""
    wanted = word.lower()
    found: Counter[Words] = Counter()
    for words in sentences:
        folded = [one.lower() for one in words]
        for at in range(len(folded) - size + 1):
            one = tuple(folded[at : at + size])
            if all(map(has_letter, one)) and (not wanted or wanted in one):
                found[one] += 1
    return sorted(((one, count) for one, count in found.items() if count >= least), key=lambda item: (-item[1], item[0]))
