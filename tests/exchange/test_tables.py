"""CSV and LaTeX say the cells exactly and nothing else."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.exchange.tables import to_csv
from lraln_core.files.latex import _LATEX, latex_text, to_latex

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


def read_back(latex: str) -> str:
    """What LaTeX would print, for the commands that latex_text writes."""
    printed = {command: character for character, command in _LATEX.items()}
    pattern = "|".join(map(re.escape, sorted(printed, key=len, reverse=True)))
    return re.sub(pattern, lambda found: printed[found[0]], latex)


@given(CELLS)
def test_latex_prints_the_text(text):
    assert read_back(latex_text(text)) == re.sub("[\u2028\u2029]+", " ", text)


@given(st.text())
def test_no_character_of_the_text_is_a_command(text):
    left = latex_text(text)
    for command in sorted(_LATEX.values(), key=len, reverse=True):
        left = left.replace(command, "")
    assert not set(left) & set("\\{}$&%#_^[*\n\r")


def test_a_latex_table_by_hand():
    frame = pd.DataFrame({"Run": ["a_b", "[x]"], "Right (%)": [12.5, float("nan")]})
    assert to_latex(frame, caption="50% & more", label="tab:a b") == (
        "\\begin{table}[htbp]\n\\centering\n\\caption{50\\% \\& more}\n\\label{tab:a-b}\n\\begin{tabular}{lr}\n\\toprule\n"
        "Run & Right (\\%) \\\\\n\\midrule\na\\_b & 12.5 \\\\\n{[}x] &  \\\\\n\\bottomrule\n\\end{tabular}\n\\end{table}\n"
    )
    assert "caption" not in to_latex(frame) and "label" not in to_latex(frame)


def test_the_numbers_of_a_column_have_one_format_and_an_arrow_is_a_command():
    frame = pd.DataFrame({"a \u2192 b": ["x", "y"], "percent": [63.0, 5.25], "fraction": [0.5, 0.1234], "count": [12.0, 1500.0]})
    rows = [line for line in to_latex(frame).splitlines() if "&" in line]
    assert rows == [
        "a \\ensuremath{\\rightarrow} b & percent & fraction & count \\\\",
        "x & 63.0 & 0.500 & 12 \\\\",
        "y & 5.2 & 0.123 & 1500 \\\\",
    ]


def test_csv_is_read_back_by_pythons_own_reader():
    cells = ["a,b", 'say "x"', "two\nlines", "=1+1", "", "\u202eрека"]
    text = to_csv(pd.DataFrame({"one, two": cells}), exact=True)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["one, two"], *[[cell] for cell in cells]]


def test_a_spreadsheet_runs_no_cell_as_a_formula():
    frame = pd.DataFrame({"=word": ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "a=b", ""], "number": [-1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]})
    rows = list(csv.reader(io.StringIO(to_csv(frame), newline="")))
    assert rows[0] == ["'=word", "number"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+1", "'-x", "'@SUM(A1)", "'\t=1", "a=b", ""]
    assert rows[1][1] == "-1.5"
