"""What the files of a stranger's run hold, looked at before anything reads them whole: size of the data, right kind of file."""

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

MAX_RATIO = 300  # how many times its size a file may unpack to; those of a run do so 3 to 20 times
SMALL = 64 << 20  # bytes that a file may unpack to whatever its size
BATCH_ROWS, BATCH_BYTES = 1024, 32 << 20  # read at once
MAX_ROWS = 100_000_000
MAX_JSON = {".json": 8 << 20, ".jsonl": 16 << 20}  # bytes; as Python objects they take twenty times that
MAX_ENCODER_JSON = 64 << 20  # a tokenizer of 250,000 pieces has 17 MB; it is not read here


def most_bytes(name: str, packed: int) -> int:
    """What a file of an archive may unpack to."""
    most = max(SMALL, MAX_RATIO * packed)
    if name.startswith("run/encoder/") and name.endswith(".json"):
        return min(most, MAX_ENCODER_JSON)
    return min(most, MAX_JSON.get(Path(name).suffix, most))


def check(folder: RunFolder, corpora: Path, most: int) -> None:
    """Raises RunError for Parquet files that unpack to more than `most` bytes, maps or JSON that cannot be read."""
    left = most
    for path in sorted([*folder.path.rglob("*.parquet"), *corpora.rglob("*.parquet")]):
        left -= _unpacked_bytes(path, left)
    for path in (folder.maps, folder.last_maps, folder.tagging_maps):
        if path.exists():
            try:
                maps.load(path, dimension=_dimension(folder))
            except LralnError as error:
                raise RunError(f"This archive is damaged: run/{path.name} holds no maps of its encoder.") from error
    for path in sorted([*folder.path.glob("*.json"), *corpora.rglob("*.json")]):
        try:
            read_json(path)
        except (LralnError, RecursionError) as error:
            raise RunError(f"This archive is damaged: {path.name} cannot be read.") from error


def _dimension(folder: RunFolder) -> int | None:
    """Of the word vectors of the run's encoder, where that is known without loading it. Raises LralnError for JSON that is damaged."""
    own = folder.encoder / "config.json"
    if own.is_file():
        settings = read_json(own)
        size = settings.get("hidden_size") if isinstance(settings, dict) else None
        return size if isinstance(size, int) else None
    config = read_json(folder.config) if folder.config.is_file() else {}
    encoder = config.get("encoder") if isinstance(config, dict) else None
    if not isinstance(encoder, dict) or encoder.get("name", BUILT_IN) != BUILT_IN:
        return None
    path = data_file()
    with open(path, "rb") as file:
        return open_file(file, path)[1].hidden


def _unpacked_bytes(path: Path, most: int) -> int:
    """Read a file once, a little at a time: what it says about its own size need not be true."""
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
            # A word in a dictionary may be as long as its whole column and stand in every row.
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, max(claimed, default=0))))
            for batch in file.iter_batches(rows):
                size += batch.nbytes
                if size > most:
                    raise _too_large()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise RunError(f"This archive is damaged: {path.name} is no table that can be read.") from error
    return size


def _too_large() -> RunError:
    return RunError("The tables of this archive are larger than a run's can be; it was not taken in.")
