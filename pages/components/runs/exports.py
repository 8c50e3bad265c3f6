"""Export of a run: report, archive for another computer, tables, configuration, maps and pairs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from lraln_core.exchange import tables
from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.maps_snippet import how_to, snippet
from lraln_core.exchange.offline import MOST_PAIRS, write_offline
from lraln_core.exchange.report import write_report
from lraln_core.files.latex import to_latex
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.retrieval.view import Names
from pages.components.runs.listing import language_name
from pages.components.shared.downloads import SAFE
from pages.components.shared.store import Store


def run_exports(store: Store, run: RunRecord, *, key: str) -> None:
    """A collapsed section; a file is made when its button is pressed."""
    with st.expander("Export", icon=":material/ios_share:", key=f"{key}_take"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _whole(store, run, key)
        _maps(run, key)


def _whole(store: Store, run: RunRecord, key: str) -> None:
    folder = RunFolder(Path(run.folder))
    _download(
        "Report (HTML)",
        lambda path: write_report(store.db, run.id, path),
        f"{run.id}-report.html",
        "text/html",
        f"{key}_report",
        ":material/article:",
        "Configuration, charts, retrieval and a sample of the pairs in one HTML file that opens in any browser, without a network.",
    )
    if run.mined_pairs:
        _download(
            "Pairs with filters (HTML)",
            lambda path: write_offline(store.db, run.id, path),
            f"{run.id}-pairs.html",
            "text/html",
            f"{key}_offline",
            ":material/filter_alt:",
            "One HTML file with the word pairs in their sentences and filters that work in any browser, without this program and without a "
            f"network. At most {MOST_PAIRS:,} pairs, the most similar. It contains sentences of the corpora.",
        )
    _download(
        "Whole run (archive)",
        lambda path: pack_run(folder, store.workspace, path),
        f"{run.id}.lraln.zip",
        "application/zip",
        f"{key}_archive",
        ":material/archive:",
        "All files of this run and its two corpora. Another computer with this tool imports it on the page Home. It contains the "
        "sentences of the corpora, so share it only if you may share them.",
    )
    frame = _retrieval(store, run)
    if len(frame):
        st.download_button(
            "Retrieval (CSV)",
            data=lambda: tables.to_csv(frame).encode("utf-8"),
            file_name=f"{run.id}-retrieval.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"{key}_csv",
            icon=":material/table:",
            help=SAFE,
        )
        caption = f"Word retrieval: {run.name}"
        st.download_button(
            "Retrieval (LaTeX)",
            data=lambda: to_latex(frame, caption=caption, label="tab:retrieval").encode("utf-8"),
            file_name=f"{run.id}-retrieval.tex",
            mime="application/x-tex",
            on_click="ignore",
            key=f"{key}_tex",
            icon=":material/functions:",
            help="The same table for papers; it needs the LaTeX package booktabs.",
        )
    st.download_button(
        "Configuration",
        data=json.dumps(run.config, ensure_ascii=False, indent=1),
        file_name=f"{run.id}.json",
        mime="application/json",
        on_click="ignore",
        key=f"{key}_config",
        icon=":material/settings:",
        help="The same run from the command line: python -m lraln_core run --config FILE",
    )
    if run.mined_pairs:
        st.page_link(
            "pages/pairs.py",
            label="Word pairs in five formats",
            icon=":material/link:",
            query_params={"run": run.id},
            help=f"{plain.count(run.word_pairs or 0, 'word pair')}. On the page Pairs you choose which ones and which format.",
        )


def _maps(run: RunRecord, key: str) -> None:
    maps = RunFolder(Path(run.folder)).maps
    if not maps.is_file():
        st.html('<p class="lr-note">This run has no maps: it ended before training.</p>')
        return
    st.download_button(
        "Maps (safetensors)",
        data=maps.read_bytes,
        file_name="maps.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        key=f"{key}_maps",
        icon=":material/grid_on:",
        help="The two matrices that align the languages; a safe file format that runs no code.",
    )
    st.html('<p class="lr-note">How to use them with a model of the library transformers:</p>')
    st.code(snippet(run.config), language="python")
    st.html(f'<p class="lr-note">{escape(how_to(run.config, own_encoder=bool((run.summary or {}).get("own_encoder"))))}</p>')


def _download(label: str, write: Callable[[Path], object], name: str, mime: str, key: str, icon: str, help: str) -> None:
    """A button whose file is made when it is pressed."""

    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            write(path)
            return path.read_bytes()

    st.download_button(label, data=made, file_name=name, mime=mime, on_click="ignore", key=key, icon=icon, help=help)


def _retrieval(store: Store, run: RunRecord) -> pd.DataFrame:
    """Accuracies in percent, a row for each direction and time."""
    found = queries.metrics(store.db, run.id)
    found = found[found["name"] == "retrieval_accuracy"]
    names = Names(language_name(run.src_language), language_name(run.trg_language), run.src_language, run.trg_language)
    percent = {title: (100 * found[name]).round(2) for title, name in (("Accuracy", "value"), ("Low", "low"), ("High", "high"))}
    directions = [names.direction(one) for one in found["direction"]]
    return pd.DataFrame({"Test": found["split"], "Direction": directions, "When": found["when"]} | percent)
