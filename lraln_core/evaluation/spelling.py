"""How alike two words are spelled, across scripts: identical or nearly identical words are names, numbers, loans or false friends."""

from __future__ import annotations

import unicodedata
from enum import IntEnum

SHORTEST = 4  # letters; shorter words are too often alike by chance
NEAR = 0.25  # edits per letter of the longer word, at most


class Alike(IntEnum):
    """How alike two words are spelled."""

    NO = 0
    NEARLY = 1
    SAME = 2


def plain_letters(word: str) -> str:
    """A word in Latin letters (text.romanisation) without case and marks."""
    return "".join(char for char in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(char))


def alike(src: str, trg: str) -> Alike:
    """How alike two words are spelled; both as `plain_letters` gives them."""
    if src == trg:
        return Alike.SAME
    longer = max(len(src), len(trg))
    allowed = int(NEAR * longer)
    if min(len(src), len(trg)) < SHORTEST or abs(len(src) - len(trg)) > allowed:
        return Alike.NO
    return Alike.NEARLY if edits(src, trg) <= allowed else Alike.NO


def edits(one: str, other: str) -> int:
    """Insertions, deletions and replacements that turn one word into the other [Levenshtein 1966]."""
    before = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        here = [at]
        for place, wanted in enumerate(other, 1):
            here.append(min(before[place] + 1, here[-1] + 1, before[place - 1] + (letter != wanted)))
        before = here
    return before[-1]
