"""Sentences of a text file in any format that `detect` knows, as a stream; and what was seen of a file before it is taken."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.errors import CorpusError
from lraln_core.records import Progress
from lraln_core.text.languages import get_language
from lraln_core.text.reading import Sentence, open_regular, read_errors, read_lines, read_short_lines
from lraln_core.text.tables import read_column

from . import interlinear, markup
from .detect import READ_ONLY_ELSEWHERE, SPECS, Detected, Format, detect

PREVIEW = 10  # sentences
COUNTED = 20_000  # sentences that are counted before a file is taken
INTERLINEAR = frozenset({Format.FLEXTEXT, Format.ELAN, Format.TOOLBOX})  # formats with glosses
TIERED = frozenset({Format.FLEXTEXT, Format.ELAN, Format.TOOLBOX, Format.TEXTGRID})
_TEXT_FIELDS = ("text", "sentence", "sentences", "content")
_MARKS = re.compile(r"\\(?:f|x|fe|fig)\s.*?\\(?:f|x|fe|fig)\*", re.DOTALL)
_WORD_ATTRIBUTES = re.compile(r"\|[^\\]*(?=\\)")
_USFM_TEXT = frozenset("p m pi pi1 mi nb q q1 q2 q3 qc qr pc pm pmo li li1 li2 d v".split())


@dataclass(frozen=True)
class ReadOptions:
    """How a person wants a file read; everything may be left out where the file leaves no doubt."""

    column: str = ""  # of a table: number from 1, or name; of JSON lines: name of the field
    format: str = ""  # a value of Format
    encoding: str = ""  # a name that Python knows; "" for UTF-8 and UTF-16 with a byte order mark
    tier: str = ""  # of an interlinear text: its name; of Toolbox the marker, of FLEx the writing system


@dataclass(frozen=True)
class Preview:
    """What a file holds, as far as it was looked at."""

    detected: Detected
    sentences: int
    complete: bool  # all of the file was read
    first: tuple[Sentence, ...]

    def sentence(self) -> str:
        """In words: CoNLL-U, 1,204 sentences, text from # text."""
        count = (
            f"{self.sentences:,} sentence{'' if self.sentences == 1 else 's'}"
            if self.complete
            else f"more than {self.sentences:,} sentences"
        )
        packed = f" packed with {self.detected.packing}" if self.detected.packing else ""
        return f"{self.detected.spec.label}{packed}, {count}, text from {self.detected.spec.source}"


def preview(path: Path, language: str = "", options: ReadOptions = ReadOptions()) -> Preview:
    """The format, the number of sentences (up to COUNTED) and the first ten. Raises CorpusError as `read_sentences` does."""
    detected = detect(path, format=options.format, column=options.column, encoding=options.encoding)
    found = (line for line in read_sentences(path, language, options) if line.text and line.text.strip())
    first = tuple(itertools.islice(found, PREVIEW))
    rest = sum(1 for _ in itertools.islice(found, COUNTED - len(first)))
    if not first:
        raise CorpusError(f"{Path(path).name} holds no sentence ({detected.spec.label}).")
    return Preview(detected, len(first) + rest, next(found, None) is None, first)


