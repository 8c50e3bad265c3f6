"""Write a prepared corpus: plain text, TSV, CoNLL-U, and .flextext with English words as a gloss tier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from lraln_core.errors import CorpusError
from lraln_core.files import schemas
from lraln_core.files.atomic import replacing
from lraln_core.records import Words
from lraln_core.text.corpus import Corpus

BLOCK = 1000  # sentences in memory
ENDINGS = (".txt", ".tsv", ".conllu", ".flextext")

GlossOf = Mapping[tuple[int, int], str]
"""(sentence, word) to an English word."""


def write_corpus(corpus: Corpus, path: Path, *, glosses: GlossOf | None = None, gloss_language: str = "en") -> None:
    """Write all sentences in the format of the ending; `glosses` replace those of the corpus and appear in .conllu and .flextext.

    The file appears whole or not at all. Raises CorpusError for another ending.
    """
    ending = path.suffix.lower()
    writers: dict[str, Callable[[TextIO, Corpus, GlossOf | None, str], None]] = {
        ".txt": _plain,
        ".tsv": _table,
        ".conllu": _conllu,
        ".flextext": _flextext,
    }
    if ending not in writers:
        raise CorpusError(f"{path.name}: a corpus is written as {', '.join(ENDINGS)}.")
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        writers[ending](file, corpus, glosses, gloss_language)


def best_translations(pairs_file: Path) -> dict[tuple[int, int], str]:
    """The most similar target word of every source word (sentence, word) in a Parquet file of mined pairs. Raises CorpusError."""
    columns = ["src_sentence", "src_word", "trg_token", "similarity"]
    try:
        table = schemas.read(pairs_file, schemas.PAIRS, columns).to_pandas()
    except (OSError, KeyError, pa.ArrowException) as error:
        raise CorpusError(f"{pairs_file} cannot be read as mined pairs ({error}).") from error
    best = table.sort_values("similarity", ascending=False, kind="stable").drop_duplicates(["src_sentence", "src_word"])
    rows = zip(best["src_sentence"], best["src_word"], best["trg_token"], strict=True)
    return {(int(sentence), int(word)): str(token) for sentence, word, token in rows}


def _blocks(corpus: Corpus, glosses: GlossOf | None) -> Iterator[tuple[int, str, Words, Sequence[str]]]:
    """Position, text, words and one gloss a word ("" for none) of every sentence."""
    for start in range(0, len(corpus), BLOCK):
        places = range(start, min(start + BLOCK, len(corpus)))
        own: Iterable[tuple[str, ...]] = corpus.glosses(places)
        for position, text, words, kept in zip(places, corpus.texts(places), corpus.words(places), own, strict=True):
            found = [glosses.get((position, at), "") for at in range(len(words))] if glosses is not None else kept
            yield position, text, words, found or [""] * len(words)


def _plain(file: TextIO, corpus: Corpus, glosses: GlossOf | None, language: str) -> None:
    for _, text, _, _ in _blocks(corpus, glosses):
        file.write(f"{text}\n")


def _table(file: TextIO, corpus: Corpus, glosses: GlossOf | None, language: str) -> None:
    file.write("position\ttext\twords\n")
    for position, text, words, _ in _blocks(corpus, glosses):
        file.write(f"{position}\t{text}\t{' '.join(words)}\n")


def _conllu(file: TextIO, corpus: Corpus, glosses: GlossOf | None, language: str) -> None:
    """Words in FORM, glosses in MISC (Gloss=...), SpaceAfter=No where the text has no space; the other columns are _."""
    for position, text, words, found in _blocks(corpus, glosses):
        file.write(f"# sent_id = {position + 1}\n# text = {text}\n")
        at = 0
        for number, (word, gloss) in enumerate(zip(words, found, strict=True), 1):
            begin = text.find(word, at)
            at = begin + len(word) if begin >= 0 else at
            glued = begin >= 0 and at < len(text) and not text[at].isspace()
            marks = [f"Gloss={gloss.replace('|', '/').replace(' ', '_')}"] if gloss else []
            marks += ["SpaceAfter=No"] if glued else []
            file.write(f"{number}\t{word}\t_\t_\t_\t_\t_\t_\t_\t{'|'.join(marks) or '_'}\n")
        file.write("\n")


def _flextext(file: TextIO, corpus: Corpus, glosses: GlossOf | None, language: str) -> None:
    own, gloss_language = quoteattr(corpus.language), quoteattr(language)
    guid = lambda name: uuid5(NAMESPACE_URL, f"lraln:{corpus.id}:{name}")
    file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<document version="2">\n<interlinear-text guid="{guid("text")}">\n')
    file.write(f'<item type="title" lang="en">{escape(corpus.report.file)}</item>\n<paragraphs>\n')
    for position, _, words, found in _blocks(corpus, glosses):
        file.write(f'<paragraph><phrases><phrase guid="{guid(position)}"><item type="segnum" lang="en">{position + 1}</item><words>')
        for word, gloss in zip(words, found, strict=True):
            kind = "txt" if any(map(str.isalnum, word)) else "punct"
            meaning = f'<item type="gls" lang={gloss_language}>{escape(gloss)}</item>' if gloss and kind == "txt" else ""
            file.write(f'<word><item type="{kind}" lang={own}>{escape(word)}</item>{meaning}</word>')
        file.write("</words></phrase></phrases></paragraph>\n")
    file.write("</paragraphs>\n</interlinear-text>\n<languages>")
    file.write(f"<language lang={own}/><language lang={gloss_language}/></languages>\n</document>\n")
