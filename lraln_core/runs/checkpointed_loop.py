"""The frame of both training loops: iterations of material, updates, checks, and checkpoints from which an interrupted run goes on.

A loop takes the material of an iteration (mined or gold sentence pairs), makes one update per batch until the material is used up, checks
the space every `evaluate_every` steps and writes a checkpoint each time. Every random number comes from (seed, purpose, iteration), so a
resumed loop gives the same bits as one that was never interrupted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from lraln_core.alignment.training import learning_rate_at

M = TypeVar("M")


@dataclass
class Position:
    """Where a loop stands; a loop adds what it needs to go on from here."""

    step: int = 0  # updates made
    iteration: int = 0  # the iteration whose material is being used
    used: int = 0  # sentence pairs of this iteration that are used up


class Plan(Protocol):
    """How long a loop trains and at which learning rates; batches are counted in sentence pairs (paper, section 4.1)."""

    @property
    def steps(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def accumulation(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def warmup_steps(self) -> int: ...
    @property
    def linear_decay(self) -> bool: ...
    @property
    def evaluate_every(self) -> int: ...


class CheckpointedLoop(ABC, Generic[M]):
    """Subclasses say what the material of an iteration is, what an update and a check do, and what a checkpoint holds."""

    at: Position

    def __init__(self, plan: Plan, checkpoint: Path):
        self.plan, self.checkpoint = plan, checkpoint
        self.pairs_per_step = plan.batch_size * plan.accumulation  # sentence pairs

    @abstractmethod
    def material(self) -> M:
        """What the current iteration trains on: drawn and mined anew, or read back after an interruption."""

    @abstractmethod
    def size(self, material: M) -> int:
        """Sentence pairs of the material."""

    @abstractmethod
    def update(self, material: M, first: int, after: int, rate: float) -> None:
        """One update on the sentence pairs from `first` to before `after`."""

    @abstractmethod
    def check(self) -> bool:
        """Run the collapse and agreement checks and keep the best so far; whether the state is worth a checkpoint."""

    @abstractmethod
    def save(self) -> None:
        """Write the checkpoint."""

    @abstractmethod
    def restore(self) -> None:
        """Go back to the checkpoint."""

    def stopped(self) -> bool:
        """Whether training has ended before its last step."""
        return False

    def updated(self) -> None:
        """Called after every update, when its step is counted."""

    def iteration_ended(self) -> None:
        """Called when the material of an iteration is used up."""

    def advance(self) -> None:
        """Begin, or go on from the checkpoint, until all updates are made or training is stopped."""
        if self.checkpoint.exists():
            self.restore()
        elif self.check():
            self.save()
        while self.at.step < self.plan.steps and not self.stopped():
            material = self.material()
            if self.stopped():
                break
            self._train(material)
            if self.at.used >= self.size(material):
                self.at.iteration, self.at.used = self.at.iteration + 1, 0
                self.iteration_ended()

    def _train(self, material: M) -> None:
        at, plan, size = self.at, self.plan, self.size(material)
        while at.used < size and at.step < plan.steps and not self.stopped():
            rate = learning_rate_at(
                at.step + 1, peak=plan.learning_rate, warmup=plan.warmup_steps, total=plan.steps, linear_decay=plan.linear_decay
            )
            after = min(at.used + self.pairs_per_step, size)
            self.update(material, at.used, after, rate)
            at.step, at.used = at.step + 1, after
            self.updated()
            if not self.stopped() and (at.step % plan.evaluate_every == 0 or at.step == plan.steps) and self.check():
                self.save()

    def iterations(self) -> int:
        """Iterations that were begun."""
        return self.at.iteration + (self.at.used > 0)
