"""LaTeX: escaped text, and tables with a caption, a label and one number of decimals a column."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{RIGHTWARDS ARROW}": r"\ensuremath{\rightarrow}",
    "\N{LEFTWARDS ARROW}": r"\ensuremath{\leftarrow}",
    "\N{LEFT RIGHT ARROW}": r"\ensuremath{\leftrightarrow}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    # After the \\ of a row, LaTeX would read these two as an option of the row.
    "[": "{[}",
    "*": "{*}",
}
_SPECIAL = re.compile("|".join(map(re.escape, _LATEX)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def to_latex(frame: pd.DataFrame, *, caption: str = "", label: str = "") -> str:
    r"""A LaTeX table with booktabs rules; numeric columns are right-aligned and every cell is escaped.

    Needs \usepackage{booktabs} and \usepackage{textcomp}, and a document class in UTF-8 with the scripts of the words.
    """
    kinds = "".join("r" if pd.api.types.is_numeric_dtype(frame[name]) else "l" for name in frame.columns)
    shown = frame.reset_index(drop=True)
    cells = {name: [latex_text(_cell(value, _decimals(shown[name]))) for value in shown[name]] for name in shown.columns}
    text = pd.DataFrame(cells, columns=shown.columns, dtype=object).rename(columns=latex_text)
    found: str = text.style.hide(axis="index").to_latex(
        column_format=kinds,
        hrules=True,
        position="htbp",
        position_float="centering",
        caption=latex_text(caption) or None,
        label=re.sub(r"[^A-Za-z0-9:-]", "-", label) or None,
    )
    return found


def latex_text(text: str) -> str:
    """The text with every character that is special in LaTeX escaped (more than pandas escapes: quotes, brackets, | < > *)."""
    return _SPECIAL.sub(lambda found: _LATEX[found[0]], _CONTROL.sub(" ", text))


def _decimals(column: pd.Series) -> int:
    """Decimals of all numbers of a column: three for fractions, one for percentages, none for thousands."""
    values = [abs(value) for value in column if isinstance(value, float) and math.isfinite(value)]
    largest = max(values, default=0.0)
    return 0 if largest >= 1000 or all(value == int(value) for value in values) else 1 if largest > 1 else 3


def _cell(value: Any, decimals: int) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)
