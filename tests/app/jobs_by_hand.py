"""What jobs leave in a run folder, made by hand: maps, a projection, an NER test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lraln_core.alignment import maps
from lraln_core.files import projection_files as files
from lraln_core.files import schemas
from lraln_core.files.atomic import write_json
from lraln_core.files.projection_files import MOMENTS, Figures, Method, Nearness, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.jobs import jobs
from tests.app.workspaces import write_status

GOLD = ("B-PER", "I-PER", "O", "B-LOC")
AFTER = ("B-PER", "I-PER", "O", "O")
BEFORE = ("B-PER", "O", "O", "O")
WORDS = ("Ана", "Ким", "оди", "Скопје")


def add_maps(folder: RunFolder) -> None:
    """Maps that change nothing."""
    maps.save(folder.maps, maps.identity(4), src_language="mk", trg_language="en", encoder="x", encoder_fingerprint="")


def add_projection(folder: RunFolder, src: list[list[str]], trg: list[list[str]], *, umap: bool = False) -> ProjectionOptions:
    """The first words of sentences as points; the first of each side are matched, and near each other."""
    add_maps(folder)
    options = ProjectionOptions()
    n, m = len(src), len(trg)
    points = pd.DataFrame(
        {
            "side": ["src"] * n + ["trg"] * m,
            "sentence": [*range(n), *range(m)],
            "word": [0] * (n + m),
            "token": [words[0] for words in (*src, *trg)],
            "words": [*src, *trg],
        }
    )
    for nearness in Nearness:
        for moment in MOMENTS:
            points[f"near_{nearness}_{moment}"] = [list(range(n, n + m))] * n + [list(range(n))] * m
            falling = lambda count: [0.9 - 0.1 * at for at in range(count)]
            points[f"similarity_{nearness}_{moment}"] = [falling(m)] * n + [falling(n)] * m
    at = np.arange(n + m, dtype=float)
    plane = pd.DataFrame({"x_before": at, "y_before": at % 2, "x_after": at / 2, "y_after": at % 3})
    figures = {"before": Figures(0.25, 0.3, 0.6), "after": Figures(0.75, 0.2, 0.5)}
    files.save_points(folder, options, points, np.array([[0, n]]), figures, plane)
    if umap:
        files.save_plane(folder, options, Method.UMAP, plane)
    return options


def _scores(f1: float) -> dict[str, Any]:
    one = {"f1": f1, "precision": 0.5, "recall": 0.5, "gold": 2, "predicted": 2, "correct": 1}
    return one | {
        "low": f1 - 0.1,
        "high": f1 + 0.1,
        "by_type": {kind: one for kind in ("PER", "LOC", "ORG")},
        "confusion": {"names": ["PER", "LOC", "ORG", "none"], "counts": [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]},
    }


def add_ner(
    folder: RunFolder,
    *,
    difference: tuple[float, float] = (0.1, 0.3),
    base: bool = True,
    words: tuple[tuple[str, ...], ...] = (WORDS, ("река",)),
    refused: str | None = None,
) -> None:
    """Two tagged sentences, the first with an error after and two before, under both selections.

    refused: with a tagger that learned from unlabelled text, and why what it learned is not used, "" where it is.
    """
    add_maps(folder)
    selections = ("target_dev", "averaged")
    value = {name: _scores(0.6) for name in selections}
    if base:
        value |= {
            "differences": {name: {"value": 0.2, "low": difference[0], "high": difference[1]} for name in selections},
            "task": {"train_language": "en", "language": "mk", "seed": 1, "sentences": {"training": 60, "test": 2}},
        }
        write_json(folder.ner_base, {name: _scores(0.4) for name in selections})
        _predictions(folder, words, BEFORE, base=True)
    _predictions(folder, words, AFTER, base=False)
    if refused is not None:
        value["unlabelled"] = _scores(0.7)
        gain = {"value": 0.1, "low": 0.05, "high": 0.15}
        value["adaptation"] = {
            "rounds": [{"changed": 1.0, "entities": 0.2, "kept": 1.0}],
            "self_training": 1,
            "refused": refused,
            "chosen": {"move": 0.5, "shares": 1.0},
            "gain": gain,
        }
        _learned(folder, words)
    write_json(folder.ner, value)


def _learned(folder: RunFolder, words: tuple[tuple[str, ...], ...]) -> None:
    """The same sentences under `unlabelled`, tagged as before training, and two machine-made tags of which one is dropped."""
    rows = schemas.read(folder.predictions, schemas.PREDICTIONS, schemas.PREDICTIONS.names).to_pylist()
    more = [row | {"protocol": "unlabelled", "predicted": list(row["gold"])} for row in rows if row["protocol"] == "averaged"]
    columns = {name: [row[name] for row in [*rows, *more]] for name in schemas.PREDICTIONS.names}
    schemas.write(folder.predictions, columns, schemas.PREDICTIONS)
    tag = {
        "sentence": 0,
        "words": list(words[0]),
        "start": 0,
        "stop": 1,
        "type": "PER",
        "confidence": 0.9,
        "consistency": 0.8,
        "agreed": True,
    }
    found = [tag | {"dropped": False}, tag | {"dropped": True, "consistency": None, "confidence": 0.4, "agreed": False}]
    schemas.write(folder.pseudo_labels, {name: [one[name] for one in found] for name in schemas.PSEUDO_LABELS.names}, schemas.PSEUDO_LABELS)


def _predictions(folder: RunFolder, words: tuple[tuple[str, ...], ...], tags: tuple[str, ...], *, base: bool) -> None:
    path = folder.predictions_base if base else folder.predictions
    rows = [
        {
            "split": "test",
            "protocol": name,
            "position": position,
            "words": list(one),
            "gold": list((GOLD * len(one))[: len(one)]) if position == 0 else ["O"] * len(one),
            "predicted": list((tags * len(one))[: len(one)]) if position == 0 else ["O"] * len(one),
        }
        for name in ("target_dev", "averaged")
        for position, one in enumerate(words)
    ]
    pd.DataFrame(rows).to_parquet(path)


def add_job(folder: RunFolder, name: str, state: str, error: str | None = None) -> RunFolder:
    """A job in that state."""
    job = jobs.job_folder(folder, name)
    write_status(job, state, error=error, message="Encoding sentences", unit="sentences")
    job.log.write_text("a line of the log\n", encoding="utf-8")
    return job
