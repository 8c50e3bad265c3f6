"""The workspace and its database, opened once for all visitors of the app; what is shown while it cannot be opened."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from lraln_core.errors import WorkspaceError, WorkspaceInUseError
from lraln_core.files import app_log
from lraln_core.files.app_log import LOG, one_line
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database, open_database
from lraln_core.store.sync import sync
from lraln_core.text.fertility import SubwordCounter
from lraln_core.views.highlight import escape
from pages.components.shared.errors import complain
from pages.components.shared.theme import page_head

SYNC_EVERY = 1.0  # seconds; a burst of clicks reads the folders once
TRY_EVERY = 3.0  # seconds between two attempts to open a workspace that is in use


@dataclass
class Store:
    """The open database and the workspace it belongs to."""

    db: Database
    workspace: Workspace
    _synced: float = field(default=-SYNC_EVERY)

    def refresh(self, *, now: bool = False) -> None:
        """Ingest runs and corpora that were finished since the last call. Raises WorkspaceError."""
        if not self.workspace.database.exists():
            raise WorkspaceError(
                f"The workspace {self.workspace.root} is gone: its folder or its database was deleted or moved while the app was running. "
                "Put it back, or stop the app and start it again to begin with an empty one."
            )
        if now or time.monotonic() - self._synced >= SYNC_EVERY:
            ingested = sync(self.db, self.workspace)
            if ingested:
                LOG.info("took in %s", one_line(", ".join(ingested)))
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
    """URL of the app that has the workspace open in this process; None when it is not an app, or not known."""
    try:
        holder = read_json(_holder_file(workspace))
    except (OSError, WorkspaceError):
        return None
    known = isinstance(holder, dict) and process is not None and holder.get("process") == process
    return holder["address"] if known and re.fullmatch(r"https?://[\w.:\[\]/-]+", str(holder.get("address"))) else None


def _holder_file(workspace: Workspace) -> Path:
    return workspace.root / "app.json"


def _address() -> str:
    """URL of this server on this machine."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or "127.0.0.1"
    return f"{scheme}://{'127.0.0.1' if host == '0.0.0.0' else host}:{st.get_option('server.port')}/{st.get_option('server.baseUrlPath')}"


@st.cache_resource(show_spinner=False, max_entries=1, ttl="30m")
def subword_counter() -> SubwordCounter:
    """Counts the subwords of words with the tokenizer of the built-in language model. Raises EncoderError."""
    from lraln_core.encoder import embedded_tokenizer  # 250,000 pieces, which most pages never need

    return embedded_tokenizer.SubwordCounts(embedded_tokenizer.load_tokenizer())


def no_store(error: WorkspaceError) -> None:
    """In place of every page: why the workspace cannot be opened and what to do. The page continues by itself when it can."""
    if isinstance(error, WorkspaceInUseError):
        _in_use(error)
    else:
        complain(str(error))
        st.caption("The app keeps everything in one folder, its workspace. Correct the problem, then reload this page.")


def _in_use(error: WorkspaceInUseError) -> None:
    LOG.warning("refused: %s", one_line(str(error)))
    workspace = Workspace.default()
    holder = f" (process {error.holder})" if error.holder else ""
    page_head(
        "This workspace is open elsewhere",
        f"Another copy of this app, or one of its commands, has the folder <bdi>{escape(str(workspace.root))}</bdi> open{holder}. Only one "
        "program at a time can use a workspace, so that its database stays consistent. Nothing is lost, and runs in progress continue.",
        lead_shown=True,
    )
    address = address_of(workspace, error.holder)
    ways = [
        "<b>Close the other one:</b> press Ctrl+C in the terminal where it was started; closing its browser window is not enough. "
        "This page then continues by itself.",
        "<b>Or keep both:</b> use another folder for this one. Stop it and start it again with "
        "<code>LRALN_WORKSPACE=FOLDER</code> in its environment.",
    ]
    if address:
        link = escape(address)
        ways.insert(0, f'<b>Use the other one:</b> it is at <a href="{link}" target="_self">{link}</a>.')
    st.html(f'<ul class="lr-ways">{"".join(f"<li>{way}</li>" for way in ways)}</ul>')
    st.fragment(_try_again, run_every=TRY_EVERY)(str(error))


def _try_again(shown: str) -> None:
    """Draw the page again when the workspace can be opened, or the reason why it cannot has changed."""
    try:
        open_store()
    except WorkspaceError as error:
        if str(error) == shown:
            st.caption("Waiting for the other one to end.")
            return
    st.rerun()
