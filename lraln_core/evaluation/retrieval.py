"""Contextual cross-lingual word retrieval (paper, section 4.2): find the aligned word among all words of the other side."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from lraln_core.alignment.mining import usable
from lraln_core.alignment.neighbours import csls_both_ways
from lraln_core.alignment.similarity import unit_rows
from lraln_core.choices import RetrievalScoring
from lraln_core.records import WordPairs, WordVectors

from .significance import Interval, bootstrap_difference, bootstrap_ratio


@dataclass(frozen=True)
class RetrievalResult:
    """Accuracies as fractions with the 95% interval of their mean, and per gold link what was retrieved."""

    src2trg_accuracy: float
    trg2src_accuracy: float
    mean_accuracy: float
    low: float
    high: float
    pairs: int
    src2trg_interval: tuple[float, float]
    trg2src_interval: tuple[float, float]
    src2trg_answers: np.ndarray  # (pairs,) row of the retrieved target word
    trg2src_answers: np.ndarray  # (pairs,) row of the retrieved source word
    src2trg_hits: np.ndarray  # (pairs,) bool
    trg2src_hits: np.ndarray  # (pairs,) bool

    def figures(self) -> dict[str, float | int]:
        """The plain numbers, for JSON."""
        keys = ("src2trg_accuracy", "trg2src_accuracy", "mean_accuracy", "low", "high", "pairs")
        return {key: value for key, value in asdict(self).items() if key in keys}


def retrieve(
    src: WordVectors,
    trg: WordVectors,
    gold: WordPairs,
    *,
    csls_k: int = 10,
    bootstrap_samples: int = 1000,
    rng: np.random.Generator,
    scoring: RetrievalScoring = RetrievalScoring.CSLS,
) -> RetrievalResult:
    """CSLS retrieval in both directions. src and trg hold the mapped CCWRs of all words of the test sentences; gold links them.

    Candidates are all words of the other side, so the right sentence has to be found as well. A gold word without a
    vector counts as a miss.
    """
    scale = unit_rows if scoring is RetrievalScoring.CSLS else _whole_norm
    src_unit, trg_unit = scale(_clean(src)), scale(_clean(trg))
    src_rows = src.rows(gold.src_sentence, gold.src_word)
    trg_rows = trg.rows(gold.trg_sentence, gold.trg_word)
    src_pool, trg_pool = np.flatnonzero(usable(src)), np.flatnonzero(usable(trg))
    forward, backward = _answers(src_unit[src_pool], trg_unit[trg_pool], csls_k)
    forward = _place(forward, src_pool, trg_pool, len(src_unit))[src_rows]
    backward = _place(backward, trg_pool, src_pool, len(trg_unit))[trg_rows]
    src_hits = (forward == trg_rows) & np.isin(src_rows, src_pool)
    trg_hits = (backward == src_rows) & np.isin(trg_rows, trg_pool)
    count, *per_unit = per_sentence(gold.src_sentence, src_hits, trg_hits)
    one = bootstrap_ratio(per_unit[0], count, bootstrap_samples, rng)
    two = bootstrap_ratio(per_unit[1], count, bootstrap_samples, rng)
    mean = bootstrap_ratio((per_unit[0] + per_unit[1]) / 2, count, bootstrap_samples, rng)
    return RetrievalResult(
        one.value,
        two.value,
        mean.value,
        mean.low,
        mean.high,
        len(gold),
        (one.low, one.high),
        (two.low, two.high),
        forward,
        backward,
        src_hits,
        trg_hits,
    )


def change(
    before: RetrievalResult, after: RetrievalResult, gold: WordPairs, *, bootstrap_samples: int, rng: np.random.Generator
) -> Interval:
    """Mean accuracy after minus before on the same gold links, with its paired interval."""
    sums = [per_sentence(gold.src_sentence, (r.src2trg_hits.astype(float) + r.trg2src_hits) / 2) for r in (after, before)]
    return bootstrap_difference(sums[0][1], sums[1][1], sums[0][0], bootstrap_samples, rng)


def per_sentence(sentence: np.ndarray, *hits: np.ndarray) -> list[np.ndarray]:
    """Gold links of each sentence, and each array of hits summed over it; sentence (n,) numbers from 0, hits (n,)."""
    units = int(sentence.max()) + 1 if len(sentence) else 0
    return [np.bincount(sentence, minlength=units), *(np.bincount(sentence, weights=one, minlength=units) for one in hits)]


def _clean(words: WordVectors) -> np.ndarray:
    good = usable(words)
    return words.vectors if good.all() else np.where(good[:, None], words.vectors, 0)


def _whole_norm(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float32)
    return vectors / max(float(np.linalg.norm(vectors)), 1e-12) * np.float32(np.sqrt(len(vectors)))


def _answers(src: np.ndarray, trg: np.ndarray, csls_k: int) -> tuple[np.ndarray, np.ndarray]:
    """The best target by CSLS of every source row (n,), and the best source of every target row (m,)."""
    if not len(src) or not len(trg):
        return np.full(len(src), -1, np.int64), np.full(len(trg), -1, np.int64)
    found = csls_both_ways(src, [trg], 1, csls_k)
    return found.forward.index[:, 0], found.backward.index[:, 0]


def _place(answers: np.ndarray, queries: np.ndarray, candidates: np.ndarray, words: int) -> np.ndarray:
    """Answers among the usable words as rows of all words; -1 for a word without a vector. -> (words,)."""
    rows = np.full(words, -1, np.int64)
    if len(candidates):
        rows[queries] = candidates[answers]
    return rows
