"""The words of a space with their vectors, for Embedding Atlas (Parquet) and the TensorFlow Embedding Projector (TSV in a zip file)."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.errors import ConfigError
from lraln_core.files.atomic import replacing
from lraln_core.files.projection_files import Projection
from lraln_core.files.schemas import MOMENTS

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class SpaceFormat(StrEnum):
    """The programs that a space is written for."""

    ATLAS = "embedding-atlas"
    PROJECTOR = "projector"


ENDINGS = {SpaceFormat.ATLAS: ".parquet", SpaceFormat.PROJECTOR: ".zip"}
HOW = {
    SpaceFormat.ATLAS: "embedding-atlas FILE --text word --x x_after --y y_after --neighbors neighbors_after",
    SpaceFormat.PROJECTOR: "unpack the file; on projector.tensorflow.org press Load, and choose vectors-after.tsv and metadata.tsv",
}


def format_of(path: Path) -> SpaceFormat:
    """The format that the ending of a file name means. Raises ConfigError."""
    for format, ending in ENDINGS.items():
        if path.name.lower().endswith(ending):
            return format
    raise ConfigError(f"{path.name}: the name of a file of vectors ends in .parquet (Embedding Atlas) or .zip (Embedding Projector).")


def write_space(
    path: Path, format: SpaceFormat, projection: Projection, vectors: dict[str, np.ndarray], languages: tuple[str, str]
) -> None:
    """Write a file that appears whole or not at all. vectors: (points, d) by moment; languages: codes of source and target.

    Raises WorkspaceError when it cannot be written.
    """
    with replacing(Path(path)) as temporary, open(temporary, "wb") as file:
        _WRITERS[format](file, projection, vectors, languages)


def space_bytes(format: SpaceFormat, projection: Projection, vectors: dict[str, np.ndarray], languages: tuple[str, str]) -> bytes:
    """The content of the file that `write_space` writes."""
    memory = io.BytesIO()
    _WRITERS[format](memory, projection, vectors, languages)
    return memory.getvalue()


def _write_atlas(file: IO[bytes], projection: Projection, vectors: dict[str, np.ndarray], languages: tuple[str, str]) -> None:
    """One row a word: its language, sentence, partners, and for each moment vector, coordinates of each method and neighbours."""
    points = projection.points
    columns: dict[str, pa.Array] = {
        "id": pa.array(range(len(points)), pa.int64()),
        "word": pa.array(points["token"], pa.string()),
        "language": pa.array([languages[side == "trg"] for side in points["side"]], pa.string()),
        "sentence": pa.array([" ".join(words) for words in points["words"]], pa.string()),
        "sentence_number": pa.array(points["sentence"], pa.int64()),
        "word_number": pa.array(points["word"], pa.int64()),
        "partners": pa.array(_partners(projection), pa.list_(pa.string())),
    }
    for moment in MOMENTS:
        columns[f"vector_{moment}"] = pa.array(list(vectors[moment].astype(np.float32)), pa.list_(pa.float32()))
        for method, plane in projection.planes.items():
            suffix = "" if method == next(iter(projection.planes)) else f"_{method}"
            for axis in ("x", "y"):
                columns[f"{axis}_{moment}{suffix}"] = pa.array(plane[f"{axis}_{moment}"], pa.float32())
        columns[f"neighbors_{moment}"] = pa.array(
            [
                {"ids": [int(one) for one in near], "distances": [1.0 - float(one) for one in similarity]}
                for near, similarity in zip(points[f"near_csls_{moment}"], points[f"similarity_csls_{moment}"], strict=True)
            ],
            pa.struct([("ids", pa.list_(pa.int64())), ("distances", pa.list_(pa.float64()))]),
        )
    pq.write_table(pa.table(columns), file, compression="zstd")


def _write_projector(file: IO[bytes], projection: Projection, vectors: dict[str, np.ndarray], languages: tuple[str, str]) -> None:
    """vectors-before.tsv, vectors-after.tsv, one row a word without a head, and metadata.tsv with one."""
    points = projection.points
    rows = ["word\tlanguage\tpartners\tsentence"]
    for token, side, partners, words in zip(points["token"], points["side"], _partners(projection), points["words"], strict=True):
        cells = (token, languages[side == "trg"], ", ".join(partners), " ".join(words))
        rows.append("\t".join(_BREAKS.sub(" ", cell) for cell in cells))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for moment in MOMENTS:
            text = "".join("\t".join(f"{value:.6g}" for value in row) + "\n" for row in vectors[moment].tolist())
            archive.writestr(f"vectors-{moment}.tsv", text)
        archive.writestr("metadata.tsv", "\n".join(rows) + "\n")


def _partners(projection: Projection) -> list[list[str]]:
    """The words each word is matched with, by point."""
    found: list[list[str]] = [[] for _ in range(len(projection.points))]
    tokens = projection.points["token"].tolist()
    for src, trg in projection.pairs.tolist():
        found[src].append(tokens[trg])
        found[trg].append(tokens[src])
    return [list(dict.fromkeys(partners)) for partners in found]


_WRITERS = {SpaceFormat.ATLAS: _write_atlas, SpaceFormat.PROJECTOR: _write_projector}
