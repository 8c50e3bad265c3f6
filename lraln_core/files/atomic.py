"""Atomic writes: a file is replaced whole or left as it was, and refusals of the operating system become one-sentence errors."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import stat
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
        raise WorkspaceError(f"Cannot write to {error.filename or path}: {_reason(error)}.") from error


def _reason(error: OSError) -> str:
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


REASONS = {
    errno.ENOSPC: "the disk is full; free some space and start again",
    errno.EDQUOT: "the disk quota is used up; free some space and start again",
    errno.EROFS: "the file system is read-only; choose another workspace with LRALN_WORKSPACE",
    errno.EACCES: "permission denied; choose another workspace with LRALN_WORKSPACE",
    errno.EPERM: "permission denied; choose another workspace with LRALN_WORKSPACE",
    errno.EEXIST: "a file of that name is in the way",
    errno.ENOTDIR: "a part of that path is a file, not a folder",
    errno.EISDIR: "there is a folder of that name",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "a part of that path is a link that leads back to itself",
}


def require_own(path: Path) -> None:
    """Raises WorkspaceError when `path` is a symbolic link, because writing through it would change a file somewhere else.

    The top folders of the workspace (runs, corpora, ...) may be links, so that each can lie on another disk; their content may not.
    """
    if path.is_symlink():
        raise WorkspaceError(f"{path} is a link to another place, and nothing is written through it; put the thing itself there.")


def require_replaceable(path: Path) -> None:
    """Raises WorkspaceError unless `path` is free or a regular file: devices, pipes, folders and symbolic links are never replaced."""
    try:
        str(path).encode("utf-8")
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except ValueError as error:  # a NUL, or bytes that are not UTF-8
        raise WorkspaceError(f"Cannot write to {str(path)!r}: no file that this project writes can have that name.") from error
    except OSError as error:
        raise WorkspaceError(f"Cannot write to {path}: {_reason(error)}.") from error
    if stat.S_ISLNK(mode):
        raise WorkspaceError(f"Cannot write to {path}: it is a link to another place; name that place itself.")
    if stat.S_ISDIR(mode):
        raise WorkspaceError(f"Cannot write to {path}: {REASONS[errno.EISDIR]}.")
    if not stat.S_ISREG(mode):
        raise WorkspaceError(f"Cannot write to {path}: it is a device, a pipe or a socket, not a regular file.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it replaces `path` atomically on success and is deleted on failure.

    A file that exists keeps its permissions; a new one gets those of the process (umask). Raises WorkspaceError when the file
    cannot be written, or when something other than a regular file is there.
    """
    require_replaceable(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")  # shorter than the longest name a file can have
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            require_replaceable(path)
            with contextlib.suppress(FileNotFoundError):
                os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
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
    except (ValueError, RecursionError) as error:  # too many levels of lists or tables
        raise WorkspaceError(f"{path} is damaged and cannot be read ({error}).") from error
