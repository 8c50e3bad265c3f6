"""The runs of a suite: one for each language, seed, system and study value; equal configurations are one run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lraln_core.runs.config import RunConfig
from lraln_core.runs.systems import registry

from .config import SuiteConfig, SuiteLanguage


@dataclass(frozen=True)
class Study:
    """Table, row and column of a study's run in the paper."""

    table: str
    row: str
    column: str = ""


@dataclass(frozen=True)
class Cell:
    """One figure of a table, and the run that gives it. `run_name` is its folder; cells with the same configuration share it."""

    language: SuiteLanguage
    system: str
    seed: int
    config: RunConfig
    run_name: str
    extended: bool = False
    study: Study | None = None

    @property
    def label(self) -> str:
        """Name of the system in tables."""
        return f"extended_{self.system}" if self.extended else str(self.system)


def encoder_folder(folder: Path, language: SuiteLanguage) -> Path:
    """Where a suite keeps the extended encoder of a language."""
    return folder / "encoders" / language.code


def cells(suite: SuiteConfig, folder: Path) -> Iterator[Cell]:
    """All cells, language by language, so that all systems of a language use the CCWRs cached by the first."""
    for language in suite.languages:
        names: dict[str, str] = {}
        for cell in _of_language(suite, language, folder):
            key = json.dumps(cell.config.to_json(), sort_keys=True)
            name = names.setdefault(key, cell.run_name)
            yield Cell(cell.language, cell.system, cell.seed, cell.config, name, cell.extended, cell.study)


def _of_language(suite: SuiteConfig, language: SuiteLanguage, folder: Path) -> Iterator[Cell]:
    wanted: list[tuple[str, bool, Study | None, dict[str, Any]]] = [(system, False, None, {}) for system in suite.systems]
    if suite.extended:
        wanted += [(system, True, None, {}) for system in suite.extended.systems]
    wanted += [(registry.PAPER, suite.studies.extended, study, changes) for study, changes in _studies(suite, language)]
    encoder = {"name": str(encoder_folder(folder, language))}
    own = suite.run.get("encoder", {})
    for system, extended, study, changes in sorted(wanted, key=lambda one: one[1]):
        for seed in suite.seeds:
            config = suite.run_config(language, system, seed, changes | {"encoder": own | encoder} if extended else changes)
            if config is None:
                continue
            parts = [language.code, f"extended_{system}" if extended else str(system)]
            if study:
                parts.append("-".join(filter(None, (study.row, study.column))).replace(" ", "_"))
            yield Cell(language, system, seed, config, "-".join([*parts, str(seed)]), extended, study)


def _studies(suite: SuiteConfig, language: SuiteLanguage) -> Iterator[tuple[Study, dict[str, Any]]]:
    studies = suite.studies
    if studies.mining:
        for method in ("intersection", "forward_backward"):
            yield Study("5", method), {"mining": {"method": method}}
    if language.code not in (studies.languages or [language.code]):
        return
    for backend in studies.backends if studies.candidates else ():
        for count in studies.candidates:
            yield Study("10", f"{count} candidates", str(backend)), {"mining": {"candidates": count, "backend": str(backend)}}
    for size in studies.corpus_sizes:
        yield Study("11", f"{size} sentences"), {"src": {"limit": size}}
