"""Every chart of the pages has a text for screen readers, made from the values that are drawn."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest

from lraln_core.files.workspace import PROJECT
from lraln_core.views import charts
from lraln_core.views.alternatives import in_words

DRAWN = {"altair_chart", "plotly_chart"}


def test_few_values_are_read_out() -> None:
    frame = pd.DataFrame({"label": ["to English", "to English"], "when": ["before", "after"], "value": [0.5, 0.75]})
    text = in_words(charts.accuracy_intervals(frame.assign(low=[0.25, None], high=[0.6, None])))
    assert "to English" in text and "before" in text and "0.5" in text and "0.75" in text


def test_many_values_are_a_range() -> None:
    frame = pd.DataFrame({"step": range(100), "name": "loss", "value": [float(100 - at) for at in range(100)]})
    text = in_words(charts.curve(frame, "loss", "Distance"))
    assert (
        text.startswith("Distance by Update steps: 100 values") and "Distance from 1 to 100" in text and "Update steps from 0 to 99" in text
    )


@pytest.mark.parametrize("path", sorted((PROJECT / "pages").rglob("*.py")), ids=lambda path: path.name)
def test_no_chart_is_without_one(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    without = [call.lineno for call in calls if call.func.attr in DRAWN and "alt" not in {one.arg for one in call.keywords}]
    assert not without
