"""The workspace and its database, opened once for all visitors of the app."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from lraln_core.errors import WorkspaceError
from lraln_core.files import app_log
from lraln_core.files.app_log import LOG, one_line
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database, open_database
from lraln_core.store.sync import sync
from lraln_core.text.fertility import SubwordCounter

SYNC_EVERY = 1.0  # seconds; a burst of clicks reads the folders once


@dataclass
class Store:
    """The open database and the workspace it belongs to."""

    db: Database
    workspace: Workspace
    _synced: float = field(default=-SYNC_EVERY)

    def refresh(self, *, now: bool = False) -> None:
        """Take in runs and corpora that were finished since. Raises WorkspaceError."""
        if now or time.monotonic() - self._synced >= SYNC_EVERY:
            taken = sync(self.db, self.workspace)
            if taken:
                LOG.info("took in %s", one_line(", ".join(taken)))
            self._synced = time.monotonic()


def open_store() -> Store:
    """The store of the current workspace. Raises WorkspaceError when it cannot be opened."""
    return _open(str(Workspace.default().root))


@st.cache_resource(show_spinner=False, on_release=lambda store: store.db.close())
def _open(root: str) -> Store:
    workspace = Workspace(Path(root))
    database = open_database(workspace)
    app_log.start(workspace)
    LOG.info("opened %s", workspace.root)
    write_json(_holder_file(workspace), {"process": os.getpid(), "address": _address()})
    return Store(database, workspace)


def address_of(workspace: Workspace, process: int | None) -> str | None:
    """Where the app answers that has the workspace open in this process; None when it is not an app, or not known."""
    try:
        said = read_json(_holder_file(workspace))
    except (OSError, WorkspaceError):
        return None
    known = isinstance(said, dict) and process is not None and said.get("process") == process
    return said["address"] if known and re.fullmatch(r"https?://[\w.:\[\]/-]+", str(said.get("address"))) else None


def _holder_file(workspace: Workspace) -> Path:
    return workspace.root / "app.json"


def _address() -> str:
    """Where this server answers on this machine."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or "127.0.0.1"
    return f"{scheme}://{'127.0.0.1' if host == '0.0.0.0' else host}:{st.get_option('server.port')}/{st.get_option('server.baseUrlPath')}"


@st.cache_resource(show_spinner=False, max_entries=1, ttl="30m")
def subword_counter() -> SubwordCounter:
    """Counts the pieces of words as the built-in language model cuts them. Raises EncoderError."""
    from lraln_core.encoder import embedded_tokenizer  # 250,000 pieces, which most pages never need

    return embedded_tokenizer.SubwordCounts(embedded_tokenizer.load_tokenizer())
