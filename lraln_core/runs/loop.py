"""Algorithm 1: mining and training in turns, watched by the guards, with checkpoints from which a killed run goes on unchanged."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors import SafetensorError, safe_open

from lraln_core.alignment import checks
from lraln_core.alignment.maps import LanguageMap, Maps, add_noise
from lraln_core.alignment.training import Trainer, learning_rate_at
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import RunError
from lraln_core.files.events import Reporter, events_size
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.tensor_files import save_arrays
from lraln_core.records import WordVectors
from lraln_core.threads import one_thread

from .config import RunConfig, Schedule
from .pair_source import Iteration


class PairSource(Protocol):
    """Training material of an iteration under the current maps."""

    gold: bool  # the pairs are given, not mined: they cannot go bad, and the last maps are kept

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, dict | None]: ...


@dataclass
class _Progress:
    """Where the loop stands; together with the trainer this is the whole state of a run."""

    step: int = 0  # updates made
    iteration: int = 0  # the iteration that is being used up
    mined: int = 0  # iterations whose pairs are on disk and in the events
    used: int = 0  # sentence pairs of this iteration that are used up
    best_step: int = 0
    best_criterion: float = -math.inf


@dataclass(frozen=True)
class LoopResult:
    """What the loop leaves."""

    chosen: Maps
    last: Maps
    chosen_step: int
    steps: int
    iterations: int
    encoder: Encoder | None = None  # the run's own encoder, where its weights have learned
    tagging: Maps | None = None  # maps for taggers, where they need others than retrieval does


class AlignmentLoop:
    """Mines and trains until `steps` updates are made."""

    def __init__(
        self,
        config: RunConfig,
        source: PairSource,
        held_out: tuple[WordVectors, WordVectors],
        start: Maps,
        folder: RunFolder,
        reporter: Reporter,
    ):
        """start holds the maps before the noise of the paper's footnote 4 is added: the identity in the paper."""
        self.config, self.source, self.held_out = config, source, held_out
        self.folder, self.reporter, self.dimension = folder, reporter, start.dimension
        start = add_noise(start, config.training.noise, rng_for(config.seed, "maps"))
        self.trainer, self.at = Trainer.start(start), _Progress()
        self.best = start
        self._per_step = config.training.batch_size * config.training.accumulation  # sentence pairs
        self._losses: list[float] = []

    def run(self) -> LoopResult:
        """The whole of Algorithm 1. Raises RunError when nothing is mined, training diverges or the maps collapse; Cancelled."""
        training = self.config.training
        if self.folder.checkpoint.exists():
            self._restore()
        else:
            self._look()
            self._save()
        while self.at.step < training.steps:
            material = self._mine()
            self.reporter.stage(
                "train",
                f"Training on the pairs of iteration {self.at.iteration + 1}",
                total=training.steps,
                unit="steps",
                done=self.at.step,
            )
            self._train(material)
            if self.at.used >= material.groups:
                self.at.iteration, self.at.used = self.at.iteration + 1, 0
                if not self.source.gold:  # gold pairs can be few, and a pass over them short: the looks save often enough
                    self._save()
        iterations = self.at.iteration + (self.at.used > 0)
        select = training.select_best and not self.source.gold
        chosen, step = (self.best, self.at.best_step) if select else (self.trainer.maps, self.at.step)
        return LoopResult(chosen, self.trainer.maps, step, self.at.step, iterations)

    def _mine(self) -> Iteration:
        number = self.at.iteration
        self.reporter.stage("mine", f"Mining word pairs, iteration {number + 1}")
        if number >= self.at.mined:  # written by a worker that was killed before it could say so
            self.folder.pairs(number).unlink(missing_ok=True)
        first_step = self.at.step - self.at.used // self._per_step
        needed = (self.config.training.steps - first_step) * self._per_step
        material, figures = self.source.iteration(number, self.trainer.maps, self.folder.pairs(number), needed)
        if figures:
            self.reporter.event("mining", iteration=number, **figures)
            self.at.mined = number + 1
            self._save()
        return material

    def _train(self, material: Iteration) -> None:
        training = self.config.training
        while self.at.used < material.groups and self.at.step < training.steps:
            after = min(self.at.used + self._per_step, material.groups)
            rows = slice(material.offsets[self.at.used], material.offsets[after])
            rate = learning_rate_at(
                self.at.step + 1,
                peak=training.learning_rate,
                warmup=training.warmup_steps,
                total=training.steps,
                linear_decay=training.schedule is Schedule.LINEAR,
            )
            with one_thread():
                self._losses.append(self.trainer.step(material.src[rows], material.trg[rows], rate))
            self.at.step += 1
            self.at.used = after
            if self.at.step % 10 == 0:
                self.reporter.progress(self.at.step, training.steps)
            if self.at.step % training.evaluate_every == 0 or self.at.step == training.steps:
                self.reporter.event(
                    "training", step=self.at.step, iteration=self.at.iteration, learning_rate=rate, loss=float(np.mean(self._losses))
                )
                self._losses.clear()
                self._look()
                self._save()

    def _look(self) -> None:
        """Run the checks; keep the latest maps as good as the best, up to the tolerance. Raises RunError on collapse."""
        reading = checks.read(self.trainer.maps, *self.held_out, self.config.evaluation.csls_k)
        self.at.best_criterion = max(self.at.best_criterion, reading.criterion)
        allowed = self.config.training.tolerance * abs(self.at.best_criterion)
        kept = reading.criterion >= self.at.best_criterion - allowed
        if kept:
            self.best, self.at.best_step = self.trainer.maps, self.at.step
        values = {key: value if math.isfinite(value) else None for key, value in asdict(reading).items()}
        self.reporter.event("guard", step=self.at.step, best=kept, **values)
        if reading.collapsed(self.dimension):
            raise RunError(
                f"The maps collapsed at step {self.at.step} (norms {reading.src_norm:.2f} and {reading.trg_norm:.2f}, effective ranks "
                f"{reading.src_rank:.0f} and {reading.trg_rank:.0f} of {self.dimension}): take fewer training.steps or a lower "
                "training.learning_rate."
            )

    def _save(self) -> None:
        """Write the checkpoint. Losses since the last look are stored too: they enter the next training event."""
        arrays = {f"trainer.{name}": value for name, value in self.trainer.state().items()}
        arrays |= {"best.src": self.best.src.matrix, "best.trg": self.best.trg.matrix, "losses": np.array(self._losses, np.float64)}
        note = asdict(self.at) | {"events": events_size(self.folder.events_file)}
        save_arrays(self.folder.checkpoint, arrays, {"progress": json.dumps(note)})

    def _restore(self) -> None:
        try:
            with safe_open(self.folder.checkpoint, framework="numpy") as file:
                note = json.loads(file.metadata()["progress"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}
            events = note.pop("events")
            if set(note) != set(asdict(self.at)):
                raise ValueError("progress")
            at = _Progress(**note)
            _require_sound(at, events, arrays, self.dimension)
            means = (arrays.get(f"trainer.{side}_mean") for side in ("src", "trg"))
            best = Maps(*(LanguageMap(arrays[f"best.{side}"], mean) for side, mean in zip(("src", "trg"), means, strict=True)))
            trainer = Trainer.from_state({n.removeprefix("trainer."): v for n, v in arrays.items() if n.startswith("trainer.")})
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise RunError(f"The checkpoint in {self.folder.path} is damaged; start the run again in a new folder.") from error
        self.reporter.rewind_events(events)
        self.at, self.best, self.trainer, self._losses = at, best, trainer, arrays["losses"].tolist()
        self.reporter.event("resumed", step=self.at.step)


_MOMENTS = {f"trainer.{side}.{name}" for side in ("src", "trg") for name in ("step", "exp_avg", "exp_avg_sq")}  # of Adam


def _require_sound(at: _Progress, events: int, arrays: dict[str, np.ndarray], dimension: int) -> None:
    """Raises ValueError for counts that are none, and arrays that are no maps of this dimension."""
    counts = (events, at.step, at.iteration, at.mined, at.used, at.best_step)
    if not all(type(count) is int and 0 <= count < 2**53 for count in counts) or type(at.best_criterion) is not float:
        raise ValueError("counts")
    if at.best_criterion != at.best_criterion or arrays["losses"].ndim != 1:
        raise ValueError("figures")
    if not {"trainer.src", "trainer.trg", "best.src", "best.trg"} <= set(arrays) or at.step and not _MOMENTS <= set(arrays):
        raise ValueError("arrays")
    for name, array in arrays.items():
        shape = (dimension,) if name.endswith("_mean") else (1,) if name.endswith(".step") else (dimension, dimension)
        if name != "losses" and (array.shape != shape or array.dtype != np.float32 or not np.isfinite(array).all()):
            raise ValueError(name)
