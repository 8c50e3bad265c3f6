"""Seeded random streams: one independent generator for each purpose, so that any part of a computation can be repeated alone."""

from __future__ import annotations

import numpy as np


def rng_for(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """An independent stream of random numbers for (seed, purpose, number), where `number` is an iteration, step or epoch.

    The numbers must never change between versions: runs that were interrupted are resumed with them.
    """
    return np.random.default_rng([seed, *purpose.encode(), number])
