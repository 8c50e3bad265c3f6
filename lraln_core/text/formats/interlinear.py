"""Texts of field linguistics with a choice of tier: FLEx .flextext, ELAN .eaf, Toolbox and Praat TextGrid; glosses are kept."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.records import Progress, Words
from lraln_core.text.reading import Sentence, read_lines, read_short_lines, read_utf8

from .markup import read_units

MAX_TEXTGRID = 64 * 2**20  # bytes
MAX_TOOLBOX_RECORD = 20_000  # lines
_VALUE = re.compile(r'"((?:[^"]|"")*)"|(?<![\w.\[])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.\]])|<(exists|absent)>')
_MARKER = re.compile(r"\\([A-Za-z][\w-]*)(?: (.*)|)")
_TOOLBOX_TEXT = ("tx", "t", "txt")
_TOOLBOX_GLOSS = ("ge", "gl", "g", "gloss")
_TOOLBOX_NEW = ("id", "ref", "sh", "_sh")


def flextext_sentences(path: Path, tier: str = "", *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Phrases of a FLEx text: words with punctuation, and one gloss a word (its own, else those of its morphemes).

    tier is the writing system of the words, where a file has several. Raises CorpusError with those that exist.
    """
    seen: dict[str, int] = {}
    kept = False
    for unit in read_units(path, {"phrase"}, encoding=encoding, progress=progress):
        words, glosses = [], []
        for word in unit.element.iter("word"):
            forms = {item.get("lang", ""): _content(item) for item in word.findall("item") if item.get("type") in ("txt", "punct")}
            for language in forms:
                seen[language] = seen.get(language, 0) + 1
            chosen = forms.get(tier) if tier else next(iter(forms.values()), "")
            if chosen:
                words.append("_".join(chosen.split()))
                glosses.append(_gloss(word))
        if len(seen) > 1 and not tier:
            raise CorpusError(f"{path.name} has words in {_list(seen)}; choose one (--tier {next(iter(seen))}).")
        if words:
            kept = True
            yield Sentence(unit.line, " ".join(words), tuple(words), tuple(glosses))
    if not kept:
        shown = f"; it has {_list(seen)}" if seen else ""
        raise CorpusError(f"{path.name} has no words{f' in the writing system {tier!r}' if tier else ''}{shown}.")


def _gloss(word: ET.Element) -> str:
    own = next((_content(item) for item in word.findall("item") if item.get("type") == "gls" and _content(item)), "")
    return own or "-".join(_content(item) for morph in word.iter("morph") for item in morph.findall("item") if item.get("type") == "gls")


def _content(item: ET.Element) -> str:
    return " ".join("".join(item.itertext()).split())


@dataclass(frozen=True)
class _Annotation:
    id: str
    parent: str  # id of the annotation it belongs to, "" for one that is aligned with time
    text: str


