"""CCWRs on disk: the language model runs once per sentence, whatever the run, the process or the interruption.

Content-addressed by encoder fingerprint and sentence, in segments: immutable safetensors files that appear whole (rename)
and are memory-mapped when read. Batches are planned over the whole request and only their missing sentences are encoded,
so a request that is interrupted and repeated is computed in the same batches and gives the same bits.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors.numpy import save_file

from ..records import Progress, Words, WordVectors, from_lengths
from ..workspace import replacing

SEGMENT_SENTENCES = 256
DEFAULT_LIMIT_BYTES = int(float(os.environ.get("LRALN_CCWR_CACHE_GB", "10")) * 1e9)
KEY_BYTES = 16


class SentenceEncoder(Protocol):
    """What the cache needs of an encoder."""

    fingerprint: str

    def encode(self, sentences: Sequence[Words], *, progress: Progress | None = None) -> WordVectors: ...


def sentence_key(words: Words) -> bytes:
    """Content address of a tokenised sentence."""
    return hashlib.blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


@dataclass(frozen=True)
class _Segment:
    path: Path
    offsets: np.ndarray  # (n_sentences + 1,) int64
    valid: np.ndarray  # (n_words,) bool
    vectors: np.ndarray  # (n_words, d) float16, memory-mapped


class CcwrCache:
    """A cache folder shared by all runs; bounded: the least recently used segments go when it grows over its limit."""

    def __init__(self, root: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES):
        self.root = root
        self.limit_bytes = limit_bytes
        self._segments: dict[Path, _Segment] = {}
        self._places: dict[str, dict[bytes, tuple[Path, int]]] = {}  # by encoder, then sentence: segment and place in it
        self._sentences_encoded = 0

    @property
    def sentences_encoded(self) -> int:
        """How many sentences went through a language model since this object was made."""
        return self._sentences_encoded

    def fetch(self, sentences: Sequence[Words], encoder: SentenceEncoder, *, progress: Progress | None = None) -> WordVectors:
        """CCWRs of the sentences in the given order, float16. Encodes what is missing. Raises WorkspaceError on a full disk."""
        folder = self.root / encoder.fingerprint
        places = self._places.setdefault(encoder.fingerprint, {})
        self._scan(folder)
        keys = [sentence_key(words) for words in sentences]
        unique = dict(zip(keys, sentences))
        # Long sentences first: the most memory is needed at the start, and rates only rise.
        order = sorted(unique, key=lambda key: (-sum(map(len, unique[key])), key))
        missing = sum(key not in places for key in order)
        done = 0
        for start in range(0, len(order), SEGMENT_SENTENCES):
            batch = [key for key in order[start : start + SEGMENT_SENTENCES] if key not in places]
            if batch:
                report = (lambda n, _, done=done: progress(done + n, missing)) if progress else None
                self._add(folder, batch, encoder.encode([unique[key] for key in batch], progress=report))
                done += len(batch)
        result = self._gather([places[key] for key in keys])
        if missing:
            self._shrink()
        return result

    def _add(self, folder: Path, keys: list[bytes], words: WordVectors) -> None:
        name = hashlib.blake2b(b"".join(keys), digest_size=KEY_BYTES).hexdigest()
        path = folder / f"{name}.safetensors"
        arrays = {
            "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES),
            "offsets": words.offsets,
            "valid": words.valid,
            "vectors": words.vectors.astype(np.float16),
        }
        with replacing(path) as temporary:
            save_file(arrays, temporary)
        self._sentences_encoded += len(keys)
        self._open(path)

    def _scan(self, folder: Path) -> None:
        """Learn of segments that other runs and processes have written."""
        for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else []:
            if path not in self._segments:
                self._open(path)

    def _open(self, path: Path) -> None:
        try:
            arrays = _map_arrays(path)
        except (OSError, ValueError, KeyError, struct.error):
            path.unlink(missing_ok=True)  # damaged: it will be encoded again
            return
        self._segments[path] = _Segment(path, np.array(arrays["offsets"]), np.array(arrays["valid"]), arrays["vectors"])
        for i, key in enumerate(arrays["keys"]):
            self._places.setdefault(path.parent.name, {}).setdefault(key.tobytes(), (path, i))

    def _gather(self, places: list[tuple[Path, int]]) -> WordVectors:
        lengths = np.array([np.diff(self._segments[p].offsets[i : i + 2])[0] for p, i in places], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        dimension = self._segments[places[0][0]].vectors.shape[1] if places else 0
        vectors = np.empty((starts[-1], dimension), np.float16)
        valid = np.empty(starts[-1], bool)
        for (path, i), start, stop in zip(places, starts[:-1], starts[1:]):
            segment = self._segments[path]
            rows = slice(segment.offsets[i], segment.offsets[i + 1])
            vectors[start:stop], valid[start:stop] = segment.vectors[rows], segment.valid[rows]
        for path in {path for path, _ in places}:
            _touch(path)
        return from_lengths(vectors, lengths, valid)

    def _shrink(self) -> None:
        """Delete the least recently used segments until the cache fits its limit; never those of this process."""
        files = []
        for path in self.root.glob("*/*.safetensors"):
            try:
                status = path.stat()
            except FileNotFoundError:  # another process was faster
                continue
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.limit_bytes:
                return
            if path not in self._segments:
                path.unlink(missing_ok=True)
                total -= size


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:  # read-only cache or evicted by another process; the mapping stays readable
        pass


def _map_arrays(path: Path) -> dict[str, np.ndarray]:
    """Memory-mapped arrays of a safetensors file. Raises ValueError when its size does not fit its header."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        if size > path.stat().st_size:
            raise ValueError("header longer than the file")
        header = json.loads(file.read(size))
    raw = np.memmap(path, np.uint8, "r")
    base = 8 + size
    kinds = {"U8": np.uint8, "I64": np.int64, "BOOL": np.bool_, "F16": np.float16}
    arrays = {}
    for name in ("keys", "offsets", "valid", "vectors"):
        entry = header[name]
        start, stop = entry["data_offsets"]
        if base + stop > len(raw):
            raise ValueError("file cut off")
        arrays[name] = raw[base + start : base + stop].view(kinds[entry["dtype"]]).reshape(entry["shape"])
    return arrays
