"""Where things lie on disk, and the two ways of writing a file that survive a power cut: whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.errors import WorkspaceError

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE_DATA = PROJECT / "sample_data"


@dataclass(frozen=True)
class Workspace:
    """The folder that holds everything the tool writes; `cache/` of the project unless LRALN_WORKSPACE or the caller says otherwise."""

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        return cls(Path(os.environ.get("LRALN_WORKSPACE") or PROJECT / "cache").resolve())

    @property
    def corpora(self) -> Path:
        return self.root / "corpora"

    @property
    def ccwrs(self) -> Path:
        return self.root / "ccwr"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def suites(self) -> Path:
        return self.root / "suites"

    @property
    def judgements(self) -> Path:
        return self.root / "judgements"

    @property
    def database(self) -> Path:
        return self.root / "lraln.duckdb"

    def require_writable(self) -> Workspace:
        """Make the folder and prove that it takes a file. Raises WorkspaceError with the reason."""
        with disk_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        return self


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into sentences. Raises WorkspaceError."""
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
    """Raises WorkspaceError for a link: what is written through it changes a file somewhere else.

    The rooms of the workspace (runs, corpora, ...) may be links, so that a room can lie on another disk; what is in them may not.
    """
    if path.is_symlink():
        raise WorkspaceError(f"{path} is a link to another place, and nothing is written through it; put the thing itself there.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the place of `path` in one step, on failure it is gone."""
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
    """Remove what a killed process left half-written in a folder that nobody else works in."""
    with disk_errors(folder):
        for part in folder.glob(".*.part"):
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON that this project wrote. Raises WorkspaceError when it is damaged, FileNotFoundError when absent."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path} is damaged and cannot be read ({error}).") from error