def read_sentences(
    path: Path, language: str = "", options: ReadOptions = ReadOptions(), *, progress: Progress | None = None
) -> Iterator[Sentence]:
    """Stream the sentences of a file. `language` chooses the side of a translation memory and the rules of sentence boundaries.

    Raises CorpusError with file, line and value for a file that is truncated, mixed or not what its name says, and for a
    choice (column, tier, encoding) that is missing or does not exist.
    """
    path = Path(path)
    detected = detect(path, format=options.format, column=options.column, encoding=options.encoding)
    format, encoding = detected.format, options.encoding
    if detected.spec.use in READ_ONLY_ELSEWHERE:
        raise CorpusError(
            f"{path.name} looks like {detected.spec.label}, not like sentences; it is read as {READ_ONLY_ELSEWHERE[detected.spec.use]}. "
            "If these are sentences, say so (--format plain)."
        )
    if options.tier and format not in TIERED:
        raise CorpusError(f"{path.name} ({detected.spec.label}) has no tiers; leave the tier out.")
    if format in (Format.PLAIN, Format.TSV, Format.CSV):
        lines = read_column(path, options.column, kind=format.value, encoding=encoding, progress=progress)
        return (Sentence(*line) for line in lines)
    if format is Format.PARQUET:
        return _parquet(path, options.column, progress)
    if format is Format.USFM:
        return _usfm(path, encoding, progress)
    if format in (Format.JSONL, Format.WIKIEXTRACTOR):
        return _json_lines(path, language, options, format is Format.WIKIEXTRACTOR, progress)
    if format is Format.WIKIPEDIA:
        return _split_sentences(markup.wikipedia_paragraphs(path, encoding=encoding, progress=progress), language)
    if format in (Format.TMX, Format.XLIFF):
        read_sides = markup.tmx_sides if format is Format.TMX else markup.xliff_sides
        return markup.one_side(path, read_sides(path, encoding=encoding, progress=progress), language)
    if format is Format.LEIPZIG:
        return _numbered(path, encoding, progress)
    if format is Format.TATOEBA:
        raise CorpusError(f"{path.name} is a Tatoeba export of sentence pairs; choose the column of the sentences, 2 or 4 (--column).")
    if format is Format.EBIBLE:
        lines = read_lines(path, encoding=encoding, progress=progress)
        return (Sentence(number, "" if text is not None and text.strip() == "<range>" else text) for number, text in lines)
    if format is Format.BIBLE:
        return markup.bible_verses(path, encoding=encoding, progress=progress)
    if format is Format.CONLLU:
        return interlinear.conllu_sentences(path, encoding=encoding, progress=progress)
    read_tier = {
        Format.FLEXTEXT: interlinear.flextext_sentences,
        Format.ELAN: interlinear.eaf_sentences,
        Format.TOOLBOX: interlinear.toolbox_sentences,
        Format.TEXTGRID: interlinear.textgrid_sentences,
    }[format]
    return read_tier(path, options.tier, encoding=encoding, progress=progress)


def split_sentences(text: str, language: str = "") -> list[str]:
    """Sentences of running text by the rules of Unicode Standard Annex 29, as ICU applies them to the language."""
    from icu4py.breakers import SentenceBreaker

    locale = get_language(language).base if language else ""
    return [sentence for found in SentenceBreaker(text, locale or "en") if (sentence := found.strip())]


def _split_sentences(paragraphs: Iterator[tuple[int, str]], language: str) -> Iterator[Sentence]:
    for number, paragraph in paragraphs:
        for sentence in split_sentences(paragraph, language):
            yield Sentence(number, sentence)


def _numbered(path: Path, encoding: str, progress: Progress | None) -> Iterator[Sentence]:
    for line in read_lines(path, encoding=encoding, progress=progress):
        number, tab, text = (line.text or "").partition("\t")
        if line.text and line.text.strip() and not (tab and number.strip().isdecimal()):
            raise CorpusError(f"{path.name} line {line.number}: {line.text[:40]!r} is not number TAB sentence, as the lines before it are.")
        yield Sentence(line.number, text if line.text is not None else None)


def _json_lines(path: Path, language: str, options: ReadOptions, articles: bool, progress: Progress | None) -> Iterator[Sentence]:
    field = options.column
    for line in read_lines(path, encoding=options.encoding, progress=progress):
        if line.text is None or not line.text.strip():
            yield Sentence(*line)
            continue
        try:
            record = json.loads(line.text)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path.name} line {line.number}: not a JSON object ({error}).") from error
        if not isinstance(record, dict):
            raise CorpusError(f"{path.name} line {line.number}: {line.text[:40]!r} is not a JSON object.")
        field = field or next((name for name in _TEXT_FIELDS if isinstance(record.get(name), str)), "")
        text = record.get(field)
        if not isinstance(text, str):
            names = ", ".join(repr(str(name)[:30]) for name in list(record)[:8])
            raise CorpusError(
                f"{path.name} line {line.number}: no text in the field {field!r}; the fields are {names} (choose one with --column)."
                if field
                else f"{path.name} line {line.number}: which field has the text? There are {names} (choose one with --column)."
            )
        if articles or "\n" in text:
            title = str(record.get("title", "")).strip()
            for paragraph in text.split("\n"):
                if paragraph.strip() and paragraph.strip() != title:
                    for sentence in split_sentences(paragraph.strip(), language):
                        yield Sentence(line.number, sentence)
        else:
            yield Sentence(line.number, text)


