"""Bilingual dictionaries over two vocabularies as pairs of row numbers: seeds, and those induced from the vectors themselves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

WHOLE_ELEMENTS = 64_000_000  # up to this many similarities (256 MB) the product is computed once and kept
BLOCK_ELEMENTS = 8_000_000
FEW_RANKS = 16


def identical(src_words: Sequence[str], trg_words: Sequence[str], *, numerals_only: bool = False) -> np.ndarray:
    """Words spelled the same in both languages, or numerals only. -> (n, 2) int64 row numbers, in source order.

    A numeral is the same word in every script; without that, a language with its own digits may
    share nothing but punctuation with English.
    """
    trg_rows = {_spelling(word): row for row, word in reversed(list(enumerate(trg_words)))}
    pairs = [
        (row, trg_rows[_spelling(word)])
        for row, word in enumerate(src_words)
        if _spelling(word) in trg_rows and (not numerals_only or word.isdecimal())
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _spelling(word: str) -> str:
    """The word, a numeral in the digits 0 to 9."""
    return "".join(str(unicodedata.decimal(digit)) for digit in word) if word.isdecimal() else word


def from_lexicon(lexicon: Mapping[str, set[str]], src_words: Sequence[str], trg_words: Sequence[str]) -> np.ndarray:
    """The entries of a lower-cased lexicon that both vocabularies hold. -> (n, 2) int64 row numbers.

    Of several spellings that differ in case the first, most frequent one stands for the word.
    """
    src_rows, trg_rows = ({word.lower(): row for row, word in reversed(list(enumerate(words)))} for words in (src_words, trg_words))
    pairs = [
        (src_rows[word], trg_rows[other]) for word, others in lexicon.items() if word in src_rows for other in others if other in trg_rows
    ]
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class Induced:
    """A dictionary in both directions with the figure that VecMap maximises."""

    pairs: np.ndarray  # (n + m, 2) int64: every source word with its target word, then every target word's source word first
    objective: float  # mean cosine of every word and its nearest, averaged over both directions


def induce(src: np.ndarray, trg: np.ndarray, *, csls_k: int, keep_probability: float, rng: np.random.Generator) -> Induced:
    """Stochastic dictionary induction with CSLS, both directions joined [Artetxe et al. 2018, section 3.3].

    src (n, d), trg (m, d): mapped float32 rows of unit length. In each direction every entry of the matrix of CSLS scores
    is kept with keep_probability, and every word takes the best entry that is left.
    """
    products = _Products(torch.from_numpy(src), torch.from_numpy(trg))
    src_best, src_r = _neighbourhood(products.by_src, len(src), csls_k)
    trg_best, trg_r = _neighbourhood(products.by_trg, len(trg), csls_k)
    forward = _choose(products.by_src, trg_r, _ranks(len(src), len(trg), keep_probability, rng))
    backward = _choose(products.by_trg, src_r, _ranks(len(trg), len(src), keep_probability, rng))
    src_index, trg_index = np.concatenate([np.arange(len(src)), backward]), np.concatenate([forward, np.arange(len(trg))])
    return Induced(np.stack([src_index, trg_index], 1), (float(src_best.double().mean()) + float(trg_best.double().mean())) / 2)


class _Products:
    """Similarities by blocks of source rows or of target rows."""

    def __init__(self, src: torch.Tensor, trg: torch.Tensor):
        self.src, self.trg = src, trg
        self.whole = src @ trg.T if len(src) * len(trg) <= WHOLE_ELEMENTS else None

    def by_src(self) -> Iterator[torch.Tensor]:
        for rows in _slices(len(self.src), len(self.trg)):
            yield self.src[rows] @ self.trg.T if self.whole is None else self.whole[rows]

    def by_trg(self) -> Iterator[torch.Tensor]:
        for rows in _slices(len(self.trg), len(self.src)):
            yield self.trg[rows] @ self.src.T if self.whole is None else self.whole[:, rows].T.contiguous()


def _slices(rows: int, columns: int) -> Iterator[slice]:
    size = max(1, BLOCK_ELEMENTS // columns)
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def _neighbourhood(blocks, rows: int, csls_k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Of every row the highest similarity, and r of CSLS: the mean of the csls_k highest."""
    best, mean, at = torch.empty(rows), torch.empty(rows), 0
    for block in blocks():
        values = block.topk(min(csls_k, block.shape[1]), 1, sorted=False).values
        best[at : at + len(block)], mean[at : at + len(block)] = values.max(1).values, values.mean(1)
        at += len(block)
    return best, mean


def _ranks(rows: int, columns: int, keep_probability: float, rng: np.random.Generator) -> np.ndarray:
    """The rank of the entry that each row takes.

    When every entry is kept with probability p, independently, the best one left is the first of the sorted row that was
    kept: its rank is geometric in p. Drawing the rank gives the same distribution as drawing the whole mask. One thing
    differs: hidden entries count as zero in the published code, and win where all that is left scores below zero (1 choice
    in 2,000 on the anchors of the sample data, and then an arbitrary one); here they never win.
    """
    return np.minimum(rng.geometric(keep_probability, rows), columns)


def _choose(blocks, column_r: torch.Tensor, ranks: np.ndarray) -> np.ndarray:
    """Of every row the column with the wanted rank by CSLS; r of the row itself changes no order and is left out."""
    chosen, at = np.empty(len(ranks), np.int64), 0
    for block in blocks():
        scores = torch.sub(block, column_r, alpha=0.5)
        wanted = ranks[at : at + len(block)]
        for low, high in ((1, 1), (2, FEW_RANKS), (FEW_RANKS + 1, len(column_r))):  # most ranks are low, and these cost little
            rows = np.flatnonzero((wanted >= low) & (wanted <= high))
            if len(rows):
                part = scores if len(rows) == len(scores) else scores[torch.from_numpy(rows)]
                chosen[at + rows] = _column_of_rank(part, torch.from_numpy(wanted[rows]))
        at += len(block)
    return chosen


def _column_of_rank(scores: torch.Tensor, ranks: torch.Tensor) -> np.ndarray:
    highest = int(ranks.max())
    if highest == 1:
        return scores.argmax(1).numpy()
    return scores.topk(highest, 1).indices.gather(1, ranks[:, None] - 1)[:, 0].numpy()
