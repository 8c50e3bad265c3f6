"""A temporary database with one run, for commands: the workspace's database may be open in the app, which locks it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import LralnError, RunError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database, open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.judging.judgements import reload_judgements


@dataclass(frozen=True)
class _WithOtherDatabase(Workspace):
    """A workspace with its database in another folder."""

    place: Path = Path()

    @property
    def database(self) -> Path:
        return self.place / "lraln.duckdb"


def find_run(name: str, workspace: Workspace) -> RunFolder:
    """The run of this id in the workspace, or the run folder at this path. Raises RunError when there is neither."""
    for path in (workspace.runs / name, Path(name)):
        if (path / "config.json").is_file():
            return RunFolder(path.resolve())
    raise RunError(f"There is no run {name!r}: give the name of a folder in {workspace.runs}, or the path of a run folder.")


@contextmanager
def removal_reported(folder: RunFolder) -> Iterator[None]:
    """Raise RunError when the block fails because the run was removed meanwhile."""
    try:
        yield
    except (LralnError, OSError) as error:
        if folder.config.exists():
            raise
        raise RunError(f"The run {folder.id} was removed while it was read.") from error


@contextmanager
def database_of(folder: RunFolder, workspace: Workspace) -> Iterator[Database]:
    """Yield a database that holds this run, its corpora and the judgements. Raises RunError when the run is damaged or removed."""
    with removal_reported(folder), tempfile.TemporaryDirectory(prefix="lraln-") as place:
        db = open_database(_WithOtherDatabase(workspace.root, Path(place)))
        try:
            ingest_run(db, folder.path)
            reload_judgements(db)
            yield db
        finally:
            db.close()
