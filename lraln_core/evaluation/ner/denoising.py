"""Which machine-made tags of unlabelled words are trusted: their neighbours' tags, and the tags of a second tagger.

Both need no label of the language [as in CoLaDa, Ma et al. 2023]: words that lie close to each other should carry the
same tag, and two taggers that were trained on different data should agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lraln_core.alignment.neighbours import nearest_both_ways

from .scores import TAGS

STEEPNESS = 6.0  # of the weight as a function of consistency


@dataclass(frozen=True)
class Consistency:
    """How far the neighbours of each word carry its tag."""

    share: np.ndarray  # (n,) float32, share of the nearest words with the same tag
    mean: np.ndarray  # (tags,) float32, mean share of the words of each tag
    weight: np.ndarray  # (n,) float32 in 0..1, see `neighbour_consistency`


def neighbour_consistency(vectors: np.ndarray, labels: np.ndarray, k: int) -> Consistency:
    """Weights by the tags of the nearest words [the instance collaboration of CoLaDa].

    A word's weight is sigmoid(STEEPNESS (share - mean of its tag)): tags are compared with words of the same tag, because rare tags have
    few neighbours of their own. vectors (n, d), labels (n,); the word itself is no neighbour. With fewer than two words all weights are 1.
    """
    count = len(labels)
    k = min(k, count - 1)
    if k < 1:
        return Consistency(np.ones(count, np.float32), np.ones(len(TAGS), np.float32), np.ones(count, np.float32))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), np.float32)
    found = nearest_both_ways(unit, [unit], k + 1)[0].index
    others = found != np.arange(count)[:, None]
    others[others.all(axis=1), -1] = False  # identical vectors may push the word itself out of its own list
    same = (labels[found] == labels[:, None]) & others
    share = (same.sum(axis=1) / k).astype(np.float32)
    sizes = np.bincount(labels, minlength=len(TAGS))
    mean = (np.bincount(labels, weights=share, minlength=len(TAGS)) / np.maximum(sizes, 1)).astype(np.float32)
    weight = 1 / (1 + np.exp(-STEEPNESS * (share - mean[labels])))
    return Consistency(share, mean, weight.astype(np.float32))
