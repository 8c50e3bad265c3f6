"""The files of a projection: 2-D points with their sentences and neighbours, and figures about the full space."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from safetensors import SafetensorError, safe_open

from lraln_core.errors import ConfigError, RunError, WorkspaceError
from lraln_core.files.read_only import require_changes_allowed

from . import schemas
from .atomic import read_json, write_json
from .run_folder import RunFolder
from .schemas import MOMENTS
from .tensor_files import save_arrays

FORMAT = 1  # increase it when the same options give other files
LEAST, MOST, USUAL = 50, 20_000, 2000  # points a side
NEIGHBOURS = 10  # kept for each point


class PointSource(StrEnum):
    """Source of the points: words of the test set with their gold translations, or mined pairs."""

    TEST = "test"
    MINED = "mined"


class Method(StrEnum):
    """Method of the projection to two dimensions."""

    PCA = "pca"
    UMAP = "umap"


class Nearness(StrEnum):
    """Measure of nearness between words of the two languages."""

    CSLS = "csls"
    COSINE = "cosine"


@dataclass(frozen=True)
class ProjectionOptions:
    """Options of a projection. Raises ConfigError for a value out of range."""

    source: PointSource = PointSource.TEST
    points: int = USUAL  # a side, at most
    seed: int = 1

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "source", PointSource(self.source))
        except ValueError as error:
            raise ConfigError(f"There are no points {self.source!r}; choose {' or '.join(PointSource)}.") from error
        if not LEAST <= self.points <= MOST:
            raise ConfigError(f"{self.points} points a side cannot be drawn; choose {LEAST} to {MOST}.")
        if not 0 <= self.seed < 2**31:
            raise ConfigError(f"The seed {self.seed} is not a whole number from 0.")

    @property
    def key(self) -> str:
        """Name of these options in file names."""
        text = json.dumps({"format": FORMAT} | asdict(self), sort_keys=True)
        return f"{self.source}-{hashlib.blake2b(text.encode(), digest_size=5).hexdigest()}"

    @property
    def job(self) -> str:
        """Name of the job that computes the projection."""
        return f"projection-{self.key}"

    def command(self, run: RunFolder, *, umap: bool = False, vectors: bool = False) -> list[str]:
        """The arguments of `project` for these options."""
        return [
            "project",
            "--run-dir",
            str(run.path),
            "--source",
            str(self.source),
            "--points",
            str(self.points),
            "--seed",
            str(self.seed),
            "--quiet",
            *(["--umap"] if umap else []),
            *(["--vectors"] if vectors else []),
        ]


@dataclass(frozen=True)
class Figures:
    """Figures about the full space, before or after alignment."""

    mixing: float
    matched_distance: float
    random_distance: float


@dataclass(frozen=True)
class Projection:
    """Points in order, those of the source language first.

    points: side (src, trg), sentence (number in its corpus or test set), word (position), token, words (the sentence),
    and for each moment and nearness `near_<nearness>_<moment>` (point numbers in the other language, nearest first) with
    `similarity_<nearness>_<moment>` (their cosines). planes: x_before, y_before, x_after, y_after.
    """

    points: pd.DataFrame
    pairs: np.ndarray  # (p, 2) int64, point numbers of matched words, source then target
    figures: dict[str, Figures]  # by moment
    planes: dict[Method, pd.DataFrame]

    @property
    def src_count(self) -> int:
        return int((self.points["side"] == "src").sum())


def is_ready(run: RunFolder, options: ProjectionOptions, method: Method) -> bool:
    """Whether the coordinates were computed."""
    return run.projection(options.key).exists() and run.projection_plane(options.key, method).exists()


def save_points(
    run: RunFolder, options: ProjectionOptions, points: pd.DataFrame, pairs: np.ndarray, figures: dict[str, Figures], pca: pd.DataFrame
) -> None:
    """Write all files of a projection except the UMAP coordinates, the facts last. Raises WorkspaceError."""
    schemas.write(run.projection_points(options.key), {str(name): column for name, column in points.items()}, schemas.PROJECTION_POINTS)
    save_plane(run, options, Method.PCA, pca)
    write_json(
        run.projection(options.key),
        {
            "options": asdict(options),
            "pairs": pairs.tolist(),
            "figures": {moment: asdict(one) for moment, one in figures.items()},
        },
    )


def save_plane(run: RunFolder, options: ProjectionOptions, method: Method, plane: pd.DataFrame) -> None:
    schemas.write(
        run.projection_plane(options.key, method), {str(name): column for name, column in plane.items()}, schemas.PROJECTION_PLANE
    )


def save_vectors(run: RunFolder, options: ProjectionOptions, vectors: dict[str, np.ndarray]) -> None:
    """Write the vectors of the points, (n, d) by moment, in float16. Raises WorkspaceError."""
    save_arrays(run.projection_vectors(options.key), {moment: vectors[moment].astype(np.float16) for moment in MOMENTS})


def has_vectors(run: RunFolder, options: ProjectionOptions) -> bool:
    """Whether the vectors of the points are kept."""
    return run.projection_vectors(options.key).exists()


def load_vectors(run: RunFolder, options: ProjectionOptions) -> dict[str, np.ndarray]:
    """The vectors of the points, (n, d) float16 by moment. Raises RunError when they are not there or damaged."""
    path = run.projection_vectors(options.key)
    try:
        with safe_open(path, framework="numpy") as file:
            found = {moment: file.get_tensor(moment) for moment in MOMENTS}
        if any(array.ndim != 2 or len(array) != len(found["before"]) for array in found.values()):
            raise ValueError("the numbers of points differ")
    except FileNotFoundError as error:
        raise RunError(f"The vectors of the points of the run {run.id} were not kept; compute them again.") from error
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged; compute the points again.") from error
    return found


def load_projection(run: RunFolder, options: ProjectionOptions) -> Projection:
    """The projection for these options. Raises RunError when it was not computed yet or a file is damaged."""
    facts = run.projection(options.key)
    try:
        values: dict[str, Any] = read_json(facts)
        points = schemas.read(run.projection_points(options.key), schemas.PROJECTION_POINTS).to_pandas()
        files = {method: run.projection_plane(options.key, method) for method in Method}
        planes = {method: schemas.read(path, schemas.PROJECTION_PLANE).to_pandas() for method, path in files.items() if path.exists()}
        pairs = np.array(values["pairs"], np.int64).reshape(-1, 2)
        figures = {
            moment: Figures(**{field.name: float(values["figures"][moment][field.name]) for field in fields(Figures)}) for moment in MOMENTS
        }
        if any(len(plane) != len(points) for plane in planes.values()) or pairs.max(initial=-1) >= len(points):
            raise ValueError("the numbers of points differ")
    except FileNotFoundError as error:
        raise RunError(f"The points of the run {run.id} were not computed yet.") from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, pa.ArrowException, WorkspaceError) as error:
        raise RunError(f"{facts} or a file beside it is damaged; press Compute again.") from error
    return Projection(points, pairs, figures, planes)


def remove_projection(run: RunFolder, options: ProjectionOptions) -> None:
    """Delete a projection, so that it can be computed again. Raises WorkspaceError."""
    require_changes_allowed()
    planes = (run.projection_plane(options.key, method) for method in Method)
    for path in (run.projection(options.key), run.projection_points(options.key), run.projection_vectors(options.key), *planes):
        path.unlink(missing_ok=True)
