"""How long a suite will take: the estimates of its runs, of encoding the texts once, of extended encoders and of NER taggers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lraln_core.runs.estimate import Sizes
from lraln_core.runs.systems import registry

from .cells import Cell
from .config import SuiteConfig

TYPICAL = Sizes(src_sentences=480, trg_sentences=880, test_pairs=150, train_pairs=60, prepared=True)  # the samples
SECONDS_TO_ENCODE_A_LANGUAGE = 20.0
SECONDS_PER_MLM_STEP = 0.8
SECONDS_OF_TAGGING = 5.0  # train and test the NER taggers of one run


@dataclass(frozen=True)
class SuiteEstimate:
    """How many runs, and about how many seconds they take."""

    runs: int
    seconds: float


def estimate_suite(config: SuiteConfig, cells: Sequence[Cell]) -> SuiteEstimate:
    """For a suite whose texts are about as long as the samples; longer ones take longer."""
    runs = {cell.run_name: cell for cell in cells}
    seconds = sum(registry.system(cell.system).cost(cell.config, TYPICAL).total for cell in runs.values())
    tagged = sum(bool(cell.language.ner_test) for cell in runs.values()) if config.ner.train else 0
    extended = {cell.language.code for cell in runs.values() if cell.extended}
    steps = config.extended.steps if config.extended and config.extended.steps is not None else 300
    return SuiteEstimate(
        len(runs),
        seconds
        + SECONDS_TO_ENCODE_A_LANGUAGE * (len(config.languages) + len(extended))
        + SECONDS_OF_TAGGING * tagged
        + SECONDS_PER_MLM_STEP * steps * len(extended),
    )
