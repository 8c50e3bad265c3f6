"""Corpus and run folders written by hand, exactly as the pipeline leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database
from lraln_core.store.judging.results import standing

PAIR_TYPES = {
    "iteration": pa.int32(),
    "src_sentence": pa.int64(),
    "src_word": pa.int32(),
    "src_token": pa.string(),
    "trg_sentence": pa.int64(),
    "trg_word": pa.int32(),
    "trg_token": pa.string(),
    "similarity": pa.float32(),
    "forward": pa.bool_(),
    "backward": pa.bool_(),
}
SRC_SENTENCES = ["Војската марширала кон реката .", "кралот ја нападнал војската", "Реката е голема .", "кон градот"]
TRG_SENTENCES = ["the Army marched", "the king attacked the army .", "a big river", "towards the city"]


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def write_corpus(
    workspace: Workspace,
    corpus_id: str,
    language: str,
    sentences: list[list[str]],
    *,
    file: str = "",
    texts: list[str] | None = None,
    **report: Any,
) -> Path:
    """`<workspace>/corpora/<id>/` with these tokenised sentences."""
    folder = workspace.corpora / corpus_id
    folder.mkdir(parents=True)
    count = len(sentences)
    pq.write_table(
        pa.table(
            {
                "position": pa.array(range(count), pa.int64()),
                "line": pa.array(range(1, count + 1), pa.int64()),
                "text": pa.array(texts or [" ".join(words) for words in sentences], pa.string()),
                "words": pa.array(sentences, pa.list_(pa.string())),
            }
        ),
        folder / "sentences.parquet",
    )
    write_json(
        folder / "report.json",
        {
            "file": file or f"{language}.txt",
            "language": language,
            "tokenized": False,
            "column": "",
            "tokenizer": "plain",
            "limits": {"min_words": 1, "max_words": None, "max_chars": None, "nfc": True},
            "limit": 0,
            "lines": count,
            "kept": count,
            "dropped": {},
            "examples": {},
            "words": sum(map(len, sentences)),
            "types": len({w for s in sentences for w in s}),
            "letters": {},
        }
        | report,
    )
    return folder


def pair(
    iteration: int,
    src: tuple[int, int],
    trg: tuple[int, int],
    similarity: float,
    *,
    forward: bool = True,
    backward: bool = False,
    tokens: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """One mined pair of the sample corpora: (sentence, word) on each side."""
    src_token, trg_token = tokens or (SRC_SENTENCES[src[0]].split()[src[1]], TRG_SENTENCES[trg[0]].split()[trg[1]])
    return {
        "iteration": iteration,
        "src_sentence": src[0],
        "src_word": src[1],
        "src_token": src_token,
        "trg_sentence": trg[0],
        "trg_word": trg[1],
        "trg_token": trg_token,
        "similarity": similarity,
        "forward": forward,
        "backward": backward,
    }


# Numbered 0, 1, 2 and then 4, 3: within an iteration by source sentence, then target sentence. 0 and 1 share a sentence pair.
PAIRS = [
    [pair(0, (0, 0), (0, 1), 0.9, backward=True), pair(0, (0, 1), (0, 2), 0.8), pair(0, (1, 3), (1, 4), 0.6, forward=False, backward=True)],
    [pair(1, (2, 0), (2, 2), 0.85), pair(1, (2, 3), (1, 5), 0.5, backward=True)],
]

TEST_SET = [(["куче", "лае"], ["a", "dog", "barks"]), (["куче", "спие"], ["the", "dog", "sleeps"])]
# (src sentence, src word, trg sentence, trg word), then per direction: answer before, answer after.
LINKS = [
    ((0, 0, 0, 1), {"src2trg": ((1, 1), (0, 1)), "trg2src": ((0, 0), (0, 0))}),  # src2trg gained, trg2src both right
    ((0, 1, 0, 2), {"src2trg": ((0, 2), (0, 0)), "trg2src": ((1, 1), (1, 1))}),  # src2trg lost, trg2src both wrong
    ((1, 0, 1, 1), {"src2trg": ((1, 1), (1, 1)), "trg2src": ((0, 0), (1, 0))}),  # both right, gained
    ((1, 1, 1, 2), {"src2trg": ((-1, -1), (0, 1)), "trg2src": ((1, 1), (0, 1))}),  # both wrong, lost
]

EVENTS = [
    {"time": 0.1, "kind": "stage", "stage": "mine", "message": "Mining"},
    {
        "time": 1.0,
        "kind": "mining",
        "iteration": 0,
        "src_words": 8,
        "trg_words": 9,
        "candidates": 9,
        "pairs": 3,
        "forward": 2,
        "backward": 2,
        "mutual": 1,
        "sentence_pairs": 2,
        "multi_pair_share": 0.5,
        "mean_similarity": 0.7667,
        "seconds": 0.25,
    },
    {
        "time": 2.0,
        "kind": "guard",
        "step": 0,
        "criterion": 0.4,
        "mutual_pairs": 7,
        "src_norm": 1.0,
        "trg_norm": 1.0,
        "src_rank": 8.0,
        "trg_rank": 8.0,
        "best": True,
    },
    {"time": 3.0, "kind": "training", "step": 10, "iteration": 0, "loss": 0.5, "learning_rate": 1e-5},
    {
        "time": 3.5,
        "kind": "guard",
        "step": 10,
        "criterion": 0.6,
        "mutual_pairs": 9,
        "src_norm": 0.9,
        "trg_norm": 1.1,
        "src_rank": 7.5,
        "trg_rank": 7.0,
        "best": True,
    },
    {"time": 4.0, "kind": "training", "step": 20, "iteration": 1, "loss": 0.25, "learning_rate": 2e-5},
    {
        "time": 4.5,
        "kind": "guard",
        "step": 20,
        "criterion": None,
        "mutual_pairs": 8,
        "src_norm": 0.8,
        "trg_norm": 1.2,
        "src_rank": 7.0,
        "trg_rank": 6.5,
        "best": False,
    },
]
RETRIEVAL_EVENT = {
    "time": 0.5,
    "kind": "retrieval",
    "split": "test",
    "when": "before",
    "src2trg_accuracy": 0.5,
    "trg2src_accuracy": 0.25,
    "mean_accuracy": 0.375,
    "low": 0.3,
    "high": 0.45,
    "pairs": 4,
}


def retrieval_table() -> pa.Table:
    columns: dict[str, list[Any]] = {}
    for (src_sentence, src_word, trg_sentence, trg_word), answers in LINKS:
        row = {
            "src_sentence": src_sentence,
            "src_word": src_word,
            "trg_sentence": trg_sentence,
            "trg_word": trg_word,
            "src_token": TEST_SET[src_sentence][0][src_word],
            "trg_token": TEST_SET[trg_sentence][1][trg_word],
        }
        for direction, pair_of_answers in answers.items():
            gold = (trg_sentence, trg_word) if direction == "src2trg" else (src_sentence, src_word)
            for when, answer in zip(("before", "after"), pair_of_answers, strict=True):
                row[f"hit_{when}_{direction}"] = answer == gold
                row[f"answer_{when}_{direction}_sentence"], row[f"answer_{when}_{direction}_word"] = answer
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    types = {name: pa.int32() for name in columns if name.startswith("answer")}
    return pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})


def metrics() -> list[dict[str, Any]]:
    return [
        {
            "step": 0,
            "split": "test",
            "direction": direction,
            "name": "retrieval_accuracy",
            "when": when,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
        }
        for when, values in (("before", (0.5, 0.5, 0.5)), ("after", (0.5, 0.5, 0.75)))
        for direction, value in zip(("src2trg", "trg2src", "mean"), values, strict=True)
    ]


def write_status(folder: Path, state: str = "finished", *, updated: str = "2026-01-01T10:00:30.000+00:00", **more: Any) -> None:
    write_json(
        folder / "status.json",
        {
            "state": state,
            "stage": "write",
            "done": 20,
            "total": 20,
            "unit": "steps",
            "rate": None,
            "seconds_left": None,
            "message": "",
            "error": None,
            "started": "2026-01-01T10:00:00.000+00:00",
            "updated": updated,
            "pid": 1,
            "versions": {"torch": "2"},
        }
        | more,
    )


def write_pairs(folder: Path, iterations: list[list[dict[str, Any]]]) -> None:
    for number, pairs in enumerate(iterations):
        table = pa.table({name: pa.array([row[name] for row in pairs], kind) for name, kind in PAIR_TYPES.items()})
        pq.write_table(table, folder / f"pairs-{number:04d}.parquet", compression="zstd")


def write_events(folder: Path, events: list[dict[str, Any]]) -> None:
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def write_run(
    workspace: Workspace,
    run_id: str = "run-1",
    *,
    state: str = "finished",
    pairs: list[list[dict[str, Any]]] | None = None,
    src_corpus: str | None = "c-mk",
    trg_corpus: str | None = "c-en",
    **status: Any,
) -> Path:
    """`<workspace>/runs/<id>/` of a run; only a finished one has metrics, retrieval and a summary."""
    folder = workspace.runs / run_id
    folder.mkdir(parents=True)
    iterations = PAIRS if pairs is None else pairs
    write_json(
        folder / "config.json",
        {
            "name": "first try",
            "system": "linear_unsup",
            "seed": 7,
            "encoder": {"name": "tiny"},
            "src": {"language": "mk", "corpus": "/data/mk.txt", "tokenized": False, "column": "", "limit": 0},
            "trg": {"language": "en", "corpus": "/data/en.txt", "tokenized": False, "column": "", "limit": 0},
        },
    )
    write_pairs(folder, iterations)
    write_events(folder, EVENTS)
    if state == "finished":
        write_json(folder / "metrics.json", metrics())
        pq.write_table(retrieval_table(), folder / "retrieval.parquet")
        pq.write_table(
            pa.table(
                {
                    "position": pa.array([0, 1], pa.int64()),
                    "src_words": [src for src, _ in TEST_SET],
                    "trg_words": [trg for _, trg in TEST_SET],
                }
            ),
            folder / "test.parquet",
        )
        write_json(
            folder / "summary.json",
            {
                "id": run_id,
                "name": "first try",
                "system": "linear_unsup",
                "src_language": "mk",
                "trg_language": "en",
                "src_corpus": src_corpus,
                "trg_corpus": trg_corpus,
                "encoder": "tiny",
                "seed": 7,
                "iterations": 2,
                "mined_pairs": sum(map(len, iterations)),
                "steps": 20,
                "best_step": 10,
                "seconds": {"mine": 1.5, "train": 2.0},
                "retrieval": None,
                "lost_words": {},
                "warnings": [],
            },
        )
    write_status(folder, state, **status)
    return folder


def write_sample(workspace: Workspace) -> Path:
    """Both corpora and a finished run."""
    write_corpus(workspace, "c-mk", "mk", [text.split() for text in SRC_SENTENCES])
    write_corpus(workspace, "c-en", "en", [text.split() for text in TRG_SENTENCES])
    return write_run(workspace)


def dump(db: Any) -> dict[str, list[tuple]]:
    """Every row of every table apart from the numbers that a new ingest gives anew, to compare two states of a database."""
    drop = {"runs": "EXCLUDE (number)", "corpora": "EXCLUDE (number, added)", "scanned": "EXCLUDE (time)"}
    tables = [name for (name,) in db.rows("SELECT table_name FROM duckdb_tables() ORDER BY 1")]
    numbered = [name for (name,) in db.rows("SELECT table_name FROM duckdb_columns() WHERE column_name = 'run'")]
    return {
        table: db.rows(f"SELECT * {'EXCLUDE (run)' if table in numbered else drop.get(table, '')} FROM {table} ORDER BY ALL")
        for table in tables
    }


def verdicts_of(db: Database, run_id: str = "run-1") -> list[tuple[int, str, str, str]]:
    """(pair, annotator, verdict, note) of every verdict that stands in a run."""
    return [(pair, one.annotator, str(one.verdict), one.note) for pair, said in standing(db, run_id).items() for one in said]
