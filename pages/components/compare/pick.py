"""The two runs that are compared, and a button that starts the counterpart of a run when it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lraln_core.choices import MiningMethod
from lraln_core.errors import ConfigError, RunError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.config import RunConfig
from lraln_core.runs.counterpart import counterpart_config, counterpart_method, find_counterpart
from lraln_core.runs.jobs import background
from lraln_core.runs.options import options
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from pages.components.runs.listing import active_runs, sketch
from pages.components.runs.live import live_run
from pages.components.runs.picker import pick_run, run_label
from pages.components.shared.address import choose
from pages.components.shared.errors import complain, errors_shown, warn
from pages.components.shared.store import Store

OTHER = "other"
NEWEST = 30  # runs among which counterparts are searched


@dataclass(frozen=True)
class Pick:
    """The two runs; `other` is None while there is none to compare with."""

    one: RunRecord
    other: RunRecord | None


def pick_two(store: Store, bar: DeltaGenerator) -> Pick | None:
    """Draw both pickers into the bar at the top of the page; None when there is no run at all."""
    _begin_with_counterparts(store)
    with bar:
        first, left, second, right, last = st.columns([0.24, 5, 0.24, 5, 0.5], vertical_alignment="center", gap="xsmall")
    first.html('<b class="lr-text" aria-hidden="true">A</b>')
    with left:
        one = pick_run(store, key="compare_run", wanted=lambda run: True, label="Run A")
    if one is None:
        return None
    _forget_other_when_changed(one)
    runs = [run for run in queries.list_runs(store.db).itertuples() if run.id != one.id]
    working = {folder.id: folder for folder in active_runs(store.workspace)}
    linked = st.query_params.get(OTHER)
    if linked in working:
        live_run(store, working[linked], key="compare_counterpart")
        st.caption("The two runs are compared here when this one is finished.")
        return Pick(one, None)
    counterpart = _counterpart_among(store, one, runs)
    labels = {run.id: _label(run, run.id == counterpart) for run in _ordered(runs, one, counterpart)}
    if linked == one.id:
        warn("The link names the same run twice; choose another one to compare with.")
    elif linked and linked not in labels:
        warn(f"The run {linked[:80]} of this link is not in this workspace.")
    other = None
    if labels:
        second.html('<b class="lr-text" aria-hidden="true">B</b>')
        with right:
            chosen = choose(
                list(labels),
                labels.__getitem__,
                param=OTHER,
                key=f"compare_other_{one.id}",
                label="Run B",
                help="The counterpart, which differs only in the mining method, is first, then runs of the same languages.",
                bare=True,
            )
        try:
            other = queries.one_run(store.db, chosen)
        except RunError:  # removed meanwhile
            pass
        if other is not None:
            with last:
                _swap(one.id, other.id)
    if counterpart is None:
        _offer_counterpart(store, one, list(working.values()))
    return Pick(one, other)


def _begin_with_counterparts(store: Store) -> None:
    """Without a run in the address: the latest run that has a counterpart."""
    if "run" in st.query_params or "compare_run" in st.session_state or "remembered_run" in st.session_state:
        return
    ids = [run.id for run in queries.list_runs(store.db).head(NEWEST).itertuples() if run.state == "finished"]
    runs = [queries.one_run(store.db, id) for id in ids]
    for at, run in enumerate(runs):
        if find_counterpart(run.config, ((other.id, other.config) for other in runs[at + 1 :])):
            st.session_state["compare_run"] = run.id
            return


def _forget_other_when_changed(one: RunRecord) -> None:
    """When the first run changes, the second one is chosen again; that of a link is kept."""
    seen = st.session_state.get("compare_seen")
    if seen is not None and seen != one.id:
        st.query_params.pop(OTHER, None)
        st.session_state.pop(f"remembered_{OTHER}", None)
    st.session_state["compare_seen"] = one.id


def _counterpart_among(store: Store, one: RunRecord, runs: list) -> str | None:
    same = [run.id for run in runs if (run.src_language, run.trg_language) == (one.src_language, one.trg_language)]
    records = [(id, queries.one_run(store.db, id)) for id in same]
    return find_counterpart(one.config, ((id, run.config) for id, run in records if run.state == "finished"))


def _ordered(runs: list, one: RunRecord, counterpart: str | None) -> list:
    languages = one.src_language, one.trg_language
    return sorted(runs, key=lambda run: (run.id != counterpart, (run.src_language, run.trg_language) != languages))


def _label(run: object, is_counterpart: bool) -> str:
    return f"{'Counterpart: ' if is_counterpart else ''}{run_label(run)}"


def _swap(one: str, other: str) -> None:
    """A becomes B and B becomes A."""
    if st.button("Swap A and B", icon=":material/swap_horiz:", type="tertiary", key="compare_swap", help="Swap A and B"):
        st.session_state.pop("compare_seen", None)
        st.query_params.update({"run": other, OTHER: one})
        st.rerun()


def _offer_counterpart(store: Store, one: RunRecord, working: list[RunFolder]) -> None:
    """A button that starts the missing counterpart."""
    method = counterpart_method(one.config)
    if method is None or one.state != "finished" or is_read_only():
        return
    running = find_counterpart(one.config, ((folder.id, sketch(folder).config) for folder in working))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="compare_offer"):
        st.html(
            '<p class="lr-note">This run has no counterpart yet: the same texts, options and seed with the other mining method, '
            f"<b>{options(RunConfig)['mining.method'].choices[method]}</b>.</p>",
            width="stretch",
        )
        if running:
            if st.button("Follow the counterpart", icon=":material/progress_activity:", key="compare_follow"):
                st.query_params[OTHER] = running
                st.rerun()
            return
        if st.button(
            "Run the counterpart",
            type="primary",
            icon=":material/play_arrow:",
            key="compare_launch",
            disabled=bool(working),
            help="A run is in progress; wait for it or cancel it." if working else f"Start it and follow it here. {_how_long(one, method)}",
        ):
            with errors_shown():
                try:
                    folder = background.launch_run(counterpart_config(one.config), store.workspace)
                except ConfigError as error:
                    complain(str(error))
                    return
                st.query_params[OTHER] = folder.id
                st.rerun()


def _how_long(one: RunRecord, method: MiningMethod) -> str:
    """Fewer pairs per iteration mean more iterations until all updates are made."""
    took = f" ({plain.duration(one.seconds)})" if one.seconds else ""
    if method is MiningMethod.INTERSECTION:
        return f"It finds fewer pairs each time, so it mines more often and can take several times as long as this run did{took}."
    return f"It takes about as long as this run did{took}, or less."


def short_names(one: RunRecord, other: RunRecord) -> list[str]:
    """A and B with the names of the runs, for legends."""
    return [f"{letter}: {run.name[:48]}" for letter, run in (("A", one), ("B", other))]
