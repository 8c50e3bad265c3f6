"""A monolingual corpus on disk: a folder named after its content, prepared once and read by position."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.errors import ConfigError, CorpusError, WorkspaceError
from lraln_core.files.atomic import disk_errors, read_json, write_json
from lraln_core.records import Progress, Words

from . import report as reports
from .formats.detect import Format, detect
from .formats.sentences import INTERLINEAR, ReadOptions, read_sentences
from .languages import get_language, script_for
from .preparation import Counts, write_sentences
from .reading import open_regular, read_errors
from .report import CorpusLimits, CorpusReport
from .tokenization import tokenizer_for, tokenizer_version

PREPARATION = 1  # raise it when the same file would give other sentences: old folders are then prepared anew
SENTENCES = "sentences.parquet"
REPORT = "report.json"
ABANDONED_SECONDS = 2 * 24 * 3600
_LATER_SETTINGS = ("format", "encoding", "tier")  # not in the ids of earlier versions, which stay valid
SCRIPT_SAMPLE = 500  # first lines from which the script of a text is determined


@dataclass(frozen=True)
class Corpus:
    """Sentences by position, from 0; nothing is held in memory."""

    id: str
    folder: Path
    language: str
    report: CorpusReport

    def __len__(self) -> int:
        return self.report.kept

    @property
    def sentences_path(self) -> Path:
        return self.folder / SENTENCES

    def first(self, count: int) -> Corpus:
        """The same corpus, cut to its first sentences; the positions and the id stay the same."""
        return dataclasses.replace(self, report=dataclasses.replace(self.report, kept=min(count, len(self))))

    def words(self, indices: Sequence[int] | np.ndarray) -> list[Words]:
        """The words of the sentences at these positions, in this order; one row group is in memory at a time."""
        return [tuple(words) for words in self._take("words", indices)]

    def texts(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        """The sentences as they were written (after cleaning), in the order of the positions."""
        return self._take("text", indices)

    @property
    def glossed(self) -> bool:
        """Whether the text has interlinear glosses."""
        return "glosses" in pq.read_schema(self.sentences_path).names

    def glosses(self, indices: Sequence[int] | np.ndarray) -> list[tuple[str, ...]]:
        """The interlinear glosses of the sentences, one a word; () for each sentence where the text has none."""
        if not self.glossed:
            return [()] * len(indices)
        return [tuple(glosses or ()) for glosses in self._take("glosses", indices)]

    def _take(self, column: str, indices: Sequence[int] | np.ndarray) -> list[Any]:
        wanted = np.asarray(indices, np.int64).reshape(-1)
        if len(wanted) and not (0 <= wanted.min() and wanted.max() < len(self)):
            raise IndexError(f"Corpus {self.id} has sentences 0 to {len(self) - 1}, not {wanted.min()} to {wanted.max()}.")
        out: list[Any] = [None] * len(wanted)
        try:
            with pq.ParquetFile(self.sentences_path) as file:
                sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
                starts = np.concatenate([[0], np.cumsum(sizes)])
                group_of = np.searchsorted(starts, wanted, side="right") - 1
                for group in np.unique(group_of):
                    places = np.flatnonzero(group_of == group)
                    values = file.read_row_group(int(group), columns=[column]).column(0)
                    for place, value in zip(places, values.take(pa.array(wanted[places] - starts[group])).to_pylist(), strict=True):
                        out[place] = value
        except (OSError, pa.ArrowException) as error:
            raise WorkspaceError(f"{self.sentences_path} is missing or damaged; add the corpus again.") from error
        return out


def is_corpus_id(text: str) -> bool:
    """Whether the text has the form of an id of `prepare_corpus`: 32 hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def open_corpus(folder: Path) -> Corpus:
    """A corpus that was prepared before. Raises CorpusError when there is none, WorkspaceError when it is damaged."""
    folder = Path(folder)
    try:
        report = reports.from_json(read_json(folder / REPORT))
        rows = pq.read_metadata(folder / SENTENCES).num_rows
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CorpusError(f"There is no prepared corpus in {folder}.") from error
    except (OSError, pa.ArrowException) as error:
        raise WorkspaceError(f"{folder / SENTENCES} is damaged; add the corpus again.") from error
    if rows != report.kept:
        raise WorkspaceError(f"{folder / SENTENCES} holds {rows} sentences, its report says {report.kept}; add the corpus again.")
    return Corpus(folder.name, folder, report.language, report)


