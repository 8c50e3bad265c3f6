"""Words that stand near a word more often than by chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lraln_core.records import Words
from lraln_core.text.characters import has_letter


@dataclass(frozen=True)
class Collocate:
    """A word near the node."""

    word: str
    together: int  # occurrences within the window of the node
    count: int  # occurrences in the corpus
    before: int  # of `together`, those before the node
    log_dice: float
    log_likelihood: float


def collocates(sentences: Sequence[Words], node: str, *, window: int = 4, least: int = 2) -> list[Collocate]:
    """Collocates of a word within `window` words on both sides in the same sentence, by logDice; at least `least` times together.

    logDice = 14 + log2(2 f(xy) / (f(x) + f(y))) [Rychly 2008]; log-likelihood G2 of the two-by-two table of positions in the window
    [Dunning 1993].
    """
    node = node.lower()
    counts: Counter[str] = Counter()
    near: Counter[str] = Counter()
    before: Counter[str] = Counter()
    positions = 0  # words with a letter in all windows
    for words in sentences:
        folded = [word.lower() if has_letter(word) else "" for word in words]
        counts.update(word for word in folded if word)
        for at in (at for at, word in enumerate(folded) if word == node):
            left, right = folded[max(0, at - window) : at], folded[at + 1 : at + 1 + window]
            around = [word for word in (*left, *right) if word]
            positions += len(around)
            near.update(around)
            before.update(word for word in left if word)
    total, of_node = sum(counts.values()), counts[node]
    found = [
        Collocate(
            word,
            together,
            counts[word],
            before[word],
            14 + math.log2(2 * together / (of_node + counts[word])),
            log_likelihood(together, positions, counts[word], total),
        )
        for word, together in near.items()
        if together >= least and word != node
    ]
    return sorted(found, key=lambda one: (-one.log_dice, one.word))


def log_likelihood(inside: int, positions: int, count: int, total: int) -> float:
    """G2 of a word with `inside` of its `count` occurrences among `positions` of `total` places [Dunning 1993]."""
    table = ((inside, positions - inside), (max(0, count - inside), max(0, total - positions - max(0, count - inside))))
    whole = sum(map(sum, table))
    score = 0.0
    for row in table:
        for j, observed in enumerate(row):
            expected = sum(row) * (table[0][j] + table[1][j]) / whole if whole else 0.0
            if observed and expected:
                score += observed * math.log(observed / expected)
    return 2 * score
