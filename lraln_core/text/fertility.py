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
SOME_UNKNOWN, NOTHING_KNOWN = 0.1, 0.95  # shares of unknown words: for a warning, and for a run that cannot succeed
MANY_PIECES = 2.5  # times the subwords a word of English
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


@dataclass(frozen=True)
class Coverage:
    """How well a tokenizer covers a language: its fertility beside that of English, and the share of words it does not know."""

    own: Fertility
    english: Fertility
    unknown: float  # share of the words with letters that no known subword is part of

    def sentence(self) -> str:
        """The figures in words."""
        return (
            f"{self.own.mean:.2f} subwords a word (English {self.english.mean:.2f}), {self.own.cut:.0%} of the words are split, "
            f"{self.unknown:.0%} are unknown; measured on {self.own.sentences:,} sentences."
        )

    def warning(self) -> str:
        """Why results cannot be good with this language model, "" where there is no such reason."""
        remedy = "add subwords of the language (command extend), or choose another language model."
        if self.unknown > NOTHING_KNOWN or not self.own.words:
            return f"The language model does not know the script of this text, so a run cannot succeed: {remedy}"
        if self.unknown > SOME_UNKNOWN:
            return f"{self.unknown:.0%} of the words are unknown to the language model, and their vectors carry no information: {remedy}"
        if self.own.mean > MANY_PIECES * self.english.mean:
            return (
                f"The language model splits words into {self.own.mean:.1f} subwords on average, "
                f"{self.own.mean / self.english.mean:.1f} times as many as in English: it has hardly seen the language, "
                f"and results will be weak. To improve them, {remedy}"
            )
        return ""
