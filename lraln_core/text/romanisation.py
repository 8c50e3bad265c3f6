"""Words of any script in Latin letters, so that a reader who does not know the script can pronounce and compare them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from lraln_core.records import Words

from .characters import count_scripts

# This project uses the universal romanizer software 'uroman' written by Ulf Hermjakob, USC Information Sciences Institute (2015-2020).
CREDIT = "Romanised with uroman by Ulf Hermjakob, USC Information Sciences Institute (Hermjakob, May and Knight 2018)."
_CODES = {  # ISO 639-3, which uroman's rules for single languages go by
    "mk": "mkd",
    "ne": "nep",
    "gu": "guj",
    "bn": "ben",
    "kn": "kan",
    "ml": "mal",
    "ar": "ara",
    "arz": "arz",
    "sd": "snd",
    "ur": "urd",
    "fa": "fas",
    "hi": "hin",
    "mr": "mar",
    "ru": "rus",
    "uk": "ukr",
    "bg": "bul",
    "be": "bel",
    "sr": "srp",
    "el": "ell",
    "he": "heb",
    "yi": "yid",
    "am": "amh",
    "ti": "tir",
    "ka": "kat",
    "hy": "hye",
    "kk": "kaz",
    "ky": "kir",
    "tg": "tgk",
    "mn": "mon",
    "ug": "uig",
    "ps": "pus",
    "th": "tha",
    "my": "mya",
    "km": "khm",
    "lo": "lao",
    "ja": "jpn",
    "ko": "kor",
    "zh": "zho",
    "ta": "tam",
    "te": "tel",
    "pa": "pan",
    "or": "ori",
    "si": "sin",
    "as": "asm",
    "dv": "div",
}


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
    return _uroman().romanize_string(word, lcode=_CODES.get(language)).strip() or word


@functools.lru_cache(maxsize=1)
def _uroman():
    """The tables; seconds to read, so only when somebody asks for them."""
    from uroman import Uroman

    return Uroman()
