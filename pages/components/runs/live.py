"""A run at work, read from its folder again and again: what is shown survives reloading, and the run survives the app."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lraln_core.files.run_folder import RunFolder
from lraln_core.views import live, plain
from lraln_core.views.highlight import escape, plain_markdown
from pages.components.runs.curves import live_curves
from pages.components.runs.listing import sketch, state_badge, state_of
from pages.components.shared.errors import errors_shown, warn
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning, what_is

EVERY, CURVES_EVERY = 1.5, 6.0  # seconds between two looks; the run needs the processor more than the reader does


def live_run(store: Store, folder: RunFolder, *, key: str) -> None:
    """Progress of a run that is not over; when it is, the page is drawn anew."""
    with st.container(border=True, key=f"{key}_panel"):
        st.fragment(_panel, run_every=EVERY)(store, folder, key)
        st.fragment(_curves, run_every=CURVES_EVERY)(folder, key)


def _panel(store: Store, folder: RunFolder, key: str) -> None:
    with errors_shown():
        state = state_of(folder)
        if state.over:
            store.refresh(now=True)
            st.rerun()
        status, events = folder.status(), folder.events()
        _head(folder, sketch(folder).name, state, key)
        st.html(_steps(status.get("stage", ""), state))
        _bar(status)
        st.html(f'<p class="lr-note">{escape(plain.STAGES.get(status.get("stage", ""), ("", "The run is starting up."))[1])}</p>')
        _figures(events)


def _curves(folder: RunFolder, key: str) -> None:
    """What is dear to draw, and changes seldom."""
    with errors_shown():
        events, run = folder.events(), sketch(folder)
        live_curves(live.curve_frame(events), live.mining_frame(events), live.best_step(events), run.src, run.trg, key=key)
        for warning in live.warnings(events):
            warn(warning)
        what_is("pair", "iteration", "mutual", "criterion", "loss", "accuracy", key=f"{key}_terms")


def _head(folder: RunFolder, name: str, state: str, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="lr-text" style="font-size:1.15rem"><b><bdi>{escape(name)}</bdi></b></div>', width="content")
        state_badge(state)
        st.space("stretch")
        if folder.cancel_request.exists():
            st.badge("stopping at the next step", icon=":material/hourglass_top:", color="orange")
        elif st.button(
            "Cancel",
            key=f"{key}_cancel",
            icon=":material/stop_circle:",
            help="Stop at the next step. The run can be resumed later.",
        ):
            folder.request_cancel()
            st.rerun(scope="fragment")


def _steps(stage: str, state: str) -> str:
    """The stages in a row; the present one is filled and marked for screen readers."""
    items = "".join(
        f'<li title="{escape(text)}"{" aria-current=step" if name == stage and state == "running" else ""}>{escape(title)}</li>'
        for name, (title, text) in plain.STAGES.items()
    )
    return f'<ul class="lr-steps" aria-label="Stages of the run">{items}</ul>'


def _bar(status: dict[str, Any]) -> None:
    done, total, unit = status.get("done") or 0, status.get("total") or 0, status.get("unit") or ""
    message = plain_markdown(status.get("message") or "Waiting for the process to start")
    if not total:
        st.progress(0.0, text=message)
        return
    numbers = f"{done:,} of {total:,} {unit}"
    if status.get("rate"):
        numbers += f", {status['rate']:,.0f} a second, {plain.duration(status.get('seconds_left'))} left"
    st.progress(min(1.0, done / total), text=f"{message}: {plain_markdown(numbers)}")


def _figures(events: list[dict[str, Any]]) -> None:
    mined = [event for event in events if event.get("kind") == "mining"]
    before = live.retrieval(events, "before")
    if not mined and not before:
        return
    columns = st.columns(4)
    if before:
        columns[0].metric(
            "Found before",
            plain.percent(before["mean_accuracy"]),
            help=f"{meaning('retrieval')} This is the value before anything is trained.",
        )
    if mined:
        columns[1].metric("Iterations", f"{len(mined)}", help=meaning("iteration"))
        columns[2].metric("Word pairs so far", f"{sum(event.get('pairs', 0) for event in mined):,}", help=meaning("pair"))
        columns[3].metric(
            "Several pairs",
            f"{mined[-1].get('multi_pair_share', 0):.0%}",
            help=f"Share of the sentence pairs in the last iteration. {meaning('several')}",
        )
