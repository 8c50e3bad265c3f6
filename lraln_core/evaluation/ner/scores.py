"""Scores of tagged sentences: precision, recall and F1 by seqeval, confusion of entity types, intervals over sentences.

Entities are read by strict IOB2: a B- tag and the I- tags of its type that follow at once; any other I- tag belongs to no
entity. A predicted entity is right when both its ends and its type are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lraln_core.errors import CorpusError
from lraln_core.evaluation.significance import Interval, bootstrap_ratio
from lraln_core.text.iob2 import ENTITY_TYPES, OUTSIDE

TAGS = (OUTSIDE, *(f"{prefix}-{kind}" for kind in ENTITY_TYPES for prefix in "BI"))
"""The tag set. A label is an index into it: 0 for O, odd for B-, even for I-."""

NONE = "none"  # row and column of the confusion matrix for an entity without counterpart

_LABELS = {tag: label for label, tag in enumerate(TAGS)}


@dataclass(frozen=True)
class Entities:
    """Entities in reading order."""

    start: np.ndarray  # (n,) int64, row of the first word
    stop: np.ndarray  # (n,) int64, row after the last word
    kind: np.ndarray  # (n,) int64, index into ENTITY_TYPES


@dataclass(frozen=True)
class Span:
    """One entity of a sentence: its words are start to stop - 1."""

    start: int
    stop: int
    type: str


@dataclass(frozen=True)
class SentenceCounts:
    """Entities of each sentence; (n_sentences,) int64 each."""

    correct: np.ndarray
    predicted: np.ndarray
    gold: np.ndarray

    @property
    def f1(self) -> float:
        """Micro F1, 2 correct / (predicted + gold); 0 without any entity, as in seqeval."""
        total = int(self.predicted.sum() + self.gold.sum())
        return 2 * int(self.correct.sum()) / total if total else 0.0


@dataclass(frozen=True)
class Figures:
    """Scores as fractions and the numbers of entities behind them."""

    f1: float
    precision: float
    recall: float
    gold: int
    predicted: int
    correct: int


@dataclass(frozen=True)
class Confusion:
    """Entities by gold type (rows) and predicted type (columns) among those whose ends agree.

    The last row counts spurious entities, the last column missed ones: no entity of the other side has the same ends.
    """

    names: tuple[str, ...]  # the entity types and NONE
    counts: np.ndarray  # (types + 1, types + 1) int64


@dataclass(frozen=True)
class NerScores:
    """All scores of one tagging; `interval` is that of the micro F1.

    lenient_f1 is seqeval's default mode, which the published code uses: an I- tag after O or after another type begins an entity.
    """

    micro: Figures
    interval: Interval
    by_type: dict[str, Figures]
    confusion: Confusion
    counts: SentenceCounts
    lenient_f1: float

    def figures(self) -> dict[str, Any]:
        """The plain numbers, for JSON."""
        return asdict(self.micro) | {
            "low": self.interval.low,
            "high": self.interval.high,
            "f1_lenient": self.lenient_f1,
            "by_type": {kind: asdict(figures) for kind, figures in self.by_type.items()},
            "confusion": {"names": list(self.confusion.names), "counts": self.confusion.counts.tolist()},
        }


def tag_labels(tags: Sequence[str]) -> np.ndarray:
    """Tags as labels. Raises CorpusError for a tag of another type."""
    try:
        return np.array([_LABELS[tag] for tag in tags], np.int64)
    except KeyError as error:
        raise CorpusError(f"The tag {error.args[0]!r} is not one of {', '.join(TAGS)}.") from error


def label_tags(labels: np.ndarray) -> tuple[str, ...]:
    """The inverse of `tag_labels`."""
    return tuple(TAGS[label] for label in labels)


def find_entities(labels: np.ndarray, offsets: np.ndarray) -> Entities:
    """The entities of sentences on end. labels (n_words,), offsets (n_sentences + 1,)."""
    previous = np.concatenate([[0], labels[:-1]])[: len(labels)]
    previous[offsets[:-1][offsets[:-1] < len(labels)]] = 0
    inside = (labels > 0) & (labels % 2 == 0)
    breaks = np.append(np.flatnonzero(~(inside & ((previous == labels) | (previous == labels - 1)))), len(labels))
    start = np.flatnonzero(labels % 2 == 1)
    return Entities(start, breaks[np.searchsorted(breaks, start, side="right")], labels[start] // 2)


def spans(tags: Sequence[str]) -> list[Span]:
    """The entities of one sentence, for display."""
    found = find_entities(tag_labels(tags), np.array([0, len(tags)]))
    return [Span(int(start), int(stop), ENTITY_TYPES[kind]) for start, stop, kind in zip(found.start, found.stop, found.kind, strict=True)]


def count(gold: np.ndarray, predicted: np.ndarray, offsets: np.ndarray) -> SentenceCounts:
    """Correct, predicted and gold entities of each sentence. gold and predicted (n_words,) are labels."""
    truth, guess = find_entities(gold, offsets), find_entities(predicted, offsets)
    i, j = _same_ends(truth, guess)
    correct = truth.start[i[truth.kind[i] == guess.kind[j]]]

    def per_sentence(rows: np.ndarray) -> np.ndarray:
        return np.bincount(np.searchsorted(offsets, rows, side="right") - 1, minlength=len(offsets) - 1)

    return SentenceCounts(per_sentence(correct), per_sentence(guess.start), per_sentence(truth.start))


def confuse(gold: np.ndarray, predicted: np.ndarray, offsets: np.ndarray) -> Confusion:
    """The confusion matrix of entity types. gold and predicted (n_words,) are labels."""
    truth, guess = find_entities(gold, offsets), find_entities(predicted, offsets)
    i, j = _same_ends(truth, guess)
    types = len(ENTITY_TYPES)
    counts = np.zeros((types + 1, types + 1), np.int64)
    np.add.at(counts, (truth.kind[i], guess.kind[j]), 1)
    counts[:types, types] = np.bincount(np.delete(truth.kind, i), minlength=types)
    counts[types, :types] = np.bincount(np.delete(guess.kind, j), minlength=types)
    return Confusion((*ENTITY_TYPES, NONE), counts)


def score(
    gold: np.ndarray, predicted: np.ndarray, offsets: np.ndarray, *, bootstrap_samples: int = 1000, rng: np.random.Generator
) -> NerScores:
    """Score a tagging with seqeval, mode strict, scheme IOB2, and its F1 in the lenient default mode beside.

    gold and predicted (n_words,) are labels.
    """
    # brings scikit-learn, which those who only want the spans do not need
    from seqeval.metrics import classification_report, f1_score
    from seqeval.scheme import IOB2

    counts, confusion = count(gold, predicted, offsets), confuse(gold, predicted, offsets)
    interval = bootstrap_f1(counts, bootstrap_samples, rng)
    sentences = [slice(start, stop) for start, stop in zip(offsets[:-1], offsets[1:], strict=True)]
    tags = [[list(label_tags(labels[rows])) for rows in sentences] for labels in (gold, predicted)]
    # seqeval takes means of nothing, with warnings, when neither side has an entity.
    any_entity = confusion.counts.any()
    report = classification_report(*tags, mode="strict", scheme=IOB2, output_dict=True, zero_division=0) if any_entity else {}
    found, correct = confusion.counts.sum(axis=0), confusion.counts.diagonal()
    by_type = {kind: _figures(report.get(kind), found[i], correct[i]) for i, kind in enumerate(ENTITY_TYPES)}
    micro = _figures(report.get("micro avg"), counts.predicted.sum(), counts.correct.sum())
    lenient = float(f1_score(*tags, average="micro", zero_division=0)) if any_entity else 0.0
    return NerScores(micro, interval, by_type, confusion, counts, lenient)


def bootstrap_f1(counts: SentenceCounts, samples: int, rng: np.random.Generator) -> Interval:
    """Interval of the micro F1 over sentences."""
    return bootstrap_ratio(2 * counts.correct, counts.predicted + counts.gold, samples, rng)


def bootstrap_f1_difference(one: SentenceCounts, other: SentenceCounts, samples: int, rng: np.random.Generator) -> Interval:
    """Paired interval of the micro F1 of `one` less that of `other`; both tagged the same sentences."""
    difference = one.f1 - other.f1
    n = len(one.gold)
    if not samples or not n:
        return Interval(difference, difference, difference)
    drawn = [rng.integers(0, n, n) for _ in range(samples)]

    def f1(counts: SentenceCounts, rows: np.ndarray) -> float:
        return SentenceCounts(counts.correct[rows], counts.predicted[rows], counts.gold[rows]).f1

    low, high = np.quantile([f1(one, rows) - f1(other, rows) for rows in drawn], [0.025, 0.975])
    return Interval(difference, float(low), float(high))


def _same_ends(truth: Entities, guess: Entities) -> tuple[np.ndarray, np.ndarray]:
    """Indices of entities of both sides with equal ends. Entities of a side do not overlap, so the start identifies one."""
    _, i, j = np.intersect1d(truth.start, guess.start, assume_unique=True, return_indices=True)
    equal = truth.stop[i] == guess.stop[j]
    return i[equal], j[equal]


def _figures(row: dict[str, Any] | None, predicted: int, correct: int) -> Figures:
    if row is None:  # seqeval omits types that do not occur
        return Figures(0.0, 0.0, 0.0, 0, 0, 0)
    f1, precision, recall = (float(row[name]) for name in ("f1-score", "precision", "recall"))
    return Figures(f1, precision, recall, int(row["support"]), int(predicted), int(correct))
