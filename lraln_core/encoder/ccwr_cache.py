"""CCWRs on disk: the language model runs once per sentence, whatever the run, the process or the interruption.

Content-addressed by encoder fingerprint and sentence, in segments: immutable safetensors files that appear whole (rename)
and are memory-mapped when read. Batches are planned over the whole request and only their missing sentences are encoded,
so a request that is interrupted and repeated is computed in the same batches and gives the same bits. Each sentence has a checksum,
which is compared when its vectors are read: a segment that a disk has changed is deleted and encoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.files.tensor_files import save_arrays
from lraln_core.records import Progress, Words, WordVectors, from_lengths

SEGMENT_SENTENCES = 256
KEY_BYTES = 16
_KEY = f"S{KEY_BYTES}"  # equal width on both sides: that numpy pads with zero bytes changes no comparison
FRESH = 4096  # keys kept in a dictionary before they are sorted in
LIMIT = "LRALN_CCWR_CACHE_GB"  # environment variable
INDEX_CHECK = "index"  # in the metadata of a segment: checksum of its keys, offsets and checksums of sentences


def limit_from_environment() -> int:
    """Bytes the cache may take on disk. Raises ConfigError when the variable is no number from 0."""
    text = os.environ.get(LIMIT) or "10"
    try:
        gigabytes = float(text)
        if not 0 <= gigabytes <= 1e6:
            raise ValueError
    except ValueError as error:
        raise ConfigError(f"{LIMIT}={text[:40]} is not a number of gigabytes from 0 to 1,000,000.") from error
    return int(gigabytes * 1e9)


class SentenceEncoder(Protocol):
    """What the cache needs of an encoder."""

    @property
    def fingerprint(self) -> str: ...

    def encode(self, sentences: Sequence[Words], *, progress: Progress | None = None) -> WordVectors: ...


def sentence_key(words: Words) -> bytes:
    """Content address of a tokenised sentence."""
    return hashlib.blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


@dataclass(frozen=True)
class _Segment:
    path: Path
    offsets: np.ndarray  # (n_sentences + 1,) int64
    valid: np.ndarray  # (n_words,) bool
    vectors: np.ndarray  # (n_words, d) float16
    checks: np.ndarray | None  # (n_sentences,) uint32, checksums; None in segments of version 0.1
    mapping: np.memmap  # of all of them

    def sentence(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (n, d) and validity (n,) of a sentence. Raises _Damaged when they are not what was written."""
        part = slice(*self.offsets[place : place + 2])
        vectors, valid = self.vectors[part], self.valid[part]
        if self.checks is not None and _check(vectors, valid) != self.checks[place]:
            raise _Damaged(self.path)
        return vectors, valid

    def release(self) -> None:
        """Release the pages that were read from this process's memory; the system keeps them in its file cache."""
        if hasattr(mmap, "MADV_DONTNEED"):
            cast(Any, self.mapping)._mmap.madvise(mmap.MADV_DONTNEED)


