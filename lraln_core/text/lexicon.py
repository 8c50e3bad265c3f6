"""A bilingual lexicon: source TAB target a line, several lines for several translations."""

from __future__ import annotations

from pathlib import Path

from ..errors import CorpusError
from .characters import clean
from .reading import read_short_lines


def read(path: Path) -> dict[str, set[str]]:
    """Translations of every source entry, in lower case and Unicode NFC; entries of several words stay whole.

    Raises CorpusError with the line for a missing tab, an empty side or a third column.
    """
    name = Path(path).name
    entries: dict[str, set[str]] = {}
    for number, text in read_short_lines(path):
        if not text.strip():
            continue
        cells = [clean(cell).lower() for cell in text.split("\t")]
        if len(cells) != 2:
            found = "no tab" if len(cells) == 1 else f"{len(cells)} columns"
            raise CorpusError(f"{name} line {number}: {found} in {text[:40]!r}; write source TAB target.")
        if not all(cells):
            raise CorpusError(f"{name} line {number}: the {'target' if cells[0] else 'source'} side is empty.")
        entries.setdefault(cells[0], set()).add(cells[1])
    if not entries:
        raise CorpusError(f"{name} holds no entry.")
    return entries
