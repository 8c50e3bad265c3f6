"""Shared by all training of encoders: weights with the state of Adam on disk, repeatable randomness, atomic folders."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lraln_core.errors import EncoderError, WorkspaceError
from lraln_core.files.atomic import disk_errors, replacing
from lraln_core.files.tensor_files import safetensors_errors


class Trainee:
    """Named weights that learn, with Adam; everything needed to go on after an interruption goes to one safetensors file."""

    def __init__(self, weights: Mapping[str, torch.nn.Parameter], *, betas: tuple[float, float], epsilon: float):
        self.weights = dict(weights)
        for weight in self.weights.values():
            weight.requires_grad_(True)
        self.optimizer = torch.optim.Adam(list(self.weights.values()), lr=0.0, betas=betas, eps=epsilon, fused=True)

    def update(self, learning_rate: float, *, clip: float | None = None) -> None:
        """One step of Adam on the current gradients, which are then cleared; clip limits their joint norm."""
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(self.weights.values(), clip)
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def freeze(self) -> None:
        """Stop learning: no gradients from here on."""
        for weight in self.weights.values():
            weight.requires_grad_(False)

    def save(self, path: Path, note: dict[str, Any]) -> None:
        """Write weights, Adam moments and the note atomically. Raises WorkspaceError on a full disk."""
        tensors = {f"weight/{name}": weight.detach() for name, weight in self.weights.items()}
        for name, weight in self.weights.items():
            for key, value in self.optimizer.state.get(weight, {}).items():
                tensors[f"{key}/{name}"] = value
        _write(path, tensors, note)

    def restore(self, path: Path) -> dict[str, Any]:
        """The inverse of save; returns the note. Raises WorkspaceError when the file is damaged or of another training."""
        note, tensors = _read(path)
        self.load_weights({name.partition("/")[2]: value for name, value in tensors.items() if name.startswith("weight/")}, path)
        for name, weight in self.weights.items():
            moments = {key.partition("/")[0]: value for key, value in tensors.items() if key.partition("/")[2] == name}
            moments.pop("weight", None)
            if moments:
                # Adam keeps its step count on the processor unless it is fused, then beside the weight.
                self.optimizer.state[weight] = {key: value.to(weight.device) for key, value in moments.items()}
        return note

    def save_weights(self, path: Path) -> None:
        """Write the weights alone."""
        _write(path, {name: weight.detach() for name, weight in self.weights.items()}, {})

    def load_weights(self, values: Mapping[str, torch.Tensor] | Path, path: Path | None = None) -> None:
        """Take over weights by name, from a mapping or a file that save_weights wrote."""
        if isinstance(values, Path):
            path, values = values, _read(values)[1]
        shapes = {name: tuple(weight.shape) for name, weight in self.weights.items()}
        if {name: tuple(value.shape) for name, value in values.items()} != shapes:
            raise WorkspaceError(f"{path} belongs to another training; delete it and start again.")
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(values[name])


def _write(path: Path, tensors: Mapping[str, torch.Tensor], note: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        values = {name: value.cpu().contiguous() for name, value in tensors.items()}
        with safetensors_errors(path):
            save_file(values, temporary, metadata={"note": json.dumps(note)})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            return json.loads((file.metadata() or {})["note"]), {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WorkspaceError(f"{path} is damaged; delete it and start again.") from error


def require_absent(folder: Path) -> None:
    """Raises EncoderError when `folder` already exists."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EncoderError(f"{folder} exists already; choose another folder or delete it first.")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`; on success it is renamed to it, on failure it is deleted.

    Raises EncoderError when `folder` exists and is not empty, WorkspaceError when the disk refuses.
    """
    require_absent(folder)
    part = folder.parent / f".{folder.name}.{uuid.uuid4().hex}.part"
    with disk_errors(folder):
        part.mkdir(parents=True)
        try:
            yield part
            for path in part.iterdir():
                with open(path, "rb") as written:
                    os.fsync(written.fileno())
            if folder.is_dir():
                folder.rmdir()
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
