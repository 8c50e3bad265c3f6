"""Append-only JSONL files: one JSON object a line, flushed to the disk before it enters the database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from .atomic import disk_errors, require_own
from .read_only import require_changes_allowed

Record = TypeVar("Record")


@contextmanager
def appended(path: Path, values: dict[str, Any]) -> Iterator[None]:
    """Append a line and flush it to the disk, then run the block; when either fails the file is as it was before.

    A line that was cut off by a power failure is ended first. One process writes the file at a time. Raises WorkspaceError.
    """
    require_changes_allowed()
    line = json.dumps(values, ensure_ascii=True).encode("ascii") + b"\n"
    require_own(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        size = 0 if is_new else path.stat().st_size
    try:
        with disk_errors(path):
            with open(path, "ab+", buffering=0) as file:
                if size:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        line = b"\n" + line
                while line:  # a disk that is nearly full takes a part
                    line = line[file.write(line) :]
                os.fsync(file.fileno())
            if is_new and os.name == "posix":
                folder = os.open(path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        yield
    except BaseException:
        with suppress(OSError):  # the line then stays and is read at the next start
            os.truncate(path, size)
        raise


def read(path: Path, parse: Callable[[dict[str, Any]], Record], what: str) -> tuple[list[Record], list[str]]:
    """(records in file order, one message for each line that is not a record). `parse` raises ValueError, TypeError or KeyError.

    what: "a judgement", for the messages. A missing file has no records. Raises WorkspaceError when it cannot be read.
    """
    if not path.exists():
        return [], []
    records, complaints = [], []
    with disk_errors(path):
        lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            records.append(parse(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError):
            start = line[:60].decode("utf-8", "replace")
            complaints.append(f"{path.name} line {number} is not {what} and was left out: {start!r}.")
    return records, complaints


def is_text(value: str) -> bool:
    """Whether UTF-8 can encode the text: False for unpaired surrogates."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
