"""The words of the picture as a table: those that are selected on it, or all; a row that is chosen shows its word on the picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lraln_core.files.projection_files import MOMENTS, Projection
from lraln_core.views import plain
from pages.components.retrieval.view import Names
from pages.components.shared.downloads import table_downloads

AROUND = 6  # words on either side of the word in its sentence
HEIGHT = 380  # pixels
HANDLED = "space_row_shown"  # the row that was followed last


def words_frame(projection: Projection, names: Names, groups: Sequence[str] | None) -> pd.DataFrame:
    """One row a point: word, language, matched words, nearest word of the other language before and after, sentence.

    groups: the name of the cluster of each point.
    """
    points = projection.points
    tokens = points["token"].tolist()
    matched: list[list[str]] = [[] for _ in tokens]
    for src, trg in projection.pairs.tolist():
        matched[src].append(tokens[trg])
        matched[trg].append(tokens[src])
    columns: dict[str, list[object]] = {
        "Word": tokens,
        "Language": [names.src if side == "src" else names.trg for side in points["side"]],
        "Matched words": [", ".join(dict.fromkeys(one)) for one in matched],
    }
    for moment in MOMENTS:
        near, cosine = points[f"near_csls_{moment}"], points[f"similarity_csls_{moment}"]
        columns[f"Nearest {moment}"] = [tokens[int(one[0])] if len(one) else "" for one in near]
        columns[f"Cosine {moment}"] = [round(float(one[0]), 3) if len(one) else None for one in cosine]
    if groups is not None:
        columns["Cluster"] = list(groups)
    columns["Sentence"] = [
        " ".join(words[max(0, at - AROUND) : at + AROUND + 1]) for words, at in zip(points["words"], points["word"], strict=True)
    ]
    return pd.DataFrame(columns)


def table_key(run_id: str, rows: Sequence[int], columns: Sequence[str]) -> str:
    """The key of the table of these points: a selection is positions, so another table must not inherit it."""
    return f"space_rows_{hashlib.blake2b(repr((run_id, list(rows), list(columns))).encode(), digest_size=6).hexdigest()}"


def words_table(frame: pd.DataFrame, projection: Projection, numbers: Sequence[int], run_id: str) -> None:
    """Draw the table of these points, all when there are none; a newly chosen row moves the picture to its word."""
    rows = list(numbers) or list(range(len(frame)))
    shown = frame.iloc[rows]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain.count(len(rows), 'word')}**, {'selected on the picture' if numbers else 'all of the picture'}. "
            "Choose a row to show its word."
        )
        table_downloads(shown, f"{run_id}-words", "Words of the picture", key="space_table")
    name = table_key(run_id, rows, tuple(frame.columns))
    event = st.dataframe(
        shown,
        hide_index=True,
        height=min(HEIGHT, 37 + 35 * len(rows)),
        on_select="rerun",
        selection_mode="single-row",
        key=name,
        alt="The words of the picture with their nearest words",
        column_config={
            "Nearest before": st.column_config.TextColumn(help="The word of the other language that is nearest by CSLS, before training."),
            "Nearest after": st.column_config.TextColumn(help="The same after training."),
            "Cosine before": st.column_config.NumberColumn(format="%.3f"),
            "Cosine after": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    chosen = (event or {}).get("selection", {}).get("rows", [])
    row = rows[chosen[0]] if chosen and 0 <= chosen[0] < len(rows) else None
    if row is not None and st.session_state.get(HANDLED) != (name, row):
        st.session_state[HANDLED] = (name, row)
        st.query_params["word"] = f"{projection.points['side'][row]}:{projection.points['token'][row]}"
        st.query_params["at"] = str(row)
        st.rerun()
    if row is None:
        st.session_state.pop(HANDLED, None)
