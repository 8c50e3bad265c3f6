"""Figures about a corpus."""

from __future__ import annotations

import altair as alt
import pandas as pd

from .charts import BLUE, ORANGE


def pieces_per_word(frame: pd.DataFrame) -> alt.Chart:
    """frame: language, pieces (1, 2, ..., "6 or more"), share of the words. Two languages beside each other."""
    order = list(dict.fromkeys(frame["language"]))
    pieces = list(dict.fromkeys(frame["pieces"]))
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("pieces:N", title="Pieces of a word", sort=pieces, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("language:N", sort=order),
            y=alt.Y("share:Q", title="Share of the words", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "language:N",
                sort=order,
                scale=alt.Scale(domain=order, range=[BLUE, ORANGE]),
                legend=alt.Legend(title=None, orient="top", labelLimit=240),
            ),
            tooltip=[
                alt.Tooltip("language:N", title="Language"),
                alt.Tooltip("pieces:N", title="Pieces"),
                alt.Tooltip("share:Q", title="Share of the words", format=".1%"),
            ],
        )
        .properties(height=250)
    )
