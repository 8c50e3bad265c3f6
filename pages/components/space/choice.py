"""Which words are on the plane, and how they are laid out; the choice stands in the address."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lraln_core.files.projection_files import Method, PointSource, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from pages.components.shared.terms import meaning

SOURCES = {PointSource.TEST: "Test words", PointSource.MINED: "Found pairs"}
METHODS = {Method.PCA: "PCA", Method.UMAP: "UMAP"}
SIZES = (250, 500, 1000, 2000)
LINES = (0, 50, 100, 300)


@dataclass(frozen=True)
class SpaceChoice:
    """What the reader asked for."""

    options: ProjectionOptions
    method: Method
    after: bool
    lines: int


def sources_of(run: RunFolder) -> list[PointSource]:
    """Where this run has word pairs to draw from."""
    found = [PointSource.TEST] if run.retrieval.exists() and run.test_sentences.exists() else []
    return found + ([PointSource.MINED] if run.pair_files() else [])


def space_choice(sources: list[PointSource]) -> SpaceChoice:
    """Draw the controls. sources must not be empty."""
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="space_controls")
    labels = {SOURCES[source]: source for source in sources}
    source = row.segmented_control(
        "Words",
        list(labels),
        default=next(iter(labels)),
        required=True,
        key="source",
        bind="query-params",
        help="Test words: words of the test sentences with the translation that a person or an aligner marked. Found pairs: words "
        "that this run took for translations and learned from, so after learning they are close by construction.",
    ) or next(iter(labels))  # an empty address chooses nothing
    methods = {label: method for method, label in METHODS.items()}
    method = (
        row.segmented_control(
            "Map of the space",
            list(methods),
            default=METHODS[Method.PCA],
            required=True,
            key="plane",
            bind="query-params",
            help=f"PCA: {meaning('pca')} UMAP: {meaning('umap')} UMAP takes about a minute the first time.",
        )
        or METHODS[Method.PCA]
    )
    moment = row.segmented_control(
        "Start at",
        ["before", "after"],
        default="before",
        required=True,
        key="moment",
        bind="query-params",
        help="Where the slider below the picture stands at first: before or after learning.",
    )
    with row.popover("More", icon=":material/tune:"):
        size = st.select_slider(
            "Words of each language, at most", SIZES, value=SIZES[-1], key="points", bind="query-params", help="Drawn at random."
        )
        seed = st.number_input("Seed", 1, 9999, value=1, key="draw", bind="query-params", help="Another number draws other words.")
        lines = st.select_slider(
            "Lines between matched words, at most",
            LINES,
            value=100,
            key="lines",
            bind="query-params",
            help="More lines than this hide the points.",
        )
    return SpaceChoice(ProjectionOptions(labels[source], size, int(seed)), methods[method], moment == "after", lines)
