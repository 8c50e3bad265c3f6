"""Append-only JSONL files: one JSON object a line, flushed to the disk before it enters the database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .atomic import disk_errors, require_own

Record = TypeVar("Record")


def append(path: Path, values: dict[str, Any]) -> None:
    """Append a line and flush it to the disk. A line that was cut off by a power failure is ended first. Raises WorkspaceError."""
    line = json.dumps(values, ensure_ascii=True)
    require_own(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with open(path, "ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(line.encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new and os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


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
