"""The read-only mode of the app: it shows what a workspace holds, and everything that would change it is refused in one place."""

from __future__ import annotations

import os

from lraln_core.errors import WorkspaceError

READ_ONLY = "LRALN_READ_ONLY"  # how the option of the app reaches every part of it


def is_read_only() -> bool:
    """Whether this process may change no run, corpus, judgement or job."""
    return os.environ.get(READ_ONLY) == "1"


def require_changes_allowed() -> None:
    """Raises WorkspaceError in the read-only mode."""
    if is_read_only():
        raise WorkspaceError("This app is read-only: it shows runs and changes nothing. Start it without --read-only to change something.")
