"""Algorithm 1: mining and training in turns, with collapse and agreement checks and checkpoints for interrupted runs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from safetensors import SafetensorError, safe_open

from lraln_core.alignment import checks
from lraln_core.alignment.maps import LanguageMap, Maps, add_noise
from lraln_core.alignment.training import Trainer
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import RunError
from lraln_core.files.events import Reporter, events_size
from lraln_core.files.randomness import rng_for
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.tensor_files import save_arrays
from lraln_core.records import WordVectors
from lraln_core.threads import one_thread

from .checkpointed_loop import CheckpointedLoop, Position
from .config import RunConfig
from .pair_source import Iteration


class PairSource(Protocol):
    """Training material of an iteration under the current maps."""

    gold: bool  # the pairs are given, not mined: they stay right, and the last maps are kept

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, dict[str, Any] | None]: ...


@dataclass
class _Position(Position):
    """Where the loop stands; together with the trainer this is the whole state of a run."""

    mined: int = 0  # iterations whose pairs are on disk and in the events
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


class AlignmentLoop(CheckpointedLoop[Iteration]):
    """Mines and trains until all updates are made."""

    at: _Position

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
        super().__init__(config.training, folder.checkpoint)
        self.config, self.source, self.held_out = config, source, held_out
        self.folder, self.reporter, self.dimension = folder, reporter, start.dimension
        start = add_noise(start, config.training.noise, rng_for(config.seed, "maps"))
        self.trainer, self.at = Trainer.start(start), _Position()
        self.best = start
        self._losses: list[float] = []  # since the last check
        self._rate = 0.0

    def run(self) -> LoopResult:
        """The whole of Algorithm 1. Raises RunError when nothing is mined, training diverges or the maps collapse; Cancelled."""
        self.advance()
        select = self.config.training.select_best and not self.source.gold
        chosen, step = (self.best, self.at.best_step) if select else (self.trainer.maps, self.at.step)
        return LoopResult(chosen, self.trainer.maps, step, self.at.step, self.iterations())

    def material(self) -> Iteration:
        number, steps = self.at.iteration, self.config.training.steps
        self.reporter.stage("mine", f"Mining word pairs, iteration {number + 1}")
        if number >= self.at.mined:  # a process that was killed wrote the file and no event
            self.folder.pairs(number).unlink(missing_ok=True)
        first_step = self.at.step - self.at.used // self.pairs_per_step
        needed = (steps - first_step) * self.pairs_per_step
        material, figures = self.source.iteration(number, self.trainer.maps, self.folder.pairs(number), needed)
        if figures:
            self.reporter.event("mining", iteration=number, **figures)
            self.at.mined = number + 1
            self.save()
        self.reporter.stage("train", f"Training on the pairs of iteration {number + 1}", total=steps, unit="steps", done=self.at.step)
        return material

    def size(self, material: Iteration) -> int:
        return material.groups

    def update(self, material: Iteration, first: int, after: int, rate: float) -> None:
        rows = slice(material.offsets[first], material.offsets[after])
        with one_thread():
            self._losses.append(self.trainer.step(material.src[rows], material.trg[rows], rate))
        self._rate = rate

    def updated(self) -> None:
        if self.at.step % 10 == 0:
            self.reporter.progress(self.at.step, self.config.training.steps)

    def iteration_ended(self) -> None:
        if not self.source.gold:  # gold pairs can be few and a pass over them short: the checks save often enough
            self.save()

    def check(self) -> bool:
        """Measure the maps; keep the latest ones as good as the best, up to the tolerance. Raises RunError on collapse."""
        if self._losses:
            loss = float(np.mean(self._losses))
            self.reporter.event("training", step=self.at.step, iteration=self.at.iteration, learning_rate=self._rate, loss=loss)
            self._losses.clear()
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
        return True

    def save(self) -> None:
        """Write the checkpoint. Losses since the last check are stored too: they enter the next training event."""
        arrays = {f"trainer.{name}": value for name, value in self.trainer.state().items()}
        arrays |= {"best.src": self.best.src.matrix, "best.trg": self.best.trg.matrix, "losses": np.array(self._losses, np.float64)}
        note = asdict(self.at) | {"events": events_size(self.folder.events_file)}
        save_arrays(self.folder.checkpoint, arrays, {"progress": json.dumps(note)})

    def restore(self) -> None:
        try:
            with safe_open(self.folder.checkpoint, framework="numpy") as file:
                note = json.loads(file.metadata()["progress"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}
            events = note.pop("events")
            if set(note) != set(asdict(self.at)):
                raise ValueError("progress")
            at = _Position(**note)
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


def _require_sound(at: _Position, events: int, arrays: dict[str, np.ndarray], dimension: int) -> None:
    """Raises ValueError for counts that are not whole numbers from 0, NaN, and arrays that are not maps of this dimension."""
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
