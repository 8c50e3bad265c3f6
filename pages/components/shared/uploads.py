"""Uploaded files: stored in the workspace under a hash of their content."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from lraln_core.files.atomic import replacing
from lraln_core.files.read_only import require_changes_allowed
from lraln_core.files.workspace import Workspace
from lraln_core.text.formats.detect import SPECS
from lraln_core.text.reading import PACKED

MEGABYTES = 200
_CHUNK = 1 << 20


class Upload(Protocol):
    """The file object of st.file_uploader."""

    name: str

    def seek(self, position: int) -> int: ...
    def read(self, size: int) -> bytes: ...


class Saved(NamedTuple):
    """The path of a stored file, and whether it is new."""

    path: Path
    new: bool


def save(upload: Upload | BinaryIO, workspace: Workspace) -> Saved:
    """Write the file to <workspace>/uploads. Its name there is a hash of the content and a known suffix.

    Raises WorkspaceError when it cannot be written.
    """
    require_changes_allowed()
    digest = hashlib.blake2b(digest_size=16)
    upload.seek(0)
    while chunk := upload.read(_CHUNK):
        digest.update(chunk)
    path = workspace.root / "uploads" / f"{digest.hexdigest()}{suffix(upload.name)}"
    new = not path.exists()
    if new:
        upload.seek(0)
        with replacing(path) as temporary, open(temporary, "wb") as file:
            shutil.copyfileobj(upload, file, _CHUNK)
    return Saved(path, new)


def is_upload(path: str, workspace: Workspace) -> bool:
    """Whether a path is a stored upload."""
    return Path(path).parent == workspace.root / "uploads"


def suffix(name: str) -> str:
    """The ending of a known format, .txt for any other, and that of a known compression after it."""
    name = name.lower()
    packed = next((packing for _, packing in PACKED.values() if name.endswith(packing)), "")
    bare = name.removesuffix(packed)
    endings = [ending for spec in SPECS.values() for ending in spec.endings]
    # Documents keep their ending, so that the message that refuses them can name their kind.
    known = next((ending for ending in (*endings, ".docx", ".odt", ".pdf") if bare.endswith(ending)), ".txt")
    return f"{known}{packed}"
