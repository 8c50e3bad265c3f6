"""Background work followed from its folder: state, stage, progress, elapsed and remaining time, cancel; how it ended.

Runs, jobs on a run, suites and the preparation of the Guide all leave the same folder (files/run_folder.py), so one panel shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs
from lraln_core.views import plain
from lraln_core.views.highlight import escape, plain_markdown
from pages.components.shared.errors import complain, errors_shown, tell

EVERY = 1.0  # seconds between two reads of the folder
LOG_LINES = 40
Status = dict[str, Any]

ICONS = {
    "queued": (":material/hourglass_empty:", "gray"),
    "running": (":material/progress_activity:", "blue"),
    "finished": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "cancelled": (":material/cancel:", "gray"),
    "interrupted": (":material/pause_circle:", "orange"),
}
MEANINGS = {
    "queued": "The process is starting.",
    "running": "In progress; you can close this page, it continues.",
    "finished": "Done.",
    "failed": "It stopped because of an error; the message says what is wrong.",
    "cancelled": "It was cancelled. It can continue from its last checkpoint.",
    "interrupted": "The process was ended from outside, or the machine was switched off. It can continue from its last checkpoint, "
    "with the same result as without the interruption.",
}


@dataclass(frozen=True)
class Work:
    """What a panel shows about a piece of background work, beside its progress bar."""

    folder: RunFolder
    key: str
    title: str = ""
    bar: Callable[[Status], tuple[float, str]] = lambda status: fraction_and_text(status)
    above: Callable[[Status, State], None] = lambda status, state: None  # drawn over the bar
    below: Callable[[Status, State], None] = lambda status, state: None  # and under it
    ready: Callable[[], bool] = lambda: False  # whether the page can be drawn again before the work is over
    on_end: Callable[[], None] = lambda: None
    log: bool = False


def follow(work: Work, *, every: float = EVERY) -> None:
    """A panel that is drawn again every few seconds; the whole page is drawn again when the work is over."""
    st.fragment(_panel, run_every=every)(work)


def state_of(folder: RunFolder) -> State:
    """The state of a run, a suite or a job that was started; a damaged status counts as failed."""
    try:
        return folder.state()
    except (LralnError, OSError, AttributeError):
        return State.FAILED


def state_of_job(job: RunFolder) -> State | None:
    """The state of a job; None when it was never started."""
    try:
        return jobs.job_state(job)
    except (LralnError, OSError, AttributeError):
        return State.FAILED


def state_badge(state: str) -> None:
    """The state as icon and word."""
    icon, colour = ICONS.get(state, (":material/help:", "gray"))
    st.badge(plain.STATE_WORDS.get(state, state), icon=icon, color=colour, help=MEANINGS.get(state))


def status_of(folder: RunFolder) -> Status:
    """The last status; {} where there is none or it cannot be read."""
    try:
        status = folder.status()
    except (LralnError, OSError):
        return {}
    return status if isinstance(status, dict) else {}


def why_stopped(folder: RunFolder, *, can_resume: bool = False) -> None:
    """Why work ended without a result, with the end of its log."""
    state, again = state_of(folder), "Resume continues from the last checkpoint." if can_resume else "It can be started again."
    if state is State.FAILED:
        complain(status_of(folder).get("error") or "The computation stopped without an error message; its log is below.")
    elif state is State.INTERRUPTED:
        tell(f"The process was ended from outside. {again}")
    else:
        tell(f"The computation was cancelled. {again}")
    _log(folder)


def stopped_job(job: RunFolder, again: Callable[[], None], *, key: str) -> None:
    """Why a job ended without a result, and a button that starts it again."""
    why_stopped(job)
    if not is_read_only() and st.button("Try again", key=f"{key}_again", icon=":material/refresh:"):
        with errors_shown():
            again()
            st.rerun()


def fraction_and_text(status: Status) -> tuple[float, str]:
    """Share done (0 to 1) of the present stage, and a line of Markdown: what is done, how much of it, how fast, how long still."""
    done, total, unit = status.get("done") or 0, status.get("total") or 0, status.get("unit") or ""
    message = plain_markdown(status.get("message") or "Starting")
    if not total or not done:
        return 0.0, message
    numbers = f"{done:,} of {total:,} {unit}"
    if status.get("rate"):
        numbers += f", {status['rate']:,.0f} per second, {plain.duration(_seconds_left(status))} left"
    return min(1.0, done / total), f"{message}: {plain_markdown(numbers)}"


def elapsed(status: Status) -> str:
    """Time since the start in words; '' when the start is not known."""
    seconds = _seconds_since(status.get("started"))
    return "" if seconds is None else plain.duration(max(0.0, seconds))


def _seconds_left(status: Status) -> float | None:
    """What the worker estimated, less the time since it wrote that."""
    left, since = status.get("seconds_left"), _seconds_since(status.get("updated"))
    return left if left is None or since is None else max(0.0, left - since)


def _seconds_since(moment: object) -> float | None:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(str(moment))).total_seconds()
    except (TypeError, ValueError):
        return None


def _panel(work: Work) -> None:
    with errors_shown():
        state = state_of(work.folder)
        if state.over:
            work.on_end()
            st.rerun()
        if work.ready():
            st.rerun()
        status = status_of(work.folder)
        with st.container(border=True, key=f"{work.key}_panel"):
            _head(work, status, state)
            work.above(status, state)
            share, text = work.bar(status)
            st.progress(share, text=text)
            work.below(status, state)
            if work.log:
                _log(work.folder)


def _head(work: Work, status: Status, state: State) -> None:
    """Title, state, elapsed time and cancel in one row."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if work.title:
            st.html(f'<div class="lr-text" style="font-size:1.15rem"><b><bdi>{escape(work.title)}</bdi></b></div>', width="content")
        state_badge(state)
        if state is State.RUNNING and elapsed(status):
            st.caption(f"{elapsed(status)} so far. You can leave this page; the work continues.", width="content")
        st.space("stretch")
        if work.folder.cancel_request.exists():
            st.badge("stopping at the next step", icon=":material/hourglass_top:", color="orange")
        elif not is_read_only() and st.button(
            "Cancel", key=f"{work.key}_cancel", icon=":material/stop_circle:", help="Stop at the next step. It can be started again later."
        ):
            work.folder.request_cancel()
            st.rerun(scope="fragment")


def _log(folder: RunFolder) -> None:
    try:
        lines = folder.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return
    if lines:
        with st.expander("Log", icon=":material/description:"):
            st.code("\n".join(lines), language=None)
