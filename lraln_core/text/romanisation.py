"""Words of any script in Latin letters, so that a reader who does not know the script can pronounce and compare them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import langcodes

from lraln_core.errors import LanguageError
from lraln_core.records import Words

from .characters import count_scripts
from .languages import get_language

if TYPE_CHECKING:
    from uroman import Uroman

# This project uses the universal romanizer software 'uroman' written by Ulf Hermjakob, USC Information Sciences Institute (2015-2020).
CREDIT = "Romanised with uroman by Ulf Hermjakob, USC Information Sciences Institute (Hermjakob, May and Knight 2018)."


def romanise(words: Sequence[str], language: str = "") -> Words:
    """Each word in Latin letters; numbers, punctuation and Latin words stay. language: a code of ours, '' when unknown."""
    return tuple(_romanise(word, language) for word in words)


def needs_romanising(words: Sequence[str]) -> bool:
    """Whether most letters are of another script than the Latin one."""
    scripts = count_scripts(words)
    return 2 * scripts.get("LATIN", 0) < scripts.total()


@functools.lru_cache(maxsize=50_000)
def _romanise(word: str, language: str) -> str:
    if word.isascii():
        return word
    return _uroman().romanize_string(word, lcode=_iso_639_3(language)).strip() or word


@functools.cache
def _iso_639_3(language: str) -> str | None:
    """The code by which uroman knows its rules for single languages."""
    try:
        return langcodes.Language.get(get_language(language).base).to_alpha3()
    except (LanguageError, LookupError, ValueError):
        return None


@functools.lru_cache(maxsize=1)
def _uroman() -> Uroman:
    """The tables; reading them takes seconds, so they are loaded at the first use."""
    from uroman import Uroman

    return Uroman()
