"""Launch: start a run, follow it, see the curves of earlier runs."""

from __future__ import annotations

import dataclasses
import json

import streamlit as st

from lraln_core.files.read_only import is_read_only
from lraln_core.runs import config as run_config
from lraln_core.runs.estimate import Estimate
from lraln_core.runs.jobs import background
from lraln_core.runs.jobs.machine import Speed, measured_speed
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.store.removal import remove_run
from lraln_core.views import plain
from lraln_core.views.highlight import escape, plain_markdown
from pages.components.launch.form import launch_form
from pages.components.navigation import show_page
from pages.components.runs.curves import all_curves
from pages.components.runs.listing import active_runs, language_name
from pages.components.runs.live import live_run
from pages.components.runs.picker import pick_run
from pages.components.runs.result import run_result
from pages.components.shared.errors import errors_shown
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import meaning, what_is
from pages.components.shared.theme import page_head


def main() -> None:
    store = open_store()
    page_head(
        "Launch a run",
        "Choose two corpora and press Start. All other options have the values of a recipe. The run is a process of its own: "
        "you can close this page and come back.",
    )
    active = active_runs(store.workspace)
    for folder in active:
        live_run(store, folder, key=f"live_{folder.id}")
    if is_read_only():
        _past_runs(store)
        return
    form, runs = st.tabs(["New run", "Earlier runs"], default="Earlier runs" if _run_is_linked(active) else "New run", key="launch_tab")
    with form:
        _new_run(store, busy=bool(active))
    with runs:
        _past_runs(store)


def _run_is_linked(active: list) -> bool:
    linked = st.query_params.get("run")
    return bool(linked) and linked not in {folder.id for folder in active}


def _new_run(store: Store, *, busy: bool) -> None:
    main_column, side = st.container(key="split_launch").columns([2.4, 1], gap="large")
    with main_column:
        draft = launch_form(store)
    with side:
        _time(draft.estimate, measured_speed(store.workspace))
        if busy:
            st.caption("A run is in progress. A second one makes both slower.")
        if st.button("Start", type="primary", icon=":material/play_arrow:", key="launch_start", width="stretch"):
            with errors_shown():
                folder = background.launch_run(run_config.from_json(draft.finished(store.workspace)), store.workspace)
                st.query_params["run"] = folder.id
                st.rerun()
        _checks()


def _time(estimate: Estimate, speed: Speed) -> None:
    parts = {
        "loading the language model": estimate.loading,
        "encoding the sentences": estimate.encoding,
        "mining": estimate.mining,
        "training": estimate.training,
    }
    details = "; ".join(f"{name} {plain.duration(speed.factor * seconds)}" for name, seconds in parts.items())
    st.metric(
        "Estimated time",
        f"about {plain.duration(speed.factor * estimate.total)}",
        help=f"A rough estimate: {details}. {speed.sentence()} Sentences that were encoded before are "
        "not encoded again, so a second run is shorter.",
        border=True,
    )


def _checks() -> None:
    st.html(
        '<p class="lr-note"><b>Collapse and agreement checks.</b> They need no translations.</p>'
        f'<p class="lr-note"><b>1. Agreement on held-out sentences.</b> {escape(meaning("criterion"))}</p>'
        f'<p class="lr-note"><b>2. Norm and rank of the maps.</b> Norm: {escape(meaning("norm"))} Effective rank: '
        f"{escape(meaning('rank'))}</p>"
    )


def _past_runs(store: Store) -> None:
    run = pick_run(store, key="launch_run", wanted=lambda run: True, bare=False)
    if run is None:
        st.info("No run is finished yet. Start one under New run, or run a sample on the page Home.", icon=":material/rocket_launch:")
        return
    run_result(store, run, key="launch_result", details=False)
    src, trg = language_name(run.src_language), language_name(run.trg_language)
    st.subheader("Curves", anchor=False)
    what_is("mining", "iteration", "loss", "criterion", "norm", "rank", key="launch_terms")
    all_curves(queries.curves(store.db, run.id), queries.minings(store.db, run.id), run.best_step, src, trg, key="launch_curves")
    for warning in (run.summary or {}).get("warnings", []):
        st.caption(plain_markdown(warning))
    with st.expander("Configuration", icon=":material/settings:"):
        _configuration(run)
    if not is_read_only():
        _remove(store, run)


def _configuration(run: RunRecord) -> None:
    """Every option of the run; those that differ from the defaults are marked."""
    defaults = dataclasses.asdict(run_config.RunConfig())
    rows = []
    for key, value in run.config.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for name, one in inner:
            default = (defaults.get(key) or {}).get(name) if name else defaults.get(key)
            used = (run.summary or {}).get("precision") if (key, name) == ("encoder", "precision") and one == "auto" else None
            value = f"{one} ({used})" if used else str(one)
            rows.append({"Option": f"{key}.{name}" if name else key, "Value": value, "Changed": "" if one == default else "changed"})
    st.dataframe(
        rows,
        hide_index=True,
        alt="All options of the run",
        column_config={
            "Changed": st.column_config.TextColumn(help="Differs from the default, which is the paper's value where there is one.")
        },
    )
    st.download_button(
        "Download config.json",
        data=json.dumps(run.config, ensure_ascii=False, indent=1),
        file_name=f"{run.id}.json",
        mime="application/json",
        icon=":material/download:",
        help="The same run from the command line: python -m lraln_core run --config FILE",
        on_click="ignore",
    )


def _remove(store: Store, run: RunRecord) -> None:
    with st.popover(
        "Remove this run",
        icon=":material/delete:",
        key=f"launch_remove_{run.id}",  # one per run: a popover left open must not remove another run
        help="Deletes the folder of the run: pairs, maps and measurements. Judgements stay.",
    ):
        st.html(
            f"<p>Remove <b><bdi>{escape(run.name)}</bdi></b> with its {plain.count(run.word_pairs or 0, 'word pair')}? This cannot "
            "be undone.</p>"
        )
        if st.button("Yes, remove it", key=f"launch_remove_yes_{run.id}", type="primary"):
            with errors_shown():
                remove_run(store.db, run.id)
                st.query_params.pop("run", None)
                st.rerun()


show_page(main)
