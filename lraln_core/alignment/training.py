"""Updating the maps on word pairs (paper, section 3.2, eq. 2), with Adam and warm-up, batches counted in sentence pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lraln_core.errors import RunError

from .maps import LanguageMap, Maps

BETAS, EPSILON = (0.9, 0.98), 1e-9


def learning_rate_at(step: int, *, peak: float, warmup: int, total: int, linear_decay: bool) -> float:
    """Learning rate of update `step` (from 1): linear warm-up, then constant or linearly to zero at `total`."""
    if step <= warmup:
        return peak * step / warmup
    return peak * max(0, total - step) / max(1, total - warmup) if linear_decay else peak


def pull_loss(src: torch.Tensor, trg: torch.Tensor) -> torch.Tensor:
    """Sum of squared distances of paired, mapped CCWRs [paper, eq. 2]. (n, d), (n, d) -> scalar."""
    return (src - trg).square().sum()


@dataclass
class Trainer:
    """The maps with the state of Adam; everything needed to go on after an interruption is in `state`."""

    src: torch.Tensor  # (d, d)
    trg: torch.Tensor  # (d, d)
    means: tuple[np.ndarray | None, np.ndarray | None]  # (d,) each; they are not trained
    optimizer: torch.optim.Adam

    @classmethod
    def start(cls, maps: Maps) -> Trainer:
        src = torch.tensor(maps.src.matrix, requires_grad=True)
        trg = torch.tensor(maps.trg.matrix, requires_grad=True)
        return cls(src, trg, (maps.src.mean, maps.trg.mean), torch.optim.Adam([src, trg], lr=0.0, betas=BETAS, eps=EPSILON, fused=True))

    @property
    def maps(self) -> Maps:
        matrices = (side.detach().numpy().copy() for side in (self.src, self.trg))
        return Maps(*(LanguageMap(matrix, mean) for matrix, mean in zip(matrices, self.means, strict=True)))

    def step(self, src: np.ndarray, trg: np.ndarray, learning_rate: float) -> float:
        """One update on paired CCWRs (n, d) each; returns the mean squared distance a pair. Raises RunError if it diverged."""
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.zero_grad()
        src, trg = (vectors if mean is None else vectors - mean for vectors, mean in zip((src, trg), self.means, strict=True))
        loss = pull_loss(torch.from_numpy(src) @ self.src.T, torch.from_numpy(trg) @ self.trg.T)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        value = float(loss.detach()) / max(1, len(src))
        if not np.isfinite(value):
            raise RunError(
                "Training diverged: the loss is no longer a finite number. Lower training.learning_rate or raise "
                "training.warmup_steps and start again."
            )
        return value

    def state(self) -> dict[str, np.ndarray]:
        """Maps and Adam moments as arrays, for a checkpoint."""
        arrays = {"src": self.src, "trg": self.trg}
        for side, parameter in (("src", self.src), ("trg", self.trg)):
            for name, value in self.optimizer.state.get(parameter, {}).items():
                arrays[f"{side}.{name}"] = value
        means = {f"{side}_mean": mean for side, mean in zip(("src", "trg"), self.means, strict=True) if mean is not None}
        return {name: value.detach().numpy().copy() for name, value in arrays.items()} | means

    @classmethod
    def from_state(cls, state: dict[str, np.ndarray]) -> Trainer:
        """The inverse of `state`."""
        trainer = cls.start(Maps(*(LanguageMap(state[side], state.get(f"{side}_mean")) for side in ("src", "trg"))))
        for side, parameter in (("src", trainer.src), ("trg", trainer.trg)):
            moments = {name.partition(".")[2]: value for name, value in state.items() if name.startswith(f"{side}.")}
            if moments:
                trainer.optimizer.state[parameter] = {name: torch.tensor(value) for name, value in moments.items()}
        return trainer
