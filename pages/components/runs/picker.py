"""Choosing a run; the choice is kept in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from pages.components.runs.listing import ended, has_value, language_name
from pages.components.shared.address import choose
from pages.components.shared.errors import warn
from pages.components.shared.store import Store

PARAM = "run"


def pick_run(
    store: Store, *, key: str, wanted: Callable[[Any], bool], unfit: str = "", label: str = "Run", bare: bool = True
) -> RunRecord | None:
    """A picker over the runs in the database that are `wanted`; None when there is none.

    unfit: the message for a run of a link that is in the workspace but not `wanted`. bare: without a
    visible label, for the head of a page.
    """
    every = list(queries.list_runs(store.db).itertuples())
    runs = [run for run in every if wanted(run)]
    linked = st.query_params.get(PARAM)
    labels = {run.id: run_label(run) for run in runs}
    if linked and linked not in labels:
        known = linked in {run.id for run in every}
        warn(unfit if known and unfit else f"The run {linked[:80]} of this link is not in this workspace, or not finished yet.")
    if not runs:
        return None
    chosen = choose(
        list(labels),
        labels.__getitem__,
        param=PARAM,
        key=key,
        label=label,
        help="The latest run is first.",
        bare=bare,
    )
    return queries.one_run(store.db, chosen)


def run_label(run: Any) -> str:
    """Accuracy, name, languages and time of a run; the accuracy first, where a narrow box does not cut it off."""
    result = f"{plain.percent(run.accuracy_after)} · " if has_value(run.accuracy_after) else ""
    pair = plain.language_pair(language_name(run.src_language), language_name(run.trg_language))
    state = "" if run.state == "finished" else f"{plain.STATE_WORDS.get(run.state, run.state)}, "
    return f"{result}{run.name} · {pair} · {state}{ended(run)}"
