"""One sentence pair under one or two alignments: lines, matrix, and their downloads."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lraln_core.evaluation.word_alignment import judge
from lraln_core.runs.word_alignment.align import as_aligned
from lraln_core.runs.word_alignment.stored import StoredPair
from lraln_core.views import plain
from lraln_core.views.charts_alignment import LINK, MISSED, RIGHT, WRONG, lines_chart, matrix_chart
from lraln_core.views.highlight import base_direction, plain_markdown
from pages.components.shared.charts import draw_chart
from pages.components.shared.downloads import figure_downloads

from .method import Choice

LARGEST_MATRIX = 60  # words a side that are drawn


def show_pair(pair: StoredPair, choices: Sequence[Choice], languages: tuple[str, str], *, key: str) -> None:
    """Both figures for each choice."""
    for number, choice in enumerate(choices):
        frame = links_frame(pair, choice)
        counts = frame["kind"].value_counts()
        told = [f"{counts[kind]} {kind}" for kind in (RIGHT, WRONG, MISSED) if counts.get(kind)]
        told += [plain.count(int(counts[LINK]), "link")] if counts.get(LINK) else []
        st.markdown(f"**{plain_markdown(choice.label)}**: {', '.join(told) or 'no links'}")
        direction = tuple(base_direction(words, language) == "rtl" for words, language in zip((pair.src, pair.trg), languages, strict=True))
        if max(len(pair.src), len(pair.trg)) > LARGEST_MATRIX:
            st.info(f"A figure of more than {LARGEST_MATRIX} words is not drawn; choose a shorter sentence.")
            continue
        lines = lines_chart(pair.src, pair.trg, frame, right_to_left=(direction[0], direction[1]))
        with st.container(key=f"wide_{key}_{number}"):
            draw_chart(lines, width="content", key=f"{key}_lines_{number}", about=f"Links by {choice.label}")
        figure_downloads(lines, "word-alignment", key=f"{key}_lines_{number}_save")
    if max(len(pair.src), len(pair.trg)) <= LARGEST_MATRIX:
        columns = st.container(key=f"figures_{key}").columns(len(choices), gap="medium")
        for number, (column, choice) in enumerate(zip(columns, choices, strict=True)):
            with column:
                st.caption(f"Similarity of all words, {plain_markdown(choice.label)}")
                matrix = matrix_chart(pair.src, pair.trg, links_frame(pair, choice), pair.similarity[choice.space].tolist())
                draw_chart(matrix, width="content", key=f"{key}_matrix_{number}", about=f"Similarity of all words, {choice.label}")
                figure_downloads(matrix, "word-similarity", key=f"{key}_matrix_{number}_save")


def links_frame(pair: StoredPair, choice: Choice) -> pd.DataFrame:
    """src, trg, kind, similarity and confidence of every link, and of the gold links that are missed."""
    links = pair.links(choice.config, choice.space)
    confidence = {(one.src, one.trg): one.confidence for one in links}
    kinds = {place: LINK for place in confidence}
    (predicted,) = as_aligned([links], choice.config)
    if pair.gold is not None:
        kinds = {place: str(kind) for place, kind in judge(pair.gold, predicted).items()}
    else:
        kinds = dict.fromkeys(predicted.sure, LINK)
    similarity = pair.similarity[choice.space]
    rows = [(i, j, kind, float(similarity[i, j]), confidence.get((i, j))) for (i, j), kind in sorted(kinds.items())]
    return pd.DataFrame(rows, columns=["src", "trg", "kind", "similarity", "confidence"]).astype({"confidence": float})
