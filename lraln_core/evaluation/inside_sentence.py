"""Word retrieval inside the aligned sentence pair: the candidates are the words of the one sentence that holds the answer.

Retrieval over a whole text is helped by a vector that knows its sentence; here that helps nothing, so what is left is the word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.records import WordPairs, WordVectors

from .retrieval import per_sentence
from .significance import Interval, bootstrap_ratio


@dataclass(frozen=True)
class InsideResult:
    """Mean accuracy over both directions with its 95% interval, and what was found for each gold link."""

    mean_accuracy: Interval
    src2trg_hits: np.ndarray  # (pairs,) bool
    trg2src_hits: np.ndarray  # (pairs,) bool


def retrieve(
    src: WordVectors, trg: WordVectors, gold: WordPairs, *, bootstrap_samples: int = 1000, rng: np.random.Generator
) -> InsideResult:
    """For each gold-linked word the word of the linked sentence with the highest cosine, in both directions.

    src and trg hold the mapped CCWRs of all words of the test sentences. A word without a vector is no candidate and finds nothing.
    Ties go to the first word.
    """
    rows = src.rows(gold.src_sentence, gold.src_word), trg.rows(gold.trg_sentence, gold.trg_word)
    forward = _hits(src, trg, *rows, gold.trg_sentence)
    backward = _hits(trg, src, *rows[::-1], gold.src_sentence)
    count, hits = per_sentence(gold.src_sentence, (forward.astype(float) + backward) / 2)
    return InsideResult(bootstrap_ratio(hits, count, bootstrap_samples, rng), forward, backward)


def _hits(queries: WordVectors, candidates: WordVectors, asked: np.ndarray, answer: np.ndarray, sentence: np.ndarray) -> np.ndarray:
    """Whether the best word of each sentence (n,) for the queries in rows `asked` (n,) is that in row `answer` (n,)."""
    can_ask, can_answer = usable(queries), usable(candidates)
    units = unit_rows(np.where(can_answer[:, None], candidates.vectors, 0))
    found = np.full(len(asked), -1, np.int64)
    for number, (row, where) in enumerate(zip(asked, sentence, strict=True)):
        start, stop = candidates.offsets[where : where + 2]
        if not can_ask[row] or not can_answer[start:stop].any():
            continue
        cosine = units[start:stop] @ np.asarray(queries.vectors[row], np.float32)
        found[number] = start + int(np.argmax(np.where(can_answer[start:stop], cosine, -np.inf)))
    return np.asarray(found == answer)
