"""Batches of masked language modelling: which sentences a step sees, and which of their subwords the model has to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from lraln_core.files.randomness import rng_for
from lraln_core.records import Sentences, Words

# 15% of the subwords are predicted; of these 80% are hidden, 10% replaced and 10% left [Devlin et al. 2019, section 3.1].
SHARE, HIDDEN, REPLACED = 0.15, 0.8, 0.1
STEPS_A_FETCH = 64  # reading a corpus step by step would open its file at every step


@dataclass(frozen=True)
class Batch:
    """Padded sentences."""

    ids: np.ndarray  # (sentences, longest) int64
    attention: np.ndarray  # (sentences, longest) int64, 0 for padding
    maskable: np.ndarray  # (sentences, longest) bool, neither padding nor special


class Batches:
    """The batch of each step. It depends on seed and step alone; every epoch takes the sentences in another order."""

    def __init__(self, tokenizer: Tokenizer, sentences: Sentences, *, size: int, steps: int, seed: int, longest: int, pad_id: int):
        self.tokenizer, self.sentences, self.size, self.steps = tokenizer, sentences, size, steps
        self.seed, self.longest, self.pad_id = seed, longest, pad_id
        self._fetched: tuple[int, list[Words]] = (-1, [])

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        return self.pad(self._sentences(step))

    def _sentences(self, step: int) -> list[Words]:
        block, count = step // STEPS_A_FETCH, len(self.sentences)
        if self._fetched[0] != block:
            places = range(block * STEPS_A_FETCH * self.size, min((block + 1) * STEPS_A_FETCH, self.steps) * self.size)
            epochs = {place // count for place in places}
            orders = {epoch: rng_for(self.seed, "epoch", epoch).permutation(count) for epoch in epochs}
            self._fetched = block, self.sentences.words([int(orders[place // count][place % count]) for place in places])
        start = (step % STEPS_A_FETCH) * self.size
        return self._fetched[1][start : start + self.size]

    def pad(self, sentences: Sequence[Words]) -> Batch:
        """Long sentences are cut before the closing special token."""
        encodings = self.tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True)
        rows = [_shorten(encoding.ids, self.longest) for encoding in encodings]
        special = [_shorten(encoding.special_tokens_mask, self.longest) for encoding in encodings]
        shape = (len(rows), max(map(len, rows)))
        ids, attention, maskable = np.full(shape, self.pad_id, np.int64), np.zeros(shape, np.int64), np.zeros(shape, bool)
        for at, (row, marks) in enumerate(zip(rows, special, strict=True)):
            ids[at, : len(row)], attention[at, : len(row)] = row, 1
            maskable[at, : len(row)] = ~np.array(marks, bool)
        return Batch(ids, attention, maskable)


def _shorten(values: Sequence[Any], longest: int) -> list[Any]:
    return list(values) if len(values) <= longest else [*values[: longest - 1], values[-1]]


@dataclass(frozen=True)
class Masked:
    """A batch of which some subwords are masked."""

    ids: np.ndarray  # (sentences, longest) int64, what the model sees
    chosen: np.ndarray  # (sentences, longest) bool, what it has to predict


def mask(
    ids: np.ndarray, maskable: np.ndarray, mask_id: int, replacements: np.ndarray, rng: np.random.Generator, *, share: float = SHARE
) -> Masked:
    """Choose `share` of the maskable subwords for prediction, at least one where there is any.

    ids (sentences, longest) int64; maskable the same shape, False for special tokens and padding; replacements (n,) the
    ids a wrong subword is drawn from.
    """
    order = np.flatnonzero(maskable)
    count = min(len(order), max(1, round(share * len(order))))
    picked = rng.permutation(order)[:count]
    fate = rng.random(count)
    seen = ids.copy()
    seen.flat[picked[fate < HIDDEN]] = mask_id
    wrong = picked[(fate >= HIDDEN) & (fate < HIDDEN + REPLACED)]
    seen.flat[wrong] = rng.choice(replacements, len(wrong))
    chosen = np.zeros(ids.shape, bool)
    chosen.flat[picked] = True
    return Masked(seen, chosen)
