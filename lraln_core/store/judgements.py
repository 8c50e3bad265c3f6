"""Judgements of word pairs: a person's work, so every one is on disk in an append-only file before the database has it."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import ConfigError, RunError
from ..runs.folder import now
from ..workspace import Workspace, disk_errors
from .database import Database
from .parquet import insert_rows


class Verdict(StrEnum):
    """Whether the two words translate each other where they stand."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"  # takes back the annotator's earlier verdict


@dataclass(frozen=True)
class Judgement:
    """One verdict. The pair is known by its place in the two corpora, so that it counts in every run that mined it."""

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


_COLUMNS = tuple(field.name for field in fields(Judgement))

# A pair of a run and what was said about it; a run without corpora keeps its judgements to itself.
_JUDGED_PAIRS = """
    FROM runs r
    JOIN mined_pairs p ON p.run = r.number
    JOIN standing_judgements j
      ON j.src_corpus = coalesce(r.src_corpus, '') AND j.src_sentence = p.src_sentence AND j.src_word = p.src_word
     AND j.trg_corpus = coalesce(r.trg_corpus, '') AND j.trg_sentence = p.trg_sentence AND j.trg_word = p.trg_word
     AND (j.src_corpus <> '' OR j.run_id = r.id)
    WHERE r.id = $run_id AND p.run = $run AND j.verdict <> 'withdrawn'
"""


def judgements_file(workspace: Workspace) -> Path:
    """One JSON object a line, in the order in which they were given."""
    return workspace.judgements / "judgements.jsonl"


def judge(db: Database, run_id: str, pair_id: int, verdict: Verdict | str, *, annotator: str, note: str = "") -> Judgement:
    """Record a verdict on a mined pair; a later one of the same annotator on the same pair takes its place.

    Raises ConfigError for an unknown verdict or an empty annotator, RunError for an unknown run or pair, and WorkspaceError
    when the file cannot be written, in which case nothing is recorded.
    """
    if verdict not in list(Verdict):
        raise ConfigError(f"The verdict {verdict!r} is unknown; choose one of {', '.join(Verdict)}.")
    if not annotator.strip():
        raise ConfigError("A judgement needs the name of its annotator.")
    if not (_is_text(annotator) and _is_text(note)):
        raise ConfigError("The note or the annotator's name holds half a character (an unpaired surrogate); type it again.")
    found = db.rows(
        "SELECT coalesce(r.src_corpus, ''), src_sentence, src_word, src_token, "
        "coalesce(r.trg_corpus, ''), trg_sentence, trg_word, trg_token "
        "FROM runs r JOIN mined_pairs p ON p.run = r.number WHERE r.id = $run_id AND p.run = $run AND p.pair_id = $pair_id",
        {"run_id": run_id, "run": db.run_number(run_id), "pair_id": int(pair_id)},
    )
    if not found:
        raise RunError(f"Run {run_id} has no pair {pair_id}.")
    judgement = Judgement(uuid.uuid4().hex, run_id, *found[0], annotator.strip(), Verdict(verdict), note, now())
    with db.writing:
        _append(judgements_file(db.workspace), json.dumps(asdict(judgement), ensure_ascii=True))
        _insert(db, [judgement])
    return judgement


def reload_judgements(db: Database) -> list[str]:
    """Take in what only the file holds, for example after the database was lost. -> one sentence for each unreadable line."""
    path = judgements_file(db.workspace)
    if not path.exists():
        return []
    judgements, complaints = [], []
    with disk_errors(path):
        lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            judgements.append(_from_json(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError):
            start = line[:60].decode("utf-8", "replace")
            complaints.append(f"{path.name} line {number} is not a judgement and was left out: {start!r}.")
    known = {id for (id,) in db.rows("SELECT id FROM judgements")}
    _insert(db, list({judgement.id: judgement for judgement in judgements if judgement.id not in known}.values()))
    return complaints


def judgements_of(db: Database, run_id: str, *, annotator: str | None = None,
                  pair_ids: Iterable[int] | None = None) -> pd.DataFrame:
    """Standing verdicts on the pairs of a run. -> pair_id, src_token, trg_token, annotator, verdict, note, time."""
    parameters: dict[str, Any] = {"run_id": run_id, "run": db.run_number(run_id)}
    conditions = ""
    if annotator is not None:
        conditions += " AND j.annotator = $annotator"
        parameters["annotator"] = annotator
    if pair_ids is not None:
        conditions += " AND p.pair_id IN (SELECT unnest($pair_ids::BIGINT[]))"
        parameters["pair_ids"] = [int(pair_id) for pair_id in pair_ids]
    return db.frame(
        "SELECT p.pair_id, p.src_token, p.trg_token, j.annotator, j.verdict, j.note, j.time "
        f"{_JUDGED_PAIRS} {conditions} ORDER BY j.time, j.id", parameters,
    )


def verdict_counts(db: Database, run_id: str) -> pd.DataFrame:
    """How often each verdict stands in a run; precision by judgement is right / (right + wrong). -> annotator, verdict, pairs."""
    return db.frame(
        f"SELECT j.annotator, j.verdict, count(*) AS pairs {_JUDGED_PAIRS} GROUP BY ALL ORDER BY j.annotator, j.verdict",
        {"run_id": run_id, "run": db.run_number(run_id)},
    )


def _append(path: Path, line: str) -> None:
    """Add a line and see it on the disk; the rest of a line torn by a power cut is left on a line of its own."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with open(path, "ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(line.encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new and os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _insert(db: Database, judgements: list[Judgement]) -> None:
    if not judgements:
        return
    with db.transaction() as cursor:
        insert_rows(cursor, "judgements", [asdict(judgement) for judgement in judgements])


def _from_json(values: dict[str, Any]) -> Judgement:
    """Raises ValueError, TypeError or KeyError when the values are no judgement."""
    for name in _COLUMNS:
        value = values[name]
        if name.endswith(("_sentence", "_word")):
            if type(value) is not int or not 0 <= value < 2**31:
                raise ValueError(name)
        elif type(value) is not str or not _is_text(value):
            raise ValueError(name)
    return Judgement(**{name: values[name] for name in _COLUMNS} | {"verdict": Verdict(values["verdict"])})


def _is_text(value: str) -> bool:
    """False when UTF-8 cannot hold it."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
