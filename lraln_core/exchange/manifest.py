"""The manifest of a run archive: a zip with manifest.json, the run's files under run/ and its corpora under corpora/<id>/."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lraln_core.errors import RunError

FORMAT, VERSION = "lraln-run", 1
MANIFEST = "manifest.json"

# No executable or pickle, no hidden file, no path outside the archive.
_RUN_FILE = re.compile(r"run/(?:encoder/)?[A-Za-z0-9][A-Za-z0-9_-]{0,100}\.(?:json|jsonl|parquet|safetensors|txt|model)")
_CORPUS_FILE = re.compile(r"corpora/[A-Za-z0-9][A-Za-z0-9_-]{0,100}/(?:report\.json|sentences\.parquet)")
_PLACE_OF_SHARDS = "run/pair-shards.json"  # names a folder or server of the computer that made it
_RUN_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,150}[A-Za-z0-9_-])?")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One file of an archive."""

    path: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The contents of an archive, every file with its size and hash."""

    run: str
    files: tuple[Entry, ...]

    def to_json(self) -> dict[str, Any]:
        """For manifest.json; `parse` is its inverse."""
        files = [{"path": entry.path, "size": entry.size, "sha256": entry.sha256} for entry in self.files]
        return {"format": FORMAT, "version": VERSION, "run": self.run, "files": files}

    @property
    def corpora(self) -> tuple[str, ...]:
        """Ids of the corpora in the archive."""
        return tuple(sorted({entry.path.split("/")[1] for entry in self.files if entry.path.startswith("corpora/")}))


def is_run_id(text: str) -> bool:
    """Whether this folder name is valid on all operating systems."""
    return bool(_RUN_ID.fullmatch(text))


def is_allowed(path: str) -> bool:
    """Whether an archive may hold a file of this name."""
    return path != _PLACE_OF_SHARDS and bool(_RUN_FILE.fullmatch(path) or _CORPUS_FILE.fullmatch(path))


def parse(raw: bytes) -> Manifest:
    """A manifest with all values checked. Raises RunError."""
    try:
        values = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RunError("This archive is damaged: its manifest.json cannot be read.") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise RunError("This is not an archive of a run: its manifest.json has another format.")
    if type(values.get("version")) is not int or values["version"] != VERSION:
        raise RunError(
            f"This archive has the format version {str(values.get('version'))[:20]}; this tool reads version {VERSION}. "
            "Export the run again, or update the tool."
        )
    run, files = values.get("run"), values.get("files")
    if not isinstance(run, str) or not is_run_id(run):
        raise RunError("This archive is damaged: the name of its run cannot be used.")
    if not isinstance(files, list):
        raise RunError("This archive is damaged: its manifest.json lists no files.")
    entries = tuple(map(_entry, files))
    if len({entry.path.lower() for entry in entries}) != len(entries):
        raise RunError("This archive is damaged: its manifest.json lists a file twice.")
    if "run/config.json" not in {entry.path for entry in entries}:
        raise RunError("This archive is damaged: it holds no configuration of a run.")
    return Manifest(run, entries)


def _entry(value: Any) -> Entry:
    if not isinstance(value, dict):
        raise RunError("This archive is damaged: its manifest.json lists an entry that is not a file.")
    path, size, sha256 = (value.get(key) for key in ("path", "size", "sha256"))
    if not isinstance(path, str) or not is_allowed(path):
        raise RunError(f"This archive holds a file that no run has ({str(path)[:60]!r}); it was not imported.")
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise RunError(f"This archive is damaged: the size or hash of {path} is invalid.")
    return Entry(path, size, sha256)