def eaf_sentences(path: Path, tier: str = "", *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Annotations of one tier of an ELAN file; words and glosses of the tiers below it, where they fit the text.

    Raises CorpusError with the tiers of the file where none is chosen and there are several.
    """
    tiers: dict[str, list[_Annotation]] = {}
    parents: dict[str, str] = {}
    lines: dict[str, int] = {}
    for unit in read_units(path, {"TIER"}, encoding=encoding, progress=progress):
        name = unit.element.get("TIER_ID", "")
        lines[name], parents[name] = unit.line, unit.element.get("PARENT_REF", "")
        tiers[name] = [
            _Annotation(
                one.get("ANNOTATION_ID", ""), one.get("ANNOTATION_REF", ""), " ".join((one.findtext("ANNOTATION_VALUE") or "").split())
            )
            for annotation in unit.element.iter("ANNOTATION")
            for one in annotation
        ]
    chosen = _choose_tier(path, tier, {name: len(found) for name, found in tiers.items()})
    below = lambda name: [child for child, parent in parents.items() if parent == name]
    words_of: dict[str, list[_Annotation]] = {}
    gloss_of: dict[str, str] = {}
    for words_tier in below(chosen):
        gloss_tiers = below(words_tier)
        if gloss_tiers and not words_of:
            for word in tiers[words_tier]:
                words_of.setdefault(word.parent, []).append(word)
            for gloss in tiers[gloss_tiers[0]]:
                gloss_of[gloss.parent] = "-".join(filter(None, (gloss_of.get(gloss.parent), gloss.text)))
    for sentence in tiers[chosen]:
        words = [word for word in words_of.get(sentence.id, []) if word.text]
        forms = tuple("_".join(word.text.split()) for word in words)
        if forms and "".join(forms) == "".join(sentence.text.split()):
            yield Sentence(lines[chosen], sentence.text, forms, tuple(gloss_of.get(word.id, "") for word in words))
        else:
            yield Sentence(lines[chosen], sentence.text)


def textgrid_sentences(path: Path, tier: str = "", *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Labels of one tier of a Praat TextGrid in the long or the short text form. Raises CorpusError also where it ends too early."""
    raw = b""
    for chunk in read_utf8(path, encoding=encoding, progress=progress):
        raw += chunk
        if len(raw) > MAX_TEXTGRID:
            raise CorpusError(f"{path.name} is larger than {MAX_TEXTGRID:,} bytes; is it a TextGrid?")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path.name}: not UTF-8 at byte {error.start + 1:,}; give its encoding (--encoding), e.g. mac-roman.") from error
    values = _values(text)

    def take(kind: str) -> tuple[str, int]:
        found = next(values, None)
        if found is None:
            raise CorpusError(f"{path.name}: the file ends too early; copy or export it again.")
        if found[0] != kind:
            raise CorpusError(f"{path.name} line {found[2]}: {found[1][:40]!r} where a {kind} is expected; is it a TextGrid?")
        return found[1], found[2]

    def whole() -> int:
        value, line = take("number")
        if not value.isdecimal():
            raise CorpusError(f"{path.name} line {line}: {value!r} where a count is expected; is it a TextGrid?")
        return int(value)

    if take("text")[0] != "ooTextFile" or take("text")[0] != "TextGrid":
        raise CorpusError(f"{path.name} is not a TextGrid in text form; save it from Praat as a text file.")
    take("number"), take("number"), take("flag")
    tiers: dict[str, list[Sentence]] = {}
    for _ in range(whole()):
        kind, name = take("text")[0], take("text")[0]
        take("number"), take("number")
        labels = []
        for _ in range(whole()):
            for _ in range(2 if kind == "IntervalTier" else 1):
                take("number")
            label, line = take("text")
            labels.append(Sentence(line, " ".join(label.split())))
        tiers[name] = labels
    yield from tiers[_choose_tier(path, tier, {name: sum(bool(one.text) for one in found) for name, found in tiers.items()})]


