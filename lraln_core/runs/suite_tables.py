"""The paper's tables with our figures and the published ones beside them, as DataFrames and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ..evaluation.lexicon import unique_types
from ..workspace import replacing
from .published import tables
from .suite import CellResult

UNSEEN = ("sd", "fo", "hsb", "mi")
COLUMNS = ["table", "language", "system", "measure", "value", "low", "high", "seeds", "published"]


@dataclass(frozen=True)
class _Figure:
    value: float
    low: float | None = None
    high: float | None = None


def build(results: Sequence[CellResult]) -> pd.DataFrame:
    """One row a figure, columns COLUMNS: ours in percent (counts in Table 9), the mean over seeds with the widest interval,
    and the published figure of mBERT with the same system."""
    rows = []
    for code in dict.fromkeys(result.cell.language.code for result in results):
        for system in dict.fromkeys(result.cell.system for result in results):
            mine = [r for r in results if r.cell.language.code == code and r.cell.system is system and r.summary]
            if mine:
                rows += _rows(code, str(system), mine)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(code: str, system: str, results: list[CellResult]) -> list[dict]:
    unseen = code in UNSEEN
    retrieval, ner = (7, 8) if unseen else (2, 3)
    rows = [_row(retrieval, code, system, "retrieval", results, _retrieval)]
    for selection in ("target_dev", "averaged"):
        if all(result.ner and selection in result.ner for result in results):
            rows.append(_row(ner, code, system, f"NER F1, {selection}", results, lambda r, s=selection: _ner(r, s)))
    if all(result.folder.pair_files() for result in results):
        for side, column in (("en", "trg"), ("low_resource", "src")):
            rows.append(_row(9, code, system, f"mined types, {side}", results, lambda r, c=column: _Figure(_types(r, c))))
    return rows


def _row(table: int, code: str, system: str, measure: str, results: list[CellResult], read: Callable[[CellResult], _Figure]) -> dict:
    figures = [read(result) for result in results]
    bounds = [f.low for f in figures if f.low is not None], [f.high for f in figures if f.high is not None]
    return {
        "table": table, "language": code, "system": system, "measure": measure, "value": float(np.mean([f.value for f in figures])),
        "low": min(bounds[0], default=None), "high": max(bounds[1], default=None), "seeds": len(figures),
        "published": _published(table, code, system, measure),
    }


def _retrieval(result: CellResult) -> _Figure:
    after = result.summary["retrieval"]["after"]
    return _Figure(100 * after["mean_accuracy"], 100 * after["low"], 100 * after["high"])


def _ner(result: CellResult, selection: str) -> _Figure:
    micro = result.ner[selection]
    return _Figure(100 * micro["f1"], 100 * micro["low"], 100 * micro["high"])


def _types(result: CellResult, side: str) -> int:
    files = result.folder.pair_files()
    frame = pd.concat([pq.read_table(path, columns=["src_token", "trg_token"]).to_pandas() for path in files])
    return getattr(unique_types(frame), side)


def _published(table: int, code: str, system: str, measure: str) -> float | None:
    published = tables()[table]
    if table == 9:
        return published.value(code, measure.split(", ")[1]) if system == "linear_unsup" else None
    return published.value("mBERT" if system == "base" else f"mBERT_{system}", code)


def pivot(frame: pd.DataFrame, table: int, measure: str) -> pd.DataFrame:
    """A table in the paper's shape: a row a system, a column a language; below ours the published row where there is one."""
    part = frame[(frame["table"] == table) & (frame["measure"] == measure)]
    languages, rows = list(dict.fromkeys(part["language"])), {}
    for system in dict.fromkeys(part["system"]):
        mine = part[part["system"] == system].set_index("language")
        rows[system] = [_show(mine.loc[code]) if code in mine.index else "-" for code in languages]
        if mine["published"].notna().any():
            rows[f"{system} (paper, mBERT)"] = [_number(mine.loc[code, "published"]) if code in mine.index else "-" for code in languages]
    return pd.DataFrame.from_dict(rows, orient="index", columns=languages)


def _number(value: float | None) -> str:
    if value is None or pd.isna(value):
        return "-"
    return f"{value:,.0f}" if value > 100 else f"{value:.1f}"


def _show(row: pd.Series) -> str:
    interval = "" if pd.isna(row["low"]) else f" [{row['low']:.1f}, {row['high']:.1f}]"
    return _number(row["value"]) + interval


def write(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """All figures as Parquet and CSV, and every table in the paper's shape as Markdown and LaTeX."""
    written = []
    for name, save in (("figures.parquet", frame.to_parquet), ("figures.csv", lambda path: frame.to_csv(path, index=False))):
        with replacing(folder / name) as temporary:
            save(temporary)
        written.append(folder / name)
    for table, measure in frame[["table", "measure"]].drop_duplicates().itertuples(index=False):
        stem = f"table-{table}-{measure.lower().replace(', ', '-').replace(' ', '-')}"
        shaped = pivot(frame, table, measure)
        for suffix, text in ((".md", markdown(shaped)), (".tex", shaped.to_latex(escape=True))):
            with replacing(folder / f"{stem}{suffix}") as temporary:
                temporary.write_text(text, encoding="utf-8")
            written.append(folder / f"{stem}{suffix}")
    return written


def markdown(frame: pd.DataFrame) -> str:
    """A DataFrame as a Markdown table."""
    lines = ["| system | " + " | ".join(frame.columns) + " |", "|---" * (len(frame.columns) + 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join([str(name), *map(str, row)]) + " |" for name, row in zip(frame.index, frame.values)]) + "\n"
