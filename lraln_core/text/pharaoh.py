"""Word alignments in Pharaoh format: one line a sentence pair, `0-0 1-2`, source word index and target word index from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.files.atomic import replacing

from .reading import read_short_lines

Links = tuple[tuple[int, int], ...]

_LINK = re.compile(r"(\d{1,6})-(\d{1,6})", re.ASCII)


def read(path: Path) -> list[Links]:
    """The links of every line, in the order of the file and without repeats; an empty line has none.

    Raises CorpusError with line and value for anything that is no link.
    """
    return [parse(text, f"{Path(path).name} line {number}") for number, text in read_short_lines(path)]


def parse(text: str, place: str) -> Links:
    """The links of one line; `place` names it in errors. Raises CorpusError."""
    links: dict[tuple[int, int], None] = {}
    for item in text.split():
        match = _LINK.fullmatch(item)
        if match is None:
            raise CorpusError(f"{place}: {item[:40]!r} is not a pair of word numbers such as 0-1.")
        links[int(match[1]), int(match[2])] = None
    return tuple(links)


def write(path: Path, alignments: Iterable[Iterable[tuple[int, int]]]) -> None:
    """Write one line a sentence pair; the file appears whole or not at all."""
    with replacing(Path(path)) as temporary:
        lines = (" ".join(f"{src}-{trg}" for src, trg in links) + "\n" for links in alignments)
        temporary.write_text("".join(lines), encoding="utf-8")
