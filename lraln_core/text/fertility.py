"""Into how many pieces a language model cuts the words of a language: a sign of how well it knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.records import Words

from .reading import read_lines
from .tokenization import tokenizer_for

SAMPLE = 200  # sentences
MOST = 6  # pieces from which words are counted together


class SubwordCounter(Protocol):
    """Subwords per word of each sentence; 0 for a word without any."""

    def subword_counts(self, sentences: Sequence[Words]) -> list[np.ndarray]: ...


@dataclass(frozen=True)
class Fertility:
    """Subwords per word over some sentences."""

    mean: float
    cut: float  # share of the words that are cut at all
    words: int
    sentences: int
    shares: tuple[float, ...]  # of the words with 1, 2, ..., MOST pieces or more


def measure(sentences: Sequence[Words], counter: SubwordCounter) -> Fertility:
    """Words without any subword (invisible to the model) do not count."""
    counts = np.concatenate([np.zeros(0, np.int64), *counter.subword_counts(sentences)])
    counts = counts[counts > 0]
    if not len(counts):
        return Fertility(float("nan"), float("nan"), 0, len(sentences), (0.0,) * MOST)
    shares = np.bincount(np.minimum(counts, MOST), minlength=MOST + 1)[1:] / len(counts)
    return Fertility(float(counts.mean()), float((counts > 1).mean()), len(counts), len(sentences), tuple(shares.tolist()))


def sample_positions(size: int, count: int = SAMPLE) -> np.ndarray:
    """Positions of `count` sentences drawn from `size`, the same at every call."""
    return np.sort(np.random.default_rng(0).choice(size, min(count, size), replace=False))


def english_sample(count: int = SAMPLE) -> list[Words]:
    """English to compare with: sentences of the project's own sample."""
    tokenizer = tokenizer_for("en")
    lines = [line.text for line in read_lines(SAMPLE_DATA / "corpora" / "en.txt") if line.text]
    return [tokenizer(lines[at]) for at in sample_positions(len(lines), count)]
