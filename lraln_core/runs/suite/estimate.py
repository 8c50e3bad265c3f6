"""How long a suite will take, roughly: rates measured on two processor cores with the built-in encoder and the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lraln_core.runs.config import System

from .cells import Cell
from .config import FULL, SuiteConfig

SECONDS = {  # a run whose sentences are encoded already
    System.BASE: 2.0,
    System.LINEAR_UNSUP: 12.0,
    System.LINEAR_SUP: 10.0,
    System.NORMALIZED: 2.0,
    System.NORMALIZED_UNSUP: 12.0,
    System.VECMAP_ID: 20.0,
    System.VECMAP_SUP: 20.0,
}
SECONDS_PER_FULL_STEP = 1.3
SECONDS_TO_ENCODE_AGAIN = 20.0  # a changed encoder knows no cached vectors
SECONDS_PER_MLM_STEP = 0.8
SECONDS_OF_TAGGING = 5.0  # train and test the NER taggers of one run
SECONDS_TO_ENCODE_A_LANGUAGE = 20.0


@dataclass(frozen=True)
class SuiteEstimate:
    """How many runs, and about how many seconds they take."""

    runs: int
    seconds: float


def estimate_suite(config: SuiteConfig, cells: Sequence[Cell]) -> SuiteEstimate:
    """For a suite whose texts are about as long as the samples; longer ones take longer."""
    runs = {cell.run_name: cell for cell in cells}
    seconds = sum(map(_run_seconds, runs.values())) + SECONDS_TO_ENCODE_A_LANGUAGE * len(config.languages)
    tagged = sum("ner_test" in cell.language.files for cell in runs.values()) if config.ner else 0
    extended = {cell.language.code for cell in runs.values() if cell.extended}
    steps = config.extended.steps if config.extended and config.extended.steps is not None else 300
    return SuiteEstimate(
        len(runs), seconds + SECONDS_OF_TAGGING * tagged + len(extended) * (SECONDS_PER_MLM_STEP * steps + SECONDS_TO_ENCODE_AGAIN)
    )


def _run_seconds(cell: Cell) -> float:
    if cell.system in FULL:
        return SECONDS_PER_FULL_STEP * cell.config.training.steps + SECONDS_TO_ENCODE_AGAIN
    return SECONDS[cell.system]
