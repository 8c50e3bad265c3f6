"""What commands print: one JSON line on stdout, progress on stderr."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from lraln_core.errors import Cancelled
from lraln_core.records import Progress


def progress_line(what: str, stop: Callable[[], bool]) -> Progress:
    """Progress on stderr, at most every two seconds. Raises Cancelled after a signal."""
    printed = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal printed
        if stop():
            raise Cancelled("Cancelled.")
        if time.monotonic() - printed > 2:
            print(f"  {what}: {done:,} of {total:,}", file=sys.stderr, flush=True)
            printed = time.monotonic()

    return report


def print_json(values: dict[str, Any]) -> None:
    """One line on stdout."""
    print(json.dumps(values, ensure_ascii=False), flush=True)


def seed_of(options: argparse.Namespace) -> int:
    """The seed a user gave, or 1."""
    return 1 if options.seed is None else options.seed
