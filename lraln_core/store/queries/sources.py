"""The text file and the display name of each corpus, for starting a run on a corpus that is already prepared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.errors import WorkspaceError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.store.database import Database
from lraln_core.text.languages import language_name

_CORPORA = """
    SELECT c.id, c.name, c.language, c.source, c.sentences, c.words, c.types, c.added, c.report,
           (SELECT count(*) FROM runs r WHERE c.id IN (r.src_corpus, r.trg_corpus)) AS runs
    FROM corpora c ORDER BY c.language, c.name, c.added, c.id
"""
_PATHS = """
    SELECT src_corpus AS id, json_extract_string(config, '$.src.corpus') AS path, started FROM runs WHERE src_corpus IS NOT NULL
    UNION ALL
    SELECT trg_corpus, json_extract_string(config, '$.trg.corpus'), started FROM runs WHERE trg_corpus IS NOT NULL
    ORDER BY started
"""


@dataclass(frozen=True)
class CorpusSource:
    """A corpus in the database, with the file it was made from."""

    id: str
    title: str  # for display
    language: str
    path: str  # '' when unknown
    sentences: int
    words: int
    types: int
    added: str
    runs: int  # how many use it
    report: dict[str, Any]

    @property
    def available(self) -> bool:
        """Whether the text file is still there, so that a run can read it."""
        return bool(self.path) and Path(self.path).is_file()


def list_sources(db: Database) -> list[CorpusSource]:
    """All corpora by language and name."""
    by_run = {id: path for id, path, _ in db.rows(_PATHS) if path}
    sources = []
    for id, name, language, source, sentences, words, types, added, report, runs in db.rows(_CORPORA):
        report = json.loads(report)
        note = _read_note(db.workspace, id)
        file = str(report.get("file") or Path(source).name)
        title = note.get("name") or (name if name not in ("", id) else "") or file or id
        known = (note.get("path"), by_run.get(id), source)
        path = next((path for path in known if path and Path(path).is_absolute()), "")
        if path and Path(path).parent == SAMPLE_DATA / "corpora":
            title = f"Sample: {language_name(language)}"
        sources.append(CorpusSource(id, title, language, path, sentences, words, types, added, runs, report))
    return sources


def remember_source(workspace: Workspace, corpus_id: str, path: Path, name: str) -> None:
    """Store the text file and the user's name of a corpus in the workspace, outside the database. Raises WorkspaceError."""
    write_json(_note(workspace, corpus_id), {"path": str(path), "name": name})


def forget_source(workspace: Workspace, corpus_id: str) -> None:
    """Delete the note of a corpus that was removed."""
    _note(workspace, corpus_id).unlink(missing_ok=True)


def _note(workspace: Workspace, corpus_id: str) -> Path:
    return workspace.root / "sources" / f"{corpus_id}.json"


def _read_note(workspace: Workspace, corpus_id: str) -> dict[str, str]:
    try:
        note = read_json(_note(workspace, corpus_id))
    except (WorkspaceError, OSError):
        return {}
    return {key: value for key, value in note.items() if isinstance(value, str)} if isinstance(note, dict) else {}
