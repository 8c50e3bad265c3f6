"""The workspace and its database, opened once for all visitors of the app."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from lraln_core import app_log
from lraln_core.app_log import LOG, one_line
from lraln_core.store.database import Database, open_database
from lraln_core.store.sync import sync
from lraln_core.views.fertility import SubwordCounter
from lraln_core.workspace import Workspace

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
    return Store(database, workspace)


@st.cache_resource(show_spinner=False, max_entries=1, ttl="30m")
def subword_counter() -> SubwordCounter:
    """Counts the pieces of words as the built-in language model cuts them. Raises EncoderError."""
    from lraln_core.encoder import embedded_tokenizer  # 250,000 pieces, which most pages never need

    return embedded_tokenizer.SubwordCounts(embedded_tokenizer.load_tokenizer())
