"""Work on a run that is over, followed from its job folder: stage, rate, time left and cancel; a sentence when it failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.shared.errors import complain, errors_shown, tell

EVERY = 1.0  # seconds between two looks
LOG_LINES = 40


def state_of_job(job: RunFolder) -> State | None:
    """What a job is doing; None when it was never started; a damaged status counts as failed."""
    try:
        return jobs.job_state(job)
    except (LralnError, OSError, AttributeError):
        return State.FAILED


def follow_job(job: RunFolder, *, key: str, until: Callable[[], bool] = lambda: False) -> None:
    """Progress of a job at work; when it is over, or `until` comes true, the page is drawn anew."""
    st.fragment(_panel, run_every=EVERY)(job, key, until)


def stopped_job(job: RunFolder, again: Callable[[], None], *, key: str) -> None:
    """Why a job ended without a result, and a button that starts it again."""
    why_stopped(job)
    if st.button("Try again", key=f"{key}_again", icon=":material/refresh:"):
        with errors_shown():
            again()
            st.rerun()


def why_stopped(job: RunFolder) -> None:
    """The sentence and the log of a job that ended without a result."""
    state = state_of_job(job)
    status = _status(job)
    if state is State.FAILED:
        complain(status.get("error") or "The computation stopped without saying why; press the button to start it again.")
    elif state is State.INTERRUPTED:
        tell("The computation was ended from outside. It can be started again.")
    else:
        tell("The computation was cancelled. It can be started again.")
    _log(job)


def _panel(job: RunFolder, key: str, until: Callable[[], bool]) -> None:
    with errors_shown():
        state = state_of_job(job)
        if state is None or state.over or until():
            st.rerun()
        status = _status(job)
        with st.container(border=True, key=f"{key}_panel"):
            st.progress(*_bar(status))
            with st.container(horizontal=True, vertical_alignment="center"):
                if job.cancel_request.exists():
                    st.badge("stopping at the next step", icon=":material/hourglass_top:", color="orange")
                elif st.button("Cancel", key=f"{key}_cancel", icon=":material/stop_circle:"):
                    job.request_cancel()
                    st.rerun(scope="fragment")
                st.caption("You can leave this page; the work goes on.")
            _log(job)


def _bar(status: dict[str, Any]) -> tuple[float, str]:
    done, total, unit = status.get("done") or 0, status.get("total") or 0, status.get("unit") or ""
    message = plain_markdown(status.get("message") or "Starting")
    if not total or not done:
        return 0.0, message
    numbers = f"{done:,} of {total:,} {unit}"
    if status.get("rate"):
        numbers += f", {status['rate']:,.0f} a second, {plain.duration(status.get('seconds_left'))} left"
    return min(1.0, done / total), f"{message}: {plain_markdown(numbers)}"


def _status(job: RunFolder) -> dict[str, Any]:
    try:
        status = job.status()
    except (LralnError, OSError):
        return {}
    return status if isinstance(status, dict) else {}


def _log(job: RunFolder) -> None:
    try:
        lines = job.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return
    if lines:
        with st.expander("Log", icon=":material/description:"):
            st.code("\n".join(lines), language=None)
