"""Single characters: which ones a sentence keeps, and the script each letter belongs to."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable

JOINERS = "\u200c\u200d"  # zero-width non-joiner and joiner
JOINERLESS_SCRIPTS = frozenset("LATIN CYRILLIC GREEK ARMENIAN GEORGIAN HEBREW ETHIOPIC CJK HIRAGANA HANGUL THAI LAO".split())
# Format characters that are drawn (Arabic number signs, end of ayah, ...).
_VISIBLE_FORMATS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_NONCHARACTERS = "\ufdd0-\ufdef\ufffe\uffff"
_SCRIPT_GROUPS = {"HIRAGANA": frozenset({"HIRAGANA", "KATAKANA", "CJK"})}


def character_class(categories: Iterable[str], extra: Iterable[str] = "") -> str:
    """The inside of a regular expression's [...] for all characters of Unicode categories ("L", "Nd", ...) and `extra`."""
    wanted, extra = tuple(categories), set(extra)
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if not (unicodedata.category(char).startswith(wanted) or char in extra):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def clean(text: str, *, script: str = "", nfc: bool = True) -> str:
    """One line of text without control and invisible characters, with single spaces, in Unicode NFC unless `nfc` is off.

    The zero-width joiners stay for scripts that spell with them: all but those in JOINERLESS_SCRIPTS.
    """
    if not text.isascii() or not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            text = _unwanted(script in JOINERLESS_SCRIPTS).sub("", text)
        if nfc:
            text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


@functools.cache
def _unwanted(joiners: bool) -> re.Pattern[str]:
    formats = {char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) == "Cf"}
    kept = _VISIBLE_FORMATS | (set() if joiners else set(JOINERS))
    return re.compile(f"[{character_class(['Cc'], formats - kept)}{_NONCHARACTERS}]")


@functools.cache
def letter_pattern() -> str:
    """A regular expression for one letter or combining mark."""
    return rf"(?:[^\W\d_]|[{character_class(['M'])}])"


@functools.cache
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{character_class(['Cc', 'Cf', 'Mn', 'Me'])}]+")


def is_visible(word: str) -> bool:
    """Whether a word has anything a reader sees: not only joiners and combining marks."""
    return word.isalnum() or not _invisible().fullmatch(word)


def has_letter(text: str) -> bool:
    """Whether a letter of any script occurs."""
    return any(map(str.isalpha, text))


@functools.cache
def script_of(letter: str) -> str:
    """First word of a letter's Unicode name (LATIN, CYRILLIC, DEVANAGARI); "" for modifier and unnamed letters."""
    words = unicodedata.name(letter, "").split()
    if words and words[0] in ("FULLWIDTH", "HALFWIDTH"):
        words = words[1:]
    return words[0] if words and words[0] not in ("MODIFIER", "FEMININE", "MASCULINE") else ""


def count_scripts(texts: Iterable[str]) -> Counter[str]:
    """Letters by script."""
    scripts: Counter[str] = Counter()
    for char, count in Counter("".join(texts)).items():
        if char.isalpha() and (script := script_of(char)):
            scripts[script] += count
    return scripts


def expected_scripts(script: str) -> frozenset[str]:
    """The scripts that make up a language's writing: Japanese is written in three."""
    return _SCRIPT_GROUPS.get(script, frozenset({script}))
