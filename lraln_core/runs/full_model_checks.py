"""Collapse and agreement checks while all weights of an encoder are trained, on held-out sentences encoded at every check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.checks import agreement
from lraln_core.alignment.maps import effective_rank
from lraln_core.alignment.similarity import usable
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.errors import RunError
from lraln_core.records import Words

COLLAPSED_RANK_SHARE, COLLAPSED_NORM_SHARE = 0.5, 0.1  # of the start


@dataclass(frozen=True)
class Reading:
    """What the checks measured at one step; at step 0 there is no loss."""

    step: int
    iteration: int
    pull: float | None  # mean squared distance of a word pair since the check before
    drift: float | None  # mean squared distance of an English word from its start since the check before
    criterion: float  # mean CSLS of every held-out word and its nearest, both directions
    mutual_pairs: int
    src_rank: float  # effective rank of the held-out words' vectors around their mean
    trg_rank: float
    src_norm: float  # mean length of the held-out words' vectors
    trg_norm: float
    retrieval: float | None  # mean accuracy on the development set, when there is one


@dataclass(frozen=True)
class Checks:
    """The held-out sentences and what is measured on them, the same at every check."""

    src: Sequence[Words]  # held-out monolingual sentences
    trg: Sequence[Words]
    csls_k: int = 10
    retrieval: Callable[[FrozenEncoder], float] | None = None

    def read(self, encoder: FrozenEncoder, step: int, iteration: int, pull: float | None, drift: float | None) -> Reading:
        """Encode and measure. Raises RunError when a side has no word with a vector, EncoderError when vectors are not finite."""
        src, trg = (_vectors(encoder, sentences) for sentences in (self.src, self.trg))
        if not len(src) or not len(trg):
            raise RunError("The held-out sentences have no word with a vector: the encoder does not know this language's script.")
        criterion, mutual, _ = agreement(src, trg, self.csls_k)
        return Reading(
            step,
            iteration,
            pull,
            drift,
            criterion,
            mutual,
            effective_rank(src - src.mean(0)),
            effective_rank(trg - trg.mean(0)),
            float(np.linalg.norm(src, axis=1).mean()),
            float(np.linalg.norm(trg, axis=1).mean()),
            self.retrieval(encoder) if self.retrieval else None,
        )


def _vectors(encoder: FrozenEncoder, sentences: Sequence[Words]) -> np.ndarray:
    words = encoder.encode(sentences)
    return words.vectors[usable(words)]


def degradation(readings: Sequence[Reading], patience: int) -> str:
    """Why training should stop, in one sentence; empty while it should go on.

    The criterion was below its start at the last `patience` checks (0: not considered), or a side has lost its dimensions or size.
    """
    start, now = readings[0], readings[-1]
    for side in ("src", "trg"):
        rank, before = getattr(now, f"{side}_rank"), getattr(start, f"{side}_rank")
        if rank < COLLAPSED_RANK_SHARE * before:
            fall = f"from {before:.0f} to {rank:.0f}"
            return f"The effective rank of the {side} word vectors fell {fall} by step {now.step}: the space collapses."
        norm, before = getattr(now, f"{side}_norm"), getattr(start, f"{side}_norm")
        if norm < COLLAPSED_NORM_SHARE * before:
            fall = f"from length {before:.2f} to {norm:.2f}"
            return f"The {side} word vectors shrank {fall} by step {now.step}: the space collapses."
    last = readings[1:][-patience:] if patience else []
    if len(last) == patience > 0 and all(reading.criterion < start.criterion for reading in last):
        return (
            f"The agreement of held-out words was below its start ({start.criterion:.4f}) at the last {patience} checks "
            f"({now.criterion:.4f} at step {now.step}): the updates make the space worse."
        )
    return ""
