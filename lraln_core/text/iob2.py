"""Named entities in IOB2: a token and its tag a line, an empty line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.records import Words

from .reading import read_short_lines

OUTSIDE = "O"
ENTITY_TYPES = ("PER", "LOC", "ORG")

_TAG = re.compile(r"O|[BI]-[^\s-]\S*")


@dataclass(frozen=True)
class TaggedSentence:
    """Words and their tags, one each."""

    words: Words
    tags: tuple[str, ...]


@dataclass(frozen=True)
class TaggedText:
    """A tagged file, and the lines where an entity began with I- and was given B-."""

    sentences: tuple[TaggedSentence, ...]
    repaired_lines: tuple[int, ...]


def read(path: Path, *, types: Collection[str] | None = None) -> list[TaggedSentence]:
    """The sentences of `load`."""
    return list(load(path, types=types).sentences)


def load(path: Path, *, types: Collection[str] | None = None) -> TaggedText:
    """Read a token/tag file: columns parted by tabs, or by spaces; the first is the token and the last its tag.

    -DOCSTART- lines are left out, and so are comments (#) before a sentence. An I- tag that does not continue an entity
    of its type becomes B-. With `types` (for example ENTITY_TYPES) other entities become O.
    Raises CorpusError with line and value for a missing or malformed tag, and for a file without a sentence.
    """
    path = Path(path)
    sentences: list[TaggedSentence] = []
    repaired: list[int] = []
    words: list[str] = []
    tags: list[str] = []

    def finish() -> None:
        if words:
            sentences.append(TaggedSentence(tuple(words), tuple(_fold(tag, types) for tag in tags)))
        words.clear()
        tags.clear()

    for number, text in read_short_lines(path):
        if not text.strip():
            finish()
            continue
        columns = _columns(text)
        if columns[0] == "-DOCSTART-" or (not words and _is_comment(columns)):
            continue
        if len(columns) < 2:
            raise CorpusError(f"{path.name} line {number}: {columns[0][:40]!r} stands alone; write a token and its tag.")
        word, tag = columns[0], columns[-1]
        if not _TAG.fullmatch(tag):
            raise CorpusError(f"{path.name} line {number}: {tag[:40]!r} is not an IOB2 tag (O, B-PER, I-PER, ...).")
        if tag.startswith("I-") and not (tags and tags[-1] in (tag, f"B-{tag[2:]}")):
            tag = f"B-{tag[2:]}"
            repaired.append(number)
        words.append(word)
        tags.append(tag)
    finish()
    if not sentences:
        raise CorpusError(f"{path.name} holds no tagged sentence.")
    return TaggedText(tuple(sentences), tuple(repaired))


def _columns(text: str) -> list[str]:
    """A token may hold spaces where the columns are parted by tabs."""
    if "\t" not in text.strip():
        return text.split()
    columns = [column.strip() for column in text.rstrip().split("\t")]
    return columns if columns[0] else columns[1:]


def _is_comment(columns: list[str]) -> bool:
    """A # may also be a token: then it has a tag beside it and nothing else."""
    return columns[0].startswith("#") and not (len(columns) == 2 and _TAG.fullmatch(columns[1]))


def _fold(tag: str, types: Collection[str] | None) -> str:
    return tag if tag == OUTSIDE or types is None or tag[2:] in types else OUTSIDE
