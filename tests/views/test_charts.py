"""Figures hold the data they were given, and survive being empty."""

from __future__ import annotations

import pandas as pd

from lraln_core.views import charts


def data_of(figure) -> list[dict]:
    """All rows of all datasets of an Altair figure."""
    return [row for rows in figure.to_dict()["datasets"].values() for row in rows]


def test_mined_pairs_are_split_into_three_parts_that_add_up() -> None:
    frame = pd.DataFrame({"iteration": [0] * 4, "direction": ["forward", "backward", "mutual", "union"], "pairs": [8, 7, 5, 10]})
    rows = data_of(charts.mined_pairs(frame, "Macedonian", "English"))
    assert {row["found"]: row["pairs"] for row in rows} == {
        "both directions": 5,
        "only Macedonian to English": 3,
        "only English to Macedonian": 2,
    }
    assert {row["round"] for row in rows} == {"1"}


def test_intervals_may_be_missing() -> None:
    frame = pd.DataFrame(
        {"label": ["a → b"] * 2, "when": ["before", "after"], "value": [0.5, 0.6], "low": [0.4, None], "high": [0.6, None]}
    )
    assert [row["interval"] for row in data_of(charts.accuracy_intervals(frame))] == ["40.0% to 60.0%", "not measured"]


def test_a_curve_marks_the_step_that_was_kept() -> None:
    frame = pd.DataFrame({"step": [0, 250, 0], "name": ["loss", "loss", "criterion"], "value": [2.0, 1.0, 0.1]})
    rows = data_of(charts.curve(frame, "loss", "Distance", best_step=250))
    assert [row["value"] for row in rows if "value" in row] == [2.0, 1.0]
    assert any(row.get("label") == "kept: step 250" for row in rows)


def test_two_sides_are_named_by_language() -> None:
    frame = pd.DataFrame({"step": [0, 0], "name": ["src_norm", "trg_norm"], "value": [1.0, 0.9]})
    rows = data_of(charts.two_sides(frame, {"src_norm": "Swahili", "trg_norm": "English"}, "Size"))
    assert {row["side"]: row["value"] for row in rows} == {"Swahili": 1.0, "English": 0.9}


def test_outcomes_are_shares_of_all() -> None:
    rows = data_of(charts.outcomes(pd.DataFrame({"label": ["right", "wrong"], "links": [3, 1]})))
    assert {row["label"]: row["share"] for row in rows} == {"right": 0.75, "wrong": 0.25}


def test_scripts_and_histogram_draw() -> None:
    assert charts.scripts(pd.DataFrame({"script": ["Latin"], "letters": [3], "share": [1.0]})).to_dict()
    assert charts.similarity_histogram(pd.DataFrame({"low": [0.8], "high": [0.82], "pairs": [4]})).to_dict()
    assert charts.mined_pairs(pd.DataFrame(columns=["iteration", "direction", "pairs"]), "a", "b").to_dict()
