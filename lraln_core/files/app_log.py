"""The app's log, beside its database: what it opened, started, ingested and refused. At most three files of one megabyte."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from .atomic import disk_errors, require_own
from .workspace import Workspace

LOG = logging.getLogger("lraln")
BYTES, FILES = 1_000_000, 2  # size of a file; number of older files that are kept
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def start(workspace: Workspace) -> None:
    """Write the log to <workspace>/app.log only, from now on. Raises WorkspaceError when the file cannot be written."""
    for handler in [one for one in LOG.handlers if isinstance(one, RotatingFileHandler)]:
        LOG.removeHandler(handler)
        handler.close()
    require_own(workspace.root / "app.log")
    with disk_errors(workspace.root):
        handler = RotatingFileHandler(
            workspace.root / "app.log", maxBytes=BYTES, backupCount=FILES, encoding="utf-8", errors="backslashreplace"
        )
    handler.setFormatter(logging.Formatter(FORMAT))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk must not stop a page


def one_line(text: str) -> str:
    """Untrusted text with control characters escaped, so that it cannot start a new line of the log."""
    return text.encode("unicode_escape").decode("ascii") if any(not c.isprintable() for c in text) else text
