"""Export of a selection of mined pairs in any format; a million pairs need a few megabytes of memory."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from lraln_core.files.atomic import replacing
from lraln_core.records import Progress
from lraln_core.store.database import Database
from lraln_core.store.matching import coerce
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pair_rows import export_pairs
from lraln_core.store.queries.runs import RunRecord, one_run

from . import line_files, tmx

PACK_FROM = 100_000  # number of pairs from which text files are compressed


class PairFormat(StrEnum):
    """Export formats of pairs."""

    TSV = "tsv"
    PARQUET = "parquet"
    PHARAOH = "pharaoh"
    TMX = "tmx"
    MOSES = "moses"


@dataclass(frozen=True)
class Kind:
    """Description of a format, for users and browsers."""

    title: str
    about: str
    ending: str
    mime: str
    text: bool = False  # one text file, which may be compressed
    sentences: bool = False  # needs the corpora


KINDS = {
    PairFormat.TSV: Kind(
        "Table (TSV)",
        "One line for each pair with both sentences, in the order shown; for spreadsheets and most programs.",
        "tsv",
        "text/tab-separated-values",
        text=True,
    ),
    PairFormat.PARQUET: Kind(
        "Parquet",
        "The same table for Python, R and databases: small, with exact types and lists of words.",
        "parquet",
        "application/vnd.apache.parquet",
    ),
    PairFormat.PHARAOH: Kind(
        "Word alignment (Pharaoh)",
        "For word aligners: two files of tokenised sentences and, line by line, which words are paired (0-2 1-4). "
        "The sentences are not translations of each other.",
        "pharaoh.zip",
        "application/zip",
        sentences=True,
    ),
    PairFormat.TMX: Kind(
        "Translation memory (TMX 1.4)",
        "One unit for each pair, with similarity, iteration and both sentences as notes; for translation tools and terminology programs.",
        "tmx",
        "application/x-tmx+xml",
        text=True,
    ),
    PairFormat.MOSES: Kind(
        "Parallel files (Moses)",
        "Two text files, one word a line: line 7 of one is paired with line 7 of the other. For "
        "training a dictionary or a translation system.",
        "moses.zip",
        "application/zip",
    ),
}


def write_pairs(
    db: Database, filter: PairFilter, path: Path, format: PairFormat | str, *, packed: bool = False, progress: Progress | None = None
) -> None:
    """Write the selected pairs atomically. With `packed` a text file is compressed with gzip.

    Raises ConfigError for an unknown format, RunError for an unknown run or one whose sentences are needed and missing,
    WorkspaceError when the file cannot be written.
    """
    chosen: PairFormat = coerce(PairFormat, format, "format")
    run = one_run(db, filter.run_id)
    write = _WRITERS[chosen]
    with replacing(path) as temporary:
        if packed and KINDS[chosen].text:
            with _beside(temporary) as plain:
                write(db, filter, run, plain, progress)
                _pack(plain, temporary)
        else:
            write(db, filter, run, temporary, progress)


def file_name(run: RunRecord, format: PairFormat, *, packed: bool = False) -> str:
    """Suggested name of the file."""
    kind = KINDS[format]
    return f"{run.id}-pairs.{kind.ending}{'.gz' if packed and kind.text else ''}"


def _table(format: str, db: Database, filter: PairFilter, run: RunRecord, path: Path, progress: Progress | None) -> None:
    export_pairs(db, filter, path, format, progress=progress)


_Writer = Callable[[Database, PairFilter, RunRecord, Path, Progress | None], None]
_WRITERS: dict[PairFormat, _Writer] = {
    PairFormat.TSV: partial(_table, "tsv"),
    PairFormat.PARQUET: partial(_table, "parquet"),
    PairFormat.PHARAOH: line_files.write_pharaoh,
    PairFormat.TMX: tmx.write,
    PairFormat.MOSES: line_files.write_moses,
}


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A path for the uncompressed file on the same disk."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        yield Path(folder) / "plain"


def _pack(plain: Path, packed: Path) -> None:
    with open(plain, "rb") as source, open(packed, "wb") as target, gzip.GzipFile("", "wb", 6, target, mtime=0) as zipped:
        shutil.copyfileobj(source, zipped, 1 << 20)
