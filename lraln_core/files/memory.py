"""Memory that is free but still held by the process goes back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Between two large pieces of work: collect cycles and, where the C library can, return free pages (Linux)."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # another C library
        pass
