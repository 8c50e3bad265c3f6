"""Reads the files of sample_data as they are: strict UTF-8, no newline translation, nothing skipped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "sample_data"
SCRIPTS = {"en": "LATIN", "mk": "CYRILLIC", "ne": "DEVANAGARI", "sw": "LATIN"}
LANGUAGES = tuple(SCRIPTS)
LOW_RESOURCE = ("mk", "ne", "sw")
CORPORA = {code: f"corpora/{code}.txt" for code in LANGUAGES}
PARALLEL = {code: f"parallel/{code}-en.tsv" for code in LOW_RESOURCE}
LINKS = {code: f"parallel/{code}-en.pharaoh" for code in LOW_RESOURCE}
LEXICONS = {code: f"lexicon/{code}-en.tsv" for code in LOW_RESOURCE}
SPLITS = {"en": ("train", "dev", "test"), "mk": ("dev", "test"), "ne": ("dev", "test"), "sw": ("dev", "test")}
NER = {code: [f"ner/{code}.{split}.conll" for split in SPLITS[code]] for code in LANGUAGES}
ALL_FILES = sorted([*CORPORA.values(), *PARALLEL.values(), *LINKS.values(), *LEXICONS.values(), *sum(NER.values(), [])])


@cache
def text(name: str) -> str:
    return (FOLDER / name).read_bytes().decode("utf-8")


def lines(name: str) -> list[str]:
    """The lines of a file that must end with a line feed; a blank line stays in the list."""
    content = text(name)
    if not content.endswith("\n"):
        raise ValueError(f"{name} does not end with a line feed")
    return content[:-1].split("\n")


def side(code: str, number: int) -> list[str]:
    """Source (0) or English (1) side of a parallel file."""
    rows = [line.split("\t") for line in lines(PARALLEL[code])]
    if any(len(row) != 2 for row in rows):
        raise ValueError(f"{PARALLEL[code]}: a line without exactly one tab")
    return [row[number] for row in rows]


def tagged(name: str) -> list[list[tuple[str, str]]]:
    """Sentences of (token, tag) from a CoNLL file."""
    sentences = []
    for block in text(name).rstrip("\n").split("\n\n"):
        rows = [line.split(" ") for line in block.split("\n")]
        if any(len(row) != 2 for row in rows):
            raise ValueError(f"{name}: a line without exactly one space in {block!r}")
        sentences.append([(token, tag) for token, tag in rows])
    return sentences


def tagged_text(name: str) -> list[str]:
    return [" ".join(token for token, _ in sentence) for sentence in tagged(name)]


def parallel_text(code: str) -> dict[str, list[str]]:
    """The held-out sentences in one language: its side of every parallel file it is in."""
    if code == "en":
        return {PARALLEL[source]: side(source, 1) for source in LOW_RESOURCE}
    return {PARALLEL[code]: side(code, 0)}


def sentences_in(code: str) -> dict[str, list[str]]:
    """Every sentence of one language, by file."""
    return {CORPORA[code]: lines(CORPORA[code]), **parallel_text(code), **{name: tagged_text(name) for name in NER[code]}}


def count(name: str) -> int:
    """What README.md counts: sentences, pairs, lines of links or lexicon entries."""
    return len(tagged(name) if name.endswith(".conll") else lines(name))


def joined(sentences: Iterable[str]) -> str:
    return "\n".join(sentences)
