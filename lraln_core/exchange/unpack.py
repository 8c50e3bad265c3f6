"""Import of a run archive. Archives are untrusted input: names, sizes and hashes are checked, the run is ingested into a temporary
database, and only a run that passed all checks is moved into the workspace, in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from lraln_core.errors import LralnError, RunError
from lraln_core.files.atomic import disk_errors, read_json
from lraln_core.files.read_only import require_changes_allowed
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.ingest.runs import ingest_run

from . import contents
from .archive import run_sources
from .manifest import MANIFEST, Entry, Manifest, parse
from .portable_paths import dump, local

_MANIFEST_BYTES = 8 << 20
_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Limits:
    """Upper limits of an archive."""

    files: int = 5_000
    unpacked_bytes: int = 4 << 30


@dataclass(frozen=True)
class Imported:
    """Result of an import."""

    run_id: str
    is_new: bool  # False when the same run was in the workspace already
    corpora: tuple[str, ...]  # corpora that were added to the workspace


def unpack_run(archive: Path | BinaryIO, workspace: Workspace, limits: Limits = Limits()) -> Imported:
    """Check an archive and move its run and its corpora into the workspace; existing runs and corpora are not changed.

    Raises RunError when the archive is damaged, unsafe or of another version, or when another run of that name exists;
    WorkspaceError when the disk cannot be written.
    """
    require_changes_allowed()
    workspace.require_writable()
    with disk_errors(workspace.root), tempfile.TemporaryDirectory(dir=workspace.root, prefix=".import-") as place:
        staging = Workspace(Path(place))
        try:
            with zipfile.ZipFile(archive) as zipped:
                manifest = _manifest(zipped, limits)
                for entry in manifest.files:
                    _extract(zipped, entry, staging, manifest.run)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, ValueError) as error:
            raise RunError("This file is not an archive of a run, or it is damaged; export the run again.") from error
        folder = RunFolder(workspace.runs / manifest.run)
        if folder.path.exists():
            return _already_here(folder, manifest)
        staged = RunFolder(staging.runs / manifest.run)
        contents.check(staged, staging.corpora, limits.unpacked_bytes)
        _localise(staged, folder.path)
        _ingest_on_trial(staging, staged)
        with FileLock(workspace.root / "import.lock"):  # else another import could use a corpus that this one removes again
            return _already_here(folder, manifest) if folder.path.exists() else _move(staging, workspace, manifest)


def _manifest(zipped: zipfile.ZipFile, limits: Limits) -> Manifest:
    """The manifest, after the list of contents was checked against it."""
    infos = zipped.infolist()
    if len(infos) > limits.files:
        raise RunError(f"This archive holds {len(infos):,} files; a run has at most {limits.files:,}.")
    names = [info.filename for info in infos]
    if len({name.lower() for name in names}) != len(names):
        raise RunError("This archive holds two files of one name; it was not imported.")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise RunError(f"This archive holds an entry that is not a plain file ({info.filename[:60]!r}); it was not imported.")
        if info.flag_bits & 0x1 or info.compress_type not in _METHODS:
            raise RunError("This archive is encrypted or compressed by an unknown method; export the run again.")
    if MANIFEST not in names or zipped.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
        raise RunError("This is not an archive of a run: it has no manifest.json.")
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise RunError(f"This archive would need more than {limits.unpacked_bytes / 1e9:.1f} GB unpacked; it was not imported.")
    for info in infos:
        if info.file_size > contents.most_bytes(info.filename, info.compress_size):
            raise RunError(
                f"{info.filename[:60]!r} in this archive unpacks to {info.file_size / 1e6:,.0f} MB, more than a run's file can "
                "have; it was not imported."
            )
    with zipped.open(MANIFEST) as file:
        manifest = parse(file.read(_MANIFEST_BYTES))
    if {entry.path for entry in manifest.files} != set(names) - {MANIFEST}:
        raise RunError("This archive does not hold the files that its manifest.json lists; it was not imported.")
    for entry in manifest.files:
        if zipped.getinfo(entry.path).file_size != entry.size:
            raise RunError(f"This archive is damaged: {entry.path} has another size than its manifest.json says.")
    return manifest


def _extract(zipped: zipfile.ZipFile, entry: Entry, staging: Workspace, run_id: str) -> None:
    """Write one file, never more than its declared size, and compare its hash."""
    kind, _, rest = entry.path.partition("/")
    target = (staging.runs / run_id if kind == "run" else staging.corpora) / rest
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with zipped.open(entry.path) as source, open(target, "xb") as file:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > entry.size:
                break
            digest.update(chunk)
            file.write(chunk)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise RunError(f"This archive is damaged: {entry.path} differs from its entry in manifest.json. Copy or export it again.")


def _already_here(folder: RunFolder, manifest: Manifest) -> Imported:
    """The result for a run that exists: the same run is no error, even with added files. Raises RunError for another run of that name."""
    wanted = {entry for entry in manifest.files if entry.path.startswith("run/")}
    try:
        same = wanted <= {source.entry() for source in run_sources(folder)}
    except LralnError:
        same = False
    if not same:
        raise RunError(
            f"A run called {folder.id} with other contents is in this workspace already; it was not changed. "
            "Remove it first (page Launch) to import the archive."
        )
    return Imported(folder.id, False, ())


def _localise(staged: RunFolder, final: Path) -> None:
    """Set the paths in the JSON files to those of this computer."""
    for path in (staged.config, staged.summary_file):
        if path.exists():
            try:
                path.write_bytes(dump(local(path.name, read_json(path), final)))
            except (LralnError, ValueError, RecursionError) as error:
                raise RunError(f"This archive is damaged: run/{path.name} cannot be read.") from error


def _ingest_on_trial(staging: Workspace, staged: RunFolder) -> None:
    """Ingest the run into an empty database, as the app will do."""
    db = open_database(staging)
    try:
        ingest_run(db, staged.path)
    except LralnError as error:
        reason = str(error).replace(f"{staging.root}{os.sep}", "")
        raise RunError(f"This archive holds a damaged run, so it was not imported. {reason}") from error
    finally:
        db.close()


def _move(staging: Workspace, workspace: Workspace, manifest: Manifest) -> Imported:
    """Move the corpora, then the run, so that a visible run has its sentences. Existing corpora are not changed."""
    new = []
    for id in manifest.corpora:
        if not (workspace.corpora / id).exists():
            workspace.corpora.mkdir(parents=True, exist_ok=True)
            os.rename(staging.corpora / id, workspace.corpora / id)
            new.append(id)
    workspace.runs.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(staging.runs / manifest.run, workspace.runs / manifest.run)
    except OSError as error:
        for id in new:
            shutil.rmtree(workspace.corpora / id, ignore_errors=True)
        raise RunError(f"A run called {manifest.run} has appeared meanwhile; nothing was imported.") from error
    return Imported(manifest.run, True, tuple(new))
