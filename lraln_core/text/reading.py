"""Lines of a text file, plain or .gz, as a stream: any damage is one sentence, and memory does not grow with the file."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lraln_core.errors import CorpusError
from lraln_core.records import Progress

MAX_LINE_BYTES = 1_000_000
MAX_UNPACKED_BYTES = 64 * 2**30
MAX_UNPACKED_RATIO = 300  # text packs 3 to 10 times; a gzip bomb a thousand times
_CHUNK = 128 * 1024
_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_FOREIGN = {
    b"\xff\xfe\x00\x00": "is UTF-32; save the file as UTF-8",
    b"\x00\x00\xfe\xff": "is UTF-32; save the file as UTF-8",
    b"\xff\xfe": "is UTF-16; save the file as UTF-8",
    b"\xfe\xff": "is UTF-16; save the file as UTF-8",
    b"PK\x03\x04": "is a zip archive or an office document; save its text as UTF-8",
    b"\xfd7zXZ\x00": "is packed with xz; unpack it or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it or pack it with gzip",
    b"%PDF-": "is a PDF; save its text as UTF-8",
}


class Line(NamedTuple):
    """One line, numbered from 1; `text` is None for a line longer than the limit."""

    number: int
    text: str | None


def read_lines(
    path: Path,
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    max_unpacked_bytes: int = MAX_UNPACKED_BYTES,
    progress: Progress | None = None,
) -> Iterator[Line]:
    """Stream the lines of a UTF-8 file without their ends (\\n, \\r\\n or \\r); progress counts bytes of the file on disk.

    Raises CorpusError: missing, a folder, unreadable, empty, UTF-16, binary, not UTF-8, damaged or suspicious gzip,
    or nothing but one endless line.
    """
    path = Path(path)
    number, long_lines = 0, 0
    for number, raw in enumerate(_split(_chunks(path, max_unpacked_bytes, progress), max_line_bytes), 1):
        if raw is None:
            long_lines += 1
            yield Line(number, None)
        else:
            yield Line(number, _decode(raw, path, number))
    if number == 0:
        raise CorpusError(f"{path.name} is empty; choose a file that holds text.")
    if number == long_lines == 1:
        raise CorpusError(f"{path.name} line 1: longer than {max_line_bytes:,} bytes; is this one sentence a line?")


def read_short_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The same for files whose every line counts. Raises CorpusError also for a single endless line."""
    for number, text in read_lines(path):
        if text is None:
            raise CorpusError(f"{Path(path).name} line {number}: longer than {MAX_LINE_BYTES:,} bytes.")
        yield number, text


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading bytes. Raises CorpusError when there is none, or it is a folder, empty or unreadable."""
    path = Path(path)
    with read_errors(path):
        if path.is_dir():
            raise CorpusError(f"{path} is a folder; choose one text file.")
        if path.exists() and not path.is_file():
            raise CorpusError(f"{path} is not a regular file.")
        if path.stat().st_size == 0:
            raise CorpusError(f"{path.name} is empty; choose a file that holds text.")
        return open(path, "rb")


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's and gzip's refusals to read into sentences. Raises CorpusError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = "ends too early" if isinstance(error, EOFError) else "is damaged"
        raise CorpusError(f"{path.name}: the gzip data {what}; copy or download the file again.") from error
    except FileNotFoundError as error:
        raise CorpusError(f"Cannot find the file {path}.") from error
    except PermissionError as error:
        raise CorpusError(f"Cannot read {path}: permission denied.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the file's name
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"Cannot read {str(path)[:300]!r}: {reason}.") from error


def _chunks(path: Path, max_unpacked_bytes: int, progress: Progress | None) -> Iterator[bytes]:
    with open_regular(path) as raw:
        with read_errors(path):
            head = raw.peek(8)[:8]
            total = os.fstat(raw.fileno()).st_size
        packed = head.startswith(_GZIP)
        if not packed and path.suffix.lower() == ".gz":
            raise CorpusError(f"{path.name} is not packed with gzip although its name says so; rename it.")
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        allowed = min(max_unpacked_bytes, max(2**24, MAX_UNPACKED_RATIO * total)) if packed else None
        done, first = 0, True
        while True:
            with read_errors(path):
                chunk = stream.read(_CHUNK)
            if first:
                chunk = _without_mark(chunk, path)
                first = False
                if not chunk:
                    return
            if not chunk:
                break
            done += len(chunk)
            if allowed is not None and done > allowed:
                raise CorpusError(f"{path.name} unpacks to more than {allowed:,} bytes; unpack it yourself if that is right.")
            if progress:
                progress(min(raw.tell(), total), total)
            yield chunk


def _without_mark(chunk: bytes, path: Path) -> bytes:
    for mark, what in _FOREIGN.items():
        if chunk.startswith(mark):
            raise CorpusError(f"{path.name} {what}.")
    return chunk.removeprefix(_UTF8_MARK)


def _split(chunks: Iterator[bytes], max_line_bytes: int) -> Iterator[bytes | None]:
    """Lines of a stream of bytes, None for one that is longer than the limit; never holds more than limit plus chunk."""
    kept, too_long, pending_return = b"", False, False
    for chunk in chunks:
        if pending_return:
            chunk = b"\r" + chunk
        pending_return = chunk.endswith(b"\r")  # its \n may come with the next chunk
        chunk = chunk[:-1] if pending_return else chunk
        for count, piece in enumerate(chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")):
            if count:
                yield None if too_long else kept
                kept, too_long = b"", False
            if too_long or len(kept) + len(piece) > max_line_bytes:
                kept, too_long = b"", True
            else:
                kept += piece
    if pending_return:
        yield None if too_long else kept
    elif too_long or kept:
        yield None if too_long else kept


def _decode(raw: bytes, path: Path, number: int) -> str:
    if b"\x00" in raw:
        column = raw.index(b"\x00") + 1
        raise CorpusError(f"{path.name} line {number}: a NUL byte at column {column}; this is no text in UTF-8.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        column = len(raw[: error.start].decode("utf-8")) + 1
        raise CorpusError(
            f"{path.name} line {number}: not UTF-8 (byte 0x{raw[error.start]:02x} at column {column}); save the file as UTF-8."
        ) from error
