"""What the files of a stranger's run hold, looked at before anything reads them whole: size of the data, right kind of file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..alignment import maps
from ..errors import LralnError, RunError
from ..runs.folder import RunFolder
from ..workspace import read_json

BATCH_ROWS = 1024
MAX_ROWS = 100_000_000


def check(folder: RunFolder, corpora: Path, most_bytes: int) -> None:
    """Raises RunError for a Parquet file that unpacks to more than `most_bytes`, maps or JSON that cannot be read."""
    left = most_bytes
    for path in sorted([*folder.path.rglob("*.parquet"), *corpora.rglob("*.parquet")]):
        left -= _unpacked_bytes(path, left)
    for path in (folder.maps, folder.last_maps):
        if path.exists():
            try:
                maps.load(path)
            except LralnError as error:
                raise RunError(f"This archive is damaged: run/{path.name} holds no maps.") from error
    for path in sorted([*folder.path.rglob("*.json"), *corpora.rglob("*.json")]):
        try:
            read_json(path)
        except (LralnError, RecursionError) as error:
            raise RunError(f"This archive is damaged: {path.name} cannot be read.") from error


def _unpacked_bytes(path: Path, most: int) -> int:
    """Read a file once, a little at a time: what it says about its own size need not be true."""
    size = 0
    try:
        with pq.ParquetFile(path) as file:
            facts = file.metadata
            claimed = sum(facts.row_group(i).column(j).total_uncompressed_size
                          for i in range(facts.num_row_groups) for j in range(facts.num_columns))
            if facts.num_rows > MAX_ROWS or claimed > most:
                raise _too_large()
            for batch in file.iter_batches(BATCH_ROWS):
                size += batch.nbytes
                if size > most:
                    raise _too_large()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise RunError(f"This archive is damaged: {path.name} is no table that can be read.") from error
    return size


def _too_large() -> RunError:
    return RunError("The tables of this archive are larger than a run's can be; it was not taken in.")
