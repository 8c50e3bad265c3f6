"""Home: the samples with one button each, the latest result, all runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lraln_core.errors import RunError
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import NOTICE
from lraln_core.runs.jobs import background
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import SAMPLES, sample_config
from lraln_core.store.queries import runs as queries
from lraln_core.text.languages import get_language
from pages.components.navigation import show_page
from pages.components.runs.import_archive import run_import
from pages.components.runs.listing import active_runs, ended, folders, runs_table, sketch
from pages.components.runs.live import live_run
from pages.components.runs.result import run_result
from pages.components.shared.errors import errors_shown
from pages.components.shared.presets import choose_preset
from pages.components.shared.progress import state_badge, state_of
from pages.components.shared.store import Store, open_store
from pages.components.shared.theme import page_head

LATEST = 6
ABOUT = {
    "mk": "Slavic, written in Cyrillic letters.",
    "sw": "Bantu, written in Latin letters.",
    "ne": "Indo-Aryan, written in Devanagari.",
}


def main() -> None:
    store = open_store()
    page_head(
        "Find words that mean the same, without a dictionary",
        "Input: two corpora in two languages; they need not be translations of each other. A language model turns every word into a "
        "vector, and words with similar vectors are paired, such as Macedonian <i>војска</i> and English <i>army</i>. From these pairs the "
        "two languages are brought closer together, and a test measures how many more words then find their translation.",
        "corpus",
        "vector",
        "language_model",
        "pair",
        "mining",
        "maps",
        "retrieval",
        lead_shown=True,
    )
    active, last = active_runs(store.workspace), _last_runs(store)
    first = not active and queries.list_runs(store.db).empty
    samples, latest = st.container(), st.container()
    if not first:
        samples, latest = latest, samples  # the result above the samples, as soon as there is one
    if not is_read_only():
        with samples:
            _samples(store, last, busy=bool(active))
    with latest:
        _latest(store, active)
    st.subheader("Latest runs", anchor=False)
    runs_table(store, limit=LATEST, key="home_runs")
    if not is_read_only():
        run_import(store)
    with st.expander("About: licences of the program, its data and its language model", icon=":material/license:"):
        st.text(NOTICE.read_text(encoding="utf-8") if NOTICE.is_file() else "The file NOTICE is missing; install the program again.")


def _samples(store: Store, last: dict[str, RunFolder], *, busy: bool) -> None:
    st.subheader(
        "Try it on a sample",
        anchor=False,
        help="Short texts written for this project, each with English. Everything is computed on this computer.",
    )
    preset = choose_preset("home_preset")
    for column, pair in zip(st.columns(len(SAMPLES)), SAMPLES, strict=True):
        with column:
            _sample_card(store, pair, preset, last.get(pair), busy=busy)


def _sample_card(store: Store, pair: str, preset: Preset, last: RunFolder | None, *, busy: bool) -> None:
    src, trg = (get_language(code) for code in pair.split("-"))
    with st.container(border=True, key=f"sample_{pair}", height="stretch"):
        st.markdown(f"**{src.name} and {trg.name}**")
        st.html(f'<p class="lr-note">{ABOUT[src.code]}</p>')
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(
                "Run the sample" if last is None else "Run again",
                key=f"run_{pair}",
                icon=":material/play_arrow:",
                disabled=busy,
                wrap=True,
                type="primary" if last is None else "secondary",
                help="A run is in progress; wait for it or cancel it." if busy else f"Find word pairs in {src.name} and {trg.name}",
            ):
                with errors_shown():
                    background.launch_run(sample_config(pair, preset), store.workspace)
                    st.rerun()
            if last is not None:
                state_badge(state_of(last))


def _last_runs(store: Store) -> dict[str, RunFolder]:
    """The latest run of each sample."""
    wanted = {_texts(sample_config(pair).to_json()): pair for pair in SAMPLES}
    found: dict[str, RunFolder] = {}
    for folder in folders(store.workspace):
        pair = wanted.get(_texts(sketch(folder).config))
        if pair:
            found.setdefault(pair, folder)
        if len(found) == len(SAMPLES):
            break
    return found


def _texts(config: dict[str, Any]) -> tuple[str, str]:
    """The two texts of a run, by which sample runs are recognised."""
    return tuple(str((config.get(side) or {}).get("corpus", "")) for side in ("src", "trg"))


def _latest(store: Store, active: list[RunFolder]) -> None:
    """The runs in progress, else the result of the latest run."""
    if active:
        st.subheader("In progress", anchor=False)
        for folder in active:
            live_run(store, folder, key=f"live_{folder.id}")
        return
    runs = queries.list_runs(store.db)
    if runs.empty:
        return
    finished = runs[runs["state"] == "finished"]
    latest = (runs if finished.empty else finished).iloc[0]
    st.subheader(f"The latest result, {ended(latest) or 'just now'}", anchor=False)
    try:
        run = queries.one_run(store.db, latest["id"])
    except RunError:  # removed meanwhile
        return
    run_result(store, run, key="latest")


show_page(main)
