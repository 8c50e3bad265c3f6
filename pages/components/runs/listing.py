"""Which runs there are: at work (from their folders) and over (from the database); the latest as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.atomic import read_json
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from lraln_core.store.queries import runs as queries
from lraln_core.store.sync import problems
from lraln_core.text.languages import LANGUAGES
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.shared.errors import errors_shown, warn
from pages.components.shared.store import Store

ICONS = {
    "queued": (":material/hourglass_empty:", "gray"),
    "running": (":material/progress_activity:", "blue"),
    "finished": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "cancelled": (":material/cancel:", "gray"),
    "interrupted": (":material/pause_circle:", "orange"),
}
MEANINGS = {
    "queued": "The run starts as soon as its process is up.",
    "running": "The run is at work; you can close this page, it goes on.",
    "finished": "The run is done.",
    "failed": "The run stopped because something was wrong; the sentence says what.",
    "cancelled": "Somebody stopped the run. It can go on from its last checkpoint.",
    "interrupted": "The process was ended from outside, or the machine was switched off. The run can go on from its last "
    "checkpoint, with the same result as if nothing had happened.",
}


@dataclass(frozen=True)
class Sketch:
    """The few things about a run that its own folder tells."""

    name: str
    src: str  # names of the languages
    trg: str
    config: dict[str, Any]


def language_name(code: str) -> str:
    """The name of a language, or its code where we know no name."""
    return LANGUAGES[code].name if code in LANGUAGES else code or "unknown"


def sketch(folder: RunFolder) -> Sketch:
    """Name and languages from config.json; the id where it cannot be read."""
    try:
        config = read_json(folder.config)
        src, trg = (language_name(config[side]["language"]) for side in ("src", "trg"))
        return Sketch(config.get("name") or folder.id, src, trg, config)
    except (LralnError, OSError, KeyError, TypeError):
        return Sketch(folder.id, "unknown", "unknown", {})


def folders(workspace: Workspace) -> list[RunFolder]:
    """All run folders, the latest first."""
    return [RunFolder(path) for path in sorted(workspace.runs.glob("[!.]*/"), reverse=True)]


def state_of(folder: RunFolder) -> State:
    """What the run is doing; a damaged status counts as failed."""
    try:
        return folder.state()
    except (LralnError, OSError, AttributeError):
        return State.FAILED


def active_runs(workspace: Workspace) -> list[RunFolder]:
    """Runs that wait or work, the latest first."""
    return [folder for folder in folders(workspace) if not state_of(folder).over]


def state_badge(state: str) -> None:
    """The state as icon and word."""
    icon, colour = ICONS.get(state, (":material/help:", "gray"))
    st.badge(plain.STATE_WORDS.get(state, state), icon=icon, color=colour, help=MEANINGS.get(state))


def can_resume(state: str) -> bool:
    return state in ("interrupted", "cancelled", "failed")


def resume_button(store: Store, run_id: str, *, key: str) -> None:
    """Start the worker of a stopped run again."""
    folder = RunFolder(store.workspace.runs / run_id)
    if folder.config.exists() and st.button("Resume", key=key, icon=":material/play_arrow:", help="Go on from the last checkpoint."):
        with errors_shown():
            background.start_run(folder, store.workspace)
            st.rerun()


def runs_table(store: Store, *, limit: int, key: str) -> None:
    """The latest runs that are over, each with its state, result and links."""
    runs = queries.list_runs(store.db)
    for problem in problems(store.db).itertuples():
        warn(f"{problem.reason}")
    if runs.empty:
        st.html('<p class="lr-note">No run is over yet. A sample takes about a minute.</p>')
        return
    for run in runs.head(limit).itertuples():
        _row(store, run, key=f"{key}_{run.id}")
    if len(runs) > limit:
        st.caption(f"{plain.count(len(runs) - limit, 'older run')} on the page Launch.")


def _row(store: Store, run: Any, *, key: str) -> None:
    with st.container(border=True, key=f"row_{key}"):
        left, middle, right = st.columns([1.1, 3.4, 2.6], vertical_alignment="center")
        with left:
            state_badge(run.state)
        middle.html(
            f'<div class="lr-text"><b><bdi>{escape(run.name)}</bdi></b><br><span class="lr-note">'
            f"{escape(plain.language_pair(language_name(run.src_language), language_name(run.trg_language)))} · "
            f"{escape(plain.ago(run.started))} · {escape(result_words(run))}{_reason(run)}</span></div>"
        )
        with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="xsmall"):
            run_links(run.id, pairs=run.mined_pairs > 0, retrieval=has_value(run.accuracy_after))
            if can_resume(run.state):
                resume_button(store, run.id, key=f"{key}_resume")


def _reason(run: Any) -> str:
    """Why a run failed; HTML."""
    return f"<br><bdi>{escape(run.error)}</bdi>" if run.state == "failed" and isinstance(run.error, str) and run.error else ""


def run_links(run_id: str, *, pairs: bool, retrieval: bool, details: bool = True) -> None:
    """Deep links to what a run left."""
    if pairs:
        st.page_link("pages/pairs.py", label="Pairs", icon=":material/link:", query_params={"run": run_id})
    if retrieval:
        st.page_link("pages/retrieval.py", label="Retrieval", icon=":material/target:", query_params={"run": run_id})
    if retrieval:
        st.page_link("pages/space.py", label="Space", icon=":material/scatter_plot:", query_params={"run": run_id})
    if details:
        st.page_link("pages/launch.py", label="Curves", icon=":material/show_chart:", query_params={"run": run_id})


def result_words(run: Any) -> str:
    """63.0 % → 65.7 %, or how much was mined."""
    if has_value(run.accuracy_before) and has_value(run.accuracy_after):
        return f"test words found: {plain.percent(run.accuracy_before)} \N{RIGHTWARDS ARROW} {plain.percent(run.accuracy_after)}"
    return plain.count(int(run.mined_pairs), "word pair")


def has_value(value: Any) -> bool:
    return value is not None and not pd.isna(value)
