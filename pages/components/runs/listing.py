"""The runs of the workspace: in progress (from their folders) and over (from the database); the latest as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.atomic import read_json
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from lraln_core.store.queries import runs as queries
from lraln_core.store.sync import problems
from lraln_core.text.languages import language_name
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.shared.errors import errors_shown, warn
from pages.components.shared.progress import state_badge, state_of
from pages.components.shared.store import Store


@dataclass(frozen=True)
class Sketch:
    """Name and languages of a run, from its folder."""

    name: str
    src: str  # names of the languages
    trg: str
    config: dict[str, Any]


def sketch(folder: RunFolder) -> Sketch:
    """Name and languages from config.json; the id when it cannot be read."""
    try:
        config = read_json(folder.config)
        src, trg = (language_name(config[side]["language"]) for side in ("src", "trg"))
        return Sketch(config.get("name") or folder.id, src, trg, config)
    except (LralnError, OSError, KeyError, TypeError):
        return Sketch(folder.id, "unknown", "unknown", {})


def folders(workspace: Workspace) -> list[RunFolder]:
    """All run folders, the latest first."""
    return [RunFolder(path) for path in sorted(workspace.runs.glob("[!.]*/"), reverse=True)]


def active_runs(workspace: Workspace) -> list[RunFolder]:
    """Runs that are queued or running, the latest first."""
    return [folder for folder in folders(workspace) if not state_of(folder).over]


def can_resume(state: str) -> bool:
    return state in ("interrupted", "cancelled", "failed")


def resume_button(store: Store, run_id: str, *, key: str) -> None:
    """Start the worker of a stopped run again."""
    folder = RunFolder(store.workspace.runs / run_id)
    if (
        not is_read_only()
        and folder.config.exists()
        and st.button("Resume", key=key, icon=":material/play_arrow:", help="Continue from the last checkpoint.")
    ):
        with errors_shown():
            background.start_run(folder, store.workspace)
            st.rerun()


def runs_table(store: Store, *, limit: int, key: str) -> None:
    """The latest runs that are over, each with state, result and links."""
    runs = queries.list_runs(store.db)
    for problem in problems(store.db).itertuples():
        warn(f"{problem.reason}")
    if runs.empty:
        st.html('<p class="lr-note">No run is finished yet.</p>')
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
            f"{escape(ended(run))} · {escape(result_words(run))}{_reason(run)}</span></div>"
        )
        with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="xsmall"):
            run_links(run.id, pairs=run.mined_pairs > 0, retrieval=has_value(run.accuracy_after))
            if can_resume(run.state):
                resume_button(store, run.id, key=f"{key}_resume")


def _reason(run: Any) -> str:
    """Why a run failed; HTML."""
    return f"<br><bdi>{escape(run.error)}</bdi>" if run.state == "failed" and isinstance(run.error, str) and run.error else ""


def run_links(run_id: str, *, pairs: bool, retrieval: bool, details: bool = True) -> None:
    """Links to the pages with the results of a run."""
    if pairs:
        st.page_link("pages/pairs.py", label="Pairs", icon=":material/link:", query_params={"run": run_id})
    if retrieval:
        st.page_link("pages/retrieval.py", label="Retrieval", icon=":material/target:", query_params={"run": run_id})
    if retrieval:
        st.page_link("pages/space.py", label="Space", icon=":material/scatter_plot:", query_params={"run": run_id})
    if details:
        st.page_link("pages/launch.py", label="Curves", icon=":material/show_chart:", query_params={"run": run_id})


def result_words(run: Any) -> str:
    """63.0 % → 65.7 %, or the number of pairs when there was no test."""
    if has_value(run.accuracy_before) and has_value(run.accuracy_after):
        return f"word retrieval {plain.percent(run.accuracy_before)} \N{RIGHTWARDS ARROW} {plain.percent(run.accuracy_after)}"
    return plain.count(int(run.word_pairs or 0), "word pair")


def ended(run: Any) -> str:
    """How long ago a run ended: `5 minutes ago`; since its start where its end is not known."""
    return plain.ago(run.finished if has_value(run.finished) else run.started)


def has_value(value: Any) -> bool:
    return value is not None and not pd.isna(value)
