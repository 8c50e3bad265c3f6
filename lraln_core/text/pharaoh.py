"""Word alignments from files: Pharaoh with sure and possible links, NAACL, and Talp."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.files.atomic import replacing

from .reading import read_short_lines

Links = tuple[tuple[int, int], ...]

# 0-0 is a sure link; 1p2 and 1?2 are possible ones.
_LINK = re.compile(r"(\d{1,6})([-p?])(\d{1,6})", re.ASCII)
_NAACL = re.compile(r"(\d{1,9})\s+(\d{1,6})\s+(\d{1,6})(?:\s+([SP]))?(?:\s+[\d.]+)?", re.ASCII)
MAX_NAACL_SENTENCE = 10_000_000


@dataclass(frozen=True)
class AlignedSentence:
    """The links of one sentence pair; word numbers count from 0. Only sure links are gold pairs."""

    sure: Links
    possible: Links = ()


def read(path: Path) -> list[Links]:
    """The sure links of every sentence pair, in the order of the file and without repeats; see `read_aligned`."""
    return [sentence.sure for sentence in read_aligned(path)]


def read_aligned(path: Path, *, format: str = "") -> list[AlignedSentence]:
    """The links of every sentence pair; an empty line of a Pharaoh or Talp file has none.

    format is pharaoh, naacl or talp; "" takes NAACL by its content and Talp by the ending .talp (its words count from 1).
    Raises CorpusError with line and value for anything that is no link.
    """
    path = Path(path)
    if format not in ("", "pharaoh", "naacl", "talp"):
        raise CorpusError(f"{path.name}: unknown format of alignments {format[:40]!r}; choose pharaoh, naacl or talp.")
    lines = list(read_short_lines(path))
    if format == "naacl" or (not format and is_naacl(path)):
        return _read_naacl(path, lines)
    start = 1 if format == "talp" or (not format and path.name.lower().endswith(".talp")) else 0
    return [_parse(text, f"{path.name} line {number}", start) for number, text in lines]


def is_naacl(path: Path) -> bool:
    """Whether a file is in the NAACL format, which says nothing of sentences without links."""
    first = next((text.strip() for _, text in read_short_lines(path) if text.strip()), "")
    return _NAACL.fullmatch(first) is not None


def parse(text: str, place: str) -> Links:
    """The sure links of one line in Pharaoh format; `place` names it in errors. Raises CorpusError."""
    return _parse(text, place, 0).sure


def _parse(text: str, place: str, start: int) -> AlignedSentence:
    sure: dict[tuple[int, int], None] = {}
    possible: dict[tuple[int, int], None] = {}
    for item in text.split():
        match = _LINK.fullmatch(item)
        if match is None:
            raise CorpusError(f"{place}: {item[:40]!r} is not a pair of word numbers such as 0-1.")
        link = int(match[1]) - start, int(match[3]) - start
        if min(link) < 0:
            raise CorpusError(f"{place}: {item[:40]!r} counts from 0, where Talp files count words from 1.")
        (sure if match[2] == "-" else possible)[link] = None
    return AlignedSentence(tuple(sure), tuple(link for link in possible if link not in sure))


def _read_naacl(path: Path, lines: Iterable[tuple[int, str]]) -> list[AlignedSentence]:
    found: dict[int, tuple[dict[tuple[int, int], None], dict[tuple[int, int], None]]] = {}
    for number, text in lines:
        if not text.strip():
            continue
        match = _NAACL.fullmatch(text.strip())
        if match is None or min(int(match[at]) for at in (1, 2, 3)) < 1 or int(match[1]) > MAX_NAACL_SENTENCE:
            raise CorpusError(f"{path.name} line {number}: {text[:40]!r} is not sentence, source word, target word from 1, and S or P.")
        sides = found.setdefault(int(match[1]), ({}, {}))
        sides[match[4] == "P"][int(match[2]) - 1, int(match[3]) - 1] = None
    count = max(found, default=0)
    if count > 100 * (len(found) + 1000):
        raise CorpusError(f"{path.name}: sentence number {count:,}, but links for {len(found):,} sentences only; is it a NAACL file?")
    empty: tuple[dict[tuple[int, int], None], dict[tuple[int, int], None]] = ({}, {})
    return [
        AlignedSentence(tuple(sure), tuple(link for link in possible if link not in sure))
        for sure, possible in (found.get(number, empty) for number in range(1, count + 1))
    ]


def write(path: Path, alignments: Iterable[Iterable[tuple[int, int]]]) -> None:
    """Write the Pharaoh format, one line a sentence pair; the file appears whole or not at all."""
    with replacing(Path(path)) as temporary:
        lines = (" ".join(f"{src}-{trg}" for src, trg in links) + "\n" for links in alignments)
        temporary.write_text("".join(lines), encoding="utf-8")


def write_aligned(path: Path, alignments: Iterable[AlignedSentence]) -> None:
    """Write sure links as 0-1 and possible ones as 0p1, one line a sentence pair; `read_aligned` reads them back."""
    with replacing(Path(path)) as temporary:
        temporary.write_text("".join(f"{line(sentence)}\n" for sentence in alignments), encoding="utf-8")


def line(sentence: AlignedSentence) -> str:
    """The links of a sentence pair as a line of a Pharaoh file."""
    marked = [(*link, "-") for link in sentence.sure] + [(*link, "p") for link in sentence.possible]
    return " ".join(f"{src}{mark}{trg}" for src, trg, mark in sorted(marked))


def naacl_rows(alignments: Sequence[AlignedSentence]) -> str:
    """The lines of a NAACL file: sentence, source word and target word from 1, and S or P."""
    rows = [
        f"{number} {src + 1} {trg + 1} {mark}\n"
        for number, sentence in enumerate(alignments, 1)
        for mark, links in (("S", sentence.sure), ("P", sentence.possible))
        for src, trg in links
    ]
    return "".join(rows)


def write_naacl(path: Path, alignments: Sequence[AlignedSentence]) -> None:
    """Write the NAACL format: sentence, source word and target word from 1, and S or P."""
    with replacing(Path(path)) as temporary:
        temporary.write_text(naacl_rows(alignments), encoding="utf-8")
