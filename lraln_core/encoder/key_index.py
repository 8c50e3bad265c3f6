"""Where each sentence of a cache lies, in 24 bytes a sentence: a million of them would be a quarter of a gigabyte as a dictionary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

KEY_BYTES = 16
_KEY = f"S{KEY_BYTES}"  # equal width on both sides: that numpy pads with zero bytes changes no comparison
FRESH = 4096  # keys kept in a dictionary before they are sorted in


class KeyIndex:
    """Keys of KEY_BYTES bytes to a segment number and a place in that segment; a key that comes again keeps its first place."""

    def __init__(self) -> None:
        self._keys = np.empty(0, _KEY)  # sorted
        self._places = np.empty((0, 2), np.int32)
        self._fresh: dict[bytes, tuple[int, int]] = {}

    def __len__(self) -> int:
        """Different keys."""
        return len(self._keys) + len(self._fresh)

    def add(self, segment: int, keys: np.ndarray) -> None:
        """The keys of a segment, (n, KEY_BYTES) uint8, in their order."""
        raw = [key.tobytes() for key in keys]
        known = self.find(raw)
        for place, (key, at) in enumerate(zip(raw, known.tolist())):
            if at[0] < 0:
                self._fresh.setdefault(key, (segment, place))
        if len(self._fresh) > max(FRESH, len(self._keys) // 4):
            self._sort_in()

    def find(self, keys: Sequence[bytes]) -> np.ndarray:
        """(n, 2) int32: segment and place of every key, -1 and -1 where there is none."""
        found = np.full((len(keys), 2), -1, np.int32)
        if len(self._keys) and len(keys):
            wanted = np.array(keys, _KEY)
            at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            hit = self._keys[at] == wanted
            found[hit] = self._places[at[hit]]
        if self._fresh:
            for row, key in enumerate(keys):
                place = self._fresh.get(key)
                if place is not None:
                    found[row] = place
        return found

    def _sort_in(self) -> None:
        keys = np.concatenate([self._keys, np.array(list(self._fresh), _KEY)])
        places = np.concatenate([self._places, np.array(list(self._fresh.values()), np.int32)])
        order = np.argsort(keys, kind="stable")
        self._keys, self._places, self._fresh = keys[order], places[order], {}
