"""Named entities: a token and its tag a line, an empty line after each sentence; IOB1 and BIOES become IOB2."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.files.atomic import replacing
from lraln_core.records import Words

from .reading import read_short_lines

OUTSIDE = "O"
ENTITY_TYPES = ("PER", "LOC", "ORG")
FEWEST_PREFIXED = 4  # tokens

_TAG = re.compile(r"O|[BI]-[^\s-]\S*")
_ANY_TAG = re.compile(r"O|[BIESLU]-[^\s-]\S*")  # also the ends and single words of BIOES and BILOU
_PREFIX = re.compile(r"([a-z]{2,3}(?:-[a-z]+)*):", re.ASCII)  # WikiANN writes the language before every token


class Scheme(StrEnum):
    """How the tags of a file mark entities. IOB1 begins one with B- only where it follows another of its type."""

    IOB1 = "IOB1"
    IOB2 = "IOB2"
    BIOES = "BIOES"


@dataclass(frozen=True)
class TaggedSentence:
    """Words and their tags, one each, in IOB2."""

    words: Words
    tags: tuple[str, ...]


@dataclass(frozen=True)
class TaggedText:
    """A tagged file in IOB2, the lines where a tag was changed into it, and the scheme the file has."""

    sentences: tuple[TaggedSentence, ...]
    repaired_lines: tuple[int, ...]
    scheme: Scheme = Scheme.IOB2

    def sentence(self) -> str:
        """What was read, in words: IOB1, 120 sentences, 340 entities (200 PER, 140 LOC)."""
        entities = Counter(tag[2:] for sentence in self.sentences for tag in sentence.tags if tag.startswith("B-"))
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in entities.most_common())
        return f"{self.scheme}, {len(self.sentences):,} sentences, {entities.total():,} entities" + (f" ({kinds})" if kinds else "")


_Row = tuple[int, list[str]]
"""Line number and columns of a token."""


def read(
    path: Path, *, types: Collection[str] | None = None, encoding: str = "", scheme: str = "", tag_column: int = 0
) -> list[TaggedSentence]:
    """The sentences of `load`."""
    return list(load(path, types=types, encoding=encoding, scheme=scheme, tag_column=tag_column).sentences)


def load(path: Path, *, types: Collection[str] | None = None, encoding: str = "", scheme: str = "", tag_column: int = 0) -> TaggedText:
    """Read a token/tag file: columns separated by tabs, or by spaces; the first is the token, the tag the last column of tags.

    -DOCSTART- lines are left out, and so are comments (#) before a sentence. A leading column of token numbers (UNER) and a
    language before every token (WikiANN, sw:Nairobi) are left out. BIOES and BILOU become IOB2; an I- tag that does not continue an
    entity of its type becomes B-, which also turns IOB1 into IOB2. With `types` (for example ENTITY_TYPES) other entities become O.
    scheme is the one that the file must have, "" for the one that its tags show; tag_column counts the columns from 1, 0 for the last one
    that holds tags in every line.
    Raises CorpusError with line and value for a missing or malformed tag, and for a file without a sentence.
    """
    path = Path(path)
    rows = _read_rows(path, encoding)
    if not rows:
        raise CorpusError(f"{path.name} holds no tagged sentence.")
    if scheme and scheme not in list(Scheme):
        raise CorpusError(f"Unknown tagging scheme {scheme[:40]!r}; choose one of {', '.join(Scheme)}.")
    flat = [row for sentence in rows for row in sentence]
    token, tag = _token_and_tag(flat)
    if tag_column:
        tag = tag_column - 1
        if tag <= token or any(tag >= len(columns) for _, columns in flat):
            number = next((number for number, columns in flat if tag >= len(columns)), flat[0][0])
            raise CorpusError(f"{path.name} line {number}: there is no column {tag_column} of tags after the token.")
    prefix = _shared_prefix(row[1][token] for row in flat if len(row[1]) > max(token, 1))
    sentences, repaired, prefixes = [], [], set()
    for sentence in rows:
        words: list[str] = []
        tags: list[str] = []
        for number, columns in sentence:
            if len(columns) < 2 or len(columns) <= token:
                raise CorpusError(f"{path.name} line {number}: {columns[0][:40]!r} stands alone; write a token and its tag.")
            found = columns[tag] if tag < len(columns) else columns[-1]
            if not (_TAG if scheme in (Scheme.IOB1, Scheme.IOB2) else _ANY_TAG).fullmatch(found):
                raise CorpusError(f"{path.name} line {number}: {found[:40]!r} is not an {scheme or 'IOB2'} tag (O, B-PER, I-PER, ...).")
            prefixes.add(found[:1])
            plain = _from_bioes(found)
            if plain.startswith("I-") and not (tags and tags[-1] in (plain, f"B-{plain[2:]}")):
                plain = f"B-{plain[2:]}"
                repaired.append(number)
            words.append(columns[token].removeprefix(prefix) or columns[token])
            tags.append(plain)
        sentences.append(TaggedSentence(tuple(words), tuple(_fold(one, types) for one in tags)))
    found_scheme = _scheme(prefixes, flat, tag, len(repaired))
    return TaggedText(tuple(sentences), tuple(repaired), Scheme(scheme) if scheme else found_scheme)


def write(path: Path, sentences: Iterable[TaggedSentence]) -> None:
    """Write token TAB tag lines in IOB2 with an empty line after each sentence; the file appears whole or not at all."""
    with replacing(Path(path)) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            file.writelines(f"{word}\t{tag}\n" for word, tag in zip(sentence.words, sentence.tags, strict=True))
            file.write("\n")


def _read_rows(path: Path, encoding: str) -> list[list[_Row]]:
    sentences: list[list[_Row]] = []
    rows: list[_Row] = []
    for number, text in read_short_lines(path, encoding=encoding):
        if not text.strip():
            if rows:
                sentences.append(rows)
            rows = []
            continue
        columns = _columns(text)
        if columns[0] == "-DOCSTART-" or (not rows and _is_comment(columns)):
            continue
        rows.append((number, columns))
    return [*sentences, rows] if rows else sentences


def _token_and_tag(rows: list[_Row]) -> tuple[int, int]:
    """The columns of token and tag, from 0: UNER numbers the tokens and has columns after the tag."""
    count = min(len(columns) for _, columns in rows)
    numbered = count >= 3 and all(re.fullmatch(r"\d+(?:[-.]\d+)?", columns[0]) for _, columns in rows)
    token = 1 if numbered else 0
    last = len(rows[0][1]) - 1
    for column in range(count - 1, token, -1):
        if all(_ANY_TAG.fullmatch(columns[column]) for _, columns in rows):
            return token, column
    return token, last if all(len(columns) == last + 1 for _, columns in rows) else 10**6


def _shared_prefix(tokens: Iterable[str]) -> str:
    """sw: where every token of a file begins with it, else ""; a few tokens are no proof."""
    found, count = "", 0
    for token in tokens:
        match = _PREFIX.match(token)
        if match is None or (found and match[0] != found) or len(token) == len(match[0]):
            return ""
        found, count = match[0], count + 1
    return found if count >= FEWEST_PREFIXED else ""


def _from_bioes(tag: str) -> str:
    begin = {"S": "B", "U": "B", "E": "I", "L": "I"}.get(tag[:1], tag[:1])
    return tag if tag == OUTSIDE else f"{begin}{tag[1:]}"


def _scheme(prefixes: set[str], rows: list[_Row], tag: int, repaired: int) -> Scheme:
    if prefixes & set("ESLU"):
        return Scheme.BIOES
    begins = sum(columns[min(tag, len(columns) - 1)].startswith("B-") for _, columns in rows)
    return Scheme.IOB1 if repaired > begins else Scheme.IOB2


def _columns(text: str) -> list[str]:
    """A token may hold spaces where the columns are separated by tabs."""
    if "\t" not in text.strip():
        return text.split()
    columns = [column.strip() for column in text.rstrip().split("\t")]
    return columns if columns[0] else columns[1:]


def _is_comment(columns: list[str]) -> bool:
    """A # may also be a token: then it has a tag beside it and nothing else."""
    return columns[0].startswith("#") and not (len(columns) == 2 and _TAG.fullmatch(columns[1]))


def _fold(tag: str, types: Collection[str] | None) -> str:
    return tag if tag == OUTSIDE or types is None or tag[2:] in types else OUTSIDE
