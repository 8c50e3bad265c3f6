"""One linear map per language, without bias, that brings mined pairs together (paper, section 3.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ..errors import MapsError
from ..workspace import replacing

FORMAT = "lraln-maps-1"


@dataclass(frozen=True)
class Maps:
    """A word's mapped CCWR is W E for the matrix W of its language."""

    src: np.ndarray  # (d, d) float32
    trg: np.ndarray  # (d, d) float32

    @property
    def dimension(self) -> int:
        return self.src.shape[0]


def identity(dimension: int) -> Maps:
    """Maps that change nothing."""
    return Maps(np.eye(dimension, dtype=np.float32), np.eye(dimension, dtype=np.float32))


def identity_with_noise(dimension: int, noise: float, rng: np.random.Generator) -> Maps:
    """The starting point: identity plus uniform noise in [0, noise) (paper, footnote 4)."""
    draw = lambda: np.eye(dimension, dtype=np.float32) + rng.random((dimension, dimension), np.float32) * np.float32(noise)  # noqa: E731
    return Maps(draw(), draw())


def apply(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(d, d), (n, d) -> (n, d) float32."""
    return np.asarray(vectors, np.float32) @ matrix.T


def norm(matrix: np.ndarray) -> float:
    """Root mean square of the singular values; 1 for the identity, towards 0 for a map that shrinks everything."""
    return float(np.linalg.norm(matrix) / np.sqrt(len(matrix)))


def effective_rank(matrix: np.ndarray) -> float:
    """exp of the entropy of the normalised singular values [Roy and Vetterli 2007]; d for the identity, 1 for rank one."""
    values = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
    total = values.sum()
    if not np.isfinite(total) or total <= 0:
        return 0.0
    share = values[values > 0] / total
    return float(np.exp(-(share * np.log(share)).sum()))


def save(path: Path, maps: Maps, *, src_language: str, trg_language: str, encoder: str, encoder_fingerprint: str) -> None:
    """Write a safetensors file that says which languages and encoder the maps are for."""
    metadata = {
        "format": FORMAT, "src_language": src_language, "trg_language": trg_language,
        "encoder": encoder, "encoder_fingerprint": encoder_fingerprint,
    }
    with replacing(path) as temporary:
        save_file({"src": np.ascontiguousarray(maps.src), "trg": np.ascontiguousarray(maps.trg)}, temporary, metadata=metadata)


def load(path: Path, *, dimension: int | None = None, encoder_fingerprint: str | None = None) -> tuple[Maps, dict[str, str]]:
    """Read maps and their metadata. Raises MapsError when damaged or made for another encoder."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if set(file.keys()) != {"src", "trg"}:
                raise MapsError(f"{path} is not a maps file: it holds {sorted(file.keys())[:5]}, expected src and trg.")
            maps = Maps(file.get_tensor("src"), file.get_tensor("trg"))
    except (OSError, SafetensorError, ValueError, json.JSONDecodeError) as error:
        raise MapsError(f"{path} cannot be read as a maps file: {error}") from error
    for side in (maps.src, maps.trg):
        if side.ndim != 2 or side.shape[0] != side.shape[1] or side.shape != maps.src.shape or side.dtype != np.float32:
            raise MapsError(f"{path}: maps must be two square float32 matrices of one size, found {side.dtype} {side.shape}.")
        if not np.isfinite(side).all():
            raise MapsError(f"{path}: a map holds values that are not finite numbers.")
    if dimension is not None and maps.dimension != dimension:
        raise MapsError(f"{path}: maps of {maps.dimension} dimensions do not fit an encoder of {dimension}.")
    made_for = metadata.get("encoder_fingerprint")
    if encoder_fingerprint and made_for and made_for != encoder_fingerprint:
        raise MapsError(f"{path}: these maps were trained on {metadata.get('encoder')!r} with other weights, layer or pooling.")
    return maps, metadata
