"""Judgements of word pairs: each is written to an append-only file before it enters the database."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lraln_core.errors import ConfigError, RunError
from lraln_core.evaluation.judged import Verdict
from lraln_core.files import jsonl as append_only
from lraln_core.files.run_folder import now_after
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database
from lraln_core.store.ingest.parquet import insert_rows


@dataclass(frozen=True)
class Judgement:
    """One verdict. The pair is identified by its place in the two corpora, so the verdict counts in every run that mined it."""

    id: str
    run_id: str
    src_corpus: str
    src_sentence: int
    src_word: int
    src_token: str
    trg_corpus: str
    trg_sentence: int
    trg_word: int
    trg_token: str
    annotator: str
    verdict: Verdict
    note: str
    time: str
    sample: str = ""  # the sample it was drawn in (samples.SampleSpec.text); '' when the pair was picked by hand


_COLUMNS = tuple(field.name for field in fields(Judgement))
_PLACE = ("src_corpus", "src_sentence", "src_word", "src_token", "trg_corpus", "trg_sentence", "trg_word", "trg_token")


def judgements_file(workspace: Workspace) -> Path:
    """The file of judgements: one JSON object a line, oldest first."""
    return workspace.judgements / "judgements.jsonl"


def judge(
    db: Database, run_id: str, pair_id: int, verdict: Verdict | str, *, annotator: str, note: str = "", sample: str = ""
) -> Judgement:
    """Record a verdict on a mined pair, on the disk at once; a later one of the same annotator on the same pair replaces it.

    Raises ConfigError for an unknown verdict or an empty annotator, RunError for an unknown run or pair, and WorkspaceError
    when the file or the database cannot be written, in which case nothing is recorded.
    """
    if verdict not in list(Verdict):
        raise ConfigError(f"The verdict {verdict!r} is unknown; choose one of {', '.join(Verdict)}.")
    if not annotator.strip():
        raise ConfigError("A judgement needs the name of its annotator.")
    if not (append_only.is_text(annotator) and append_only.is_text(note)):
        raise ConfigError("The note or the annotator's name holds an unpaired surrogate; type it again.")
    found = db.rows(
        "SELECT coalesce(r.src_corpus, ''), src_sentence, src_word, src_token, "
        "coalesce(r.trg_corpus, ''), trg_sentence, trg_word, trg_token "
        "FROM runs r JOIN mined_pairs p ON p.run = r.number WHERE r.id = $run_id AND p.run = $run AND p.pair_id = $pair_id",
        {"run_id": run_id, "run": db.run_number(run_id), "pair_id": int(pair_id)},
    )
    if not found:
        raise RunError(f"Run {run_id} has no pair {pair_id}.")
    place = dict(zip(_PLACE, found[0], strict=True))
    with db.writing:
        judgement = Judgement(
            id=uuid.uuid4().hex,
            run_id=run_id,
            **place,
            annotator=annotator.strip(),
            verdict=Verdict(verdict),
            note=note,
            time=now_after(_latest(db, annotator.strip(), place)),
            sample=sample,
        )
        with append_only.appended(judgements_file(db.workspace), asdict(judgement)):
            _insert(db, [judgement])
    return judgement


def _latest(db: Database, annotator: str, place: dict[str, Any]) -> str | None:
    """Time of the latest judgement of an annotator on the pair at a place; None before the first."""
    same = " AND ".join(f"{name} = ${name}" for name in place)
    found: str | None = db.rows(f"SELECT max(time) FROM judgements WHERE annotator = $by AND {same}", {"by": annotator} | place)[0][0]
    return found


def reload_judgements(db: Database) -> list[str]:
    """Insert the judgements that only the file has, for example after the database was lost. -> a message for each bad line."""
    judgements, complaints = append_only.read(judgements_file(db.workspace), _from_json, "a judgement")
    known = {id for (id,) in db.rows("SELECT id FROM judgements")}
    _insert(db, list({judgement.id: judgement for judgement in judgements if judgement.id not in known}.values()))
    return complaints


def judgement_count(db: Database) -> int:
    """Number of all judgements ever given, withdrawals included: it changes with every judgement."""
    return int(db.rows("SELECT count(*) FROM judgements")[0][0])


def _insert(db: Database, judgements: list[Judgement]) -> None:
    if not judgements:
        return
    with db.transaction() as cursor:
        insert_rows(cursor, "judgements", [asdict(judgement) for judgement in judgements])


def _from_json(values: dict[str, Any]) -> Judgement:
    """Raises ValueError, TypeError or KeyError when the values are not a judgement."""
    values = {"sample": ""} | values  # files of older versions have no samples
    for name in _COLUMNS:
        value = values[name]
        if name.endswith(("_sentence", "_word")):
            if type(value) is not int or not 0 <= value < 2**31:
                raise ValueError(name)
        elif type(value) is not str or not append_only.is_text(value):
            raise ValueError(name)
    return Judgement(**{name: values[name] for name in _COLUMNS} | {"verdict": Verdict(values["verdict"])})
