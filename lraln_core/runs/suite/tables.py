"""The paper's tables from a suite's figures, in the paper's layout, as Parquet, CSV, Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from lraln_core.files.atomic import replacing
from lraln_core.files.latex import to_latex

NOTE = (
    "95% intervals in brackets, over test sentences. A star marks a difference from the unaligned encoder that holds at 95% (paired "
    "bootstrap). Retrieval is by CSLS of cosines unless the table says csls_published. Rows of the paper are for its own encoders, "
    "mBERT and eBERT, and its own data."
)


def pivot(frame: pd.DataFrame, table: str, measure: str) -> pd.DataFrame:
    """One table in the paper's layout, each row followed by the published one where there is one."""
    part = frame[(frame["table"] == table) & (frame["measure"] == measure)]
    columns, rows = list(dict.fromkeys(part["column"])), {}
    for name in dict.fromkeys(part["row"]):
        mine = part[part["row"] == name].set_index("column")
        rows[name] = [_show(mine.loc[column]) if column in mine.index else "-" for column in columns]
        if mine["published"].notna().any():
            rows[f"{name} (paper)"] = [number(mine.loc[column, "published"]) if column in mine.index else "-" for column in columns]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def number(value: float | None) -> str:
    """A figure as printed: one decimal, counts of a thousand and more without."""
    if value is None or pd.isna(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or (value > 100 and value == int(value)) else f"{value:.1f}"


def _show(row: pd.Series) -> str:
    if row["table"] == "extension":
        return f"{row['value']:.4g}"
    star = "*" if row["holds"] in (True,) else ""  # neither None nor NaN
    interval = "" if pd.isna(row["low"]) else f" [{row['low']:.1f}, {row['high']:.1f}]"
    return number(row["value"]) + star + interval


def stem(table: str, measure: str) -> str:
    """The file name of a table."""
    return re.sub(r"[^a-z0-9]+", "-", f"table {table} {measure}".lower()).strip("-")


def write(frame: pd.DataFrame, comparisons: pd.DataFrame, folder: Path) -> list[Path]:
    """All figures and all comparisons as Parquet and CSV, and every table in the paper's layout as CSV, Markdown and LaTeX."""
    written: list[Path] = []

    def keep(name: str, save: Callable[[Path], object]) -> None:
        with replacing(folder / name) as temporary:
            save(temporary)
        written.append(folder / name)

    for name, data in (("figures", frame), ("comparisons", comparisons)):
        keep(f"{name}.parquet", data.to_parquet)
        keep(f"{name}.csv", partial(data.to_csv, index=False))
    for table, measure in frame[["table", "measure"]].drop_duplicates().itertuples(index=False):
        shaped = pivot(frame, table, measure)
        keep(f"{stem(table, measure)}.csv", shaped.to_csv)
        latex = to_latex(
            shaped.reset_index(names="system"), caption=f"{measure[:1].upper()}{measure[1:]}. {NOTE}", label=f"tab:{stem(table, measure)}"
        )
        for suffix, text in ((".md", f"{markdown(shaped)}\n{NOTE}\n"), (".tex", latex)):
            keep(f"{stem(table, measure)}{suffix}", partial(Path.write_text, data=text, encoding="utf-8"))
    return written


def markdown(frame: pd.DataFrame) -> str:
    """A DataFrame as a Markdown table."""
    lines = ["| | " + " | ".join(frame.columns) + " |", "|---" * (len(frame.columns) + 1) + "|"]
    return (
        "\n".join(
            lines + ["| " + " | ".join([str(name), *map(str, row)]) + " |" for name, row in zip(frame.index, frame.values, strict=True)]
        )
        + "\n"
    )
