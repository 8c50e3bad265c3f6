"""Translations of sentences that users type, stored like judgements in an append-only file and in the database.

A translation belongs to the text of a sentence, so it is shown in every corpus and run that holds the sentence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.files import jsonl as append_only
from lraln_core.files.run_folder import now_after
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database
from lraln_core.store.ingest.parquet import insert_rows

MAX_CHARACTERS = 5_000


@dataclass(frozen=True)
class Translation:
    """A translation of a sentence; an empty text withdraws the earlier one."""

    id: str
    language: str  # of the sentence
    sentence: str
    translation: str
    annotator: str
    time: str


_COLUMNS = tuple(field.name for field in fields(Translation))


def translations_file(workspace: Workspace) -> Path:
    """The file of translations: one JSON object a line, oldest first."""
    return workspace.judgements / "translations.jsonl"


def translate(db: Database, language: str, sentence: str, translation: str, *, annotator: str = "") -> Translation:
    """Store a translation; a later one of the same sentence replaces it, an empty one withdraws it.

    Raises ConfigError for a sentence without text or a translation that cannot be stored, WorkspaceError when the file or the
    database cannot be written, in which case nothing is recorded.
    """
    if not sentence.strip():
        raise ConfigError("There is no sentence to translate.")
    if len(translation) > MAX_CHARACTERS:
        raise ConfigError(f"The translation is {len(translation):,} characters long; at most {MAX_CHARACTERS:,} are allowed.")
    if not all(map(append_only.is_text, (sentence, translation, annotator))):
        raise ConfigError("The translation holds an unpaired surrogate; type it again.")
    with db.writing:
        latest = db.rows(
            "SELECT max(time) FROM translations WHERE language = $language AND sentence = $sentence",
            {"language": language, "sentence": sentence},
        )[0][0]
        kept = Translation(uuid.uuid4().hex, language, sentence, " ".join(translation.split()), annotator.strip(), now_after(latest))
        with append_only.appended(translations_file(db.workspace), asdict(kept)):
            _insert(db, [kept])
    return kept


def translations_of(db: Database, language: str, sentences: Iterable[str]) -> dict[str, str]:
    """The latest translation of each of these sentences that has one."""
    rows = db.rows(
        "SELECT sentence, translation FROM translations "
        "WHERE language = $language AND sentence IN (SELECT unnest($sentences::VARCHAR[])) "
        "QUALIFY row_number() OVER (PARTITION BY sentence ORDER BY time DESC, id DESC) = 1",
        {"language": language, "sentences": sorted(set(sentences))},
    )
    return {sentence: text for sentence, text in rows if text}


def reload_translations(db: Database) -> list[str]:
    """Insert the translations that only the file has. -> a message for each bad line."""
    found, complaints = append_only.read(translations_file(db.workspace), _from_json, "a translation")
    known = {id for (id,) in db.rows("SELECT id FROM translations")}
    _insert(db, list({kept.id: kept for kept in found if kept.id not in known}.values()))
    return complaints


def _insert(db: Database, found: list[Translation]) -> None:
    if not found:
        return
    with db.transaction() as cursor:
        insert_rows(cursor, "translations", [asdict(kept) for kept in found])


def _from_json(values: dict[str, Any]) -> Translation:
    for name in _COLUMNS:
        if type(values[name]) is not str or not append_only.is_text(values[name]):
            raise ValueError(name)
    return Translation(**{name: values[name] for name in _COLUMNS})
