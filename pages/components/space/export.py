"""The words of the picture with their vectors, as files for two programs that draw large spaces."""

from __future__ import annotations

import streamlit as st

from lraln_core.exchange.space_files import ENDINGS, HOW, SpaceFormat, space_bytes
from lraln_core.files import projection_files as files
from lraln_core.files.projection_files import Projection, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.jobs import jobs
from pages.components.retrieval.view import Names
from pages.components.shared.errors import errors_shown
from pages.components.shared.progress import Work, follow, state_of_job
from pages.components.shared.store import Store

LABELS = {
    SpaceFormat.ATLAS: "Parquet, for Embedding Atlas",
    SpaceFormat.PROJECTOR: "TSV, for the Embedding Projector",
}


def export_space(store: Store, folder: RunFolder, options: ProjectionOptions, projection: Projection, names: Names) -> None:
    """Downloads of the points; where the vectors are not kept yet, a button that computes them first."""
    with st.popover("Save words and vectors", icon=":material/download:", type="tertiary", key="space_export"):
        if not files.has_vectors(folder, options):
            _compute(store, folder, options)
            return
        languages = (names.src_code, names.trg_code)
        for format, label in LABELS.items():
            st.download_button(
                label,
                data=lambda format=format: space_bytes(format, projection, files.load_vectors(folder, options), languages),
                file_name=f"{folder.id}-space{ENDINGS[format]}",
                on_click="ignore",
                key=f"space_export_{format}",
                icon=":material/scatter_plot:",
                help=f"The words with their sentences and vectors before and after training. To open it: {HOW[format]}.",
            )


def _compute(store: Store, folder: RunFolder, options: ProjectionOptions) -> None:
    state = state_of_job(jobs.job_folder(folder, options.job))
    if state is not None and not state.over:
        follow(Work(jobs.job_folder(folder, options.job), "space_vectors", ready=lambda: files.has_vectors(folder, options)))
        return
    st.caption("The vectors of these words were not kept. Computing them takes from a few seconds to a minute.")
    if st.button("Compute the vectors", key="space_vectors", icon=":material/play_arrow:"):
        with errors_shown():
            jobs.start_job(folder, options.job, store.workspace, options.command(folder, vectors=True))
            st.rerun()
