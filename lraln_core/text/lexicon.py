"""A bilingual lexicon: source TAB target a line, several lines for several translations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lraln_core.errors import CorpusError

from .characters import clean
from .reading import read_short_lines


def read(path: Path) -> dict[str, set[str]]:
    """Translations of every source entry; see `entries`."""
    found: dict[str, set[str]] = {}
    for source, target in entries(path):
        found.setdefault(source, set()).add(target)
    return found


def entries(path: Path) -> Iterator[tuple[str, str]]:
    """Every line in order, in lower case and Unicode NFC; entries of several words stay whole.

    Raises CorpusError with the line for a missing tab, an empty side or a third column, and for a file without any entry.
    """
    name, count = Path(path).name, 0
    for number, text in read_short_lines(path):
        if not text.strip():
            continue
        cells = [clean(cell).lower() for cell in text.split("\t")]
        if len(cells) != 2:
            found = "no tab" if len(cells) == 1 else f"{len(cells)} columns"
            raise CorpusError(f"{name} line {number}: {found} in {text[:40]!r}; write source TAB target.")
        if not all(cells):
            raise CorpusError(f"{name} line {number}: the {'target' if cells[0] else 'source'} side is empty.")
        yield cells[0], cells[1]
        count += 1
    if not count:
        raise CorpusError(f"{name} holds no entry.")
