"""Parallel text: sentence pairs in two columns, with word alignments from a file or made on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.records import ParallelText, Words

from . import pharaoh, word_alignment
from .characters import clean
from .formats import markup
from .formats.detect import RANGE, Format, detect, is_tatoeba
from .languages import get_language, script_for
from .pharaoh import Links
from .reading import read_short_lines
from .tables import read_column
from .tokenization import split_words, tokenizer_for

SCRIPT_SAMPLE = 500  # first sentences from which the script of a side is determined


def load(
    path: Path,
    src_lang: str,
    trg_lang: str,
    *,
    alignments: Path | None = None,
    tokenized: bool = False,
    columns: tuple[int | str, int | str] | None = None,
    trg_path: Path | None = None,
    format: str = "",
    encoding: str = "",
    align: bool = True,
) -> ParallelText:
    """Read sentence pairs and their links: from an alignments file, or by fast_align where `alignments` is None; none at all for
    align = False.

    The pairs are source TAB target lines, two `columns` of a table (numbers from 1, or names in its first row), a Tatoeba export,
    a translation memory (TMX, XLIFF), or two files of which line i translates line i (`trg_path`: Moses, FLORES, verse lines of
    eBible, where verses that one side lacks are left out). The links of a file are numbers of the words as `tokenized` says they
    are: separated by spaces, or found by the languages' tokenisers.
    Raises CorpusError with line and value for missing columns, an empty side, another number of alignment lines than of
    pairs, and links past the end of a sentence; LanguageError for unknown languages.
    """
    path = Path(path)
    pairs = _read_pairs(path, src_lang, trg_lang, columns, Path(trg_path) if trg_path else None, format, encoding)
    src = _tokenize([pair[1] for pair in pairs], src_lang, tokenized)
    trg = _tokenize([pair[2] for pair in pairs], trg_lang, tokenized)
    for (number, _, _), *sides in zip(pairs, src, trg, strict=True):
        if not all(sides):
            raise CorpusError(f"{path.name} line {number}: the {'target' if sides[0] else 'source'} side is empty.")
    if alignments is None and not align:
        links: list[Links] = [()] * len(src)
    elif alignments is None:
        links = word_alignment.align(src, trg)
    else:
        links = _read_links(Path(alignments), path, src, trg)
    return ParallelText(tuple(src), tuple(trg), tuple(links))


def column_pair(text: str) -> tuple[str, str] | None:
    """Two columns from text such as 2,4 or src,trg; None for no text. Raises CorpusError for another number of them."""
    names = tuple(name.strip() for name in text.split(","))
    if not text.strip():
        return None
    if len(names) != 2 or not all(names):
        raise CorpusError(f"{text[:40]!r} does not name two columns; write them like 2,4 or swahili,english.")
    return names[0], names[1]


Pair = tuple[int, str, str]
"""Line number, source and target."""


def _read_pairs(
    path: Path,
    src_lang: str,
    trg_lang: str,
    columns: tuple[int | str, int | str] | None,
    trg_path: Path | None,
    format: str,
    encoding: str,
) -> list[Pair]:
    if trg_path is not None:
        pairs = _two_files(path, trg_path, encoding)
    elif columns is not None and any(isinstance(column, str) and not column.isdecimal() for column in columns):
        pairs = _named_columns(path, columns, encoding)
    else:
        numbers = (int(columns[0]), int(columns[1])) if columns is not None else None
        found = detect(path, format=format, column="1", encoding=encoding).format if numbers is None else Format.TSV
        if found in (Format.TMX, Format.XLIFF):
            read_sides = markup.tmx_sides if found is Format.TMX else markup.xliff_sides
            pairs = _memory(path, read_sides(path, encoding=encoding), src_lang, trg_lang)
        elif found is Format.CSV:
            pairs = _named_columns(path, ("1", "2"), encoding)
        elif numbers is None and is_tatoeba(path, encoding):
            pairs = _tab_columns(path, (2, 4), encoding)
        else:
            pairs = _tab_columns(path, numbers, encoding)
    if not pairs:
        raise CorpusError(f"{path.name} holds no sentence pair.")
    return pairs


def _tab_columns(path: Path, columns: tuple[int, int] | None, encoding: str) -> list[Pair]:
    """Pairs of a file with tabs; empty lines at the end of the file do not count."""
    pairs, blank = [], 0
    for number, text in read_short_lines(path, encoding=encoding):
        if not text.strip():
            blank = blank or number
            continue
        if blank:
            raise CorpusError(f"{path.name} line {blank}: empty; every line holds a sentence pair.")
        cells = text.split("\t")
        if columns is None and len(cells) != 2:
            found = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
            raise CorpusError(f"{path.name} line {number}: {found} where source TAB target is expected.")
        for column in columns or ():
            if not 1 <= column <= len(cells):
                raise CorpusError(f"{path.name} line {number}: no column {column}, the row has {len(cells)}.")
        src, trg = columns or (1, 2)
        pairs.append((number, cells[src - 1], cells[trg - 1]))
    return pairs


def _named_columns(path: Path, columns: tuple[int | str, int | str], encoding: str) -> list[Pair]:
    kind = "csv" if detect(path, column="1", encoding=encoding).format is Format.CSV else "tsv"
    src, trg = (list(read_column(path, str(column), kind=kind, encoding=encoding)) for column in columns)
    pairs = []
    for (number, first), (_, second) in zip(src, trg, strict=True):
        if first is None or second is None:
            raise CorpusError(f"{path.name} line {number}: too long for a sentence pair.")
        if first.strip() or second.strip():
            pairs.append((number, first, second))
    return pairs


def _two_files(src_path: Path, trg_path: Path, encoding: str) -> list[Pair]:
    """Line i with line i; pairs of two empty lines are left out, and in verse lines (eBible) also those with one."""
    src, trg = (list(read_short_lines(path, encoding=encoding)) for path in (src_path, trg_path))
    if len(src) != len(trg):
        raise CorpusError(f"{src_path.name} has {len(src):,} lines, {trg_path.name} has {len(trg):,}; line i must translate line i.")
    verses = any(text.strip() == RANGE for _, text in (*src, *trg))
    pairs = []
    for (number, first), (_, second) in zip(src, trg, strict=True):
        filled = [bool(text.strip()) and text.strip() != RANGE for text in (first, second)]
        if all(filled):
            pairs.append((number, first, second))
        elif any(filled) and not verses:
            lacking = trg_path if filled[0] else src_path
            raise CorpusError(f"{lacking.name} line {number}: empty, while the other file has a sentence there.")
    return pairs


def _memory(path: Path, units: Iterator[tuple[int, dict[str, str]]], src_lang: str, trg_lang: str) -> list[Pair]:
    pairs, seen = [], {}
    for number, sides in units:
        seen.update(dict.fromkeys(sides))
        src, trg = (next((text for code, text in sides.items() if markup.is_language(code, lang)), "") for lang in (src_lang, trg_lang))
        if src and trg:
            pairs.append((number, src, trg))
    if not pairs:
        raise CorpusError(f"{path.name} has no unit in both {src_lang} and {trg_lang}; its languages are {', '.join(seen) or 'none'}.")
    return pairs


def _tokenize(texts: list[str], code: str, tokenized: bool) -> list[Words]:
    script = script_for(get_language(code), texts[:SCRIPT_SAMPLE])
    if tokenized:
        # Word by word, and never dropping one: the links count them.
        return [tuple(clean(word, script=script) or word for word in split_words(text)) for text in texts]
    tokenizer = tokenizer_for(code, script=script)
    return [tokenizer(clean(text, script=script)) for text in texts]


def _read_links(path: Path, text_path: Path, src: list[Words], trg: list[Words]) -> list[Links]:
    links = pharaoh.read(path)
    while len(links) > len(src) and not links[-1]:
        links.pop()
    if pharaoh.is_naacl(path):  # sentences without links are not in the file
        links += [()] * (len(src) - len(links))
    if len(links) != len(src):
        raise CorpusError(f"{path.name} aligns {len(links):,} sentence pairs, {text_path.name} has {len(src):,}.")
    for number, (pair_links, *sides) in enumerate(zip(links, src, trg, strict=True), 1):
        for link in pair_links:
            for index, words, side in zip(link, sides, ("source", "target"), strict=True):
                if index >= len(words):
                    raise CorpusError(
                        f"{path.name} line {number}: {link[0]}-{link[1]} points past the {side} sentence, "
                        f"which has {len(words)} words (0 to {len(words) - 1})."
                    )
    return links
