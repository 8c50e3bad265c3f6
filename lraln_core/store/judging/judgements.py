"""Judgements of word pairs: a person's work, so every one is on disk in an append-only file before the database has it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from lraln_core.errors import ConfigError, RunError
from lraln_core.files import jsonl as append_only
from lraln_core.files.run_folder import now
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database
from lraln_core.store.ingest.parquet import insert_rows
from lraln_core.store.pair_filter import JUDGED_PAIRS


class Verdict(StrEnum):
    """Whether the two words translate each other where they stand."""

    RIGHT = "right"
    SIMILAR = "similar"  # related meanings, no translations of each other: river and sea
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
    sample: str = ""  # the sample it was drawn in (judging_samples.SampleSpec.text); '' when somebody picked it


_COLUMNS = tuple(field.name for field in fields(Judgement))


def judgements_file(workspace: Workspace) -> Path:
    """One JSON object a line, in the order in which they were given."""
    return workspace.judgements / "judgements.jsonl"


def judge(
    db: Database, run_id: str, pair_id: int, verdict: Verdict | str, *, annotator: str, note: str = "", sample: str = ""
) -> Judgement:
    """Record a verdict on a mined pair, at once on the disk; a later one of the same annotator on the same pair takes its place.

    Raises ConfigError for an unknown verdict or an empty annotator, RunError for an unknown run or pair, and WorkspaceError
    when the file cannot be written, in which case nothing is recorded.
    """
    if verdict not in list(Verdict):
        raise ConfigError(f"The verdict {verdict!r} is unknown; choose one of {', '.join(Verdict)}.")
    if not annotator.strip():
        raise ConfigError("A judgement needs the name of its annotator.")
    if not (append_only.is_text(annotator) and append_only.is_text(note)):
        raise ConfigError("The note or the annotator's name holds half a character (an unpaired surrogate); type it again.")
    found = db.rows(
        "SELECT coalesce(r.src_corpus, ''), src_sentence, src_word, src_token, "
        "coalesce(r.trg_corpus, ''), trg_sentence, trg_word, trg_token "
        "FROM runs r JOIN mined_pairs p ON p.run = r.number WHERE r.id = $run_id AND p.run = $run AND p.pair_id = $pair_id",
        {"run_id": run_id, "run": db.run_number(run_id), "pair_id": int(pair_id)},
    )
    if not found:
        raise RunError(f"Run {run_id} has no pair {pair_id}.")
    judgement = Judgement(uuid.uuid4().hex, run_id, *found[0], annotator.strip(), Verdict(verdict), note, now(), sample)
    with db.writing:
        append_only.append(judgements_file(db.workspace), asdict(judgement))
        _insert(db, [judgement])
    return judgement


def reload_judgements(db: Database) -> list[str]:
    """Take in what only the file holds, for example after the database was lost. -> one sentence for each unreadable line."""
    judgements, complaints = append_only.read(judgements_file(db.workspace), _from_json, "a judgement")
    known = {id for (id,) in db.rows("SELECT id FROM judgements")}
    _insert(db, list({judgement.id: judgement for judgement in judgements if judgement.id not in known}.values()))
    return complaints


def judgements_of(db: Database, run_id: str, *, annotator: str | None = None, pair_ids: Iterable[int] | None = None) -> pd.DataFrame:
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
        f"{JUDGED_PAIRS} {conditions} ORDER BY j.time, j.id",
        parameters,
    )


def verdict_counts(db: Database, run_id: str) -> pd.DataFrame:
    """How often each verdict stands in a run; precision by judgement is right / (right + wrong). -> annotator, verdict, pairs."""
    return db.frame(
        f"SELECT j.annotator, j.verdict, count(*) AS pairs {JUDGED_PAIRS} GROUP BY ALL ORDER BY j.annotator, j.verdict",
        {"run_id": run_id, "run": db.run_number(run_id)},
    )


def judgement_count(db: Database) -> int:
    """How many judgements were ever given, withdrawals included: it grows with each, so it tells whether something was judged since."""
    return int(db.rows("SELECT count(*) FROM judgements")[0][0])


def _insert(db: Database, judgements: list[Judgement]) -> None:
    if not judgements:
        return
    with db.transaction() as cursor:
        insert_rows(cursor, "judgements", [asdict(judgement) for judgement in judgements])


def _from_json(values: dict[str, Any]) -> Judgement:
    """Raises ValueError, TypeError or KeyError when the values are no judgement."""
    values = {"sample": ""} | values  # files of older versions know no samples
    for name in _COLUMNS:
        value = values[name]
        if name.endswith(("_sentence", "_word")):
            if type(value) is not int or not 0 <= value < 2**31:
                raise ValueError(name)
        elif type(value) is not str or not append_only.is_text(value):
            raise ValueError(name)
    return Judgement(**{name: values[name] for name in _COLUMNS} | {"verdict": Verdict(values["verdict"])})