def prepare_corpus(
    path: Path,
    language: str,
    folder_root: Path,
    *,
    tokenized: bool = False,
    column: str = "",
    format: str = "",
    encoding: str = "",
    tier: str = "",
    limits: CorpusLimits = CorpusLimits(),
    limit: int = 0,
    progress: Progress | None = None,
) -> Corpus:
    """Read a text file into `folder_root/<id>/`, or open that folder where the same content was prepared before.

    column, format, encoding and tier are those of `formats.sentences.ReadOptions`; the words of interlinear texts and, with
    `tokenized`, of treebanks are those of the file. limit keeps the first sentences only (0: all);
    progress counts bytes of the file. Memory grows by 8 bytes a sentence and 8 a different word only. The folder
    appears whole or not at all, and several processes may prepare the same corpus at once.
    Raises CorpusError (file), LanguageError (code), ConfigError (limits), WorkspaceError (disk).
    """
    path, folder_root, column = Path(path), Path(folder_root), column.strip()
    if type(limit) is not int or limit < 0:
        raise ConfigError(f"limit = {limit!r} must be a whole number from 0.")
    known = get_language(language)
    reading = ReadOptions(column=column, format=format, encoding=encoding.strip(), tier=tier.strip())
    found = detect(path, format=format, column=column, encoding=reading.encoding).format
    script = script_for(known, _first_texts(path, known.code, reading))
    tokenizer = tokenizer_for(known.code, tokenized=tokenized or found in (Format.FLEXTEXT, Format.TOOLBOX), script=script)
    settings = {
        "language": known.code,
        "tokenized": tokenized,
        "column": column,
        "tokenizer": tokenizer_version(known.code, tokenized=tokenized, script=script),
        "limits": limits,
        "limit": limit,
        "format": found.value,
        "encoding": reading.encoding,
        "tier": reading.tier,
    }
    before = _stamp(path)
    folder = folder_root / _identity(path, settings)
    if _is_whole(folder):
        return open_corpus(folder)
    part = folder_root / f".{folder.name}.{uuid.uuid4().hex}.part"
    with disk_errors(folder_root):
        part.mkdir(parents=True)
        _sweep(folder_root)
        try:
            counts = write_sentences(
                read_sentences(path, known.code, reading, progress=progress),
                part / SENTENCES,
                tokenizer=tokenizer,
                script=script,
                limits=limits,
                limit=limit,
                own_words=tokenized,
                glossed=found in INTERLINEAR,
            )
            if not counts.kept:
                raise CorpusError(_nothing_kept(path, counts, limits))
            if _stamp(path) != before:
                raise CorpusError(f"{path.name} changed while it was read; start again.")
            write_json(part / REPORT, _report(path, counts, settings).to_json())
            _publish(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return open_corpus(folder)


def _first_texts(path: Path, language: str, reading: ReadOptions) -> Iterator[str]:
    """The first sentences of a file, read only where the language alone does not say what script to expect."""
    for line in itertools.islice(read_sentences(path, language, reading), SCRIPT_SAMPLE):
        if line.text:
            yield line.text


def _report(path: Path, counts: Counts, settings: dict[str, Any]) -> CorpusReport:
    return CorpusReport(
        file=path.name,
        lines=counts.lines,
        kept=counts.kept,
        dropped=dict(counts.dropped.most_common()),
        examples=counts.examples,
        words=counts.words,
        types=len(counts.types),
        letters=dict(counts.letters.most_common()),
        **settings,
    )


def _identity(path: Path, settings: dict[str, Any]) -> str:
    """The same content and settings give the same id, on every machine."""
    with open_regular(path) as file, read_errors(path):
        content = hashlib.file_digest(cast(io.BufferedIOBase, file), lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    whole = {
        **{name: value for name, value in settings.items() if name not in _LATER_SETTINGS},
        **{name: settings[name] for name in ("encoding", "tier") if settings[name]},
        "limits": dataclasses.asdict(settings["limits"]),
        "kind": "lines" if settings["format"] == Format.PLAIN else settings["format"],
        "content": content,
        "preparation": PREPARATION,
    }
    return hashlib.blake2b(json.dumps(whole, sort_keys=True).encode(), digest_size=16).hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    with read_errors(path):
        state = path.stat()
        return state.st_size, state.st_mtime_ns


def _is_whole(folder: Path) -> bool:
    try:
        open_corpus(folder)
    except (CorpusError, WorkspaceError):
        return False
    return True


def _sweep(folder_root: Path) -> None:
    """Remove what a killed process left behind."""
    for left in folder_root.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left)


def _publish(part: Path, folder: Path) -> None:
    """Give the finished folder its name. A whole one that another process put there meanwhile stays, a damaged one goes."""
    with open(part / SENTENCES, "rb") as written:
        os.fsync(written.fileno())
    try:
        part.rename(folder)
    except OSError:
        if _is_whole(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)


def _nothing_kept(path: Path, counts: Counts, limits: CorpusLimits) -> str:
    most = "" if limits.max_words is None else f" to {limits.max_words}"
    why = ", ".join(f"{count:,} {reason}" for reason, count in counts.dropped.most_common())
    lines = "its only line" if counts.lines == 1 else f"any of its {counts.lines:,} lines"
    return (
        f"{path.name}: cannot use {lines} ({why}); a sentence has {limits.min_words}{most} words. Give a text with one whole sentence "
        "a line."
    )
