"""Streams of bytes and lines of text files, compressed or not: a damaged file raises CorpusError, memory does not grow with the file."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import zstandard

from lraln_core.errors import CorpusError
from lraln_core.records import Progress, Words

MAX_LINE_BYTES = 1_000_000
MAX_UNPACKED_BYTES = 64 * 2**30
MAX_UNPACKED_RATIO = 300  # text packs 3 to 10 times; a decompression bomb a thousand times
MAX_XZ_MEMORY = 256 * 2**20
PACKED = {  # name of the packing: first bytes, ending of the file's name
    "gzip": (b"\x1f\x8b", ".gz"),
    "xz": (b"\xfd7zXZ\x00", ".xz"),
    "zstd": (b"\x28\xb5\x2f\xfd", ".zst"),
    "bzip2": (b"BZh", ".bz2"),
}
_CHUNK = 128 * 1024
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_REFUSED = {  # first bytes of files that are never read: what they are and what to do
    b"\xff\xfe\x00\x00": "is UTF-32; save the file as UTF-8",
    b"\x00\x00\xfe\xff": "is UTF-32; save the file as UTF-8",
    b"%PDF-": "is a PDF; save its text as UTF-8",
    b"\xd0\xcf\x11\xe0": "is an old office document; save its text as UTF-8",
    b"{\\rtf": "is a rich text document; save its text as UTF-8",
}
_OFFICE = {".docx": "a Word document", ".odt": "an OpenDocument text", ".xlsx": "an Excel table", ".ods": "an OpenDocument table"}
_UNFIT_ENCODINGS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_GUESSED_BYTES = 200_000
_FEWEST_GUESSED = 100  # bytes


class Line(NamedTuple):
    """One line, numbered from 1; `text` is None for a line longer than the limit."""

    number: int
    text: str | None


class Sentence(NamedTuple):
    """One sentence and the line where it begins; `text` is None where the line is longer than the limit.

    words and glosses are given where the format has them (CoNLL-U, interlinear text): one gloss a word, "" where it has none.
    """

    number: int
    text: str | None
    words: Words | None = None
    glosses: tuple[str, ...] | None = None


def read_lines(
    path: Path,
    *,
    encoding: str = "",
    max_line_bytes: int = MAX_LINE_BYTES,
    max_unpacked_bytes: int = MAX_UNPACKED_BYTES,
    progress: Progress | None = None,
) -> Iterator[Line]:
    """Stream the lines of a file without their ends (\\n, \\r\\n or \\r); progress counts bytes of the file on disk.

    The text is UTF-8, or UTF-16 with a byte order mark, unless `encoding` names another one; no encoding is guessed.
    Raises CorpusError: missing, a folder, unreadable, empty, binary, in another encoding, damaged or suspicious packing,
    or nothing but one endless line.
    """
    path = Path(path)
    number, long_lines = 0, 0
    chunks = read_utf8(path, encoding=encoding, max_unpacked_bytes=max_unpacked_bytes, progress=progress)
    for number, raw in enumerate(_split(chunks, max_line_bytes), 1):
        if raw is None:
            long_lines += 1
            yield Line(number, None)
        else:
            yield Line(number, _decode(raw, path, number))
    if number == 0:
        raise CorpusError(f"{path.name} is empty; choose a file that holds text.")
    if number == long_lines == 1:
        raise CorpusError(f"{path.name} line 1: longer than {max_line_bytes:,} bytes; is this one sentence a line?")


def read_short_lines(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[tuple[int, str]]:
    """The same for files in which every line counts. Raises CorpusError also for a single endless line."""
    for line in read_lines(path, encoding=encoding, progress=progress):
        if line.text is None:
            raise CorpusError(f"{Path(path).name} line {line.number}: longer than {MAX_LINE_BYTES:,} bytes.")
        yield line.number, line.text


def read_utf8(
    path: Path, *, encoding: str = "", max_unpacked_bytes: int = MAX_UNPACKED_BYTES, progress: Progress | None = None
) -> Iterator[bytes]:
    """The unpacked bytes of a text file, in UTF-8 and without a byte order mark, in chunks. Raises CorpusError.

    Bytes that are said to be UTF-8 are passed on unchecked.
    """
    path = Path(path)
    chunks = read_unpacked(path, max_unpacked_bytes=max_unpacked_bytes, progress=progress)
    first = next(chunks, b"")
    for mark, what in _REFUSED.items():
        if first.startswith(mark):
            raise CorpusError(f"{path.name} {what}.")
    if first.startswith(b"PK\x03\x04"):
        what = next((kind for ending, kind in _OFFICE.items() if path.name.lower().endswith(ending)), "a zip archive or an office document")
        raise CorpusError(f"{path.name} is {what}; save its text as UTF-8.")
    coding = encoding_of(encoding, path) if encoding else _marked_utf16(first)
    if coding == "utf-8":
        yield from _nonempty(first.removeprefix(_UTF8_MARK), chunks)
        return
    decoder = codecs.getincrementaldecoder(coding)()
    done = 0
    for chunk in _nonempty(first, chunks):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise CorpusError(f"{path.name} byte {done + error.start + 1:,}: not {coding} (byte 0x{chunk[error.start]:02x}).") from error
        done += len(chunk)
        yield text.removeprefix("\ufeff").encode("utf-8", "replace") if done == len(chunk) else text.encode("utf-8", "replace")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path.name}: the last character is incomplete in {coding}; copy or download the file again.") from error


def read_unpacked(path: Path, *, max_unpacked_bytes: int = MAX_UNPACKED_BYTES, progress: Progress | None = None) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is packed with gzip, xz, zstd or bzip2. Raises CorpusError."""
    path = Path(path)
    with open_regular(path) as raw:
        with read_errors(path):
            head = raw.peek(8)[:8]  # type: ignore[attr-defined]
            total = os.fstat(raw.fileno()).st_size
        packing = packing_of(head)
        promised = next((name for name, (_, ending) in PACKED.items() if path.name.lower().endswith(ending)), "")
        if promised and packing != promised:
            raise CorpusError(f"{path.name} is not packed with {promised} although its name says so; rename it.")
        read = _unpacker(packing, raw) if packing else raw.read
        allowed = min(max_unpacked_bytes, max(2**24, MAX_UNPACKED_RATIO * total)) if packing else None
        done = 0
        while True:
            with read_errors(path, packing):
                chunk = read(_CHUNK)
            if not chunk:
                return
            done += len(chunk)
            if allowed is not None and done > allowed:
                raise CorpusError(f"{path.name} unpacks to more than {allowed:,} bytes; unpack it yourself if that is right.")
            if progress:
                progress(min(raw.tell(), total), total)
            yield chunk


