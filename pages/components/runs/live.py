"""A run in progress, read from its folder every few seconds, so reloading the page loses nothing; the run does not need the app."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from lraln_core.files import events as event_tables
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.runs.curves import live_curves
from pages.components.runs.listing import sketch
from pages.components.shared.errors import errors_shown, warn
from pages.components.shared.progress import Status, Work, follow
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning, what_is

EVERY, CURVES_EVERY = 1.5, 6.0  # seconds between two reads; the run needs the processor more than the page does
CHECK = '<span aria-hidden="true">\N{CHECK MARK}</span>'


def live_run(store: Store, folder: RunFolder, *, key: str) -> None:
    """Progress and curves of a run that is not over; the page is drawn again when it is."""
    follow(
        Work(
            folder,
            key,
            title=sketch(folder).name,
            above=lambda status, state: st.html(_steps(folder, status, state)),
            below=lambda status, state: _below(folder, status),
            on_end=lambda: store.refresh(now=True),
        ),
        every=EVERY,
    )
    st.fragment(_curves, run_every=CURVES_EVERY)(folder, key)


def _below(folder: RunFolder, status: Status) -> None:
    about = plain.STAGES.get(status.get("stage", ""), ("", "The run is starting up."))[1]
    st.html(f'<p class="lr-note">{escape(about)}</p>')
    if re.fullmatch(r"http://[\w.:-]+", dashboard := str(status.get("dashboard") or "")):
        st.markdown(f"What its workers do: [Ray dashboard]({dashboard})")
    _figures(folder.events())


def _curves(folder: RunFolder, key: str) -> None:
    """Charts, which take longer to draw and change seldom: refreshed less often than the progress bar."""
    with errors_shown(), st.container(key=f"{key}_curves_panel"):
        events, run = folder.events(), sketch(folder)
        live_curves(
            event_tables.curve_frame(events), event_tables.mining_frame(events), event_tables.best_step(events), run.src, run.trg, key=key
        )
        for warning in event_tables.warnings(events):
            warn(warning)
        what_is("pair", "iteration", "mutual", "criterion", "loss", "accuracy", key=f"{key}_terms")


def _steps(folder: RunFolder, status: Status, state: State) -> str:
    """The stages in a row: completed ones have a tick, the present one is filled and marked for screen readers. HTML."""
    names, present = list(plain.STAGES), status.get("stage", "")
    begun = {event.get("stage") for event in folder.events() if event.get("kind") == "stage"}
    at = names.index(present) if present in names else len(names)
    done = {name for name in names[:at] if name in begun}
    items = "".join(
        f'<li title="{escape(text)}"{" aria-current=step" if name == present and state is State.RUNNING else ""}>'
        f"{f'{CHECK} ' if name in done else ''}{escape(title)}</li>"
        for name, (title, text) in plain.STAGES.items()
    )
    return f'<ul class="lr-steps" aria-label="Stages of the run">{items}</ul>'


def _figures(events: list[dict[str, Any]]) -> None:
    mined = [event for event in events if event.get("kind") == "mining"]
    before = event_tables.retrieval(events, "before")
    if not mined and not before:
        return
    columns = st.columns(4)
    if before:
        columns[0].metric(
            "Accuracy before",
            plain.percent(before["mean_accuracy"]),
            help=f"{meaning('retrieval')} This is the value before training.",
        )
    if mined:
        columns[1].metric("Iterations", f"{len(mined)}", help=meaning("iteration"))
        columns[2].metric(
            "Pairs in this iteration",
            f"{mined[-1].get('pairs', 0):,}",
            help=f"{meaning('pair')} Most pairs are found again in later iterations; the result counts each place once.",
        )
        columns[3].metric(
            "Several pairs",
            f"{mined[-1].get('multi_pair_share', 0):.0%}",
            help=f"Share of the sentence pairs in the last iteration. {meaning('several')}",
        )
