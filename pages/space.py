"""Space: the word vectors of both languages in two dimensions, before and after training; every point is a word in its sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files import projection_files as files
from lraln_core.files.projection_files import Method, Projection
from lraln_core.files.read_only import is_read_only
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs
from lraln_core.store.queries.runs import RunRecord
from pages.components.navigation import show_page
from pages.components.retrieval.view import Names
from pages.components.runs.listing import language_name
from pages.components.runs.picker import pick_run
from pages.components.shared.errors import complain, errors_shown, tell
from pages.components.shared.progress import Work, follow, state_of_job, stopped_job
from pages.components.shared.store import Store, open_store
from pages.components.shared.theme import page_head
from pages.components.space.choice import SpaceChoice, sources_of, space_choice
from pages.components.space.export import export_space
from pages.components.space.figures import in_words, space_figures
from pages.components.space.table import words_frame, words_table
from pages.components.space.words import Chosen, find_word, selected_points, selected_words, word_details

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from lraln_core.views.space_chart import Look

INK = {"light": "#1f2a33", "dark": "#f2efe9"}  # of words over points, by theme
Origin = tuple[str, files.ProjectionOptions, int, Method]  # of a picture: run folder, options, when it was computed, which plane


def main() -> None:
    store = open_store()
    bar = page_head(
        "Space",
        "Every point is a word in its sentence; words with similar vectors are close together. Before training, the two languages are "
        "partly separate; training should bring them together. Press <b>Play</b> below the picture.",
        "vector",
        "mixing",
        "matched_distance",
        "pca",
        "umap",
        "csls",
        "similarity",
    )
    with bar:
        run = pick_run(
            store,
            key="space_run",
            wanted=lambda run: run.state == "finished",
            unfit="The run of this link is not finished, so there is no space to show. Resume it on the page Home.",
        )

    if run is None:
        st.info("No run is finished yet. Run a sample on the page Home; its space can then be seen here.", icon=":material/scatter_plot:")
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    folder = RunFolder(store.workspace.runs / run.id)
    sources = sources_of(folder)
    if not folder.maps.exists() or not sources:
        tell("This run has no maps, or neither a test nor word pairs, so its space cannot be shown. Choose another run.")
        return
    with errors_shown():
        _show(store, run, folder, space_choice(sources))


def _show(store: Store, run: RunRecord, folder: RunFolder, choice: SpaceChoice) -> None:
    names = Names(language_name(run.src_language), language_name(run.trg_language), run.src_language, run.trg_language)
    if not files.is_ready(folder, choice.options, choice.method) and not _wait(store, folder, choice):
        return
    method = choice.method if files.is_ready(folder, choice.options, choice.method) else Method.PCA
    try:
        origin = (str(folder.path), choice.options, folder.projection(choice.options.key).stat().st_mtime_ns, method)
        projection = _load(*origin)
    except (LralnError, OSError) as error:
        complain(str(error))
        if not is_read_only() and st.button("Compute again", icon=":material/refresh:"):
            files.remove_projection(folder, choice.options)
            st.rerun()
        return
    _draw(store, folder, projection, origin, choice, names)


@st.cache_resource(show_spinner=False, max_entries=4)  # shared, never changed
def _load(folder: str, options: files.ProjectionOptions, written: int, method: Method) -> Projection:
    """The projection of a run, cached; `written` and `method` are part of the cache key only."""
    return files.load_projection(RunFolder(Path(folder)), options)


def _wait(store: Store, folder: RunFolder, choice: SpaceChoice) -> bool:
    """Offer or follow the computation of the projection; opening the page starts nothing. -> whether PCA can be shown in the meantime."""
    options = choice.options
    job = jobs.job_folder(folder, options.job)
    start = lambda: jobs.start_job(folder, options.job, store.workspace, options.command(folder, umap=choice.method is Method.UMAP))
    state = state_of_job(job)
    ready = files.is_ready(folder, options, Method.PCA)
    if state in (None, State.FINISHED):  # finished with other options; this projection is missing
        tell("This picture is not computed yet. It takes from a few seconds to a minute.")
        if is_read_only() or not st.button("Compute this picture", type="primary", key="space_compute", icon=":material/play_arrow:"):
            return ready
        start()
        state = State.QUEUED
    if state.over:
        stopped_job(job, start, key="space_job")
    else:
        # PCA is ready long before UMAP.
        follow(Work(job, "space_job", ready=lambda: not ready and files.is_ready(folder, options, Method.PCA), log=True))
    if ready:
        st.caption("PCA is shown until UMAP is ready.")
    return ready


@st.cache_resource(show_spinner=False, max_entries=8)  # shared, never changed: several visitors mostly look at the same picture
def _figure(origin: Origin, look: Look, density: bool, _projection: Projection) -> go.Figure:
    from lraln_core.views.space_chart import density_figure, space_figure

    return (density_figure if density else space_figure)(_projection, _projection.planes[origin[-1]], look)


@st.cache_resource(show_spinner=False, max_entries=4)  # shared, never changed
def _words(origin: Origin, clusters: int, names: Names, _projection: Projection) -> pd.DataFrame:
    """The table of the words, with the names of their clusters where clusters are shown."""
    groups = None
    if clusters:
        from lraln_core.views.space_chart import clusters_of, names_of

        found = clusters_of(_projection.planes[origin[-1]], clusters, origin[1].seed)
        named = names_of(_projection, found)
        groups = [named[one] for one in found]
    return words_frame(_projection, names, groups)


@st.cache_resource(show_spinner=False, max_entries=2)  # shared, never changed
def _vectors(folder: str, options: files.ProjectionOptions, written: int) -> dict[str, np.ndarray]:
    """The vectors of the points by moment; `written` is part of the cache key only."""
    return files.load_vectors(RunFolder(Path(folder)), options)


def _draw(store: Store, folder: RunFolder, projection: Projection, origin: Origin, choice: SpaceChoice, names: Names) -> None:
    from lraln_core.views.space_chart import Look  # loads Plotly, which only this page needs

    main_column, side = st.container(key="split_space").columns([2.6, 1], gap="large")
    with side:
        chosen = find_word(projection, names)
        if chosen is None:
            space_figures(projection, names.src, names.trg)
        else:
            vectors = _vectors(*origin[:3]) if files.has_vectors(folder, choice.options) else None
            word_details(projection, chosen, names, vectors)
            with st.expander("Measures of this space", icon=":material/analytics:"):
                space_figures(projection, names.src, names.trg)
        export_space(store, folder, choice.options, projection, names)
    with main_column:
        look = Look(
            names.src,
            names.trg,
            choice.after,
            choice.lines,
            _ringed(projection, chosen),
            fly=chosen is not None,
            labels=choice.labels,
            clusters=choice.clusters,
            seed=choice.options.seed,
            ink=INK.get(st.context.theme.type or "", ""),
        )
        event = _picture(_figure(origin, look, choice.density, projection), origin, choice, projection)
    numbers = selected_points(event, len(projection.points))
    words_table(_words(origin, choice.clusters, names, projection), projection, numbers, folder.id)
    if numbers:
        selected_words(projection, numbers, names)


def _picture(figure: go.Figure, origin: Origin, choice: SpaceChoice, projection: Projection) -> object:
    """Draw the picture; -> what is selected on it, nothing on a density."""
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": "space", "width": 1200, "height": 800}}
    key = f"space_{choice.options.key}_{origin[-1]}"
    if choice.density:
        st.plotly_chart(figure, key=f"{key}_density", config=config, alt=in_words(projection))
        st.caption(
            "The lines enclose 25, 50 and 75 % of the words of a language, where they lie most densely. The axes have no meaning, only "
            "distances have."
        )
        return None
    event = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode=("points", "box", "lasso"), config=config, alt=in_words(projection)
    )
    st.caption(
        "Select points with the lasso or the box to list their words below; a double click clears the selection. The axes have no "
        "meaning, only distances have. Hover over a point to read its sentence."
    )
    return event


def _ringed(projection: Projection, chosen: Chosen | None) -> tuple[int, ...]:
    return () if chosen is None else (chosen.point,)


show_page(main)
