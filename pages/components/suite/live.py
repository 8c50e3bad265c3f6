"""A suite at work, read from its folder: which runs are done, which one works, how long it may still take."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.suite import folder as suite_folder
from lraln_core.runs.suite.estimate import estimate_suite
from lraln_core.runs.suite.folder import CellProgress, CellState
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from lraln_core.views.suite_table import progress_grid
from pages.components.runs.listing import language_name, state_badge, state_of
from pages.components.shared.errors import complain, errors_shown, tell
from pages.components.shared.store import Store

EVERY = 2.0  # seconds between two looks


def suite_label(folder: RunFolder) -> str:
    """Name, state and age of a suite, for a list."""
    try:
        config, status = suite_folder.read_config(folder), folder.status()
    except (LralnError, OSError):
        return folder.id
    state = plain.STATE_WORDS.get(state_of(folder), "unknown")
    languages = ", ".join(language_name(language.code) for language in config.languages)
    return f"{config.name or folder.id} · {languages} · {state} {plain.ago(status.get('updated'))}"


def live_suite(folder: RunFolder, *, key: str) -> None:
    """Progress of a suite that is not over; when it is, the page is drawn anew."""
    st.fragment(_panel, run_every=EVERY)(folder, key)


def _panel(folder: RunFolder, key: str) -> None:
    with errors_shown():
        state = state_of(folder)
        if state.over:
            st.rerun()
        config, status = suite_folder.read_config(folder), folder.status()
        progress = suite_folder.progress(config, folder)
        with st.container(border=True, key=f"{key}_panel"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain_markdown(config.name or folder.id)}**", width="content")
                state_badge(state)
                st.space("stretch")
                if folder.cancel_request.exists():
                    st.badge("stopping at the next step", icon=":material/hourglass_top:", color="orange")
                elif st.button(
                    "Cancel", key=f"{key}_cancel", icon=":material/stop_circle:", help="Stop at the next step; it can be resumed."
                ):
                    folder.request_cancel()
                    st.rerun(scope="fragment")
            done = sum(one.state in (CellState.DONE, CellState.FAILED) for one in progress)
            st.progress(min(1.0, done / max(1, len(progress))), text=plain_markdown(_line(progress, done, status)))
            left = estimate_suite(config, [one.cell for one in progress if one.state in (CellState.WAITING, CellState.RUNNING)])
            st.caption(f"{_elapsed(status)}About {plain.duration(left.seconds)} left, by rates measured on two processor cores.")
            _grid(progress)


def _line(progress: list[CellProgress], done: int, status: dict) -> str:
    running = next((one for one in progress if one.state is CellState.RUNNING), None)
    what = f"{running.cell.run_name}: {running.message}" if running else status.get("message") or "Starting"
    return f"{done} of {len(progress)} runs done. {what}"


def _elapsed(status: dict) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(status["started"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return ""
    return f"At work for {plain.duration(seconds)}. "


def _grid(progress: list[CellProgress]) -> None:
    names = {one.cell.language.code: language_name(one.cell.language.code) for one in progress}
    st.html(progress_grid(progress, names))
    for one in progress:
        if one.state is CellState.FAILED:
            complain(f"{one.cell.run_name}: {one.error}")


def stopped_suite(store: Store, folder: RunFolder, *, key: str) -> None:
    """Why a suite is not done, and a button that goes on with it."""
    state = state_of(folder)
    with errors_shown():
        if state == "failed":
            complain(folder.status().get("error") or "The suite stopped without saying why; its log is in its folder.")
        else:
            tell("This suite was stopped. Runs that are done stay done; Resume goes on with the others.")
        if st.button("Resume", key=f"{key}_resume", icon=":material/play_arrow:"):
            suite_folder.start(folder, store.workspace)
            st.rerun()
        _grid(suite_folder.progress(suite_folder.read_config(folder), folder))
