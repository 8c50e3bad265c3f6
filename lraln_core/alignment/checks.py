"""Collapse and agreement checks of the maps on held-out monolingual sentences; they need no test data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lraln_core.errors import RunError
from lraln_core.records import WordVectors

from . import maps as maps_module
from .maps import Maps
from .neighbours import csls_both_ways
from .similarity import unit_rows, usable

COLLAPSED_NORM, COLLAPSED_RANK_SHARE = 0.1, 0.2  # runs that do not collapse stay above 0.8 and 0.9


@dataclass(frozen=True)
class CheckReading:
    """What the checks measured at one step."""

    criterion: float  # mean CSLS of every held-out word and its nearest, both directions; higher is better
    mutual_pairs: int  # held-out words that are each other's nearest by CSLS
    mutual_csls: float  # their mean CSLS
    src_norm: float  # root mean square singular value, 1 at the start
    trg_norm: float
    src_rank: float  # effective rank, the dimension at the start
    trg_rank: float

    def collapsed(self, dimension: int) -> bool:
        """Whether a map is below COLLAPSED_NORM in size or below COLLAPSED_RANK_SHARE of its dimensions in effective rank."""
        small = min(self.src_norm, self.trg_norm) < COLLAPSED_NORM
        return small or min(self.src_rank, self.trg_rank) < COLLAPSED_RANK_SHARE * dimension


def agreement(src: np.ndarray, trg: np.ndarray, csls_k: int) -> tuple[float, int, float]:
    """Agreement of two spaces, without gold data. src (n, d), trg (m, d), rows of any length.

    -> (mean CSLS of every word and its nearest, averaged over both directions; number of mutual nearest pairs; their mean
    CSLS). The first follows the unsupervised criterion of Conneau et al. 2018 (section 3.5). The mean over mutual pairs alone
    is a worse criterion: a better alignment has more mutual pairs, and the pairs it gains are weaker than those it had.
    """
    src, trg = unit_rows(src), unit_rows(trg)
    found = csls_both_ways(src, [trg], 1, csls_k)
    there, back = found.forward.index[:, 0], found.backward.index[:, 0]
    forward = 2 * found.forward.similarity[:, 0] - found.src_r - found.trg_r[there]
    backward = 2 * found.backward.similarity[:, 0] - found.trg_r - found.src_r[back]
    mutual = back[there] == np.arange(len(src))
    mean = (float(forward.mean()) + float(backward.mean())) / 2
    return mean, int(mutual.sum()), float(forward[mutual].mean()) if mutual.any() else 0.0


def read(maps: Maps, src: WordVectors, trg: WordVectors, csls_k: int) -> CheckReading:
    """Check the maps on held-out monolingual CCWRs. Raises RunError when a side has no word with a vector."""
    src_rows, trg_rows = usable(src), usable(trg)
    if not src_rows.any() or not trg_rows.any():
        raise RunError("The held-out sentences have no word with a vector: the encoder does not know this language's script.")
    values = agreement(maps_module.apply(maps.src, src.vectors[src_rows]), maps_module.apply(maps.trg, trg.vectors[trg_rows]), csls_k)
    norms = maps_module.norm(maps.src.matrix), maps_module.norm(maps.trg.matrix)
    ranks = maps_module.effective_rank(maps.src.matrix), maps_module.effective_rank(maps.trg.matrix)
    return CheckReading(*values, *norms, *ranks)
