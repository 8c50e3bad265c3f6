"""A growing set of 64-bit hashes in sorted numpy blocks: 8 bytes an element, where a Python set takes about 90."""

from __future__ import annotations

import numpy as np


class HashSet:
    """Remembers hashes; two different strings meet by chance once in about 2^64 / n^2 sets of n."""

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []  # each sorted, int64; every block at least twice as long as the next

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def add(self, hashes: np.ndarray) -> np.ndarray:
        """Add hashes (n,) int64; (n,) bool, True where a hash is met for the first time."""
        fresh = np.zeros(len(hashes), bool)
        fresh[np.unique(hashes, return_index=True)[1]] = True
        for block in self._blocks:
            place = np.minimum(np.searchsorted(block, hashes), len(block) - 1)
            fresh &= block[place] != hashes
        if fresh.any():
            self._blocks.append(np.sort(hashes[fresh]))
        while len(self._blocks) > 1 and len(self._blocks[-2]) < 2 * len(self._blocks[-1]):
            self._blocks[-2:] = [np.sort(np.concatenate(self._blocks[-2:]))]
        return fresh


def hash_strings(strings: list[str]) -> np.ndarray:
    """Hashes (n,) int64, good within this process only."""
    return np.fromiter(map(hash, strings), np.int64, len(strings))
