"""Removal of runs and corpora from the database and from the workspace, so that the next `sync` does not ingest them again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lraln_core.errors import CorpusError, LralnError, RunError, WorkspaceError
from lraln_core.files.atomic import disk_errors, read_json
from lraln_core.files.read_only import require_changes_allowed
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.ingest.corpora import delete_corpus
from lraln_core.store.ingest.run_files import stamp
from lraln_core.store.ingest.runs import delete_run

from .database import Database


def remove_run(db: Database, run_id: str) -> None:
    """Remove a run and its folder in the workspace; judgements of its pairs stay, and so does a folder outside the workspace.

    Raises RunError when there is no such run or it is still running.
    """
    folder = _inside(db.workspace.runs, run_id, RunError)
    if not folder.is_dir() and not db.rows("SELECT 1 FROM runs WHERE id = $id", {"id": run_id}):
        raise RunError(f"There is no run {run_id!r}.")
    if folder.is_dir() and _at_work(folder):
        raise RunError(f"The run {run_id} is still running; cancel it first.")
    if any(RunFolder(job).locked() for job in folder.glob("jobs/*/")):
        raise RunError(f"Something is being computed for the run {run_id}; wait for it, or cancel it on the page Space or Named entities.")
    with _taken_away(folder), db.transaction() as cursor:
        delete_run(cursor, run_id)
        cursor.execute("DELETE FROM scanned WHERE kind = 'run' AND id = $id", {"id": run_id})


def remove_corpus(db: Database, corpus_id: str) -> None:
    """Remove a corpus and its prepared folder; the text file it was made from is not touched.

    Raises CorpusError when there is no such corpus, or while a run uses it.
    """
    folder = _inside(db.workspace.corpora, corpus_id, CorpusError)
    found = db.rows("SELECT source, language FROM corpora WHERE id = $id", {"id": corpus_id})
    if not folder.is_dir() and not found:
        raise CorpusError(f"There is no corpus {corpus_id!r}.")
    rows = db.rows("SELECT id FROM runs WHERE $id IN (src_corpus, trg_corpus) ORDER BY id", {"id": corpus_id})
    users = [run for (run,) in rows]
    users += [run for source, language in found for run in _working_on(db.workspace.runs, source, language)]
    if users:
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        raise CorpusError(f"The corpus {corpus_id} is used by run {users[0]}{more}; remove the runs first.")
    with _taken_away(folder), db.transaction() as cursor:
        delete_corpus(cursor, corpus_id)
        cursor.execute("DELETE FROM scanned WHERE kind = 'corpus' AND id = $id", {"id": corpus_id})


def _inside(parent: Path, name: str, error: type[LralnError]) -> Path:
    """The folder of that name; a name that is a path is refused."""
    if name in ("", ".", "..") or {"/", os.sep, "\0"} & set(name):
        raise error(f"{name!r} is not a name of a folder in {parent}.")
    return parent / name


def _at_work(folder: Path) -> bool:
    try:
        return not stamp(RunFolder(folder))[0].over
    except RunError:
        return RunFolder(folder).locked()


def _working_on(runs: Path, source: str, language: str) -> list[str]:
    """Running runs whose configuration names a text file of this name."""
    found = []
    for path in sorted(runs.glob("[!.]*/config.json")):
        try:
            config = read_json(path)
        except (WorkspaceError, OSError):
            continue
        sides = [config.get(side) for side in ("src", "trg")] if isinstance(config, dict) else []
        named = any(
            isinstance(side, dict) and (Path(str(side.get("corpus"))).name, side.get("language")) == (source, language) for side in sides
        )
        if named and _at_work(path.parent):
            found.append(path.parent.name)
    return found


@contextmanager
def _taken_away(folder: Path) -> Iterator[None]:
    """Rename the folder to a hidden name for the block, then delete it; if the block fails, the folder is restored."""
    require_changes_allowed()
    hidden = folder.with_name(f".removed-{folder.name}")
    was_there = folder.is_dir()
    if was_there:
        with disk_errors(folder):
            shutil.rmtree(hidden, ignore_errors=True)
            folder.rename(hidden)
    try:
        yield
    except BaseException:
        if was_there:
            hidden.rename(folder)
        raise
    if hidden.is_symlink():
        hidden.unlink()
    shutil.rmtree(hidden, ignore_errors=True)