def _values(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, value and line of the texts, numbers and flags of a Praat text file; names, indexes and comments are skipped."""
    line, at = 1, 0
    for match in _VALUE.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if match[1] is not None:
            yield "text", match[1].replace('""', '"'), line
        else:
            yield ("number", match[2], line) if match[2] is not None else ("flag", match[3], line)


def toolbox_sentences(path: Path, tier: str = "", *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Text lines of a Toolbox file with the glosses below each word; wrapped lines of a record are joined.

    tier is the marker of the text (default tx). Toolbox aligns by column, counted in bytes: a gloss belongs to the word that begins
    at or before its column. Raises CorpusError with the markers of the file where the marker is missing.
    """
    seen: dict[str, int] = {}
    record: list[tuple[int, str, str]] = []
    kept = False
    wanted = tier.lstrip("\\")
    for number, text in itertools.chain(read_short_lines(path, encoding=encoding, progress=progress), [(0, "\\ref")]):
        match = _MARKER.fullmatch(text.rstrip())
        if match is None:
            if record and text.strip():
                last = record[-1]
                record[-1] = (last[0], last[1], f"{last[2]} {text.strip()}")
            continue
        marker, value = match[1], match[2] or ""
        seen[marker] = seen.get(marker, 0) + 1
        if marker in _TOOLBOX_NEW and record:
            wanted = wanted or next((name for name in _TOOLBOX_TEXT if name in seen), "")
            if line := _toolbox_record(record, wanted):
                kept = True
                yield line
            record = []
        record.append((number, marker, value))
        if len(record) > MAX_TOOLBOX_RECORD:
            raise CorpusError(
                f"{path.name} line {number}: more than {MAX_TOOLBOX_RECORD:,} lines without a new \\ref; is it a Toolbox text?"
            )
    if not kept:
        raise CorpusError(f"{path.name} has no text in the marker \\{wanted or 'tx'}; it has {_list(seen)}: choose one (--tier).")


def _toolbox_record(record: list[tuple[int, str, str]], wanted: str) -> Sentence | None:
    words: list[str] = []
    glosses: list[str] = []
    starts: list[int] = []  # of the words of the latest text line, in bytes
    first = 0
    for number, marker, value in record:
        if marker == wanted:
            first = first or number
            found = list(re.finditer(rb"\S+", value.encode()))
            starts = [match.start() for match in found]
            words += [match[0].decode() for match in found]
            glosses += [""] * len(found)
        elif marker in _TOOLBOX_GLOSS and starts:
            for match in re.finditer(rb"\S+", value.encode()):
                word = max((at for at, start in enumerate(starts) if start <= match.start()), default=0)
                place = len(glosses) - len(starts) + word
                text = match[0].decode()
                joined = text if text[0] in "-=" or glosses[place][-1:] in ("-", "=", "") else f" {text}"
                glosses[place] += joined
            starts = []
    if not words:
        return None
    return Sentence(first, " ".join(words), tuple(words), tuple(gloss.replace(" ", "_") for gloss in glosses))


def conllu_sentences(path: Path, *, encoding: str = "", progress: Progress | None = None) -> Iterator[Sentence]:
    """Sentences of a CoNLL-U file: the text of `# text`, else of the tokens; its words are the tokens as they are written.

    Raises CorpusError with the line for a row that has not ten columns or no token number.
    """
    text, first = "", 0
    words: list[str] = []
    spaced: list[str] = []
    covered = 0  # last syntactic word of a multiword token such as 3-4
    for line in read_lines(path, encoding=encoding, progress=progress):
        row = line.text
        if row is None:
            raise CorpusError(f"{path.name} line {line.number}: too long for a row of CoNLL-U.")
        if row.strip():
            first = first or line.number
            if row.startswith("#"):
                if row[1:].lstrip().startswith("text ="):
                    text = row.partition("=")[2].strip()
                continue
            cells = row.split("\t")
            number = re.fullmatch(r"(\d+)(?:-(\d+)|\.(\d+))?", cells[0])
            if len(cells) != 10 or number is None:
                raise CorpusError(
                    f"{path.name} line {line.number}: {row[:40]!r} is not a row of ten columns with a token number (CoNLL-U)."
                )
            if number[3] or int(number[1]) <= covered:
                continue
            covered = int(number[2] or 0)
            words.append(cells[1])
            spaced.append(cells[1] + ("" if "SpaceAfter=No" in cells[9].split("|") else " "))
            continue
        if words:
            yield Sentence(first, text or "".join(spaced).strip(), _tokens(words))
        text, first, words, spaced, covered = "", 0, [], [], 0
    if words:
        yield Sentence(first, text or "".join(spaced).strip(), _tokens(words))


def _tokens(words: list[str]) -> Words:
    return tuple("_".join(word.split()) for word in words if word.strip())


def _choose_tier(path: Path, tier: str, sizes: dict[str, int]) -> str:
    if tier and tier in sizes:
        return tier
    shown = _list(sizes)
    if tier:
        raise CorpusError(f"{path.name} has no tier {tier[:40]!r}; it has {shown}.")
    filled = [name for name, size in sizes.items() if size]
    if not filled:
        raise CorpusError(f"{path.name} has no tier with text.")
    if len(filled) > 1:
        raise CorpusError(f"{path.name} has several tiers: {shown}; choose the one with the sentences (--tier).")
    return filled[0]


def _list(names: dict[str, int]) -> str:
    return ", ".join(f"{name!r} ({size:,})" for name, size in list(names.items())[:12]) + (", ..." if len(names) > 12 else "")
