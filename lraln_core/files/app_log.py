"""The app's own log, beside its database: what it opened, started, took in and refused. Three files of a megabyte at most."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from .atomic import disk_errors, require_own
from .workspace import Workspace

LOG = logging.getLogger("lraln")
BYTES, FILES = 1_000_000, 2  # a file, and older ones beside the present one
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def start(workspace: Workspace) -> None:
    """Write to <workspace>/app.log from now on, and there alone. Raises WorkspaceError when that cannot be."""
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
    """Text of others, so that it cannot pass for a line of its own."""
    return text.encode("unicode_escape").decode("ascii") if any(not c.isprintable() for c in text) else text
