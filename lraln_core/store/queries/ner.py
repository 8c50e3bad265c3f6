"""NER results of a run folder: scores before and after alignment, and every tagged test sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files import schemas
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.records import Words

SELECTIONS = ("target_dev", "averaged", "unlabelled")  # evaluation.ner.Selection, in the order in which they are shown
_FIGURES = ("f1", "precision", "recall", "gold", "predicted", "correct")
Tags = tuple[str, ...]


@dataclass(frozen=True)
class NerFigures:
    """The scores of one tagger, as fractions; `by_type` has f1, precision, recall, gold, predicted and correct of each class."""

    f1: float
    precision: float
    recall: float
    low: float
    high: float
    gold: int
    by_type: dict[str, dict[str, float]]
    confusion_names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # gold in rows, predicted in columns


@dataclass(frozen=True)
class NerOutcome:
    """The taggers before and after alignment under one selection; None where it was not computed, as in the runs of a suite."""

    after: NerFigures
    before: NerFigures | None
    difference: tuple[float, float, float] | None  # F1 after less F1 before, with the ends of its 95% interval

    @property
    def holds(self) -> bool:
        """Whether the interval of the difference excludes 0."""
        return self.difference is not None and (self.difference[1] > 0 or self.difference[2] < 0)


@dataclass(frozen=True)
class Learned:
    """What a tagger learned from unlabelled text."""

    gain: tuple[float, float, float]  # F1 less that of the plain tagger, with the ends of its 95% interval
    rounds: tuple[tuple[float, float, float], ...]  # shares of words whose tag changed, of words in entities, of weight kept
    self_training: int  # rounds in which machine-made tags were learned from
    refused: str  # why what was learned is not used; "" where it is
    chosen: tuple[float, float] | None = None  # how much of colouring and of the shares of tags is done; None in tests of earlier versions


@dataclass(frozen=True)
class PseudoLabel:
    """An entity that the tagger found in unlabelled text."""

    words: Words
    start: int
    stop: int
    type: str
    confidence: float
    consistency: float | None
    agreed: bool
    dropped: bool


@dataclass(frozen=True)
class NerTest:
    """The results of an NER test."""

    outcomes: dict[str, NerOutcome]  # by selection
    task: dict[str, Any]  # files, languages, seed, numbers of sentences; empty where not recorded
    learned: Learned | None = None  # what unlabelled text gave after alignment; None where it was not used


@dataclass(frozen=True)
class TaggedRow:
    """One test sentence."""

    position: int
    words: Words
    gold: Tags
    after: Tags
    before: Tags | None


def read_ner(run: RunFolder) -> NerTest | None:
    """The NER test of a run; None when there was none. Raises RunError when a file is damaged."""
    path = run.ner
    if not path.exists():
        return None
    try:
        values = read_json(path)
        base_path = run.ner_base
        base = read_json(base_path) if base_path.exists() and "task" in values else {}
        differences = values.get("differences") or {}
        outcomes = {
            name: NerOutcome(_figures(values[name]), _figures(base[name]) if name in base else None, _interval(differences.get(name)))
            for name in SELECTIONS
            if name in values
        }
        if not outcomes:
            raise ValueError("no scores")
        return NerTest(outcomes, dict(values.get("task") or {}), _learned(values.get("adaptation")))
    except (WorkspaceError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{path} is damaged; start the test again.") from error


def read_tagged(run: RunFolder, selection: str, *, with_base: bool) -> list[TaggedRow]:
    """The test sentences in order. Raises RunError when a file is missing or damaged."""
    after = _predictions(run.predictions, selection)
    before = _predictions(run.predictions_base, selection) if with_base else {}
    return [
        TaggedRow(position, words, gold, tags, before[position][2] if position in before and before[position][0] == words else None)
        for position, (words, gold, tags) in sorted(after.items())
    ]


def read_pseudo_labels(run: RunFolder) -> list[PseudoLabel]:
    """The entities found in unlabelled text, in its order; none where none were written. Raises RunError for a damaged file."""
    if not run.pseudo_labels.exists():
        return []
    try:
        rows = schemas.read(run.pseudo_labels, schemas.PSEUDO_LABELS, schemas.PSEUDO_LABELS.names[1:]).to_pylist()
        return [PseudoLabel(**row | {"words": tuple(row["words"])}) for row in rows]
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{run.pseudo_labels} is damaged; start the test again.") from error


def _learned(values: dict[str, Any] | None) -> Learned | None:
    if values is None:
        return None
    gain = _interval(values["gain"])
    if gain is None:
        raise ValueError("no gain")
    rounds = tuple((float(one["changed"]), float(one["entities"]), float(one["kept"])) for one in values["rounds"])
    chosen = values.get("chosen")
    steps = None if chosen is None else (float(chosen["move"]), float(chosen["shares"]))
    return Learned(gain, rounds, int(values["self_training"]), str(values["refused"]), steps)


def _predictions(path: Path, selection: str) -> dict[int, tuple[Words, Tags, Tags]]:
    columns = ["position", "words", "gold", "predicted"]
    try:
        rows = schemas.read(path, schemas.PREDICTIONS, columns, filters=[("protocol", "=", selection), ("split", "=", "test")]).to_pylist()
        found = {int(row["position"]): (tuple(row["words"]), tuple(row["gold"]), tuple(row["predicted"])) for row in rows}
        if any(len(set(map(len, row))) > 1 for row in found.values()):
            raise ValueError("tags and words differ in number")
        return found
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{path} is missing or damaged; start the test again.") from error


def _figures(values: dict[str, Any]) -> NerFigures:
    by_type = {str(kind): {name: float(one[name]) for name in _FIGURES} for kind, one in values["by_type"].items()}
    names, counts = values["confusion"]["names"], values["confusion"]["counts"]
    if any(len(row) != len(names) for row in counts) or len(counts) != len(names):
        raise ValueError("the confusion table is not square")
    numbers = {name: float(values[name]) for name in ("f1", "precision", "recall", "low", "high")}
    return NerFigures(
        **numbers,
        gold=int(values["gold"]),
        by_type=by_type,
        confusion_names=tuple(map(str, names)),
        confusion=tuple(tuple(int(n) for n in row) for row in counts),
    )


def _interval(values: dict[str, Any] | None) -> tuple[float, float, float] | None:
    return None if values is None else (float(values["value"]), float(values["low"]), float(values["high"]))
