"""Which subwords a model has to guess: 15%, of these 80% hidden, 10% replaced, 10% left [Devlin et al. 2019, section 3.1]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHARE, HIDDEN, REPLACED = 0.15, 0.8, 0.1


@dataclass(frozen=True)
class Masked:
    """A batch with holes."""

    ids: np.ndarray  # (sentences, longest) int64, what the model sees
    chosen: np.ndarray  # (sentences, longest) bool, what it has to guess


def mask(
    ids: np.ndarray, maskable: np.ndarray, mask_id: int, replacements: np.ndarray, rng: np.random.Generator, *, share: float = SHARE
) -> Masked:
    """Choose `share` of the maskable subwords, at least one where there is any.

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
