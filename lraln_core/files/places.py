"""A folder that many machines share, by path or URL: a disk, a network file system, or an object store such as S3.

Files appear whole or not at all. On a file system that renames, a file is written under another name first; an object store shows an
object when it is complete. Nothing is unpickled: what is read is Arrow, Parquet, safetensors or JSON.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import fs

from lraln_core.errors import ConfigError, WorkspaceError

from .atomic import disk_errors, replacing

OBJECT_STORES = ("s3", "gcs", "abfs")  # an object there is visible once it is complete
PART = ".part"


@cache
def _file_system(url: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URL, and the path in it. Raises ConfigError for a URL that no library here can open."""
    if "://" not in url:
        return fs.LocalFileSystem(), str(Path(url).absolute())
    try:
        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(url)
        return found
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        pass
    try:
        import fsspec

        opened, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError, OSError) as error:
        raise ConfigError(f"{url} cannot be opened as a folder ({error}); give a path, or a URL such as s3://bucket/folder.") from error
    return fs.PyFileSystem(fs.FSSpecHandler(opened)), str(path)


@dataclass(frozen=True)
class Place:
    """A folder and the files in it, by name. Raises WorkspaceError for what the file system refuses."""

    url: str

    def __post_init__(self) -> None:
        if not self.url or "\0" in self.url:
            raise ConfigError(f"{self.url!r} cannot be the name of a folder.")

    @property
    def local(self) -> Path | None:
        """Its path where it is a folder of this machine's file systems, network file systems included."""
        system, path = _file_system(self.url)
        return Path(path) if isinstance(system, fs.LocalFileSystem) else None

    def inside(self, name: str) -> Place:
        """A folder in this one."""
        return Place(f"{self.url.rstrip('/')}/{name}")

    def path(self, name: str) -> str:
        """The path of a file, for `file_system`."""
        return f"{_file_system(self.url)[1].rstrip('/')}/{name}"

    @property
    def file_system(self) -> fs.FileSystem:
        """The file system as pyarrow has it."""
        return _file_system(self.url)[0]

    def names(self) -> set[str]:
        """The files in it; empty when there is no such folder."""
        system, path = _file_system(self.url)
        with disk_errors(Path(path)):
            found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return {info.base_name for info in found if info.type == fs.FileType.File and not info.base_name.startswith(".")}

    def exists(self, name: str) -> bool:
        """Whether there is a whole file of that name."""
        with disk_errors(Path(self.path(name))):
            return bool(self.file_system.get_file_info(self.path(name)).type == fs.FileType.File)

    def open(self, name: str) -> pa.NativeFile:
        """A file for random reading, mapped into memory where it lies on this machine. Raises WorkspaceError when it cannot be read."""
        path = self.path(name)
        try:
            return pa.memory_map(path) if self.local else self.file_system.open_input_file(path)
        except OSError as error:
            raise WorkspaceError(f"{self.url}/{name} is missing or cannot be read ({error.strerror or error}).") from error

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises WorkspaceError when it cannot be read."""
        with self.open(name) as file:
            return bytes(file.read())

    def write(self, name: str, content: bytes | memoryview | pa.Buffer) -> None:
        """Write a file whole or not at all; an older one of that name is replaced. Raises WorkspaceError (full disk, no permission)."""
        folder = self.local
        if folder is not None:
            with replacing(folder / name) as temporary, open(temporary, "wb") as file:
                file.write(content)
            return
        path = self.path(name)
        direct = self.file_system.type_name in OBJECT_STORES
        under = path if direct else self.path(f".{name}.{secrets.token_hex(6)}{PART}")
        with disk_errors(Path(path)):
            self.file_system.create_dir(_file_system(self.url)[1], recursive=True)
            try:
                with self.file_system.open_output_stream(under) as stream:
                    stream.write(content)
                if not direct:
                    self.file_system.move(under, path)
            finally:
                if not direct:
                    with contextlib.suppress(OSError):
                        self.file_system.delete_file(under)

    def delete(self, name: str) -> None:
        """Delete a file; one that is gone already is no error."""
        with disk_errors(Path(self.path(name))), contextlib.suppress(FileNotFoundError):
            self.file_system.delete_file(self.path(name))

    def remove(self) -> None:
        """Delete the folder and all that is in it."""
        with disk_errors(Path(self.path(""))), contextlib.suppress(FileNotFoundError):
            self.file_system.delete_dir(_file_system(self.url)[1])

    def sweep(self) -> None:
        """Delete what killed processes left half written; call it when no work is left that writes here."""
        system, path = _file_system(self.url)
        with disk_errors(Path(path)):
            for info in system.get_file_info(fs.FileSelector(path, allow_not_found=True)):
                if info.type == fs.FileType.File and info.base_name.startswith(".") and info.base_name.endswith(PART):
                    with contextlib.suppress(OSError):
                        system.delete_file(info.path)

    def write_json(self, name: str, value: Any) -> None:
        """Write JSON. Raises ValueError for NaN and infinities."""
        self.write(name, (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode())

    def read_json(self, name: str) -> Any:
        """Read JSON that this project wrote. Raises WorkspaceError when it is missing or damaged."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise WorkspaceError(f"{self.url}/{name} is damaged and cannot be read ({error}).") from error
