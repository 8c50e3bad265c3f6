"""Export of a run as an archive that another computer can import; see unpack.py for the import."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files.atomic import disk_errors, read_json, replacing
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.store.ingest.run_files import stamp

from .line_files import add_file
from .manifest import MANIFEST, Entry, Manifest, is_allowed, is_run_id
from .portable_paths import dump, portable

LEFT_OUT = frozenset({"run/checkpoint.safetensors", "run/log.txt"})  # useful only where the run was made
_REWRITTEN = ("config.json", "summary.json")


@dataclass(frozen=True)
class Source:
    """A file before it is packed: on disk, or in memory when paths of this computer were removed from it."""

    name: str
    path: Path
    content: bytes | None = None

    def entry(self) -> Entry:
        """Its entry in the manifest."""
        if self.content is not None:
            return Entry(self.name, len(self.content), hashlib.sha256(self.content).hexdigest())
        with open(self.path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(self.name, self.path.stat().st_size, digest)


def pack_run(folder: RunFolder, workspace: Workspace, out: Path) -> Manifest:
    """Write the archive of a run that has ended, with those of its corpora that are in the workspace.

    Raises RunError when the run is running or damaged, WorkspaceError when the file cannot be written.
    """
    sources = run_sources(folder) + corpus_sources(folder, workspace)
    with disk_errors(folder.path):
        manifest = Manifest(folder.id, tuple(source.entry() for source in sources))
    with replacing(out) as temporary, tempfile.TemporaryDirectory(dir=out.parent, prefix=".pack-") as place:
        made = Path(place) / "made"
        with zipfile.ZipFile(temporary, "w") as archive:
            for source in (Source(MANIFEST, made, dump(manifest.to_json())), *sources):
                if source.content is not None:
                    made.write_bytes(source.content)
                add_file(archive, source.path if source.content is None else made, source.name)
    return manifest


def run_sources(folder: RunFolder) -> list[Source]:
    """The files of a run folder that go into its archive. Raises RunError."""
    if not folder.config.exists():
        raise RunError(f"{folder.path} is not a run folder: it holds no config.json.")
    if not is_run_id(folder.id):
        raise RunError(f"The folder name {folder.id!r} cannot be used in an archive; rename it with Latin letters, digits and hyphens.")
    state, _ = stamp(folder)
    if not state.over:
        raise RunError(f"The run {folder.id} is still {state}; export it when it has ended.")
    return [_source(path, name) for path, name in _files(folder.path) if name not in LEFT_OUT and is_allowed(name)]


def corpus_sources(folder: RunFolder, workspace: Workspace) -> list[Source]:
    """The files of the prepared corpora of the run that are in the workspace."""
    found = []
    for id in corpora_of(folder):
        place = workspace.corpora / id
        files = [(place / name, f"corpora/{id}/{name}") for name in ("report.json", "sentences.parquet")]
        if all(path.is_file() and is_allowed(name) for path, name in files):
            found += [Source(name, path) for path, name in files]
    return found


def corpora_of(folder: RunFolder) -> list[str]:
    """Ids of the corpora of a run: from its summary, or from its status when it stopped early."""
    notes: list[dict[str, Any]] = [note for note in (folder.summary(), folder.status()) if isinstance(note, dict)]
    named = [note.get(f"{side}_corpus") for note in notes for side in ("src", "trg")]
    return sorted({id for id in named if isinstance(id, str) and id and "/" not in id and not id.startswith(".")})


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.iterdir()) + sorted((folder / "encoder").glob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, f"run/{path.relative_to(folder).as_posix()}"


def _source(path: Path, name: str) -> Source:
    if path.name not in _REWRITTEN:
        return Source(name, path)
    try:
        return Source(name, path, dump(portable(path.name, read_json(path))))
    except (WorkspaceError, OSError, ValueError, RecursionError, json.JSONDecodeError) as error:
        raise RunError(f"{path} is damaged, so this run cannot be exported.") from error
