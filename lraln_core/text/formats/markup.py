"""XML read as a stream, without entities or anything outside the file: translation memories, Bibles, Wikipedia."""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from lraln_core.errors import CorpusError, LanguageError
from lraln_core.records import Progress
from lraln_core.text.languages import get_language, same_language
from lraln_core.text.reading import Sentence, encoding_of, read_unpacked

MAX_ELEMENT = 20_000_000  # characters of one element that is held in memory
MAX_DEPTH = 200
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut", "x", "bx", "ex"})  # inline codes of TMX and XLIFF
_VERSES = frozenset({"verse", "v", "VERS"})
_CHAPTERS = frozenset({"chapter", "c", "CHAPTER", "book", "BIBLEBOOK", "ve"})
_NOT_TEXT = frozenset(
    {"note", "title", "figure", "f", "x", "h", "toc", "id", "s", "ref", "rdg", "header", "teiHeader", "cesHeader", "GRAM"}
)


@dataclass
class Event:
    """The start or end of an element, or text. `tag` and the keys of `attributes` are without namespace."""

    kind: str  # "start", "end" or "text"
    line: int
    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Unit:
    """One element with all it holds, its line, and the attributes of the elements around it by tag."""

    element: ET.Element
    line: int
    around: dict[str, dict[str, str]]


def read_events(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[Event]:
    """All events of an XML file. Raises CorpusError for damage with its line, and for a file that declares entities."""
    parser = expat.ParserCreate(encoding_of(encoding, path) if encoding else None)
    parser.buffer_text = True
    events: list[Event] = []
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise CorpusError(f"{path.name} line {parser.CurrentLineNumber}: more than {MAX_DEPTH} elements inside one another.")
        events.append(Event("start", parser.CurrentLineNumber, _local(tag), {_local(key): value for key, value in attributes.items()}))

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        events.append(Event("end", parser.CurrentLineNumber, _local(tag)))

    def entity(name: str, *_: object) -> None:
        raise CorpusError(f"{path.name} line {parser.CurrentLineNumber}: declares the entity {name[:40]!r}; XML with entities is not read.")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, entity
    parser.CharacterDataHandler = lambda text: events.append(Event("text", parser.CurrentLineNumber, text=text))
    try:
        for chunk in read_unpacked(path, progress=progress):
            parser.Parse(chunk, False)
            yield from events
            events.clear()
        parser.Parse(b"", True)
        yield from events
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "damaged")
        early = "no element found" in what or "unclosed" in what
        shown = "the file ends too early" if early else f"not well-formed XML ({what})"
        raise CorpusError(f"{path.name} line {error.lineno}: {shown}; copy or download the file again.") from error
    except (LookupError, ValueError) as error:
        raise CorpusError(f"{path.name}: its encoding cannot be read ({error}); save the file as UTF-8.") from error


def read_units(path: Path, wanted: Collection[str], *, encoding: str = "", progress: Progress | None = None) -> Iterator[Unit]:
    """The elements with these tags as trees, one in memory at a time. Raises CorpusError also for an element over MAX_ELEMENT."""
    around: list[tuple[str, dict[str, str]]] = []
    builder: ET.TreeBuilder | None = None
    depth = size = line = 0
    for event in read_events(path, encoding=encoding, progress=progress):
        if builder is None:
            if event.kind == "start" and event.tag in wanted:
                builder, depth, size, line = ET.TreeBuilder(), 0, 0, event.line
            elif event.kind == "start":
                around.append((event.tag, event.attributes))
                continue
            else:
                if event.kind == "end" and around:
                    around.pop()
                continue
        size += len(event.text) + 20
        if size > MAX_ELEMENT:
            raise CorpusError(f"{path.name} line {line}: an element of more than {MAX_ELEMENT:,} characters.")
        if event.kind == "start":
            builder.start(event.tag, event.attributes)
            depth += 1
        elif event.kind == "text":
            builder.data(event.text)
        else:
            builder.end(event.tag)
            depth -= 1
            if depth == 0:
                yield Unit(builder.close(), line, dict(around))
                builder = None


def plain_text(element: ET.Element, without: Collection[str] = ()) -> str:
    """All text inside an element with single spaces; the elements named in `without` are left out."""
    parts: list[str] = []

    def collect(node: ET.Element) -> None:
        parts.append(node.text or "")
        for child in node:
            if child.tag not in without:
                collect(child)
            parts.append(child.tail or "")

    collect(element)
    return " ".join("".join(parts).split())


