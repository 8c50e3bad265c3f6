"""Executes the runs of a suite one after another, with shared caches; a suite that was interrupted is continued."""

from __future__ import annotations

import ctypes
import gc
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import pick_device
from lraln_core.errors import Cancelled, ConfigError, LralnError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker
from lraln_core.runs.context import encoder_of
from lraln_core.runs.extension import ExtensionConfig, extend, preset
from lraln_core.runs.jobs.ner_request import TRAINING_LANGUAGE, NerRequest
from lraln_core.runs.jobs.ner_step import NerStep, write_predictions
from lraln_core.runs.stored import open_or_create, stored_config
from lraln_core.runs.systems import registry
from lraln_core.text.corpus import prepare_corpus

from .cells import Cell, cells, encoder_folder
from .config import SuiteConfig, SuiteLanguage
from .folder import note_failure

Report = Callable[[int, int, str], None]
"""Called as report(number, of, what) when a run begins."""


@dataclass(frozen=True)
class CellResult:
    """Result of a cell: the summary of its run, the figures of its NER taggers, or the error with which it failed."""

    cell: Cell
    folder: RunFolder
    summary: dict[str, Any] | None
    ner: dict[str, Any] | None
    error: str | None


def run(
    suite: SuiteConfig,
    folder: Path,
    workspace: Workspace,
    *,
    stop: Callable[[], bool] = lambda: False,
    report: Report = lambda number, total, what: None,
) -> list[CellResult]:
    """Execute the runs that are not finished and return all results. The folder holds a run folder for every run and the records of
    the extended encoders. A run that fails is recorded with its error and the others go on. Raises Cancelled.
    """
    return _Suite(suite, folder, workspace, stop, report).run()


class _Suite:
    """The execution of a suite."""

    def __init__(self, suite: SuiteConfig, folder: Path, workspace: Workspace, stop: Callable[[], bool], report: Report):
        self.suite, self.folder, self.workspace, self.stop, self.report = suite, folder, workspace, stop, report
        self.steps: dict[str, NerStep] = {}

    def run(self) -> list[CellResult]:
        todo, results = list(cells(self.suite, self.folder)), []
        names = list(dict.fromkeys(cell.run_name for cell in todo))
        done: dict[str, CellResult] = {}
        for cell in todo:
            if cell.run_name not in done:
                self.report(len(done) + 1, len(names), cell.run_name)
                done[cell.run_name] = self._run(cell)
                _release_memory()
            first = done[cell.run_name]
            results.append(CellResult(cell, first.folder, first.summary, first.ner, first.error))
        if not self.suite.keep_encoders:
            shutil.rmtree(self.folder / "encoders", ignore_errors=True)
        return results

    def _run(self, cell: Cell) -> CellResult:
        folder, config = open_or_create(self.folder / "runs" / cell.run_name, cell.config)
        if registry.system(cell.system).trains_encoder:
            self.steps.clear()  # all weights are trained next: keep no second encoder in memory
        try:
            if cell.extended and not (folder.summary_file.exists() and self._ner_done(cell, folder)):
                self._extended_encoder(cell.language)
            summary = worker.work(config, folder, self.workspace, stop=self.stop)
            ner = self._ner(cell, folder)
        except Cancelled:
            raise
        except LralnError as error:
            note_failure(self.folder, cell.run_name, str(error))
            return CellResult(cell, folder, None, None, str(error))
        note_failure(self.folder, cell.run_name, None)
        if not self.suite.keep_encoders:
            shutil.rmtree(folder.encoder, ignore_errors=True)
        return CellResult(cell, folder, summary, ner, None)

    def _extended_encoder(self, language: SuiteLanguage) -> None:
        """The extended encoder of a language, made once; the record of its changes is kept when the encoder is not."""
        self.steps.clear()
        options, seed, base = self.suite.extended, self.suite.seeds[0], self.suite.run_config(language, registry.BASE, self.suite.seeds[0])
        if options is None or base is None:
            raise ConfigError("A study on the extended encoder needs a table [extended].")
        encoder = base.encoder
        corpus = prepare_corpus(Path(language.corpus), language.code, self.workspace.corpora, tokenized=language.tokenized)
        config = ExtensionConfig(options.new_pieces, seed=seed, training=preset(options.preset, seed=seed, steps=options.steps))
        record = extend(
            encoder.name,
            corpus,
            config,
            encoder_folder(self.folder, language),
            self.workspace,
            device=pick_device(encoder.device),
            progress=lambda what: self._check,
        )
        write_json(self.folder / "extensions" / f"{language.code}.json", {k: v for k, v in record.items() if k != "settings"})

    def _check(self, done: int, total: int) -> None:
        if self.stop():
            raise Cancelled("The suite was cancelled.")

    def _ner_done(self, cell: Cell, folder: RunFolder) -> bool:
        return not self._tags(cell) or folder.ner.exists()

    def _tags(self, cell: Cell) -> bool:
        return bool(self.suite.ner.train and cell.language.ner_test)

    def _ner(self, cell: Cell, folder: RunFolder) -> dict[str, Any] | None:
        if not self._tags(cell):
            return None
        done = folder.ner
        if not done.exists():
            result = self._step(cell, folder).run(folder.maps_for_tagging, cell.seed)
            write_predictions(folder.predictions, result)
            write_json(done, result.figures())
        return read_json(done)

    def _step(self, cell: Cell, folder: RunFolder) -> NerStep:
        """The tagged text under the encoder of the cell; one at a time stays in memory."""
        language, options, own, ner = cell.language, stored_config(folder).encoder, folder.encoder.is_dir(), self.suite.ner
        key = f"{language.code} {folder.encoder if own else options}"
        if key not in self.steps:
            self.steps.clear()
            encoder = encoder_of(options, folder.encoder if own else None, emulated=True)
            self.steps[key] = NerStep(
                NerRequest(ner.train, TRAINING_LANGUAGE, language.ner_test, language.code, language.ner_development, ner.development),
                encoder,
                CcwrCache(self.workspace.ccwrs),
            )
        return self.steps[key]


def extension_records(folder: Path) -> dict[str, dict[str, Any]]:
    """The records of the extended encoders, by language."""
    return {path.stem: read_json(path) for path in sorted((folder / "extensions").glob("*.json"))}


def _release_memory() -> None:
    """Return memory that is free but still held by the process to the system (Linux), so that one run does not add to the next."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # another C library
        pass
