"""Self-labelled word alignment by optimal transport, as in XLM-Align [Chi et al. 2021, arXiv 2106.06381]."""

from __future__ import annotations

import numpy as np

from .links import Flags, Float64
from .matching import itermax


def sinkhorn(similarity: Float64, *, entropy: float, iterations: int) -> tuple[Float64, Float64]:
    """The plan that carries source words to target words: (n, m) -> (with rows of sum 1, with columns of sum 1), both (n, m).

    The plan maximises the sum of similarities plus `entropy` times its own entropy, where all source words give the same amount and all
    target words take the same amount: alternating scaling of the columns and rows of exp(similarity / entropy) [Cuturi 2013]. Without
    iterations it is the softmax of both directions; with many, every word gets its share and hubs cannot take all.
    """
    if not similarity.size:
        return similarity, similarity
    plan = np.maximum(np.exp((similarity - similarity.max()) / entropy), np.finfo(float).tiny)
    for _ in range(iterations):
        plan = plan / plan.sum(0)
        plan = plan / plan.sum(1, keepdims=True)
    return np.asarray(plan / plan.sum(1, keepdims=True)), np.asarray(plan / plan.sum(0))


def self_label(forward: Float64, backward: Float64, *, filtering: int) -> Flags:
    """Links whose ends are each other's best under the plans (n, m) of `sinkhorn`: the intersection of forward and backward labels.

    Further rounds of filtering add links of words that have none, like itermax, on the mean of both plans.
    """
    linked = np.zeros(forward.shape, bool)
    if not forward.size:
        return linked
    towards_src = np.zeros_like(linked)
    linked[np.arange(forward.shape[0]), forward.argmax(1)] = True
    towards_src[backward.argmax(0), np.arange(forward.shape[1])] = True
    linked &= towards_src
    return linked | itermax((forward + backward) / 2, filtering) if filtering > 1 else linked
