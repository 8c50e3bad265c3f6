"""The workspace and its database, opened once for all visitors of the app."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from lraln_core.choices import BUILT_IN
from lraln_core.store.database import Database, open_database
from lraln_core.store.sync import sync
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
            sync(self.db, self.workspace)
            self._synced = time.monotonic()


def open_store() -> Store:
    """The store of the current workspace. Raises WorkspaceError when it cannot be opened."""
    return _open(str(Workspace.default().root))


@st.cache_resource(show_spinner=False, on_release=lambda store: store.db.close())
def _open(root: str) -> Store:
    workspace = Workspace(Path(root))
    return Store(open_database(workspace), workspace)


@st.cache_resource(show_spinner=False, max_entries=1, ttl="30m")
def built_in_encoder() -> Any:
    """The built-in encoder, loaded. Raises EncoderError."""
    from lraln_core.encoder.registry import open_encoder  # loads torch, which most pages never need

    encoder = open_encoder(BUILT_IN)
    encoder.loaded  # noqa: B018
    return encoder
