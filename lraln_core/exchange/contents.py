"""Checks of the files of an untrusted archive before they are read: unpacked size and file type."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.alignment import maps
from lraln_core.choices import BUILT_IN
from lraln_core.encoder.embedded_tokenizer import data_file, open_file
from lraln_core.errors import LralnError, RunError
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder

MAX_RATIO = 300  # highest allowed ratio of unpacked to packed size; files of real runs have 3 to 20
SMALL = 64 << 20  # bytes that any file may unpack to
BATCH_ROWS, BATCH_BYTES = 1024, 32 << 20  # read at once
MAX_ROWS = 100_000_000
MAX_JSON = {".json": 8 << 20, ".jsonl": 16 << 20}  # bytes; as Python objects they take twenty times that
MAX_ENCODER_JSON = 64 << 20  # a tokenizer of 250,000 pieces has 17 MB; it is not read here


def most_bytes(name: str, packed: int) -> int:
    """Highest allowed unpacked size of a file of an archive, in bytes. packed: its packed size."""
    most = max(SMALL, MAX_RATIO * packed)
    if name.startswith("run/encoder/") and name.endswith(".json"):
        return min(most, MAX_ENCODER_JSON)
    return min(most, MAX_JSON.get(Path(name).suffix, most))


def check(folder: RunFolder, corpora: Path, most: int) -> None:
    """Raises RunError for Parquet files that unpack to more than `most` bytes, maps or JSON that cannot be read."""
    left = most
    for path in sorted([*folder.path.rglob("*.parquet"), *corpora.rglob("*.parquet")]):
        left -= _unpacked_bytes(path, left)
    dimension: int | None = None
    for path in (folder.maps, folder.last_maps, folder.tagging_maps):
        if path.exists():
            try:
                dimension = dimension or _dimension(folder)
                dimension = maps.load(path, dimension=dimension)[0].dimension
            except LralnError as error:
                raise RunError(f"This archive is damaged: run/{path.name} does not hold maps of its encoder.") from error
    for path in sorted([*folder.path.glob("*.json"), *corpora.rglob("*.json")]):
        try:
            read_json(path)
        except (LralnError, RecursionError) as error:
            raise RunError(f"This archive is damaged: {path.name} cannot be read.") from error


def _dimension(folder: RunFolder) -> int | None:
    """Of the word vectors of the run's encoder, where that is known without loading it. Raises LralnError for JSON that is damaged."""
    config = read_json(folder.config) if folder.config.is_file() else {}
    encoder = config.get("encoder") if isinstance(config, dict) else None
    layers = 2 if isinstance(encoder, dict) and encoder.get("inner_depth") else 1
    own = folder.encoder / "config.json"
    if own.is_file():
        settings = read_json(own)
        size = settings.get("hidden_size") if isinstance(settings, dict) else None
        return size * layers if isinstance(size, int) else None
    if not isinstance(encoder, dict) or encoder.get("name", BUILT_IN) != BUILT_IN:
        return None
    path = data_file()
    with open(path, "rb") as file:
        return open_file(file, path)[1].hidden * layers


def _unpacked_bytes(path: Path, most: int) -> int:
    """Unpacked size of a Parquet file, from reading it batch by batch: the sizes in its metadata may be false."""
    size = 0
    try:
        most = min(most, max(SMALL, MAX_RATIO * path.stat().st_size))
        with pq.ParquetFile(path) as file:
            facts = file.metadata
            claimed = [
                facts.row_group(i).column(j).total_uncompressed_size for i in range(facts.num_row_groups) for j in range(facts.num_columns)
            ]
            if facts.num_rows > MAX_ROWS or min(claimed, default=0) < 0 or sum(claimed) > most:
                raise _too_large()
            # A dictionary entry may be as long as the whole column and be repeated in every row.
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, max(claimed, default=0))))
            for batch in file.iter_batches(rows):
                size += batch.nbytes
                if size > most:
                    raise _too_large()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise RunError(f"This archive is damaged: {path.name} is not a readable table.") from error
    return size


def _too_large() -> RunError:
    return RunError("The tables of this archive are larger than those of a run can be; it was not imported.")
