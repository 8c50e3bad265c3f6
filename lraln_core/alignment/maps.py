"""Linear maps without bias, one per language, that are trained on mined pairs (paper, section 3.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from lraln_core.errors import MapsError
from lraln_core.files.tensor_files import save_arrays

FORMAT = "lraln-maps-1"


@dataclass(frozen=True)
class LanguageMap:
    """A word's mapped CCWR is W (E - mean) for the matrix W and the mean of its language; the paper's maps have no mean."""

    matrix: np.ndarray  # (d, d) float32
    mean: np.ndarray | None = None  # (d,) float32


@dataclass(frozen=True)
class Maps:
    """The maps of the two languages of a run."""

    src: LanguageMap
    trg: LanguageMap

    @property
    def dimension(self) -> int:
        return len(self.src.matrix)


def identity(dimension: int) -> Maps:
    """Maps that change nothing."""
    return Maps(LanguageMap(np.eye(dimension, dtype=np.float32)), LanguageMap(np.eye(dimension, dtype=np.float32)))


def add_noise(maps: Maps, noise: float, rng: np.random.Generator) -> Maps:
    """The maps with uniform noise in [0, noise) on every weight (paper, footnote 4)."""

    def draw(side: LanguageMap) -> LanguageMap:
        return LanguageMap(side.matrix + rng.random(side.matrix.shape, np.float32) * np.float32(noise), side.mean)

    return Maps(draw(maps.src), draw(maps.trg))


def apply(language_map: LanguageMap, vectors: np.ndarray) -> np.ndarray:
    """Mapped CCWRs. vectors (n, d) -> (n, d) float32."""
    vectors = np.asarray(vectors, np.float32)
    centred = vectors if language_map.mean is None else vectors - language_map.mean
    mapped: np.ndarray = centred @ language_map.matrix.T
    return mapped


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
    """Write a safetensors file; its metadata name the languages and the encoder of the maps."""
    metadata = {
        "format": FORMAT,
        "src_language": src_language,
        "trg_language": trg_language,
        "encoder": encoder,
        "encoder_fingerprint": encoder_fingerprint,
    }
    arrays = {}
    for name, side in (("src", maps.src), ("trg", maps.trg)):
        arrays[name] = side.matrix
        if side.mean is not None:
            arrays[f"{name}_mean"] = side.mean
    save_arrays(path, arrays, metadata)


def load(path: Path, *, dimension: int | None = None, encoder_fingerprint: str | None = None) -> tuple[Maps, dict[str, str]]:
    """Read maps and their metadata. Raises MapsError when damaged or made for another encoder."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError, ValueError, json.JSONDecodeError) as error:
        raise MapsError(f"{path} cannot be read as a maps file: {error}") from error
    maps = _checked(path, arrays)
    if dimension is not None and maps.dimension != dimension:
        raise MapsError(f"{path}: maps of {maps.dimension} dimensions do not fit an encoder of {dimension}.")
    made_for = metadata.get("encoder_fingerprint")
    if encoder_fingerprint and made_for and made_for != encoder_fingerprint:
        raise MapsError(f"{path}: these maps were trained on {metadata.get('encoder')!r} with other weights, layer, pooling or precision.")
    return maps, metadata


def _checked(path: Path, arrays: dict[str, np.ndarray]) -> Maps:
    if not {"src", "trg"} <= set(arrays) <= {"src", "trg", "src_mean", "trg_mean"}:
        raise MapsError(f"{path} is not a maps file: it holds {sorted(arrays)[:5]}, expected src and trg.")
    shape = arrays["src"].shape
    for name, array in arrays.items():
        wanted = shape if name in ("src", "trg") else shape[:1]
        if len(shape) != 2 or shape[0] != shape[1] or array.shape != wanted or array.dtype != np.float32:
            raise MapsError(f"{path}: maps must be two square float32 matrices of one size, found {name} {array.dtype} {array.shape}.")
        if not np.isfinite(array).all():
            raise MapsError(f"{path}: {name} holds values that are not finite numbers.")
    return Maps(*(LanguageMap(arrays[name], arrays.get(f"{name}_mean")) for name in ("src", "trg")))
