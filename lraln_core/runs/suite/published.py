"""The figures of the paper's tables, as data, for comparison [Hangya, Saadi and Fraser 2022].

Values are in percent (Tables 2, 3, 7, 8, 10, 11), points (Table 5) or counts (Table 9); None is a dash in the paper.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("published.json")


@dataclass(frozen=True)
class PublishedTable:
    """One table: rows[name][i] belongs to columns[i]."""

    number: int
    caption: str
    columns: tuple[str, ...]
    rows: dict[str, tuple[float | None, ...]]

    def value(self, row: str, column: str) -> float | None:
        """One figure; None where the paper has none."""
        if row not in self.rows or column not in self.columns:
            return None
        return self.rows[row][self.columns.index(column)]


def tables() -> dict[int, PublishedTable]:
    """All published tables by number."""
    return {table["number"]: _table(table) for table in json.loads(FILE.read_text(encoding="utf-8"))}


def _table(values: dict[str, Any]) -> PublishedTable:
    rows = {name: tuple(row) for name, row in values["rows"].items()}
    return PublishedTable(values["number"], values["caption"], tuple(values["columns"]), rows)
