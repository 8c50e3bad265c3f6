"""Workspaces made by hand, after the layout of a run folder, so that pages can be tested without a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.files import schemas
from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, create, now
from lraln_core.files.workspace import Workspace
from lraln_core.text.corpus import Corpus, prepare_corpus

MACEDONIAN = (
    "Војската стигна вечерта .",
    "Реката е длабока и мирна .",
    "Градот има стара библиотека .",
    "Децата читаат нова книга .",
)
ENGLISH = (
    "The army arrived at night .",
    "A deep river crosses the city .",
    "She reads a new book .",
    "The old library is open .",
)

# src sentence, src word, trg sentence, trg word, similarity, forward, backward; iteration by iteration
PAIRS = (
    (
        (0, 0, 0, 1, 0.91, True, True),
        (1, 0, 1, 2, 0.88, True, False),
        (1, 2, 1, 1, 0.86, True, True),
        (3, 3, 2, 4, 0.93, True, True),
        (0, 3, 0, 5, 0.70, False, True),
    ),
    ((2, 3, 3, 2, 0.84, True, True), (2, 0, 1, 5, 0.80, False, True)),
)
BEFORE = {"src2trg_accuracy": 0.5, "trg2src_accuracy": 0.5, "mean_accuracy": 0.5, "low": 0.25, "high": 0.75, "pairs": 4}
AFTER = {"src2trg_accuracy": 0.75, "trg2src_accuracy": 0.75, "mean_accuracy": 0.75, "low": 0.5, "high": 1.0, "pairs": 4}


@dataclass(frozen=True)
class Texts:
    """Two corpora of tokenised sentences."""

    src: tuple[str, ...] = MACEDONIAN
    trg: tuple[str, ...] = ENGLISH
    src_language: str = "mk"
    trg_language: str = "en"
    pairs: tuple = field(default=PAIRS)


def add_corpus(workspace: Workspace, sentences: tuple[str, ...], language: str, name: str) -> tuple[Path, Corpus]:
    """A text file in the workspace and the corpus made from it."""
    path = workspace.root / "texts" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(sentences) + "\n", encoding="utf-8")
    return path, prepare_corpus(path, language, workspace.corpora, tokenized=True)


def add_run(
    workspace: Workspace,
    run_id: str,
    *,
    state: str = "finished",
    error: str | None = None,
    name: str = "Made by hand",
    tested: bool = True,
    texts: Texts = Texts(),
    minutes: int = 0,
) -> RunFolder:
    """A run folder that is in the given state."""
    src_path, src = add_corpus(workspace, texts.src, texts.src_language, f"{run_id}.src.txt")
    trg_path, trg = add_corpus(workspace, texts.trg, texts.trg_language, f"{run_id}.trg.txt")
    config = {
        "name": name,
        "system": "linear_unsup",
        "seed": 1,
        "encoder": {"name": "multilingual-e5-small"},
        "mining": {"threshold": 0.2},
        "src": {"language": texts.src_language, "corpus": str(src_path), "tokenized": True},
        "trg": {"language": texts.trg_language, "corpus": str(trg_path), "tokenized": True},
    }
    folder = create(workspace.runs / run_id, config)
    _write_pairs(folder, texts)
    _write_events(folder)
    if state == "finished":
        _write_results(folder, config, src, trg, tested, texts)
    write_status(folder, state, error=error, started=f"2026-01-01T10:{minutes:02d}:00.000+00:00")
    return folder


def add_scores(folder: RunFolder, scores: dict[tuple[int, int, int, int], dict[str, Any]]) -> None:
    """Scores of the pairs at these places; what is not given is that of an unremarkable pair."""
    usual = {"cosine_before": 0.7, "cosine": 0.8, "csls": 0.1, "src_hubness": 1.0, "trg_hubness": 1.0, "alike": 0, "in_lexicon": None}
    usual |= {"src_frequent": False, "trg_frequent": False}
    rows = [dict(zip(schemas.PLACE, place, strict=True)) | usual | given for place, given in scores.items()]
    schemas.write(folder.pair_scores, {name: [row[name] for row in rows] for name in schemas.PAIR_SCORES.names}, schemas.PAIR_SCORES)


def write_status(folder: RunFolder, state: str, *, error: str | None = None, started: str = "", **values: Any) -> None:
    """status.json as a worker leaves it."""
    write_json(
        folder.status_file,
        {
            "state": state,
            "stage": "train",
            "done": 500,
            "total": 1000,
            "unit": "steps",
            "rate": 50.0,
            "seconds_left": 10.0,
            "message": "Training on the pairs of iteration 1",
            "error": error,
            "started": started or now(),
            "updated": now(),
            "pid": 0,
            "versions": {},
        }
        | values,
    )


def _write_pairs(folder: RunFolder, texts: Texts) -> None:
    for iteration, pairs in enumerate(texts.pairs):
        columns = list(zip(*pairs, strict=True))
        src, trg = (
            [side[s].split()[w] for s, w in zip(columns[at], columns[at + 1], strict=True)] for side, at in ((texts.src, 0), (texts.trg, 2))
        )
        pq.write_table(
            pa.table(
                {
                    "iteration": pa.array([iteration] * len(pairs), pa.int32()),
                    "src_sentence": pa.array(columns[0], pa.int64()),
                    "src_word": pa.array(columns[1], pa.int32()),
                    "src_token": src,
                    "trg_sentence": pa.array(columns[2], pa.int64()),
                    "trg_word": pa.array(columns[3], pa.int32()),
                    "trg_token": trg,
                    "similarity": pa.array(columns[4], pa.float32()),
                    "forward": list(columns[5]),
                    "backward": list(columns[6]),
                }
            ),
            folder.pairs(iteration),
        )


def _write_events(folder: RunFolder) -> None:
    events: list[dict[str, Any]] = [
        {"kind": "stage", "stage": "read", "message": "Reading the source corpus"},
        {"kind": "retrieval", "split": "test", "when": "before", "step": 0, **BEFORE},
        {
            "kind": "guard",
            "step": 0,
            "criterion": 0.03,
            "mutual_pairs": 3,
            "src_norm": 1.0,
            "trg_norm": 1.0,
            "src_rank": 8.0,
            "trg_rank": 8.0,
            "best": True,
        },
        {
            "kind": "mining",
            "iteration": 0,
            "src_words": 20,
            "trg_words": 24,
            "candidates": 4,
            "pairs": 5,
            "forward": 4,
            "backward": 4,
            "mutual": 3,
            "sentence_pairs": 3,
            "multi_pair_share": 0.67,
            "mean_similarity": 0.86,
            "seconds": 0.1,
        },
        {"kind": "training", "step": 250, "iteration": 0, "loss": 11.0, "learning_rate": 1e-5},
        {
            "kind": "guard",
            "step": 250,
            "criterion": 0.04,
            "mutual_pairs": 4,
            "src_norm": 0.99,
            "trg_norm": 0.98,
            "src_rank": 7.9,
            "trg_rank": 7.8,
            "best": True,
        },
        {"kind": "warning", "message": "A made-up warning."},
    ]
    lines = (json.dumps({"time": float(at)} | event) for at, event in enumerate(events))
    folder.events_file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_results(folder: RunFolder, config: dict[str, Any], src: Corpus, trg: Corpus, tested: bool, texts: Texts) -> None:
    write_json(
        folder.metrics,
        [
            {
                "step": 0,
                "split": "test",
                "direction": direction,
                "name": "retrieval_accuracy",
                "when": when,
                "value": values[f"{direction}_accuracy"],
                "low": values["low"],
                "high": values["high"],
            }
            for when, values in (("before", BEFORE), ("after", AFTER))
            for direction in ("src2trg", "trg2src", "mean")
        ]
        if tested
        else [],
    )
    if tested:
        _write_retrieval(folder, texts)
    write_json(
        folder.summary_file,
        {
            "id": folder.id,
            "name": config["name"],
            "system": "linear_unsup",
            "seed": 1,
            "src_language": texts.src_language,
            "trg_language": texts.trg_language,
            "src_corpus": src.id,
            "trg_corpus": trg.id,
            "encoder": "multilingual-e5-small",
            "iterations": 2,
            "mined_pairs": 7,
            "steps": 250,
            "best_step": 250,
            "seconds": {"train": 2.0},
            "retrieval": {"before": BEFORE, "after": AFTER} if tested else None,
            "lost_words": {},
            "warnings": ["A made-up warning."],
        },
    )


def _write_retrieval(folder: RunFolder, texts: Texts) -> None:
    """Four gold links: always right, gained, lost to another word, always wrong (in both directions alike)."""
    src, trg = ([sentence.split() for sentence in side] for side in (texts.src, texts.trg))
    pq.write_table(pa.table({"position": pa.array(range(4), pa.int64()), "src_words": src, "trg_words": trg}), folder.test_sentences)
    links = ((0, 0, 0, 1), (1, 0, 1, 2), (3, 2, 2, 3), (2, 2, 3, 2))
    before, after = (True, False, True, False), (True, True, False, False)
    columns: dict[str, Any] = {
        "src_sentence": pa.array([link[0] for link in links], pa.int64()),
        "src_word": pa.array([link[1] for link in links], pa.int32()),
        "src_token": [src[s][w] for s, w, _, _ in links],
        "trg_sentence": pa.array([link[2] for link in links], pa.int64()),
        "trg_word": pa.array([link[3] for link in links], pa.int32()),
        "trg_token": [trg[s][w] for _, _, s, w in links],
    }
    for when, hits in (("before", before), ("after", after)):
        for direction, at in (("src2trg", 2), ("trg2src", 0)):
            columns[f"hit_{when}_{direction}"] = list(hits)
            for part, place in (("sentence", at), ("word", at + 1)):
                columns[f"answer_{when}_{direction}_{part}"] = pa.array(
                    [link[place] if hit else 0 for link, hit in zip(links, hits, strict=True)], pa.int32()
                )
    pq.write_table(pa.table(columns), folder.retrieval)
