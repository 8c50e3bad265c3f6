"""Tables as CSV and LaTeX."""

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
    # After the \\ of a row, LaTeX would read these two as an option of the row.
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
    r"""A LaTeX table with booktabs rules; numeric columns are right-aligned and every cell is escaped.

    Needs \usepackage{booktabs} and \usepackage{textcomp}, and a document class in UTF-8 with the scripts of the words.
    """
    kinds = "".join("r" if pd.api.types.is_numeric_dtype(frame[name]) else "l" for name in frame.columns)
    text = frame.reset_index(drop=True).map(lambda cell: latex_text(_cell(cell))).rename(columns=latex_text)
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


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
