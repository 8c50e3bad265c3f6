"""Arrays as safetensors files, written atomically, with the same bytes for the same content."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save

from lraln_core.errors import WorkspaceError

from .atomic import REASONS, replacing


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray], metadata: dict[str, str] | None = None) -> None:
    """Write arrays and their metadata atomically. Raises WorkspaceError when the file cannot be written."""
    raw = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(_with_sorted_header(raw))


def _with_sorted_header(raw: bytes) -> bytes:
    """The file with its header keys sorted: the library writes metadata in a varying order."""
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.dumps(json.loads(raw[8 : 8 + size]), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + raw[8 + size :]


@contextmanager
def safetensors_errors(path: Path) -> Iterator[None]:
    """Turn errors of the safetensors library into WorkspaceError, with the reason of the operating system."""
    try:
        yield
    except SafetensorError as error:
        code = re.search(r"os error (\d+)", str(error))
        raise WorkspaceError(f"Cannot write the weights to {path}: {REASONS.get(int(code[1]), error) if code else error}.") from error
