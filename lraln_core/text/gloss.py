"""What each word of a sentence means by a lexicon, for the line of glosses below it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lraln_core.files.workspace import SAMPLE_DATA

from . import lexicon

Glossary = dict[str, tuple[str, ...]]  # word in lower case -> its translations, in the order of the file
MEANINGS = 2  # shown under a word; the others are one hover away


def read_glossary(path: Path) -> Glossary:
    """Raises CorpusError, with the line, for a file that is no lexicon."""
    found: dict[str, dict[str, None]] = {}
    for source, target in lexicon.entries(path):
        found.setdefault(source, {})[target] = None
    return {source: tuple(targets) for source, targets in found.items()}


def sample_lexicon(src: str, trg: str) -> Path | None:
    """The lexicon of the sample data for two languages, when there is one."""
    if not (src.isalnum() and trg.isalnum()):
        return None
    path = SAMPLE_DATA / "lexicon" / f"{src}-{trg}.tsv"
    return path if path.exists() else None


def glosses(words: Iterable[str], glossary: Glossary) -> list[tuple[str, ...]]:
    """The translations of each word as it stands, without regard to case; () for a word that the lexicon does not have."""
    return [glossary.get(word.lower(), ()) for word in words]
