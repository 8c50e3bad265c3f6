"""Atomic writes: a file is replaced whole or left as it was, and refusals of the operating system become one-sentence errors."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lraln_core.errors import WorkspaceError


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a WorkspaceError that names the file and the reason."""
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno) or error.strerror or str(error)
        raise WorkspaceError(f"Cannot write to {error.filename or path}: {reason}.") from error


REASONS = {
    errno.ENOSPC: "the disk is full; free some space and start again",
    errno.EDQUOT: "the disk quota is used up; free some space and start again",
    errno.EROFS: "the file system is read-only; choose another workspace with LRALN_WORKSPACE",
    errno.EACCES: "permission denied; choose another workspace with LRALN_WORKSPACE",
    errno.EPERM: "permission denied; choose another workspace with LRALN_WORKSPACE",
    errno.EEXIST: "a file of that name is in the way",
    errno.ENOTDIR: "a part of that path is a file, not a folder",
    errno.EISDIR: "there is a folder of that name",
}


def require_own(path: Path) -> None:
    """Raises WorkspaceError when `path` is a symbolic link, because writing through it would change a file somewhere else.

    The top folders of the workspace (runs, corpora, ...) may be links, so that each can lie on another disk; their content may not.
    """
    if path.is_symlink():
        raise WorkspaceError(f"{path} is a link to another place, and nothing is written through it; put the thing itself there.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it replaces `path` atomically on success and is deleted on failure.

    Raises WorkspaceError when the file cannot be written.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete the temporary files that a killed process left; call it only while no other process writes in the folder."""
    with disk_errors(folder):
        for part in folder.glob(".*.part"):
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically. Raises WorkspaceError when the file cannot be written, ValueError for NaN and infinities."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON that this project wrote. Raises WorkspaceError when it is damaged, FileNotFoundError when absent."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path} is damaged and cannot be read ({error}).") from error
