"""A suite in progress, read from its folder: which runs are done, which one is running, how long it may still take."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.suite import folder as suite_folder
from lraln_core.runs.suite.config import SuiteConfig
from lraln_core.runs.suite.estimate import estimate_suite
from lraln_core.runs.suite.folder import CellProgress, CellState
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from lraln_core.views.suite_table import progress_grid
from pages.components.runs.listing import language_name
from pages.components.shared.errors import complain, errors_shown, tell
from pages.components.shared.progress import Status, Work, follow, state_of, status_of
from pages.components.shared.store import Store

EVERY = 2.0  # seconds between two reads of the folder


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
    """Progress of a suite that is not over; the page is drawn again when it is."""
    config = suite_folder.read_config(folder)
    follow(
        Work(
            folder,
            key,
            title=config.name or folder.id,
            bar=lambda status: _bar(suite_folder.progress(config, folder), status),
            below=lambda status, state: _below(config, suite_folder.progress(config, folder)),
        ),
        every=EVERY,
    )


def _bar(progress: list[CellProgress], status: Status) -> tuple[float, str]:
    done = sum(one.state in (CellState.DONE, CellState.FAILED) for one in progress)
    running = next((one for one in progress if one.state is CellState.RUNNING), None)
    what = f"{running.cell.run_name}: {running.message}" if running else status.get("message") or "Starting"
    return min(1.0, done / max(1, len(progress))), plain_markdown(f"{done} of {len(progress)} runs done. {what}")


def _below(config: SuiteConfig, progress: list[CellProgress]) -> None:
    left = estimate_suite(config, [one.cell for one in progress if one.state in (CellState.WAITING, CellState.RUNNING)])
    st.caption(f"About {plain.duration(left.seconds)} left, by rates measured on two processor cores.")
    _grid(progress)


def _grid(progress: list[CellProgress]) -> None:
    names = {one.cell.language.code: language_name(one.cell.language.code) for one in progress}
    st.html(progress_grid(_progress_frame(progress), names))
    for one in progress:
        if one.state is CellState.FAILED:
            complain(f"{one.cell.run_name}: {one.error}")


def _progress_frame(progress: list[CellProgress]) -> pd.DataFrame:
    rows = []
    for one in progress:
        study = one.cell.study
        label = f"Table {study.table}: {study.row} {study.column}".strip() if study else one.cell.label
        rows.append((label, one.cell.language.code, str(one.state), one.error or one.message))
    return pd.DataFrame(rows, columns=["row", "language", "state", "message"])


def stopped_suite(store: Store, folder: RunFolder, *, key: str) -> None:
    """Why a suite is not finished, and a button that resumes it."""
    state = state_of(folder)
    with errors_shown():
        if state == "failed":
            complain(status_of(folder).get("error") or "The suite stopped without an error message; its log is in its folder.")
        else:
            tell("This suite was stopped. Finished runs are kept; Resume continues with the others.")
        if not is_read_only() and st.button("Resume", key=f"{key}_resume", icon=":material/play_arrow:"):
            suite_folder.start(folder, store.workspace)
            st.rerun()
        _grid(suite_folder.progress(suite_folder.read_config(folder), folder))
