"""Which format a text file has: one decision for the command line and the pages, from its first bytes and its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lraln_core.errors import CorpusError, LralnError
from lraln_core.text.reading import PACKED, open_regular, packing_of, read_errors, read_unpacked, read_utf8

from .markup import root_tag

HEAD = 64 * 1024  # bytes that are looked at
TABLE_LINES = 5  # lines with the same number of tabs from which plain text is taken for a table


class Format(StrEnum):
    """The formats of text files. The values are the names on the command line."""

    PLAIN = "plain"
    TSV = "tsv"
    CSV = "csv"
    LEIPZIG = "leipzig"
    TATOEBA = "tatoeba"
    JSONL = "jsonl"
    WIKIEXTRACTOR = "wikiextractor"
    PARQUET = "parquet"
    CONLLU = "conllu"
    TMX = "tmx"
    XLIFF = "xliff"
    BIBLE = "bible"
    EBIBLE = "ebible"
    USFM = "usfm"
    WIKIPEDIA = "wikipedia"
    FLEXTEXT = "flextext"
    ELAN = "elan"
    TOOLBOX = "toolbox"
    TEXTGRID = "textgrid"
    NER = "ner"
    PHARAOH = "pharaoh"
    NAACL = "naacl"
    TALP = "talp"
    LEXICON = "lexicon"
    WIKTEXTRACT = "wiktextract"
    PANLEX = "panlex"


@dataclass(frozen=True)
class FormatSpec:
    """What a person should know of a format; `endings` are those that promise it."""

    label: str
    source: str  # where the text is taken from
    endings: tuple[str, ...] = ()
    use: str = "sentences"  # sentences, parallel, alignments, entities or dictionary
    parallel: bool = False  # also read as parallel text
    written: str = ""  # by what it is written, "" where it is only read


SPECS: dict[Format, FormatSpec] = {
    Format.PLAIN: FormatSpec("Plain text", "one sentence a line", parallel=True, written="corpora, Moses (two files)"),
    Format.TSV: FormatSpec("Table (TSV)", "the column chosen by number or name", (".tsv",), parallel=True, written="corpora, pairs"),
    Format.CSV: FormatSpec("Table (CSV)", "the column chosen by number or name", (".csv",), parallel=True),
    Format.LEIPZIG: FormatSpec("Leipzig corpus", "the sentence after number TAB"),
    Format.TATOEBA: FormatSpec("Tatoeba export", "sentence pairs: id, sentence, id, translation", parallel=True),
    Format.JSONL: FormatSpec("JSON lines", "the field text, or the one chosen as column", (".jsonl", ".ndjson")),
    Format.WIKIEXTRACTOR: FormatSpec("wikiextractor JSON", "the field text, split into sentences"),
    Format.PARQUET: FormatSpec("Parquet table", "the column text, or the one chosen", (".parquet",)),
    Format.CONLLU: FormatSpec("CoNLL-U", "# text", (".conllu",), written="corpora"),
    Format.TMX: FormatSpec("TMX", "the segments of the language", (".tmx",), parallel=True, written="pairs"),
    Format.XLIFF: FormatSpec("XLIFF", "source or target of the language", (".xlf", ".xliff"), parallel=True),
    Format.BIBLE: FormatSpec("XML Bible (OSIS, USX, USFX, Zefania, CES)", "the verses"),
    Format.EBIBLE: FormatSpec("eBible verse lines", "one verse a line, <range> left out", parallel=True),
    Format.USFM: FormatSpec("USFM Bible", "the verses", (".usfm", ".sfm")),
    Format.WIKIPEDIA: FormatSpec("Wikipedia XML dump", "articles without markup, split into sentences"),
    Format.FLEXTEXT: FormatSpec("FLEx text", "the words of the chosen writing system, with glosses", (".flextext",), written="corpora"),
    Format.ELAN: FormatSpec("ELAN", "the annotations of the chosen tier, with glosses", (".eaf",)),
    Format.TOOLBOX: FormatSpec("Toolbox", "the marker \\tx or the one chosen, with glosses"),
    Format.TEXTGRID: FormatSpec("Praat TextGrid", "the labels of the chosen tier", (".textgrid",)),
    Format.NER: FormatSpec("Tagged entities (IOB1, IOB2, BIOES)", "token and tag a line", (".iob2",), "entities", written="fetch (IOB2)"),
    Format.PHARAOH: FormatSpec(
        "Pharaoh alignments", "0-0 1p2 1?2, one line a sentence pair", (".pharaoh",), "alignments", written="pairs, align-words"
    ),
    Format.NAACL: FormatSpec(
        "NAACL alignments", "sentence, source word, target word, S or P", (".naacl",), "alignments", written="align-words"
    ),
    Format.TALP: FormatSpec("Talp alignments", "1-1 2-3, words from 1", (".talp",), "alignments"),
    Format.LEXICON: FormatSpec("Dictionary (tab or space, MUSE)", "source and target", use="dictionary", written="`lexicon.write`"),
    Format.WIKTEXTRACT: FormatSpec("Wiktextract JSON lines", "translations or glosses of each entry", use="dictionary"),
    Format.PANLEX: FormatSpec("PanLex CSV", "the two columns of expressions", use="dictionary"),
}
READ_ONLY_ELSEWHERE = {"entities": "the page NER or the command ner", "alignments": "alignments of a test set", "dictionary": "a lexicon"}
_ROOTS = {
    "tmx": Format.TMX,
    "xliff": Format.XLIFF,
    "osis": Format.BIBLE,
    "usx": Format.BIBLE,
    "usfx": Format.BIBLE,
    "XMLBIBLE": Format.BIBLE,
    "cesDoc": Format.BIBLE,
    "bible": Format.BIBLE,
    "mediawiki": Format.WIKIPEDIA,
    "ANNOTATION_DOCUMENT": Format.ELAN,
}
RANGE = "<range>"  # a verse of eBible that is part of the one before it
_TAG = re.compile(r"\S+(?:[\t ]\S*)*[\t ](?:O|[BIESLU]-\S+)")
_LINK = r"\d+(?:[-?p]\d+)(?::\d+)?"
_PHARAOH = re.compile(rf"{_LINK}(?: {_LINK})*")
_USFM = re.compile(r"\\(?:id|v|c|h|toc\d?|mt\d?) ")


@dataclass(frozen=True)
class Detected:
    """The format of one file, and how it is packed."""

    format: Format
    packing: str = ""

    @property
    def spec(self) -> FormatSpec:
        return SPECS[self.format]


def detect(path: Path, *, format: str = "", column: str = "", encoding: str = "") -> Detected:
    """The format of a file: the one that is given, else the one that its beginning and its name agree on.

    Raises CorpusError for a file that cannot be text, one whose name promises another format than it has, and for plain text
    that is a table, an alignment or tagged entities.
    """
    path = Path(path)
    packing = packing_of(_first_bytes(path))
    if format:
        if format not in list(Format):
            raise CorpusError(f"Unknown format {format[:40]!r}; choose one of {', '.join(Format)}.")
        return Detected(Format(format), packing)
    promised = promised_format(path.name)
    raw = next(read_unpacked(path), b"")
    if raw.startswith(b"PAR1"):
        return Detected(_agree(path, promised, Format.PARQUET), packing)
    if promised is Format.PARQUET:
        raise CorpusError(f"{path.name} is not a Parquet table although its name says so; rename it or write it again.")
    head = _head(path, encoding)
    found = _from_content(path, head, promised, column)
    return Detected(_agree(path, promised, found), packing)


def promised_format(name: str) -> Format | None:
    """The format that a file name promises by its ending, without that of a packing."""
    name = name.lower()
    for _, ending in PACKED.values():
        name = name.removesuffix(ending)
    return next((format for format, spec in SPECS.items() if name.endswith(spec.endings) and spec.endings), None)


def _agree(path: Path, promised: Format | None, found: Format) -> Format:
    if promised and SPECS[promised].use != "sentences" and found in (Format.PLAIN, Format.PHARAOH, Format.NER):
        return promised
    if promised in (None, found) or (promised is Format.JSONL and found in (Format.WIKIEXTRACTOR, Format.WIKTEXTRACT)):
        return found
    if promised is Format.USFM and found is Format.TOOLBOX:  # .sfm is the ending of both
        return found
    raise CorpusError(
        f"{path.name} is not {SPECS[promised].label} although its name says so: it looks like {SPECS[found].label}; "
        f"rename it, or give its format (--format {found})."
    )


def _from_content(path: Path, head: str, promised: Format | None, column: str) -> Format:
    if promised in (Format.TSV, Format.CSV):
        return promised
    lines = [line for line in head.splitlines() if line.strip()]
    start = head.lstrip()
    if any(line.strip() == RANGE for line in lines):
        return Format.EBIBLE
    if start.startswith("<") and (found := _xml_format(path, head)):
        return found
    if start.startswith('File type = "ooTextFile"') or start.startswith('"ooTextFile"'):
        return Format.TEXTGRID
    if start.startswith("\\"):
        return _marked_text(path, head)
    if start.startswith("{"):
        return _json_format(path, start)
    if column:
        return Format.TSV
    checks: list[tuple[Format, Callable[[list[str]], bool]]] = [
        (Format.CONLLU, _is_conllu),
        (Format.NER, _is_tagged),
        (Format.PHARAOH, _is_alignment),
        (Format.LEIPZIG, _is_leipzig),
        (Format.TATOEBA, _is_tatoeba),
    ]
    sample = lines[:200]
    found_format = next((format for format, matches in checks if sample and matches(sample)), None)
    if found_format:
        return found_format
    if promised:
        return Format.PLAIN
    tabs = {line.count("\t") for line in sample}
    if len(sample) >= TABLE_LINES and len(tabs) == 1 and tabs != {0}:
        raise CorpusError(
            f"{path.name} looks like a table of {tabs.pop() + 1} columns; choose the one with the sentences (--column), "
            "or read whole lines (--format plain)."
        )
    return Format.PLAIN


def _xml_format(path: Path, head: str) -> Format | None:
    root = root_tag(head)
    if root == "document" and ("<interlinear-text" in head or path.name.lower().endswith(".flextext")):
        return Format.FLEXTEXT
    if root in _ROOTS:
        return _ROOTS[root]
    if head.lstrip().startswith("<?xml") or root.lower() in ("html", "tei", "text", "body", "document"):
        raise CorpusError(
            f"{path.name} is XML with the root <{root[:40] or '?'}>, which is not read; known are TMX, XLIFF, OSIS, USX, USFX, "
            "Wikipedia dumps, .flextext and .eaf. Save its text with one sentence a line."
        )
    return None


def _marked_text(path: Path, head: str) -> Format:
    if re.search(r"^\\v \d", head, re.MULTILINE) or re.match(r"\s*\\id [A-Z0-9]{3}\b", head):
        return Format.USFM
    if re.search(r"^\\(?:_sh|tx|ref|t|mb|ge|id)\b", head, re.MULTILINE):
        return Format.TOOLBOX
    raise CorpusError(f"{path.name}: text with markers that are neither those of USFM (\\c, \\v) nor of Toolbox (\\ref, \\tx).")


def _json_format(path: Path, start: str) -> Format:
    first = start.split("\n", 1)[0]
    try:
        record = json.loads(first)
    except ValueError as error:
        if len(start) >= HEAD - 8:  # the first line may be longer than what is looked at
            return Format.JSONL
        raise CorpusError(f"{path.name} line 1: not one JSON object a line ({error}); write one object a line.") from error
    if not isinstance(record, dict):
        return Format.PLAIN
    if "word" in record and ("senses" in record or "translations" in record):
        return Format.WIKTEXTRACT
    return Format.WIKIEXTRACTOR if {"text", "title", "url"} <= record.keys() else Format.JSONL


def _is_conllu(lines: list[str]) -> bool:
    rows = [line for line in lines if not line.startswith("#")]
    tens = [row for row in rows if row.count("\t") == 9 and re.match(r"\d+(?:[-.]\d+)?\t", row)]
    return bool(rows) and 2 * len(tens) > len(rows)


def _is_tagged(lines: list[str]) -> bool:
    rows = [line.rstrip() for line in lines if not line.startswith(("#", "-DOCSTART-"))]
    return len(rows) >= 3 and sum(bool(_TAG.fullmatch(row)) for row in rows) >= 0.9 * len(rows)


def _is_alignment(lines: list[str]) -> bool:
    return all(_PHARAOH.fullmatch(line.strip()) for line in lines)


def _is_leipzig(lines: list[str]) -> bool:
    cells = [line.split("\t") for line in lines]
    numbers = [int(row[0][:12]) for row in cells if len(row) == 2 and row[0].isdecimal() and row[0].isascii()]
    # A few other lines do not make it plain text: the reader names the first of them.
    return (
        len(numbers) >= 2
        and 3 * len(numbers) >= 2 * len(cells)
        and all(first < second for first, second in zip(numbers, numbers[1:], strict=False))
    )


def _is_tatoeba(lines: list[str]) -> bool:
    cells = [line.split("\t") for line in lines]
    return all(len(row) == 4 and row[0].isdecimal() and row[2].isdecimal() and row[1].strip() and row[3].strip() for row in cells)


def is_tatoeba(path: Path, encoding: str = "") -> bool:
    """Whether a table is a Tatoeba export of sentence pairs: number, sentence, number, translation."""
    lines = [line for line in _head(Path(path), encoding).splitlines() if line.strip()]
    return bool(lines) and _is_tatoeba(lines[:200])


def _first_bytes(path: Path) -> bytes:
    with open_regular(path) as file, read_errors(path):
        return file.read(8)


def _head(path: Path, encoding: str) -> str:
    """The beginning of the file; in another encoding than UTF-8 the letters may be wrong, the structure is not."""
    raw = b""
    try:
        for chunk in read_utf8(path, encoding=encoding):
            raw += chunk
            if len(raw) >= HEAD:
                break
    except LralnError:
        if not raw:
            raise
    raw = raw[:HEAD]
    cut = raw.rfind(b"\n")
    return (raw[:cut] if len(raw) == HEAD and cut > 0 else raw).decode("utf-8", "replace")
