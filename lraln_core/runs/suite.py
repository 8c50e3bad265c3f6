"""Many runs, one table: systems x languages x seeds in one resumable job that shares all caches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..encoder.ccwr_cache import CcwrCache
from ..encoder.registry import open_encoder
from ..errors import Cancelled, LralnError, RunError
from ..workspace import Workspace, read_json, write_json
from . import worker
from .config import RunConfig, System
from .folder import RunFolder, create
from .ner_step import NerFiles, NerStep, write_predictions
from .suite_config import SuiteConfig, SuiteLanguage


@dataclass(frozen=True)
class Cell:
    """One run of a suite."""

    language: SuiteLanguage
    system: System
    seed: int
    config: RunConfig

    @property
    def name(self) -> str:
        return f"{self.language.code}-{self.system}-{self.seed}"


@dataclass(frozen=True)
class CellResult:
    """What a cell gave: the summary of its run, the figures of its NER taggers, or the sentence with which it failed."""

    cell: Cell
    folder: RunFolder
    summary: dict[str, Any] | None
    ner: dict[str, Any] | None
    error: str | None


def cells(suite: SuiteConfig) -> Iterator[Cell]:
    """All runs, language by language, so that a language's CCWRs are warm for all its systems."""
    for language in suite.languages:
        for seed in suite.seeds:
            for system in suite.systems:
                config = suite.run_config(language, system, seed)
                if config is not None:
                    yield Cell(language, system, seed, config)


def run(suite: SuiteConfig, folder: Path, workspace: Workspace, *, stop: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)) -> list[CellResult]:
    """Do what is not done yet and return all results. The folder holds suite.json and a run folder for every cell.

    A run that fails ends in its sentence and the others go on. Raises RunError when the folder holds another suite, Cancelled.
    """
    note = folder / "suite.json"
    if note.exists() and read_json(note) != suite.to_json():
        raise RunError(f"{folder} holds another suite; choose another folder.")
    write_json(note, suite.to_json())
    todo, results, steps = list(cells(suite)), [], {}
    for number, cell in enumerate(todo, 1):
        say(f"[{number} of {len(todo)}] {cell.name}")
        results.append(_run_cell(suite, cell, folder, workspace, stop, steps))
    return results


def _run_cell(suite: SuiteConfig, cell: Cell, folder: Path, workspace: Workspace, stop: Callable[[], bool],
              steps: dict[str, NerStep]) -> CellResult:
    run_folder = create(folder / "runs" / cell.name, cell.config.to_json())
    try:
        summary = worker.work(cell.config, run_folder, workspace, stop=stop)
        ner = _ner(suite, cell, run_folder, workspace, steps)
    except Cancelled:
        raise
    except LralnError as error:
        return CellResult(cell, run_folder, None, None, str(error))
    return CellResult(cell, run_folder, summary, ner, None)


def _ner(suite: SuiteConfig, cell: Cell, folder: RunFolder, workspace: Workspace, steps: dict[str, NerStep]) -> dict[str, Any] | None:
    files = cell.language.files
    if "train" not in suite.ner or "ner_test" not in files:
        return None
    done = folder.path / "ner.json"
    if not done.exists():
        options = cell.config.encoder
        own = folder.encoder.is_dir()
        key = f"{cell.language.code} {folder.encoder if own else options}"
        if key not in steps:
            steps.clear()  # one language at a time stays in memory
            encoder = open_encoder(str(folder.encoder) if own else options.name, layer=-1 if own else options.layer,
                                   pooling=options.pooling, device=options.device)
            path = lambda name: Path(name) if name else None
            steps[key] = NerStep(NerFiles(Path(suite.ner["train"]), "en", Path(files["ner_test"]), cell.language.code,
                                          path(files.get("ner_development")), path(suite.ner.get("development"))),
                                 encoder, CcwrCache(workspace.ccwrs))
        result = steps[key].run(folder.maps, cell.seed)
        write_predictions(folder.path / "predictions.parquet", result)
        write_json(done, result.figures())
    return read_json(done)
