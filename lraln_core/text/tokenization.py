"""One tokeniser per language: Indic for the Indian subcontinent, Moses for the others (paper, section 4.1)."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable

from lraln_core.errors import LanguageError
from lraln_core.records import Words

from .languages import Language, get_language

Tokenizer = Callable[[str], Words]


def tokenizer_for(code: str, *, tokenized: bool = False) -> Tokenizer:
    """A function from a sentence to its words; with `tokenized` it only splits at white space.

    Raises LanguageError for an unknown code, and for languages written without spaces unless `tokenized`.
    """
    language = get_language(code)
    return split_words if tokenized else _tokenizer(_require_spaces(language))


def tokenizer_version(code: str, *, tokenized: bool = False) -> str:
    """What `tokenizer_for` would use, with its version: part of a corpus's identity."""
    if tokenized:
        return "spaces"
    package = "indic-nlp-library" if get_language(code).indic else "sacremoses"
    return f"{package} {importlib.metadata.version(package)}"


def split_words(text: str) -> Words:
    """The words of text that is tokenised already."""
    return tuple(text.split())


def _require_spaces(language: Language) -> Language:
    if not language.spaced:
        raise LanguageError(
            f"{language.name} ({language.code}) is written without spaces between words; "
            "separate its words by spaces first and mark the text as tokenised."
        )
    return language


@functools.cache
def _tokenizer(language: Language) -> Tokenizer:
    # The libraries cost a quarter of a second and are loaded by the languages that need them only.
    if language.indic:
        from .indic import IndicWords

        return IndicWords(language.code, language.script)
    from .moses import MosesWords

    return MosesWords(language.code)
