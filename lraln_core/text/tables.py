"""One column of a table as a stream of sentences: .tsv splits at tabs, .csv follows the csv rules, other files are one column."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.records import Progress

from .reading import Line, read_lines

Row = tuple[int, list[str] | None]
"""Line number and cells; None for a line that is too long."""


def read_column(path: Path, column: str = "", *, kind: str, encoding: str = "", progress: Progress | None = None) -> Iterator[Line]:
    """The lines of a text file (kind "plain"), or the cells of one column of a table (kind "tsv" or "csv").

    column is a number from 1 (every row is data) or a name in the first row (the header); it may be left out where
    there is only one. Raises CorpusError for a column that is missing, with those that exist, and for damaged rows.
    """
    path, column = Path(path), column.strip()
    lines = read_lines(path, encoding=encoding, progress=progress)
    if kind == "plain":
        yield from lines
        return
    rows = _csv_rows(lines, path) if kind == "csv" else _tab_rows(lines)
    cell: Callable[[int, list[str]], str] | None = None
    for number, cells in rows:
        if cells is None:
            yield Line(number, None)
        elif cell is None:
            index = _column_index(column, cells, path)
            cell = _cell_reader(index, path)
            if not column or _is_number(column):
                yield Line(number, cell(number, cells))
        else:
            yield Line(number, cell(number, cells))


def _is_number(column: str) -> bool:
    return column.isascii() and column.isdecimal()


def _column_index(column: str, first: list[str], path: Path) -> int:
    count = len(first)
    if not column and count == 1:
        return 0
    if _is_number(column) and 1 <= int(column[:9]) <= count:
        return int(column) - 1
    names = [cell.strip() for cell in first]
    if column in names and not _is_number(column):
        return names.index(column)
    shown = ", ".join(repr(name[:30]) for name in names[:8]) + (", ..." if count > 8 else "")
    columns = f"1 column: {shown}" if count == 1 else f"{count} columns: {shown}"
    if not column:
        raise CorpusError(f"{path.name} has {columns}; choose the one with the sentences by its number from 1, or by its name.")
    raise CorpusError(f"{path.name} has no column {column[:60]!r}; it has {columns}.")


def _cell_reader(index: int, path: Path) -> Callable[[int, list[str]], str]:
    def cell(number: int, cells: list[str]) -> str:
        if index < len(cells):
            return cells[index]
        if not any(cells):
            return ""
        raise CorpusError(f"{path.name} line {number}: no column {index + 1}, the row ends after column {len(cells)}.")

    return cell


def _tab_rows(lines: Iterator[Line]) -> Iterator[Row]:
    for number, text in lines:
        yield number, None if text is None else text.split("\t")


def _csv_rows(lines: Iterator[Line], path: Path) -> Iterator[Row]:
    first = next(lines, None)
    if first is None:
        return
    too_long: list[int] = []
    taken: list[int] = []  # the lines of the row at hand

    def texts() -> Iterator[str]:
        for number, text in itertools.chain([first], lines):
            if text is None:
                too_long.append(number)
            else:
                taken.append(number)
                yield text + "\n"

    semicolons = first.text is not None and ";" in first.text and "," not in first.text
    reader = csv.reader(texts(), delimiter=";" if semicolons else ",", strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CorpusError(f"{path.name} line {taken[0]}: {error}; check the quotation marks of this row.") from error
        yield from ((number, None) for number in too_long)
        if cells is None:
            return
        yield taken[0], cells
        too_long.clear()
        taken.clear()