def _parquet(path: Path, column: str, progress: Progress | None) -> Iterator[Sentence]:
    number = 0
    with open_regular(path) as raw, read_errors(path):
        total = path.stat().st_size
        try:
            with pq.ParquetFile(raw) as file:
                texts = [
                    field.name for field in file.schema_arrow if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
                ]
                name = column or next((name for name in _TEXT_FIELDS if name in texts), texts[0] if len(texts) == 1 else "")
                if name not in texts:
                    shown = ", ".join(map(repr, texts[:12])) or "none"
                    raise CorpusError(f"{path.name} has no text column {name!r}; columns with text are {shown} (choose one with --column).")
                for batch in file.iter_batches(1000, columns=[name]):
                    for text in batch.column(0).to_pylist():
                        number += 1
                        yield Sentence(number, text or "")
                    if progress:
                        progress(min(raw.tell(), total), total)
        except pa.ArrowException as error:
            raise CorpusError(f"{path.name}: the Parquet data is damaged or ends too early ({error}).") from error


def _usfm(path: Path, encoding: str, progress: Progress | None) -> Iterator[Sentence]:
    """Verses of a USFM file: notes, headings and the attributes of words are left out."""
    verse: list[str] | None = None
    first = 0
    for number, text in read_short_lines(path, encoding=encoding, progress=progress):
        for part in re.split(r"(?=\\v\s)", text):
            marker = re.match(r"\\(\w+)\*?\s?", part.lstrip())
            if marker and marker[1] == "v":
                if verse is not None and (found := _usfm_text(verse)):
                    yield Sentence(first, found)
                verse, first = [re.sub(r"^\s*\\v\s+\S+\s?", "", part)], number
            elif marker and marker[1] in ("c", "id"):
                if verse is not None and (found := _usfm_text(verse)):
                    yield Sentence(first, found)
                verse = None
            elif verse is not None and (marker is None or marker[1] in _USFM_TEXT or f"\\{marker[1]}*" in part):
                verse.append(part)
    if verse is not None and (found := _usfm_text(verse)):
        yield Sentence(first, found)
    if not first:
        raise CorpusError(f"{path.name} has no verse (\\v); is it a USFM Bible?")


def _usfm_text(parts: list[str]) -> str:
    text = _WORD_ATTRIBUTES.sub("", _MARKS.sub("", " ".join(parts)))
    return " ".join(re.sub(r"\\\+?\w+\*?", " ", text).split()).replace(" ,", ",").replace(" .", ".")


def format_table() -> str:
    """docs/formats.md: what is read and written, from the specifications of the detector."""
    rows = ["| format | `--format` | known by | text or data from | used for | written by |", "|---|---|---|---|---|---|"]
    for format, spec in SPECS.items():
        known = "its content" + (f", endings {', '.join(f'`{ending}`' for ending in spec.endings)}" if spec.endings else "")
        use = {"sentences": "corpora", "entities": "NER", "alignments": "test sets", "dictionary": "lexicons"}[spec.use]
        use += ", parallel text" if spec.parallel else ""
        source = spec.source.replace("<", "&lt;").replace("|", "\\|")
        rows.append(f"| {spec.label} | `{format}` | {known} | {source} | {use} | {spec.written or '-'} |")
    return "\n".join(rows) + "\n"
