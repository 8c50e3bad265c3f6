"""Contextual cross-lingual word retrieval (paper, section 4.2): find the aligned word among all words of the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.neighbours import csls_both_ways
from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.choices import Candidates, RetrievalScoring
from lraln_core.records import WordPairs, WordVectors

from . import published_scoring
from .significance import Interval, bootstrap_difference, bootstrap_ratio

Answers = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Vectors (n, d) and (m, d) to the best row of the other side for each, (n,) and (m,)."""


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
    candidates: Candidates
    mean_accuracy_all: float  # the mean accuracy with all words as candidates; NaN where the scoring has no such pool
    mean_accuracy_gold: float  # and with the gold-linked words alone

    def figures(self) -> dict[str, float | int | str | None]:
        """The plain numbers, for JSON."""
        figures = {name: getattr(self, name) for name in _FIGURES}
        return {name: None if value != value else value for name, value in figures.items()}


_FIGURES = (
    "src2trg_accuracy",
    "trg2src_accuracy",
    "mean_accuracy",
    "low",
    "high",
    "pairs",
    "candidates",
    "mean_accuracy_all",
    "mean_accuracy_gold",
)


@dataclass(frozen=True)
class _Found:
    """For each gold link the row that was retrieved in each direction (-1: none), and whether it is the linked one."""

    forward: np.ndarray
    backward: np.ndarray
    src_hits: np.ndarray
    trg_hits: np.ndarray

    @property
    def mean(self) -> float:
        return float((self.src_hits.astype(float) + self.trg_hits).mean() / 2) if len(self.src_hits) else 0.0


def retrieve(
    src: WordVectors,
    trg: WordVectors,
    gold: WordPairs,
    *,
    csls_k: int = 10,
    bootstrap_samples: int = 1000,
    rng: np.random.Generator,
    scoring: RetrievalScoring = RetrievalScoring.CSLS,
    candidates: Candidates = Candidates.ALL,
) -> RetrievalResult:
    """Retrieval in both directions. src and trg hold the mapped CCWRs of all words of the test sentences; gold links them.

    With `all`, candidates are all words of the other side, so the right sentence has to be found as well; with `gold` only the words
    that some gold link ends in, on both sides, also for the neighbourhoods of CSLS. The scoring of the published code knows gold-linked
    candidates alone. A gold word without a vector counts as a miss.
    """
    rows = src.rows(gold.src_sentence, gold.src_word), trg.rows(gold.trg_sentence, gold.trg_word)
    if scoring is RetrievalScoring.CSLS_PUBLISHED:
        candidates = Candidates.GOLD
        found = {Candidates.GOLD: _find(src, trg, rows, Candidates.GOLD, lambda s, t: published_scoring.answers(s, t, csls_k))}
    else:
        found = {pool: _find(src, trg, rows, pool, lambda s, t: _answers(s, t, csls_k)) for pool in Candidates}
    forward, backward, src_hits, trg_hits = (getattr(found[candidates], name) for name in _Found.__dataclass_fields__)
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
        candidates,
        *(found[pool].mean if pool in found else float("nan") for pool in (Candidates.ALL, Candidates.GOLD)),
    )


def _find(src: WordVectors, trg: WordVectors, rows: tuple[np.ndarray, np.ndarray], pool: Candidates, answers: Answers) -> _Found:
    """What is retrieved for the gold links among the words of a pool. rows (pairs,) of each side's linked words."""
    pools = [np.flatnonzero(usable(side)) for side in (src, trg)]
    if pool is Candidates.GOLD:
        pools = [np.intersect1d(usable_rows, linked) for usable_rows, linked in zip(pools, rows, strict=True)]
    src_pool, trg_pool = pools
    forward, backward = answers(np.asarray(src.vectors[src_pool], np.float32), np.asarray(trg.vectors[trg_pool], np.float32))
    forward = _place(forward, src_pool, trg_pool, len(src))[rows[0]]
    backward = _place(backward, trg_pool, src_pool, len(trg))[rows[1]]
    src_hits = (forward == rows[1]) & np.isin(rows[0], src_pool)
    return _Found(forward, backward, src_hits, (backward == rows[0]) & np.isin(rows[1], trg_pool))


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


def _answers(src: np.ndarray, trg: np.ndarray, csls_k: int) -> tuple[np.ndarray, np.ndarray]:
    """The best target by CSLS of every source row (n,), and the best source of every target row (m,)."""
    if not len(src) or not len(trg):
        return np.full(len(src), -1, np.int64), np.full(len(trg), -1, np.int64)
    found = csls_both_ways(unit_rows(src), [unit_rows(trg)], 1, csls_k)
    return found.forward.index[:, 0], found.backward.index[:, 0]


def _place(answers: np.ndarray, queries: np.ndarray, candidates: np.ndarray, words: int) -> np.ndarray:
    """Answers among the usable words as rows of all words; -1 for a word without a vector. -> (words,)."""
    rows = np.full(words, -1, np.int64)
    if len(candidates):
        rows[queries] = candidates[answers]
    return rows