class _Damaged(Exception):
    """A segment does not hold what was written into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class KeyIndex:
    """Position of each sentence in a cache: keys of KEY_BYTES bytes -> segment number and place in that segment.

    It takes 24 bytes a sentence; a dictionary of a million sentences would take a quarter of a gigabyte. A key that comes again
    keeps its first place.
    """

    def __init__(self) -> None:
        self._keys = np.empty(0, _KEY)  # sorted
        self._places = np.empty((0, 2), np.int32)
        self._fresh: dict[bytes, tuple[int, int]] = {}

    def __len__(self) -> int:
        """Number of different keys."""
        return len(self._keys) + len(self._fresh)

    def add(self, segment: int, keys: np.ndarray) -> None:
        """The keys of a segment, (n, KEY_BYTES) uint8, in their order."""
        raw = [key.tobytes() for key in keys]
        known = self.find(raw)
        for place, (key, at) in enumerate(zip(raw, known.tolist(), strict=True)):
            if at[0] < 0:
                self._fresh.setdefault(key, (segment, place))
        if len(self._fresh) > max(FRESH, len(self._keys) // 4):
            self._sort_in()

    def find(self, keys: Sequence[bytes]) -> np.ndarray:
        """(n, 2) int32: segment and place of every key, -1 and -1 where there is none."""
        found = np.full((len(keys), 2), -1, np.int32)
        if len(self._keys) and len(keys):
            wanted = np.array(keys, _KEY)
            at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            hit = self._keys[at] == wanted
            found[hit] = self._places[at[hit]]
        if self._fresh:
            for row, key in enumerate(keys):
                place = self._fresh.get(key)
                if place is not None:
                    found[row] = place
        return found

    def _sort_in(self) -> None:
        keys = np.concatenate([self._keys, np.array(list(self._fresh), _KEY)])
        places = np.concatenate([self._places, np.array(list(self._fresh.values()), np.int32)])
        order = np.argsort(keys, kind="stable")
        self._keys, self._places, self._fresh = keys[order], places[order], {}


class CcwrCache:
    """A cache folder shared by all runs; bounded: the least recently used segments go when it grows over its limit."""

    def __init__(self, root: Path, limit_bytes: int | None = None):
        self.root = root
        self.limit_bytes = limit_from_environment() if limit_bytes is None else limit_bytes
        self._segments: list[_Segment] = []
        self._paths: set[Path] = set()
        self._places: dict[str, KeyIndex] = {}  # by encoder
        self._sentences_encoded = 0
        self._damaged: set[Path] = set()

    @property
    def sentences_encoded(self) -> int:
        """Sentences encoded since this object was created."""
        return self._sentences_encoded

    def fetch(self, sentences: Sequence[Words], encoder: SentenceEncoder, *, progress: Progress | None = None) -> WordVectors:
        """CCWRs of the sentences in the given order, float16. Encodes what is missing. Raises WorkspaceError on a full or faulty disk."""
        keys = [sentence_key(words) for words in sentences]
        while True:
            self.fill(sentences, [encoder.fingerprint], lambda batch, report: (encoder.encode(batch, progress=report),), progress=progress)
            try:
                return self._gather(self._places[encoder.fingerprint].find(keys))
            except _Damaged as found:
                self._drop(found.path)

    def fill(
        self,
        sentences: Sequence[Words],
        fingerprints: Sequence[str],
        encode: Callable[[Sequence[Words], Progress | None], Sequence[WordVectors]],
        *,
        progress: Progress | None = None,
    ) -> None:
        """Encode what is missing of several encoders that one pass computes together, such as the layers of a model.

        encode gives the vectors of some sentences for each fingerprint. Raises WorkspaceError on a full or faulty disk.
        """
        places = [self._places.setdefault(one, KeyIndex()) for one in fingerprints]
        for one in fingerprints:
            self._scan(self.root / one)
        unique = {sentence_key(words): words for words in sentences}
        # Long sentences first: the most memory is needed at the start, and rates only rise.
        order = sorted(unique, key=lambda key: (-sum(map(len, unique[key])), key))
        lacking = np.stack([index.find(order)[:, 0] < 0 for index in places])  # (fingerprints, sentences)
        is_missing = np.any(lacking, axis=0)
        missing, done = int(is_missing.sum()), 0
        for start in range(0, len(order), SEGMENT_SENTENCES):
            part = slice(start, start + SEGMENT_SENTENCES)
            batch = [key for key, wanted in zip(order[part], is_missing[part], strict=True) if wanted]
            if not batch:
                continue
            report = (lambda n, _, done=done: progress(done + n, missing)) if progress else None
            found = encode([unique[key] for key in batch], report)
            for one, words, some in zip(fingerprints, found, np.any(lacking[:, part], axis=1), strict=True):
                if some:
                    self._add(self.root / one, batch, words)
            self._sentences_encoded += len(batch)
            done += len(batch)
        if missing:
            self._shrink()

    def _add(self, folder: Path, keys: list[bytes], words: WordVectors) -> None:
        name = hashlib.blake2b(b"".join(keys), digest_size=KEY_BYTES).hexdigest()
        path = folder / f"{name}.safetensors"
        arrays = {
            "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES),
            "offsets": words.offsets,
            "valid": words.valid,
            "vectors": words.vectors.astype(np.float16),
        }
        parts = [slice(*words.offsets[at : at + 2]) for at in range(len(keys))]
        arrays["checks"] = np.array([_check(arrays["vectors"][part], words.valid[part]) for part in parts], np.uint32)
        save_arrays(path, arrays, {INDEX_CHECK: str(_check(arrays["keys"], arrays["offsets"], arrays["checks"]))})
        self._open(path)

    def _scan(self, folder: Path) -> None:
        """Open segments that other runs and processes have written."""
        for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else []:
            if path not in self._paths:
                self._open(path)

    def _open(self, path: Path) -> None:
        try:
            segment, keys = _open_segment(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error):
            with contextlib.suppress(OSError):  # the cache may be read-only
                path.unlink()  # damaged: it will be encoded again
            return
        self._places.setdefault(path.parent.name, KeyIndex()).add(len(self._segments), keys)
        segment.release()
        self._segments.append(segment)
        self._paths.add(path)

    def _drop(self, path: Path) -> None:
        """Delete a damaged segment and index its folder anew. Raises WorkspaceError when it happens to a segment again."""
        if path in self._damaged:
            raise WorkspaceError(f"{path} was written again and read back changed; the disk may be failing. Use another one for the cache.")
        self._damaged.add(path)
        with contextlib.suppress(OSError):
            path.unlink()
        self._places[path.parent.name] = KeyIndex()
        self._paths = {known for known in self._paths if known.parent != path.parent}
        if path.exists():  # the cache may only be read
            self._paths.add(path)

    def _gather(self, places: np.ndarray) -> WordVectors:
        """The vectors at (n, 2) segments and places, in that order."""
        lengths = np.empty(len(places), np.int64)
        by_segment = [(self._segments[number], np.flatnonzero(places[:, 0] == number)) for number in np.unique(places[:, 0])]
        for segment, rows in by_segment:
            lengths[rows] = np.diff(segment.offsets)[places[rows, 1]]
            segment.release()  # otherwise pages of all segments would stay in memory
        starts = np.concatenate([[0], np.cumsum(lengths)])
        vectors = np.empty((starts[-1], by_segment[0][0].vectors.shape[1] if by_segment else 0), np.float16)
        valid = np.empty(starts[-1], bool)
        for segment, rows in by_segment:
            for row, place in zip(rows, places[rows, 1], strict=True):
                here = slice(starts[row], starts[row + 1])
                vectors[here], valid[here] = segment.sentence(place)
            segment.release()
            _touch(segment.path)
        return from_lengths(vectors, lengths, valid)

    def _shrink(self) -> None:
        """Delete the least recently used segments until the cache fits its limit; never those of this process."""
        files = []
        for path in self.root.glob("*/*.safetensors"):
            try:
                status = path.stat()
            except FileNotFoundError:  # deleted by another process
                continue
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.limit_bytes:
                return
            if path not in self._paths:
                path.unlink(missing_ok=True)
                total -= size


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:  # read-only cache or evicted by another process; the mapping stays readable
        pass


def _check(*arrays: np.ndarray) -> int:
    """Checksum of the bytes of arrays, one after the other."""
    check = 0
    for array in arrays:
        check = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, check) if array.size else check
    return check


def _open_segment(path: Path) -> tuple[_Segment, np.ndarray]:
    """A memory-mapped segment and its keys (n, KEY_BYTES). Raises ValueError and others for a damaged file."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        if size > path.stat().st_size:
            raise ValueError("header longer than the file")
        header = json.loads(file.read(size))
    raw = np.memmap(path, np.uint8, "r")
    base = 8 + size
    kinds = {"U8": np.uint8, "I64": np.int64, "BOOL": np.bool_, "F16": np.float16, "U32": np.uint32}
    arrays = {}
    for name in ("keys", "offsets", "valid", "vectors", *(["checks"] if "checks" in header else [])):
        entry = header[name]
        start, stop = entry["data_offsets"]
        if base + stop > len(raw):
            raise ValueError("file cut off")
        arrays[name] = raw[base + start : base + stop].view(kinds[entry["dtype"]]).reshape(entry["shape"])
    keys, offsets, valid, vectors = (arrays[name] for name in ("keys", "offsets", "valid", "vectors"))
    checks = arrays.get("checks")
    if checks is not None and (checks.shape != (len(keys),) or header["__metadata__"][INDEX_CHECK] != str(_check(keys, offsets, checks))):
        raise ValueError("checksum of the index")
    fits = keys.ndim == vectors.ndim == 2 and keys.shape[1] == KEY_BYTES and offsets.shape == (len(keys) + 1,)
    if not (fits and offsets[0] == 0 and (np.diff(offsets) >= 0).all() and offsets[-1] == len(valid) == len(vectors)):
        raise ValueError("arrays that do not match")
    return _Segment(path, offsets, valid, vectors, checks, raw), keys
