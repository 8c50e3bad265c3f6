"""Training all weights of an encoder: full_sup on gold word pairs [Cao et al. 2020], full_unsup on mined ones (paper, section 3.2).

The paper says that full_unsup does not converge. Here it runs, its curves are kept, it stops with a reason when the space
degrades, and the best weights are what remains.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.training.adaptation import Trainee
from lraln_core.encoder.training.full_model import FullModelTrainer, LinkedPair, StepLoss
from lraln_core.errors import Cancelled, EncoderError, RunError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress

from .checkpointed_loop import CheckpointedLoop, Position
from .full_model_checks import Checks, Reading, degradation

NextPairs = Callable[[FrozenEncoder, int], Sequence[LinkedPair]]
"""The material of an iteration under the current encoder; the number of the iteration seeds its sampling."""


class PairTrainer(Protocol):
    """Weights of an encoder that learn from sentence pairs with links."""

    trainee: Trainee

    def step(self, pairs: Sequence[LinkedPair], learning_rate: float) -> StepLoss:
        """One update."""

    def finish(self) -> None:
        """Stop learning."""

    def save(self, path: Path, note: dict[str, Any]) -> None:
        """Write a checkpoint."""

    def restore(self, path: Path) -> dict[str, Any]:
        """Read it back; returns the note."""


_WITHOUT = {"frozen_target": False}
"""Settings that checkpoints of earlier versions lack, with the value they were trained under."""


class Select(StrEnum):
    """Which weights remain at the end."""

    LAST = "last"
    CRITERION = "criterion"  # where held-out words agreed best
    RETRIEVAL = "retrieval"  # where the development set was retrieved best


@dataclass(frozen=True)
class FullUpdateConfig:
    """Section 4.1 for all weights; batches are counted in sentence pairs."""

    steps: int = 5000
    batch_size: int = 2
    accumulation: int = 6
    learning_rate: float = 5e-5
    warmup_steps: int = 1000
    linear_decay: bool = False
    regularization: float = 1.0  # weight of the English side's distance from its start
    frozen_target: bool = False  # words are pulled to the English vectors of the original model, not to the present ones
    train_embeddings: bool | None = None  # None: the word embedding table learns on a GPU only
    evaluate_every: int = 250
    patience: int = 0  # checks with the criterion below its start before training stops, 0 for never
    select: Select = Select.LAST
    seed: int = 1


@dataclass(frozen=True)
class FullUpdateResult:
    """What the loop leaves; the encoder itself holds the chosen weights."""

    readings: tuple[Reading, ...]
    steps: int
    iterations: int
    chosen_step: int
    stopped: str  # why training ended early, empty when every step was made


@dataclass
class _Position(Position):
    """Where the loop stands; together with the trainer this is its whole state."""

    best_step: int = 0
    best_value: float = -math.inf
    stopped: str = ""
    losses: list[list[float]] = field(default_factory=list)  # [pull, drift] of each step since the last check
    readings: list[Reading] = field(default_factory=list)


class FullModelLoop(CheckpointedLoop[Sequence[LinkedPair]]):
    """Trains in `folder`, which holds checkpoint, best weights and pairs in use; the same call goes on after an interruption."""

    at: _Position

    def __init__(
        self,
        encoder: FrozenEncoder,
        next_pairs: NextPairs,
        checks: Checks,
        folder: Path,
        config: FullUpdateConfig,
        *,
        mined: bool,
        on_reading: Callable[[Reading], None] | None = None,
        trainer: PairTrainer | None = None,
    ):
        """encoder is changed in place. mined says that the pairs depend on the encoder and are kept on disk while they are in use.
        trainer: what learns from the pairs; None for word pairs that are pulled together [Cao et al. 2020]."""
        if config.select is Select.RETRIEVAL and checks.retrieval is None:
            raise RunError("Weights are to be selected by retrieval, but there is no development set.")
        super().__init__(config, folder / "model-checkpoint.safetensors")
        self.encoder, self.next_pairs, self.checks, self.config, self.mined = encoder, next_pairs, checks, config, mined
        self.on_reading = on_reading or (lambda reading: None)
        self.folder, self.best = folder, folder / "model-best.safetensors"
        self.trainer = trainer or FullModelTrainer(
            encoder,
            regularization=config.regularization,
            frozen_target=config.frozen_target,
            train_embeddings=config.train_embeddings,
        )
        self.at, self._progress = _Position(), lambda done, total: None
        self._order = np.zeros(0, np.int64)  # of the pairs of this iteration

    def run(self, progress: Progress | None = None) -> FullUpdateResult:
        """Train to the end or until the space degrades. progress counts steps and may raise Cancelled, which leaves a checkpoint.

        Raises RunError when the first iteration has no pair or the folder belongs to other settings, WorkspaceError for a full
        disk or a damaged checkpoint.
        """
        self._progress = progress or self._progress
        try:
            self.advance()
        except Cancelled:
            self.save()
            raise
        if self.config.select is not Select.LAST:
            self.trainer.trainee.load_weights(self.best)
        self.trainer.finish()
        at = self.at
        chosen = at.step if self.config.select is Select.LAST else at.best_step
        return FullUpdateResult(tuple(at.readings), at.step, self.iterations(), chosen, at.stopped)

    def stopped(self) -> bool:
        return bool(self.at.stopped)

    def material(self) -> Sequence[LinkedPair]:
        pairs, at = self._pairs(), self.at
        if not len(pairs):
            if at.iteration == 0:
                raise RunError(
                    "There is no word pair to train on: lower mining.threshold, use more sentences, or choose an encoder that "
                    "knows both languages."
                )
            at.stopped = f"Iteration {at.iteration + 1} has no word pair."
        self._order = rng_for(self.config.seed, "shuffle", at.iteration).permutation(len(pairs))
        return pairs

    def size(self, material: Sequence[LinkedPair]) -> int:
        return len(material)

    def update(self, material: Sequence[LinkedPair], first: int, after: int, rate: float) -> None:
        self._progress(self.at.step, self.config.steps)
        loss = self.trainer.step([material[i] for i in self._order[first:after]], rate)
        self.at.losses.append([loss.pull, loss.drift])

    def updated(self) -> None:
        if not math.isfinite(sum(self.at.losses[-1])):
            self.at.stopped = f"The loss was no longer a finite number at step {self.at.step}: lower the learning rate."

    def _pairs(self) -> Sequence[LinkedPair]:
        path = self._pairs_file(self.at.iteration)
        if not self.mined:
            return self.next_pairs(self.encoder, self.at.iteration)
        if path.exists():
            return [LinkedPair(tuple(src), tuple(trg), tuple(map(tuple, links))) for src, trg, links in read_json(path)]
        pairs = self.next_pairs(self.encoder, self.at.iteration)
        write_json(path, [[pair.src, pair.trg, [[int(s), int(t)] for s, t in pair.links]] for pair in pairs])
        return pairs

    def _pairs_file(self, iteration: int) -> Path:
        return self.folder / f"model-pairs-{iteration:04}.json"

    def check(self) -> bool:
        """Measure the encoder, keep the best weights, decide whether to stop; False when its vectors are not finite any more."""
        at = self.at
        pull, drift = (float(np.mean(column)) for column in zip(*at.losses, strict=True)) if at.losses else (None, None)
        at.losses.clear()
        try:
            reading = self.checks.read(self.encoder, at.step, at.iteration, pull, drift)
        except EncoderError as error:
            if not at.readings:
                raise
            at.stopped = str(error)
            return False
        at.readings.append(reading)
        if self.config.select is not Select.LAST:
            value = reading.retrieval if self.config.select is Select.RETRIEVAL else reading.criterion
            if value is not None and value > at.best_value:
                at.best_step, at.best_value = at.step, value
                self.trainer.trainee.save_weights(self.best)
        at.stopped = degradation(at.readings, self.config.patience)
        self.on_reading(reading)
        return True

    def save(self) -> None:
        self.trainer.save(self.checkpoint, {"progress": dataclasses.asdict(self.at), "settings": self._settings()})
        for path in self.folder.glob("model-pairs-*.json"):
            if path < self._pairs_file(self.at.iteration):
                path.unlink(missing_ok=True)

    def restore(self) -> None:
        """Readings are reported again: the events of the interrupted run were removed when it was resumed."""
        note = self.trainer.restore(self.checkpoint)
        if (_WITHOUT | note["settings"]) != self._settings():
            raise RunError(f"{self.folder} holds a training with other settings; choose another folder.")
        readings = [Reading(**reading) for reading in note["progress"].pop("readings")]
        self.at = _Position(**note["progress"], readings=readings)
        for reading in readings:
            self.on_reading(reading)

    def _settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.config) | {"mined": self.mined}
