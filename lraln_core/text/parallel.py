"""Parallel text: sentence pairs in two columns, with word alignments from a file or made on the spot."""

from __future__ import annotations

from pathlib import Path

from lraln_core.errors import CorpusError
from lraln_core.records import ParallelText, Words

from . import pharaoh, word_alignment
from .characters import clean
from .languages import get_language, script_for
from .pharaoh import Links
from .reading import read_short_lines
from .tokenization import split_words, tokenizer_for

SCRIPT_SAMPLE = 500  # first sentences from which the script of a side is told


def load(
    path: Path,
    src_lang: str,
    trg_lang: str,
    *,
    alignments: Path | None = None,
    tokenized: bool = False,
    columns: tuple[int, int] | None = None,
) -> ParallelText:
    """Read source TAB target lines and their links: from a Pharaoh file, or by fast_align where `alignments` is None.

    columns are the numbers, from 1, of the two sentences in a file with more than two columns. The links of a file are
    numbers of the words as `tokenized` says they are: parted by spaces, or found by the languages' tokenisers.
    Raises CorpusError with line and value for missing columns, an empty side, another number of alignment lines than of
    pairs, and links past the end of a sentence; LanguageError for unknown languages.
    """
    path = Path(path)
    pairs = _read_pairs(path, columns)
    src = _tokenize([pair[1] for pair in pairs], src_lang, tokenized)
    trg = _tokenize([pair[2] for pair in pairs], trg_lang, tokenized)
    for (number, _, _), *sides in zip(pairs, src, trg, strict=True):
        if not all(sides):
            raise CorpusError(f"{path.name} line {number}: the {'target' if sides[0] else 'source'} side is empty.")
    if alignments is None:
        links = word_alignment.align(src, trg)
    else:
        links = _read_links(Path(alignments), path, src, trg)
    return ParallelText(tuple(src), tuple(trg), tuple(links))


def _read_pairs(path: Path, columns: tuple[int, int] | None) -> list[tuple[int, str, str]]:
    """Line number, source and target of every line; empty lines at the end of the file do not count."""
    pairs, blank = [], 0
    for number, text in read_short_lines(path):
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
    if not pairs:
        raise CorpusError(f"{path.name} holds no sentence pair.")
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
