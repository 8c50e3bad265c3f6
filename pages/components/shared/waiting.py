"""The queue of the workspace in the sidebar: what waits for its turn, each with a button that cancels it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import queue
from lraln_core.views.highlight import plain_markdown
from pages.components.shared.errors import complain, errors_shown


def show_waiting(workspace: Workspace) -> None:
    """Nothing while nothing waits."""
    try:
        tickets = queue.waiting(workspace)
    except ConfigError as error:
        complain(str(error))
        return
    if not tickets:
        return
    with st.expander(f"Waiting ({len(tickets)})", icon=":material/hourglass_empty:"):
        st.caption(f"At most {queue.at_once()} at the same time; the others start by themselves, in this order.")
        for ticket in tickets:
            text, button = st.columns([3, 1], vertical_alignment="center")
            text.markdown(plain_markdown(_name(ticket.folder)))
            if not is_read_only() and button.button("Cancel", key=f"waiting_{ticket.number}", icon=":material/close:", type="tertiary"):
                with errors_shown():
                    RunFolder(ticket.folder).request_cancel()
                    st.rerun()


def _name(folder: Path) -> str:
    """`run-id`, or `run-id: job` for a job on a run."""
    return f"{folder.parent.parent.name}: {folder.name}" if folder.parent.name == "jobs" else folder.name
