"""What stands in place of every page while the workspace cannot be opened: what happened, what to do, and it goes on by itself."""

from __future__ import annotations

import streamlit as st

from lraln_core.errors import WorkspaceError, WorkspaceInUseError
from lraln_core.files.app_log import LOG, one_line
from lraln_core.files.workspace import Workspace
from lraln_core.views.highlight import escape
from pages.components.shared.errors import complain
from pages.components.shared.store import address_of, open_store
from pages.components.shared.theme import page_head

EVERY = 3.0  # seconds between two tries


def no_store(error: WorkspaceError) -> None:
    """The whole page."""
    if isinstance(error, WorkspaceInUseError):
        _in_use(error)
    else:
        complain(str(error))
        st.caption("The app keeps everything in one folder, its workspace. Once the cause is removed, reload this page.")


def _in_use(error: WorkspaceInUseError) -> None:
    LOG.warning("refused: %s", one_line(str(error)))
    workspace = Workspace.default()
    holder = f" (process {error.holder})" if error.holder else ""
    page_head(
        "This workspace is open elsewhere",
        f"Another copy of this app, or a command of it, has the folder <bdi>{escape(str(workspace.root))}</bdi> open{holder}. Only one can "
        "work in a workspace at a time, so that nothing in it is spoilt. Nothing is lost, and no run at work is disturbed.",
    )
    address = address_of(workspace, error.holder)
    ways = [
        "<b>Close the other one:</b> press Ctrl+C in the terminal where it was started; closing its window in the browser is not enough. "
        "This page goes on by itself then.",
        "<b>Or keep both:</b> give this one a folder of its own. Stop it and start it again with "
        "<code>LRALN_WORKSPACE=FOLDER</code> in its environment.",
    ]
    if address:
        link = escape(address)
        ways.insert(0, f'<b>Go on in the other one:</b> it is at <a href="{link}" target="_self">{link}</a>.')
    st.html(f'<ul class="lr-ways">{"".join(f"<li>{way}</li>" for way in ways)}</ul>')
    st.fragment(_look_again, run_every=EVERY)(str(error))


def _look_again(said: str) -> None:
    """Draw the page anew as soon as it has something else to say."""
    try:
        open_store()
    except WorkspaceError as error:
        if str(error) == said:
            st.caption("Waiting for the other one to end.")
            return
    st.rerun()
