"""What people say about the translations of a dictionary, stored like judgements in an append-only file and in the database.

A verdict belongs to two words of two languages, so it counts in the dictionary of every run on these languages.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.files import jsonl as append_only
from lraln_core.files.run_folder import now_after
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database
from lraln_core.store.ingest.parquet import insert_rows

MAX_CHARACTERS = 500


class EntryVerdict(StrEnum):
    """What a person says about a translation."""

    ACCEPTED = "accepted"
    ADDED = "added"  # typed by a person
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # takes back what was said before


@dataclass(frozen=True)
class EntryEdit:
    """One verdict on a translation; the latest one on the same two words stands."""

    id: str
    src_language: str
    trg_language: str
    headword: str  # in lower case
    translation: str
    verdict: EntryVerdict
    note: str
    annotator: str
    time: str


_COLUMNS = tuple(field.name for field in fields(EntryEdit))


def entries_file(workspace: Workspace) -> Path:
    """The file of edits: one JSON object a line, oldest first."""
    return workspace.judgements / "dictionary.jsonl"


def edit_entry(
    db: Database,
    languages: tuple[str, str],
    headword: str,
    translation: str,
    verdict: EntryVerdict | str,
    *,
    annotator: str = "",
    note: str = "",
) -> EntryEdit:
    """Record a verdict, on the disk at once. Raises ConfigError for words that cannot be stored, WorkspaceError when
    the file or the database cannot be written, in which case nothing is recorded."""
    words = [" ".join(text.split()).lower() for text in (headword, translation)]
    if not all(words):
        raise ConfigError("An entry of the dictionary needs a word and a translation.")
    if verdict not in list(EntryVerdict):
        raise ConfigError(f"The verdict {verdict!r} is unknown; choose one of {', '.join(EntryVerdict)}.")
    if max(map(len, (*words, note))) > MAX_CHARACTERS:
        raise ConfigError(f"A word, a translation or a note has at most {MAX_CHARACTERS} characters.")
    if not all(map(append_only.is_text, (*words, annotator, note))):
        raise ConfigError("The translation, the note or the name holds an unpaired surrogate; type it again.")
    with db.writing:
        latest = db.rows(
            "SELECT max(time) FROM dictionary_entries "
            "WHERE src_language = $src AND trg_language = $trg AND headword = $headword AND translation = $translation",
            {"src": languages[0], "trg": languages[1], "headword": words[0], "translation": words[1]},
        )[0][0]
        edit = EntryEdit(
            id=uuid.uuid4().hex,
            src_language=languages[0],
            trg_language=languages[1],
            headword=words[0],
            translation=words[1],
            verdict=EntryVerdict(verdict),
            note=" ".join(note.split()),
            annotator=annotator.strip(),
            time=now_after(latest),
        )
        with append_only.appended(entries_file(db.workspace), asdict(edit)):
            _insert(db, [edit])
    return edit


def reload_entries(db: Database) -> list[str]:
    """Insert the edits that only the file has. -> a message for each bad line."""
    found, complaints = append_only.read(entries_file(db.workspace), _from_json, "an edit of the dictionary")
    known = {id for (id,) in db.rows("SELECT id FROM dictionary_entries")}
    _insert(db, list({edit.id: edit for edit in found if edit.id not in known}.values()))
    return complaints


def _insert(db: Database, found: list[EntryEdit]) -> None:
    if found:
        with db.transaction() as cursor:
            insert_rows(cursor, "dictionary_entries", [asdict(edit) for edit in found])


def _from_json(values: dict[str, Any]) -> EntryEdit:
    for name in _COLUMNS:
        if type(values[name]) is not str or not append_only.is_text(values[name]):
            raise ValueError(name)
    return EntryEdit(**{name: values[name] for name in _COLUMNS} | {"verdict": EntryVerdict(values["verdict"])})
