"""Bilingual lexicons, several lines for several translations (tables, MUSE, Wiktextract, PanLex); glosses of words by a lexicon."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.files.atomic import replacing
from lraln_core.files.workspace import SAMPLE_DATA

from .characters import clean
from .formats.detect import Format, promised_format
from .languages import same_language
from .reading import read_short_lines

Glossary = dict[str, tuple[str, ...]]
"""Word in lower case to its translations, in the order of the file."""
GLOSS_WORDS = 3  # longer glosses of Wiktextract are explanations, not translations
_PANLEX_CODE = re.compile(r"[a-z]{3}-\d{3}")
MEANINGS = 2  # translations shown under a word; the others are in its tooltip


def read(path: Path, *, language: str = "") -> dict[str, set[str]]:
    """Translations of every source entry; see `entries`."""
    found: dict[str, set[str]] = {}
    for source, target in entries(path, language=language):
        found.setdefault(source, set()).add(target)
    return found


def entries(path: Path, *, language: str = "") -> Iterator[tuple[str, str]]:
    """Every pair in order, in lower case and Unicode NFC; entries of several words stay whole where columns are separated by tabs.

    Read are source TAB target, with more columns after them; source SPACE target (MUSE); .csv (PanLex); and Wiktextract JSON lines,
    whose English glosses are the translations and whose words may be of several languages: then `language` chooses one.
    Raises CorpusError with the line for a missing column, an empty side or a row of another number of columns than the first, and
    for a file without any entry.
    """
    path, count = Path(path), 0
    lines = ((number, text) for number, text in read_short_lines(path) if text.strip())
    first = next(lines, None)
    if first is not None:
        whole = itertools.chain([first], lines)
        if first[1].lstrip().startswith("{"):
            pairs = _wiktextract(path, whole, language)
        else:
            pairs = _rows(path, whole, first[1])
        for number, source, target in pairs:
            cells = clean(source).lower(), clean(target).lower()
            if not all(cells):
                raise CorpusError(f"{path.name} line {number}: the {'target' if cells[0] else 'source'} side is empty.")
            yield cells
            count += 1
    if not count:
        raise CorpusError(f"{path.name} holds no entry.")


_Rows = Iterator[tuple[int, str, str]]


def _rows(path: Path, lines: Iterable[tuple[int, str]], first: str) -> _Rows:
    csv_file = promised_format(path.name) is Format.CSV
    spaced = not csv_file and "\t" not in first and len(first.split()) == 2
    expected = 0
    for number, text in lines:
        if csv_file:
            try:
                cells = next(csv.reader([text], strict=True))
            except csv.Error as error:
                raise CorpusError(f"{path.name} line {number}: {error}; check the quotation marks of this row.") from error
            if not expected and all(_PANLEX_CODE.fullmatch(cell) for cell in cells[:2]):
                expected = len(cells)
                continue
        else:
            cells = text.split() if spaced and "\t" not in text else text.split("\t")
        expected = expected or len(cells)
        if len(cells) != expected or len(cells) < 2:
            found = "no tab" if len(cells) == 1 and not csv_file else f"{len(cells)} column{'s' if len(cells) != 1 else ''}"
            what = "write source TAB target" if expected < 3 else f"the first row has {expected}"
            raise CorpusError(f"{path.name} line {number}: {found} in {text[:40]!r}; {what}.")
        yield number, cells[0], cells[1]


def _wiktextract(path: Path, lines: Iterable[tuple[int, str]], language: str) -> _Rows:
    seen: dict[str, None] = {}
    for number, text in lines:
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path.name} line {number}: not a JSON object ({error}).") from error
        if not isinstance(record, dict) or not isinstance(record.get("word"), str):
            raise CorpusError(f"{path.name} line {number}: {text[:40]!r} is not an entry of Wiktextract.")
        code = str(record.get("lang_code", ""))
        seen[code] = None
        if language and not same_language(code, language):
            continue
        if not language and len(seen) > 1:
            raise CorpusError(f"{path.name} line {number}: words of several languages ({', '.join(seen)}); choose one.")
        senses = record.get("senses")
        for sense in senses if isinstance(senses, list) else []:
            glosses = sense.get("glosses") if isinstance(sense, dict) else None
            for gloss in glosses if isinstance(glosses, list) else []:
                for target in re.split("[,;]", re.sub(r"\([^()]*\)", "", str(gloss))):
                    if 1 <= len(target.split()) <= GLOSS_WORDS and record["word"].strip():
                        yield number, record["word"], target.strip(" .")


def write(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write source TAB target lines; the file appears whole or not at all."""
    with replacing(Path(path)) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        for source, target in pairs:
            file.write(f"{' '.join(source.split())}\t{' '.join(target.split())}\n")


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
