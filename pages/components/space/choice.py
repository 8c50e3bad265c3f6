"""The words of the picture and their projection; the choice is kept in the address."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lraln_core.files.projection_files import MOST, USUAL, Method, PointSource, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from pages.components.shared.address import BOUND, segments
from pages.components.shared.terms import meaning

SOURCES = {PointSource.TEST: "Test words", PointSource.MINED: "Mined pairs"}
METHODS = {Method.PCA: "PCA", Method.UMAP: "UMAP"}
SHOWN = ("points", "clusters", "density")
SIZES = (250, 500, 1000, 2000, 5000, 10_000, MOST)
CLUSTERS = (4, 6, 8)
LINES = (0, 50, 100, 300)
WORDS = (0, 25, 50, 100)
MANY = (
    "Drawn at random; a run with fewer words shows all of them. More than 3,000 are drawn by the graphics card (WebGL) in fewer steps, and "
    "computing them takes minutes."
)


@dataclass(frozen=True)
class SpaceChoice:
    """The chosen words and projection."""

    options: ProjectionOptions
    method: Method
    after: bool
    lines: int
    labels: int = 0  # words written beside their points, at most
    clusters: int = 0  # 0: none
    density: bool = False


def sources_of(run: RunFolder) -> list[PointSource]:
    """The sources of word pairs that this run has."""
    found = [PointSource.TEST] if run.retrieval.exists() and run.test_sentences.exists() else []
    return found + ([PointSource.MINED] if run.pair_files() else [])


def space_choice(sources: list[PointSource]) -> SpaceChoice:
    """Draw the controls. sources must not be empty."""
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="space_controls")
    labels = {SOURCES[source]: source for source in sources}
    source = segments(
        "Words",
        labels,
        key="source",
        help="Test words: words of the test sentences with the translation that a person or an aligner marked. Mined pairs: the pairs that "
        "this run was trained on, so after training they are close by construction.",
        container=row,
    )
    methods = {label: method for method, label in METHODS.items()}
    method = segments(
        "Projection",
        methods,
        default=METHODS[Method.PCA],
        key="plane",
        help=f"PCA: {meaning('pca')} UMAP: {meaning('umap')} UMAP takes about a minute the first time.",
        container=row,
    )
    shown = segments(
        "Show",
        SHOWN,
        key="shown",
        help="Points: every word, coloured by its language. Clusters: words that lie together after training, in one colour, each cluster "
        "named by the most typical word of each language (k-means of the picture). Density: where a quarter, half and three quarters of "
        "the words of each language are, before beside after.",
        container=row,
    )
    moment = segments(
        "Start at",
        ["before", "after"],
        key="moment",
        help="The first position of the slider below the picture: before or after training.",
        container=row,
    )
    with row.popover("More", icon=":material/tune:"):
        size = st.select_slider("Words per language, at most", SIZES, value=USUAL, key="points", **BOUND, help=MANY)
        seed = st.number_input("Seed", 1, 9999, value=1, key="draw", **BOUND, help="Another seed draws other words.")
        lines = st.select_slider(
            "Lines between matched words, at most",
            LINES,
            value=100,
            key="lines",
            **BOUND,
            help="More lines than this hide the points.",
        )
        words = st.select_slider(
            "Words written beside points, at most", WORDS, value=WORDS[1], key="labels", **BOUND, help="No two of them overlap."
        )
        count = st.select_slider("Clusters", CLUSTERS, value=CLUSTERS[-1], key="groups", **BOUND, help="Where clusters are shown.")
    return SpaceChoice(
        ProjectionOptions(labels[source], size, int(seed)),
        methods[method],
        moment == "after",
        lines,
        words,
        count if shown == "clusters" else 0,
        shown == "density",
    )
