"""Sentences with marked words as HTML. Every token of a text passes through `html.escape`, so none of it can act as markup."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lraln_core.errors import LralnError
from lraln_core.text.languages import get_language

COLOURS = 6  # numbered colours of the style sheet; the number beside the word distinguishes them without colour
_RIGHT_TO_LEFT = frozenset({"ARABIC", "HEBREW", "SYRIAC", "THAANA", "NKO", "ADLAM", "SAMARITAN", "MANDAIC"})  # scripts
LONG_SENTENCE = 150  # words; beyond it only the surroundings of the marked words are shown
LONG_WINDOW = 30

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_CLOSING = re.compile(r"[.,;:!?)\]}%\u2026\u0964\u0965\u060c\u061b\u061f]+")
_OPENING = re.compile(r"[(\[{\u00bf\u00a1]+")


@dataclass(frozen=True)
class Mark:
    """How a word is marked."""

    numbers: tuple[int, ...] = ()  # shown small beside the word, the same on both sides
    colour: int = 0  # 0 to COLOURS - 1
    strong: bool = True  # filled; otherwise only underlined
    note: str = ""  # shown on hover


def escape(text: str) -> str:
    """Text for the inside of an element or an attribute."""
    return html.escape(text, quote=True)


def plain_markdown(text: str) -> str:
    """The same text for places that read Markdown (labels, messages): one line, nothing in it is markup."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def word_html(word: str) -> str:
    """A single word, isolated so that its writing direction does not spill over."""
    return f'<bdi dir="auto">{escape(word)}</bdi>'


def sentence_html(
    words: Sequence[str],
    marks: Mapping[int, Mark] | None = None,
    *,
    language: str = "",
    text: str = "",
    window: int | None = None,
) -> str:
    """A tokenised sentence with its marked words.

    words and marks are by position from 0. With `text`, the sentence as it was written, words are spaced as they stand
    there. With `window` only so many words on either side of each marked one are shown; sentences of more than
    LONG_SENTENCE words are always cut so.
    """
    marks = {at: mark for at, mark in (marks or {}).items() if 0 <= at < len(words)}
    spaces = spaces_before(words, text)
    pieces, last = [], -1
    for at in shown_places(len(words), sorted(marks), window):
        if at != last + 1:
            pieces.append(" \N{HORIZONTAL ELLIPSIS} ")
        elif spaces[at]:
            pieces.append(" ")
        pieces.append(marked_html(words[at], marks[at]) if at in marks else word_html(words[at]))
        last = at
    if last < len(words) - 1:
        pieces.append(" \N{HORIZONTAL ELLIPSIS}")
    lang = f' lang="{escape(language)}"' if language else ""
    return f'<bdi class="lr-sentence" dir="{base_direction(words, language)}"{lang}>{"".join(pieces)}</bdi>'


def tokens_html(words: Sequence[str], *, language: str = "") -> str:
    """A sentence as the tokeniser cut it: each word in a box of its own."""
    lang = f' lang="{escape(language)}"' if language else ""
    boxes = " ".join(f'<span class="lr-token">{word_html(word)}</span>' for word in words[:LONG_SENTENCE])
    more = (
        f' <span class="lr-more">\N{HORIZONTAL ELLIPSIS} {len(words) - LONG_SENTENCE:,} more words</span>'
        if len(words) > LONG_SENTENCE
        else ""
    )
    return f'<bdi class="lr-sentence" dir="{base_direction(words, language)}"{lang}>{boxes}{more}</bdi>'


def chip_html(text: str, *, note: str = "", kind: str = "plain") -> str:
    """A small label; kind is a class of the style sheet (plain, mutual, one-way, good, bad)."""
    title = f' title="{escape(note)}"' if note else ""
    return f'<span class="lr-chip lr-{escape(kind)}"{title}>{escape(text)}</span>'


def spaces_before(words: Sequence[str], text: str) -> list[bool]:
    """Whether a space precedes each word in the written sentence; by the conventions of punctuation where the text does not match."""
    if not text:
        return _usual_spaces(words)
    spaces, end = [], 0
    for word in words:
        start = text.find(word, end)
        if start < 0 or text[end:start].strip():
            return _usual_spaces(words)
        spaces.append(start > end)
        end = start + len(word)
    return spaces


def _usual_spaces(words: Sequence[str]) -> list[bool]:
    """Before every word but the first, closing punctuation, and what follows an opening bracket."""
    return [at > 0 and not _CLOSING.fullmatch(word) and not _OPENING.fullmatch(words[at - 1]) for at, word in enumerate(words)]


def base_direction(words: Sequence[str], language: str = "") -> str:
    """ltr or rtl: the direction of the language's script when the sentence has letters of that direction, else of most letters.

    A single foreign word, at the start of the sentence too, does not turn it.
    """
    kinds = Counter(unicodedata.bidirectional(character) for word in words for character in word)
    rtl, ltr = kinds["R"] + kinds["AL"], kinds["L"]
    script = _script_of(language)
    if script and (rtl if script in _RIGHT_TO_LEFT else ltr):
        return "rtl" if script in _RIGHT_TO_LEFT else "ltr"
    return "rtl" if rtl > ltr else "ltr"


@cache
def _script_of(language: str) -> str:
    """The first word of the Unicode names of the language's letters; '' when the language or its script is not known."""
    try:
        return get_language(language).script if language else ""
    except LralnError:
        return ""


def shown_places(count: int, marked: list[int], window: int | None) -> Sequence[int]:
    """Places of the words that are drawn: all, or `window` words around each marked place."""
    if window is None and count > LONG_SENTENCE:
        window = LONG_WINDOW
    if window is None:
        return range(count)
    centres = marked or [0]
    return sorted({at for centre in centres for at in range(max(0, centre - window), min(count, centre + window + 1))})


def marked_html(word: str, mark: Mark) -> str:
    """One marked word."""
    title = f' title="{escape(mark.note)}"' if mark.note else ""
    numbers = f"<sup>{','.join(map(str, mark.numbers))}</sup>" if mark.numbers else ""
    strength = "lr-strong" if mark.strong else "lr-faint"
    return f'<mark class="lr-word lr-c{mark.colour % COLOURS} {strength}"{title}>{word_html(word)}{numbers}</mark>'