def packing_of(head: bytes) -> str:
    """gzip, xz, zstd or bzip2 by the first bytes of a file, "" for an unpacked one."""
    return next((name for name, (magic, _) in PACKED.items() if head.startswith(magic)), "")


def encoding_of(name: str, path: Path) -> str:
    """Python's name of a text encoding that a person gave. Raises CorpusError for one that is not known."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise CorpusError(f"{path.name}: unknown encoding {name[:40]!r}; give one such as utf-8, utf-16, cp1251 or latin-1.") from error
    if not getattr(found, "_is_text_encoding", True) or found.name.replace("-", "_") in _UNFIT_ENCODINGS:
        raise CorpusError(f"{path.name}: {name[:40]!r} is no encoding of text files; give one such as utf-8, utf-16, cp1251 or latin-1.")
    return "utf-8" if found.name in ("utf-8", "utf-8-sig", "ascii") else found.name


def likely_encoding(raw: bytes) -> str:
    """The encoding that bytes which are not UTF-8 look like, "" where nothing fits; a suggestion for a person to confirm."""
    odd, even = raw[1:200:2].count(0), raw[:200:2].count(0)
    if 3 * max(odd, even) > len(raw[:200:2]) >= 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    if len(raw) < _FEWEST_GUESSED or b"\x00" in raw:
        return ""
    import charset_normalizer

    found = charset_normalizer.from_bytes(raw[:_GUESSED_BYTES]).best()
    return found.encoding if found and found.encoding not in ("ascii", "utf_8") else ""


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
def read_errors(path: Path, packing: str = "gzip") -> Iterator[None]:
    """Turn refusals of the operating system and of decompression into one-sentence errors. Raises CorpusError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zstandard.ZstdError) as error:
        what = "ends too early" if isinstance(error, EOFError) else "is damaged"
        raise CorpusError(f"{path.name}: the {packing} data {what}; copy or download the file again.") from error
    except FileNotFoundError as error:
        raise CorpusError(f"Cannot find the file {path}.") from error
    except PermissionError as error:
        raise CorpusError(f"Cannot read {path}: permission denied.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the file's name
        if packing == "bzip2" and getattr(error, "errno", None) is None:
            raise CorpusError(f"{path.name}: the bzip2 data is damaged; copy or download the file again.") from error
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"Cannot read {str(path)[:300]!r}: {reason}.") from error


