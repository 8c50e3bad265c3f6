"""Synchronisation: the files of the workspace are the source of truth, and `sync` updates the database from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from lraln_core.errors import LralnError, RunError, WorkspaceError
from lraln_core.files.run_folder import RunFolder, now
from lraln_core.files.workspace import Workspace
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.ingest.run_files import stamp
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.dictionary_entries import entries_file, reload_entries
from lraln_core.store.judging.judgements import judgements_file, reload_judgements
from lraln_core.store.judging.translations import reload_translations, translations_file

from .database import Database

_FILES = {  # files of human annotation; each is read again when it has grown
    "judgements": (judgements_file, reload_judgements),
    "translations": (translations_file, reload_translations),
    "dictionary": (entries_file, reload_entries),
}


@dataclass(frozen=True)
class _Found:
    """Something on disk that can be ingested."""

    kind: str  # corpus, run, judgements, translations
    id: str
    stamp: str  # changes whenever the files change
    take: Callable[[], Any]


def sync(db: Database, workspace: Workspace | None = None, *, retry: bool = False) -> list[str]:
    """Ingest every corpus, every ended run and all judgements that are new or have changed since the last call.

    A damaged folder is skipped, the reason is kept for `problems`, and it is tried again when it changes or with `retry`. While
    another thread writes, nothing is done. -> ids of the corpora and runs that were ingested. Raises WorkspaceError when
    the database itself fails.
    """
    if not db.writing.acquire(blocking=False):
        return []
    try:
        seen = {
            (kind, id): text for kind, id, text, reason in db.rows("SELECT kind, id, stamp, reason FROM scanned") if not (retry and reason)
        }
        found = list(_found(db, workspace or db.workspace))
        taken = [item for item in found if seen.get((item.kind, item.id)) != item.stamp and _take(db, item)]
        _drop_solved_problems(db, found)
        return [item.id for item in taken if item.kind not in _FILES]
    finally:
        db.writing.release()


def problems(db: Database) -> pd.DataFrame:
    """What the last `sync` could not ingest. -> kind, id, reason, time."""
    return db.frame("SELECT kind, id, reason, time FROM scanned WHERE reason <> '' ORDER BY time DESC, kind, id")


def _found(db: Database, workspace: Workspace) -> Iterator[_Found]:
    """Corpora come before the runs that use them."""
    for folder in _folders(workspace.corpora):
        yield _Found("corpus", folder.name, _changed(folder / "report.json"), partial(ingest_corpus, db, folder))
    for folder in _folders(workspace.runs):
        try:
            state, text = stamp(RunFolder(folder))
        except RunError:
            state, text = None, f"damaged {_changed(folder / 'status.json')}"
        if state is None or state.over:
            yield _Found("run", folder.name, text, partial(ingest_run, db, folder))
    for kind, (file, reload) in _FILES.items():
        path = file(workspace)
        if path.exists():
            yield _Found(kind, path.name, _changed(path), partial(reload, db))


def _folders(parent: Path) -> list[Path]:
    """Visible folders, by name; a hidden one is being written or removed."""
    return sorted(path for path in parent.glob("*") if path.is_dir() and not path.name.startswith("."))


def _changed(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError:
        return "missing"
    return f"{facts.st_mtime_ns} {facts.st_size}"


def _take(db: Database, item: _Found) -> bool:
    """Ingest an item, or keep the reason why it failed."""
    reason = ""
    try:
        result = item.take()
        if item.kind in _FILES:
            reason = " ".join(result)
    except WorkspaceError:
        raise
    except LralnError as error:
        reason = str(error)
    db.execute(
        "INSERT OR REPLACE INTO scanned VALUES ($kind, $id, $stamp, $reason, $now)",
        {"kind": item.kind, "id": item.id, "stamp": item.stamp, "reason": reason, "now": now()},
    )
    return not reason


def _drop_solved_problems(db: Database, found: list[_Found]) -> None:
    """Delete the problems of folders that are gone or running again."""
    here = {(item.kind, item.id) for item in found}
    for kind, id in db.rows("SELECT kind, id FROM scanned WHERE reason <> ''"):
        if (kind, id) not in here:
            db.execute("DELETE FROM scanned WHERE kind = $kind AND id = $id", {"kind": kind, "id": id})
