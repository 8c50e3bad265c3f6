"""Tables as CSV; as LaTeX they are made by files/latex.py."""

from __future__ import annotations

from typing import Any

import pandas as pd

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
