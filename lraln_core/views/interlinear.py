"""A sentence with lines aligned below its words (romanisation, glosses), and a line of a concordance. All text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .highlight import Mark, base_direction, escape, marked_html, shown_places, spaces_before, word_html

AROUND = 14  # words on either side; more never fit a line
NOTHING = "\N{MIDDLE DOT}"


@dataclass(frozen=True)
class Gloss:
    """What is shown below a word."""

    text: str = ""  # '' when nothing is known
    note: str = ""  # shown on hover
    mined: bool = False  # from the mined pair, not from a lexicon


def interlinear_html(
    words: Sequence[str],
    marks: Mapping[int, Mark] | None = None,
    *,
    latin: Sequence[str] | None = None,
    own: Sequence[str] | None = None,
    glosses: Sequence[Gloss] | None = None,
    language: str = "",
    window: int | None = None,
) -> str:
    """Every word in a column of its own with its romanisation, the gloss of the text (own) and that of a lexicon or mined pair, where
    given; each is as long as words.

    marks and window are as in `highlight.sentence_html`. Columns run in the direction of the sentence.
    """
    marks = {at: mark for at, mark in (marks or {}).items() if 0 <= at < len(words)}
    columns, last = [], -1
    for at in shown_places(len(words), sorted(marks), window):
        if at != last + 1:
            columns.append(_ellipsis())
        rows = (latin[at] if latin else None, own[at] if own else None, glosses[at] if glosses else None)
        columns.append(_column(words[at], marks.get(at), *rows))
        last = at
    if last < len(words) - 1:
        columns.append(_ellipsis())
    lang = f' lang="{escape(language)}"' if language else ""
    return f'<bdi class="lr-sentence lr-aligned" dir="{base_direction(words, language)}"{lang}>{" ".join(columns)}</bdi>'


def _column(word: str, mark: Mark | None, latin: str | None, own: str | None, gloss: Gloss | None) -> str:
    rows = [marked_html(word, mark) if mark else f"<span>{word_html(word)}</span>"]
    if latin is not None:
        shown = escape(latin) if any(map(str.isalnum, word)) else NOTHING
        rows.append(f'<span class="lr-latin" dir="ltr" lang="und-Latn">{shown}</span>')
    if own is not None:
        rows.append(f'<span class="lr-gloss" dir="auto" title="Gloss of the text">{word_html(own) if own else NOTHING}</span>')
    if gloss is not None:
        kind = "lr-gloss lr-minedgloss" if gloss.mined else "lr-gloss"
        title = f' title="{escape(gloss.note)}"' if gloss.note else ""
        sign = "\N{RIGHTWARDS ARROW}\N{NARROW NO-BREAK SPACE}" if gloss.mined else ""
        text = word_html(gloss.text) if gloss.text else NOTHING
        rows.append(f'<span class="{kind}" dir="auto"{title}>{sign}{text}</span>')
    return f'<span class="lr-column">{"".join(rows)}</span>'


def _ellipsis() -> str:
    return '<span class="lr-column"><span>\N{HORIZONTAL ELLIPSIS}</span></span>'


def half_html(words: Sequence[str], at: int, *, language: str = "", text: str = "", note: str = "") -> str:
    """One side of a line: the words around place `at`. In right-to-left writing the preceding words are on the right."""
    spaces = spaces_before(words, text)
    before = _joined(words, spaces, max(0, at - AROUND), at)
    after = _joined(words, spaces, at + 1, min(len(words), at + 1 + AROUND))
    lang = f' lang="{escape(language)}"' if language else ""
    word = marked_html(words[at], Mark(note=note))
    return (
        f'<div class="lr-kw lr-text" dir="{base_direction(words, language)}"{lang}>'
        f'<span class="lr-kwbefore">{word_html(before)}</span>{word}<span class="lr-kwafter">{word_html(after)}</span></div>'
    )


def _joined(words: Sequence[str], spaces: Sequence[bool], start: int, end: int) -> str:
    return "".join((" " if spaces[at] and at > start else "") + words[at] for at in range(start, end))