def _marked_utf16(first: bytes) -> str:
    return next((coding for mark, coding in _UTF16_MARKS.items() if first.startswith(mark)), "utf-8")


def _nonempty(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
        yield from rest


def _unpacker(packing: str, raw: BinaryIO) -> Callable[[int], bytes]:
    """A function that returns at most about so many unpacked bytes, b"" at the end; raises EOFError for data that ends too early."""
    if packing == "gzip":
        return gzip.GzipFile(fileobj=raw).read
    if packing == "bzip2":
        return bz2.BZ2File(raw).read
    chunks = _xz_chunks(raw) if packing == "xz" else _zstd_chunks(raw)
    return lambda size: next(chunks, b"")


def _xz_chunks(raw: BinaryIO) -> Iterator[bytes]:
    """Several streams in one file are one text; a stream that needs more than MAX_XZ_MEMORY is refused by the decompressor."""
    rest = raw.read(_CHUNK)
    while rest.strip(b"\x00"):
        unpack = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_MEMORY)
        while not unpack.eof:
            if unpack.needs_input and not rest:
                rest = raw.read(_CHUNK)
                if not rest:
                    raise EOFError
            found, rest = unpack.decompress(rest, _CHUNK), b""
            if found:
                yield found
        rest = unpack.unused_data or raw.read(_CHUNK)


def _zstd_chunks(raw: BinaryIO) -> Iterator[bytes]:
    """Packed bytes are given in small portions: each can unpack to a thousand times its size, and no limit can be set."""
    rest = raw.read(1024)
    while rest:
        unpack = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        while not unpack.eof:
            if not rest and not (rest := raw.read(1024)):
                raise EOFError
            found, rest = unpack.decompress(rest), b""
            if found:
                yield found
        rest = unpack.unused_data or raw.read(1024)


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
        raise CorpusError(f"{path.name} line {number}: a NUL byte at column {column}; this is no text in UTF-8.{_suggestion(path)}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        column = len(raw[: error.start].decode("utf-8")) + 1
        raise CorpusError(
            f"{path.name} line {number}: not UTF-8 (byte 0x{raw[error.start]:02x} at column {column}); save the file as UTF-8."
            f"{_suggestion(path)}"
        ) from error


def _suggestion(path: Path) -> str:
    """What encoding the whole file looks like, for a person to confirm."""
    sample = b""
    for chunk in read_unpacked(path):
        sample += chunk
        if len(sample) >= _GUESSED_BYTES:
            break
    found = likely_encoding(sample)
    return f" It looks like {found}: choose that encoding (--encoding {found}) if the preview is right." if found else ""
