"""Bilingual lexicons: source TAB target a line, several lines for several translations; glosses of words by a lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.files.workspace import SAMPLE_DATA

from .characters import clean
from .reading import read_short_lines

Glossary = dict[str, tuple[str, ...]]
"""Word in lower case to its translations, in the order of the file."""
MEANINGS = 2  # translations shown under a word; the others are in its tooltip


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


def read_glossary(path: Path) -> Glossary:
    """Translations of every source entry in the order of the file; see `entries`."""
    found: dict[str, dict[str, None]] = {}
    for source, target in entries(path):
        found.setdefault(source, {})[target] = None
    return {source: tuple(targets) for source, targets in found.items()}


def sample_lexicon(src: str, trg: str) -> Path | None:
    """The lexicon of the sample data for two languages, if there is one."""
    if not (src.isalnum() and trg.isalnum()):
        return None
    path = SAMPLE_DATA / "lexicon" / f"{src}-{trg}.tsv"
    return path if path.exists() else None


def glosses(words: Iterable[str], glossary: Glossary) -> list[tuple[str, ...]]:
    """The translations of each word form, without regard to case; () for a word that the lexicon does not have."""
    return [glossary.get(word.lower(), ()) for word in words]
