"""Full-model updates, watched: full_sup on gold word pairs [Cao et al. 2020], full_unsup on mined ones (paper, section 3.2).

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
from typing import Any

import numpy as np

from lraln_core.alignment.training import learning_rate_at
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.training.full_model import FullModelTrainer, LinkedPair
from lraln_core.errors import Cancelled, EncoderError, RunError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress

from .full_model_watch import Reading, Watch, degradation

NextPairs = Callable[[FrozenEncoder, int], Sequence[LinkedPair]]
"""The material of an iteration under the current encoder; the number of the iteration seeds its sampling."""


class Select(StrEnum):
    """Which weights remain at the end."""

    LAST = "last"
    CRITERION = "criterion"  # where held-out words agreed best
    RETRIEVAL = "retrieval"  # where the development set was retrieved best


@dataclass(frozen=True)
class FullUpdateConfig:
    """Section 4.1 for all weights; batches are counted in sentence pairs. See SUPERVISED and UNSUPERVISED."""

    steps: int = 5000
    batch_size: int = 2
    accumulation: int = 6
    learning_rate: float = 5e-5
    warmup_steps: int = 1000
    linear_decay: bool = False
    regularization: float = 1.0  # weight of the English side's distance from its start
    train_embeddings: bool | None = None  # None: the word embedding table learns on a GPU only
    evaluate_every: int = 250
    patience: int = 0  # looks with the criterion below its start before training stops, 0 for never
    select: Select = Select.LAST
    seed: int = 1


SUPERVISED = FullUpdateConfig()
UNSUPERVISED = FullUpdateConfig(patience=3, select=Select.CRITERION)


@dataclass(frozen=True)
class FullUpdateResult:
    """What the loop leaves; the encoder itself holds the chosen weights."""

    readings: tuple[Reading, ...]
    steps: int
    iterations: int
    chosen_step: int
    stopped: str  # why training ended early, empty when every step was made


@dataclass
class _Progress:
    """Where the loop stands; together with the trainer this is its whole state."""

    step: int = 0
    iteration: int = 0
    used: int = 0  # sentence pairs of this iteration that are used up
    best_step: int = 0
    best_value: float = -math.inf
    stopped: str = ""
    losses: list[list[float]] = field(default_factory=list)  # [pull, drift] of each step since the last look
    readings: list[Reading] = field(default_factory=list)


class FullModelLoop:
    """Trains in `folder`, which holds checkpoint, best weights and pairs in use; the same call goes on after an interruption."""

    def __init__(
        self,
        encoder: FrozenEncoder,
        next_pairs: NextPairs,
        watch: Watch,
        folder: Path,
        config: FullUpdateConfig,
        *,
        mined: bool,
        on_reading: Callable[[Reading], None] | None = None,
    ):
        """mined says that the pairs depend on the encoder and are worth keeping while they are in use."""
        if config.select is Select.RETRIEVAL and watch.retrieval is None:
            raise RunError("Weights are to be selected by retrieval, but there is no development set.")
        self.encoder, self.next_pairs, self.watch, self.config, self.mined = encoder, next_pairs, watch, config, mined
        self.on_reading = on_reading or (lambda reading: None)
        self.folder = folder
        self.checkpoint, self.best = folder / "model-checkpoint.safetensors", folder / "model-best.safetensors"
        self.trainer = FullModelTrainer(encoder, regularization=config.regularization, train_embeddings=config.train_embeddings)
        self.at = _Progress()

    def run(self, progress: Progress | None = None) -> FullUpdateResult:
        """Train to the end or until the space degrades. progress counts steps and may raise Cancelled, which leaves a checkpoint.

        Raises RunError when the first iteration has no pair or the folder belongs to other settings, WorkspaceError for a full
        disk or a damaged checkpoint.
        """
        if self.checkpoint.exists():
            self._restore()
        else:
            self._look()
        try:
            while self.at.step < self.config.steps and not self.at.stopped:
                self._iterate(progress)
        except Cancelled:
            self._save()
            raise
        if self.config.select is not Select.LAST:
            self.trainer.trainee.load_weights(self.best)
        self.trainer.finish()
        at = self.at
        chosen = at.step if self.config.select is Select.LAST else at.best_step
        return FullUpdateResult(tuple(at.readings), at.step, at.iteration + (at.used > 0), chosen, at.stopped)

    def _iterate(self, progress: Progress | None) -> None:
        config, at = self.config, self.at
        pairs = self._pairs()
        if not len(pairs):
            if at.iteration == 0:
                raise RunError(
                    "There is no word pair to train on: lower mining.threshold, use more sentences, or choose an encoder that "
                    "knows both languages."
                )
            at.stopped = f"Iteration {at.iteration + 1} brought no word pair."
            return
        order = rng_for(config.seed, "shuffle", at.iteration).permutation(len(pairs))
        per_step = config.batch_size * config.accumulation
        while at.used < len(pairs) and at.step < config.steps and not at.stopped:
            if progress:
                progress(at.step, config.steps)
            rate = learning_rate_at(
                at.step + 1, peak=config.learning_rate, warmup=config.warmup_steps, total=config.steps, linear_decay=config.linear_decay
            )
            batch = order[at.used : at.used + per_step]
            loss = self.trainer.step([pairs[i] for i in batch], rate)
            at.losses.append([loss.pull, loss.drift])
            at.step, at.used = at.step + 1, at.used + len(batch)
            if not math.isfinite(loss.pull + loss.drift):
                at.stopped = f"The loss was no longer a finite number at step {at.step}: lower the learning rate."
            elif at.step % config.evaluate_every == 0 or at.step == config.steps:
                self._look()
        if at.used >= len(pairs):
            at.iteration, at.used = at.iteration + 1, 0

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

    def _look(self) -> None:
        """Read the watch, keep the best weights, decide whether to stop, write the checkpoint."""
        at = self.at
        pull, drift = (float(np.mean(column)) for column in zip(*at.losses, strict=True)) if at.losses else (None, None)
        at.losses.clear()
        try:
            reading = self.watch.read(self.encoder, at.step, at.iteration, pull, drift)
        except EncoderError as error:
            if not at.readings:
                raise
            at.stopped = str(error)
            return
        at.readings.append(reading)
        if self.config.select is not Select.LAST:
            value = reading.retrieval if self.config.select is Select.RETRIEVAL else reading.criterion
            if value > at.best_value:
                at.best_step, at.best_value = at.step, value
                self.trainer.trainee.save_weights(self.best)
        at.stopped = degradation(at.readings, self.config.patience)
        self._save()
        self.on_reading(reading)

    def _save(self) -> None:
        self.trainer.save(self.checkpoint, {"progress": dataclasses.asdict(self.at), "settings": self._settings()})
        for path in self.folder.glob("model-pairs-*.json"):
            if path < self._pairs_file(self.at.iteration):
                path.unlink(missing_ok=True)

    def _restore(self) -> None:
        note = self.trainer.restore(self.checkpoint)
        if note["settings"] != self._settings():
            raise RunError(f"{self.folder} holds a training with other settings; choose another folder.")
        readings = [Reading(**reading) for reading in note["progress"].pop("readings")]
        self.at = _Progress(**note["progress"], readings=readings)

    def _settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.config) | {"mined": self.mined}


def full_sup(
    encoder: FrozenEncoder,
    pairs: Sequence[LinkedPair],
    watch: Watch,
    folder: Path,
    config: FullUpdateConfig = SUPERVISED,
    *,
    progress: Progress | None = None,
    on_reading: Callable[[Reading], None] | None = None,
) -> FullUpdateResult:
    """All weights on gold word pairs of parallel text, in a new order in every pass. The encoder is changed in place."""
    return FullModelLoop(encoder, lambda *_: pairs, watch, folder, config, mined=False, on_reading=on_reading).run(progress)


def full_unsup(
    encoder: FrozenEncoder,
    next_pairs: NextPairs,
    watch: Watch,
    folder: Path,
    config: FullUpdateConfig = UNSUPERVISED,
    *,
    progress: Progress | None = None,
    on_reading: Callable[[Reading], None] | None = None,
) -> FullUpdateResult:
    """All weights on word pairs mined anew with the current encoder in every iteration. The encoder is changed in place."""
    return FullModelLoop(encoder, next_pairs, watch, folder, config, mined=True, on_reading=on_reading).run(progress)
