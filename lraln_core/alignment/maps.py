"""Linear maps without bias, one per language, that are trained on mined pairs (paper, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from lraln_core.errors import MapsError
from lraln_core.files.tensor_files import save_arrays

FORMAT = "lraln-maps-1"
MOST_DIMENSIONS = 65_536


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
    """Mapped CCWRs. vectors (n, d) -> (n, d) float32. Raises MapsError for vectors of another encoder's dimension."""
    vectors = np.asarray(vectors, np.float32)
    if vectors.shape[-1] != len(language_map.matrix):
        raise MapsError(f"Maps of {len(language_map.matrix)} dimensions do not fit word vectors of {vectors.shape[-1]}.")
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
    """Read maps and their metadata; both may come from anywhere. Data type and shape are checked before an array is read.

    Raises MapsError when the file is damaged, incomplete or made for another encoder.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            _require_shapes(path, {name: (file.get_slice(name).get_dtype(), file.get_slice(name).get_shape()) for name in file.keys()})
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise MapsError(f"{path} cannot be read as a maps file: {error}") from error
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise MapsError(f"{path}: {name} holds values that are not finite numbers.")
    maps = Maps(*(LanguageMap(arrays[name], arrays.get(f"{name}_mean")) for name in ("src", "trg")))
    missing = [key for key in ("src_language", "trg_language", "encoder", "encoder_fingerprint") if key not in metadata]
    if metadata.get("format") != FORMAT or missing:
        raise MapsError(
            f"{path} does not say which {' and '.join(missing) or 'format'} its maps are for; export them again from their run."
        )
    if dimension is not None and maps.dimension != dimension:
        raise MapsError(f"{path}: maps of {maps.dimension} dimensions do not fit an encoder of {dimension}.")
    if encoder_fingerprint and metadata["encoder_fingerprint"] not in ("", encoder_fingerprint):
        raise MapsError(f"{path}: these maps were trained on {metadata['encoder']!r} with other weights, layer, pooling or precision.")
    return maps, metadata


def fingerprint_in(path: Path) -> str:
    """The fingerprint of the encoder that the maps in a file are for; "" where the file cannot be read or names none."""
    try:
        with safe_open(path, framework="numpy") as file:
            return str((file.metadata() or {}).get("encoder_fingerprint", ""))
    except (OSError, SafetensorError, ValueError):
        return ""


def _require_shapes(path: Path, found: dict[str, tuple[str, list[int]]]) -> None:
    """found: data type and shape by name. Raises MapsError."""
    if not {"src", "trg"} <= set(found) <= {"src", "trg", "src_mean", "trg_mean"}:
        raise MapsError(f"{path} is not a maps file: it holds {sorted(found)[:5]}, expected src and trg.")
    size = found["src"][1][:1]
    for name, (dtype, shape) in found.items():
        wanted = size * 2 if name in ("src", "trg") else size
        if dtype != "F32" or not size or not 0 < size[0] <= MOST_DIMENSIONS or list(shape) != wanted:
            raise MapsError(f"{path}: maps must be two square float32 matrices of one size, found {name} {dtype} {tuple(shape)}.")
