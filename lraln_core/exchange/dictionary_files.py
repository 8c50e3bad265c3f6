"""The dictionary of a run as files for other programs: TSV, MUSE, StarDict, DSL (GoldenDict, Lingvo) and LIFT (FLEx)."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from lraln_core.files.atomic import replacing
from lraln_core.store.database import Database
from lraln_core.store.matching import coerce
from lraln_core.store.queries.dictionary import Candidate, DictionaryFilter, Entry, all_entries
from lraln_core.store.queries.pairs import MinedPair, pairs_by_id
from lraln_core.store.queries.runs import RunRecord, one_run
from lraln_core.text.languages import language_name

EXAMPLES_AT_ONCE = 500
_COLUMNS = (
    "word",
    "translation",
    "rank",
    "places",
    "share",
    "mutual_share",
    "csls",
    "cosine",
    "in_lexicon",
    "judged",
    "judged_right",
    "expected_precision",
    "verdict",
    "note",
    "word_sentence",
    "translation_sentence",
)


class DictionaryFormat(StrEnum):
    """Formats of a dictionary."""

    TSV = "tsv"
    MUSE = "muse"
    STARDICT = "stardict"
    DSL = "dsl"
    LIFT = "lift"


@dataclass(frozen=True)
class DictionaryKind:
    """Description of a format, for users and browsers."""

    title: str
    about: str
    ending: str
    mime: str


DICTIONARY_KINDS = {
    DictionaryFormat.TSV: DictionaryKind(
        "Table (TSV)", "Every translation with its figures and one sentence of each language.", "tsv", "text/tab-separated-values"
    ),
    DictionaryFormat.MUSE: DictionaryKind(
        "MUSE", "One word and one translation a line, for programs that learn or test cross-lingual maps.", "txt", "text/plain"
    ),
    DictionaryFormat.STARDICT: DictionaryKind(
        "StarDict", "For GoldenDict, KOReader and others: unpack the archive into the folder of the program.", "zip", "application/zip"
    ),
    DictionaryFormat.DSL: DictionaryKind("DSL", "For GoldenDict and Lingvo: translations, figures, sentences.", "dsl", "text/plain"),
    DictionaryFormat.LIFT: DictionaryKind(
        "LIFT, for FLEx", "Lexicon Interchange Format: FieldWorks Language Explorer imports it with senses and example sentences.", "lift",
        "application/xml",
    ),
}  # fmt: skip


def write_dictionary(
    db: Database, filter: DictionaryFilter, path: Path, format: DictionaryFormat | str, *, most: int = 3, accepted_only: bool = False
) -> int:
    """Write the entries that a filter selects, with at most `most` translations each, atomically. -> how many translations.

    Rejected translations are left out; accepted_only: only what a person accepted or added. Raises ConfigError for an unknown format,
    RunError for an unknown run, WorkspaceError when the file cannot be written.
    """
    kind: DictionaryFormat = coerce(DictionaryFormat, format, "format")
    run = one_run(db, filter.run_id)
    chosen = [kept for entry in all_entries(db, filter, most=most + 100) if (kept := _kept(entry, most, accepted_only)).candidates]
    examples = _examples(db, run, chosen) if kind in (DictionaryFormat.TSV, DictionaryFormat.DSL, DictionaryFormat.LIFT) else {}
    with replacing(path) as temporary:
        if kind is DictionaryFormat.STARDICT:
            _write_stardict(temporary, chosen, run)
        else:
            encoding = "utf-16" if kind is DictionaryFormat.DSL else "utf-8"  # Lingvo reads DSL in UTF-16 with a byte order mark
            with open(temporary, "w", encoding=encoding, newline="\n", errors="replace") as file:
                _WRITERS[kind](file, chosen, run, examples)
    return sum(len(entry.candidates) for entry in chosen)


def dictionary_file_name(run: RunRecord, format: DictionaryFormat) -> str:
    """A name for the file of a run."""
    return f"{run.id}-dictionary.{DICTIONARY_KINDS[format].ending}"


def _kept(entry: Entry, most: int, accepted_only: bool) -> Entry:
    wanted = ("accepted", "added") if accepted_only else ("accepted", "added", "")
    return Entry(entry.headword, entry.places, tuple([one for one in entry.candidates if one.verdict in wanted][:most]))


_Examples = dict[int, MinedPair]


def _examples(db: Database, run: RunRecord, entries: Iterable[Entry]) -> _Examples:
    """The pair with the highest CSLS of each translation, by its id."""
    ids = [one.example for entry in entries for one in entry.candidates if one.example is not None]
    parts = (ids[start : start + EXAMPLES_AT_ONCE] for start in range(0, len(ids), EXAMPLES_AT_ONCE))
    return {pair.pair_id: pair for part in parts for pair in pairs_by_id(db, run.id, part)}


def _write_tsv(file: TextIO, entries: Iterable[Entry], run: RunRecord, examples: _Examples) -> None:
    file.write("\t".join(_COLUMNS) + "\n")
    for entry in entries:
        for rank, one in enumerate(entry.candidates, 1):
            pair = examples.get(one.example) if one.example is not None else None
            cells = (
                entry.headword,
                one.translation,
                rank,
                one.places,
                _number(one.share),
                _number(one.mutual),
                _number(one.csls),
                _number(one.cosine),
                "" if one.in_lexicon is None else str(one.in_lexicon).lower(),
                one.judged,
                one.right,
                _number(one.expected_precision),
                one.verdict,
                one.note,
                pair.src_text if pair else "",
                pair.trg_text if pair else "",
            )
            file.write("\t".join(" ".join(str(cell).split()) for cell in cells) + "\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _write_muse(file: TextIO, entries: Iterable[Entry], run: RunRecord, examples: _Examples) -> None:
    """Entries of several words are left out: the format separates its two columns by a space."""
    for entry in entries:
        for one in entry.candidates:
            if not any(map(str.isspace, entry.headword + one.translation)):
                file.write(f"{entry.headword} {one.translation}\n")


def _write_dsl(file: TextIO, entries: Iterable[Entry], run: RunRecord, examples: _Examples) -> None:
    """Source: the DSL description of the ABBYY Lingvo help; brackets, tildes and the like are escaped by a backslash."""
    src, trg = language_name(run.src_language), language_name(run.trg_language)
    file.write(f'#NAME "{_plain(run.name)} ({src}-{trg})"\n#INDEX_LANGUAGE "{src}"\n#CONTENTS_LANGUAGE "{trg}"\n')
    for entry in entries:
        file.write(f"\n{_dsl(entry.headword)}\n")
        for number, one in enumerate(entry.candidates, 1):
            file.write(f"\t[m1]{number}) [trn]{_dsl(one.translation)}[/trn] [com]({_dsl(_figures(one))})[/com][/m]\n")
            pair = examples.get(one.example) if one.example is not None else None
            for text in (pair.src_text, pair.trg_text) if pair else ():
                if text:
                    file.write(f"\t[m2][ex]{_dsl(text)}[/ex][/m]\n")


def _dsl(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\[]{}~@()#<>^" else char for char in " ".join(text.split()))


def _plain(text: str) -> str:
    return " ".join(text.replace('"', "'").split())


def _figures(one: Candidate) -> str:
    parts = [f"{one.places} places"] if one.places else ["from word types"] if one.type_csls is not None else []
    parts += [f"CSLS {one.csls:.3f}"] if one.csls is not None else []
    parts += [one.verdict] if one.verdict else []
    return ", ".join(parts)


def _write_lift(file: TextIO, entries: Iterable[Entry], run: RunRecord, examples: _Examples) -> None:
    """LIFT 0.13, the version that FLEx imports; each translation is a sense with its gloss, figures in a note, and an example."""
    src, trg = quoteattr(run.src_language), quoteattr(run.trg_language)
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<lift version="0.13" producer="lraln">\n')
    for number, entry in enumerate(entries, 1):
        file.write(f'<entry id="{number}">\n<lexical-unit>{_form(src, entry.headword)}</lexical-unit>\n')
        for rank, one in enumerate(entry.candidates, 1):
            file.write(f'<sense id="{number}-{rank}" order="{rank - 1}">\n<gloss lang={trg}><text>{_xml(one.translation)}</text></gloss>\n')
            figures = " ".join(filter(None, (_figures(one), one.note)))
            file.write(f"<note>{_form(trg, figures)}</note>\n" if figures else "")
            pair = examples.get(one.example) if one.example is not None else None
            if pair and pair.src_text:
                # The target sentence is no translation of the source sentence, so it is a note and not a translation.
                file.write(
                    f'<example>{_form(src, pair.src_text)}<note type="other sentence">{_form(trg, pair.trg_text)}</note></example>\n'
                )
            file.write("</sense>\n")
        file.write("</entry>\n")
    file.write("</lift>\n")


def _form(language: str, text: str) -> str:
    return f"<form lang={language}><text>{_xml(text)}</text></form>"


def _xml(text: str) -> str:
    """Text for XML 1.0, which has no control characters."""
    return escape("".join(char for char in text if char >= " " or char in "\t\n"))


def _write_stardict(path: Path, entries: Iterable[Entry], run: RunRecord) -> None:
    """An archive with .ifo, .idx and .dict [StarDict dictionary format 2.4.2]; the index is in the order of its bytes, without case."""
    articles = {}
    for entry in entries:
        lines = [f"{number}. {one.translation} ({_figures(one)})" for number, one in enumerate(entry.candidates, 1)]
        articles[_cut(entry.headword)] = "\n".join(lines).encode("utf-8", "replace")
    index, content, offset = [], [], 0
    for word in sorted(articles, key=lambda word: (_ascii_lower(word), word)):
        index.append(word + b"\0" + struct.pack(">II", offset, len(articles[word])))
        content.append(articles[word])
        offset += len(articles[word])
    name = f"{run.src_language}-{run.trg_language}"
    about = (
        "StarDict's dict ifo file\nversion=2.4.2\n"
        f"bookname={_plain(run.name)} ({name})\nwordcount={len(index)}\nidxfilesize={sum(map(len, index))}\nsametypesequence=m\n"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.ifo", about)
        archive.writestr(f"{name}.idx", b"".join(index))
        archive.writestr(f"{name}.dict", b"".join(content))


def _cut(word: str) -> bytes:
    """A headword of at most 255 bytes, whole characters, without the byte that ends it."""
    raw = unicodedata.normalize("NFC", word).replace("\0", "").encode("utf-8", "replace")
    return raw[:255].decode("utf-8", "ignore").encode("utf-8")


def _ascii_lower(word: bytes) -> bytes:
    return bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in word)


_Writer = Callable[[TextIO, Iterable[Entry], RunRecord, _Examples], None]
_WRITERS: dict[DictionaryFormat, _Writer] = {
    DictionaryFormat.TSV: _write_tsv,
    DictionaryFormat.MUSE: _write_muse,
    DictionaryFormat.DSL: _write_dsl,
    DictionaryFormat.LIFT: _write_lift,
}
