"""Bilingual dictionaries over two vocabularies as pairs of row numbers: seeds, and those induced from the vectors themselves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .neighbours import Float32, Int64, Products, nearest

FEW_RANKS = 16
FEWEST_SEED_WORDS = 100


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


def seed_warning(src_words: Sequence[str], seed: Int64) -> str:
    """One sentence when VecMap cannot be expected to learn from a seed dictionary, else "". seed (n, 2) row numbers.

    Pairs of punctuation marks and symbols say little about where content words lie.
    """
    worded = sum(any(character.isalnum() for character in src_words[row]) for row in np.asarray(seed)[:, 0].tolist())
    if worded >= FEWEST_SEED_WORDS:
        return ""
    return (
        f"VecMap starts from {len(seed):,} pairs, of which {worded:,} are words or numbers and the rest punctuation; "
        f"below {FEWEST_SEED_WORDS} its map is often no better than none."
    )


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
    products = Products(src, trg)
    src_nearest, trg_nearest = nearest([products], len(src), csls_k)
    src_r, trg_r = src_nearest.similarity.mean(1), trg_nearest.similarity.mean(1)
    forward = _choose(products.blocks(), trg_r, _ranks(len(src), len(trg), keep_probability, rng))
    backward = _choose(products.blocks(transposed=True), src_r, _ranks(len(trg), len(src), keep_probability, rng))
    src_index, trg_index = np.concatenate([np.arange(len(src)), backward]), np.concatenate([forward, np.arange(len(trg))])
    means = [float(found.similarity[:, 0].mean(dtype=np.float64)) for found in (src_nearest, trg_nearest)]
    return Induced(np.stack([src_index, trg_index], 1), sum(means) / 2)


def _ranks(rows: int, columns: int, keep_probability: float, rng: np.random.Generator) -> np.ndarray:
    """The rank of the entry that each row takes.

    When every entry is kept with probability p, independently, the best one left is the first of the sorted row that was
    kept: its rank is geometric in p. Drawing the rank gives the same distribution as drawing the whole mask. One thing
    differs: hidden entries count as zero in the published code, and win where all that is left scores below zero (1 choice
    in 2,000 on the anchors of the sample data, and then an arbitrary one); here they never win.
    """
    return np.minimum(rng.geometric(keep_probability, rows), columns)


def _choose(blocks: Iterable[tuple[slice, torch.Tensor]], column_r: Float32, ranks: Int64) -> Int64:
    """Of every row the column with the wanted rank by CSLS. r of the row itself changes no order and is left out."""
    chosen, half_r = np.empty(len(ranks), np.int64), torch.from_numpy(column_r / 2)
    for rows, cosine in blocks:
        scores, wanted = cosine - half_r, ranks[rows]
        for low, high in ((1, 1), (2, FEW_RANKS), (FEW_RANKS + 1, len(column_r))):  # most ranks are low, and these cost little
            some = np.flatnonzero((wanted >= low) & (wanted <= high))
            if len(some):
                part = scores if len(some) == len(scores) else scores[torch.from_numpy(some)]
                chosen[rows.start + some] = _column_of_rank(part, torch.from_numpy(wanted[some]))
    return chosen


def _column_of_rank(scores: torch.Tensor, ranks: torch.Tensor) -> np.ndarray:
    highest = int(ranks.max())
    if highest == 1:
        return scores.argmax(1).numpy()
    return scores.topk(highest, 1).indices.gather(1, ranks[:, None] - 1)[:, 0].numpy()