def tmx_sides(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Sentence and text by language tag of every translation unit of a TMX file."""
    for unit in read_units(path, {"tu"}, encoding=encoding, progress=progress):
        sides = {}
        for variant in unit.element.iter("tuv"):
            segment = variant.find("seg")
            if segment is not None:
                sides[variant.get("lang", "")] = plain_text(segment, _CODES)
        yield unit.line, sides


def xliff_sides(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Sentence and text by language tag of every unit of an XLIFF file of version 1.2 or 2."""
    for unit in read_units(path, {"trans-unit", "segment"}, encoding=encoding, progress=progress):
        file, whole = unit.around.get("file", {}), unit.around.get("xliff", {})
        sides = {}
        for side, old, new in (("source", "source-language", "srcLang"), ("target", "target-language", "trgLang")):
            found = unit.element.find(side)
            code = file.get(old) or whole.get(new) or (found.get("lang", "") if found is not None else "")
            if found is not None and code:
                sides[code] = plain_text(found, _CODES)
        yield unit.line, sides


def one_side(path: Path, units: Iterator[tuple[int, dict[str, str]]], language: str) -> Iterator[Sentence]:
    """The sentences of one language. Raises CorpusError where no unit has it, with the languages of the file."""
    seen: dict[str, None] = {}
    found = False
    for number, sides in units:
        for code, text in sides.items():
            seen[code] = None
            if is_language(code, language):
                found = True
                yield Sentence(number, text)
    if not found:
        shown = ", ".join(list(seen)[:8]) or "no language"
        raise CorpusError(f"{path.name} has no text in {language or 'a chosen language'}; it has {shown}.")


def is_language(code: str, language: str) -> bool:
    """Whether a language tag of a file is the language that is wanted, perhaps in a region or script of its own."""
    return same_language(code, language) or _base(code) == _base(language) != ""


def bible_verses(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Verses of OSIS, USX, USFX (eBible), Zefania and CES files, which mark a verse as an element or by its beginning only."""
    verse: list[str] | None = None
    line = skipped = 0
    for event in read_events(path, encoding=encoding, progress=progress):
        begins = event.kind == "start" and (
            (event.tag in _VERSES and "eID" not in event.attributes and "eid" not in event.attributes)
            or (event.tag == "seg" and event.attributes.get("type") == "verse")
        )
        ends = (event.tag in _CHAPTERS) or (event.kind == "start" and event.tag in _VERSES and not begins)
        ends = ends or (event.kind == "end" and event.tag in (*_VERSES, "seg") and bool(verse and "".join(verse).strip()))
        if begins or ends:
            if verse is not None and (text := " ".join("".join(verse).split())):
                yield Sentence(line, text)
            verse, line = ([], event.line) if begins else (None, line)
        elif event.kind == "start" and event.tag in _NOT_TEXT:
            skipped += 1
        elif event.kind == "end" and event.tag in _NOT_TEXT and skipped:
            skipped -= 1
        elif event.kind == "text" and verse is not None and not skipped:
            verse.append(event.text)
    if verse and (text := " ".join("".join(verse).split())):
        yield Sentence(line, text)


def wikipedia_paragraphs(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[tuple[int, str]]:
    """Sentence and text of every paragraph of the articles in a Wikipedia XML dump; redirects, talk and templates are left out."""
    import mwparserfromhell

    for unit in read_units(path, {"page"}, encoding=encoding, progress=progress):
        page = unit.element
        text = page.findtext("revision/text") or ""
        if page.findtext("ns", "0") != "0" or page.find("redirect") is not None or not text:
            continue
        wikitext = mwparserfromhell.parse(text)
        for tag in wikitext.filter_tags(recursive=True, matches=lambda node: str(node.tag).lower() in ("ref", "table", "gallery", "math")):
            with contextlib.suppress(ValueError):  # inside another one that was removed
                wikitext.remove(tag)
        plain = wikitext.strip_code(normalize=True, collapse=True)
        for paragraph in plain.split("\n"):
            if paragraph := " ".join(paragraph.split()).lstrip("*#:; "):
                yield unit.line, paragraph


def root_tag(head: str) -> str:
    """The tag of the first element in the beginning of an XML file, without namespace; "" where there is none."""
    at = 0
    while (at := head.find("<", at)) >= 0:
        if head.startswith("<!--", at):
            at = head.find("-->", at)
            if at < 0:
                return ""
        elif head[at + 1 : at + 2].isalpha() or head[at + 1 : at + 2] == "_":
            stop = next((i for i in range(at + 1, len(head)) if head[i] in " \t\r\n/>"), len(head))
            return _local(head[at + 1 : stop])
        else:
            at += 1
    return ""


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _base(code: str) -> str:
    try:
        return get_language(code).base
    except LanguageError:
        return ""
