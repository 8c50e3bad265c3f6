"""Small tables as CSV and LaTeX."""

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
    # After the \\ of a row these two would be read as an option of it.
    "[": "{[}",
    "*": "{*}",
}
_SPECIAL = re.compile("|".join(map(re.escape, _LATEX)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: pd.DataFrame, *, exact: bool = False) -> str:
    """Comma-separated values after RFC 4180, in UTF-8, with a header; a missing value is an empty cell.

    A spreadsheet runs a text that begins with = + - @ as a formula, so an apostrophe is put before it unless exact.
    """
    if not exact:
        frame = frame.rename(columns=_as_text)
        frame = frame.apply(lambda column: column if pd.api.types.is_numeric_dtype(column) else column.map(_as_text))
    return frame.to_csv(index=False, lineterminator="\r\n")


def _as_text(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def to_latex(frame: pd.DataFrame, *, caption: str = "", label: str = "") -> str:
    r"""A table for LaTeX with the package booktabs; columns of numbers stand right. Every cell is text to LaTeX.

    Needs \usepackage{booktabs} and \usepackage{textcomp}, and a document class in UTF-8 with the scripts of the words.
    """
    kinds = "".join("r" if pd.api.types.is_numeric_dtype(frame[name]) else "l" for name in frame.columns)
    rows = [_row(frame.columns), r"\midrule", *(_row(row) for row in frame.itertuples(index=False))]
    lines = [r"\begin{table}[htbp]", r"\centering", rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", *rows, r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\caption{{{latex_text(caption)}}}"] if caption else []
    lines += [rf"\label{{{re.sub(r'[^A-Za-z0-9:-]', '-', label)}}}"] if label else []
    return "\n".join([*lines, r"\end{table}", ""])


def latex_text(text: str) -> str:
    """Text in which LaTeX sees no command: every character that means something to it is written otherwise."""
    return _SPECIAL.sub(lambda found: _LATEX[found[0]], _CONTROL.sub(" ", text))


def _row(cells: Any) -> str:
    return " & ".join(latex_text(_cell(cell)) for cell in cells) + r" \\"


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
