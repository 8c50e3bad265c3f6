"""Keyword in context: a line for each pair, the word in the middle with what stands before and after it."""

from __future__ import annotations

from collections.abc import Sequence

from .highlight import Mark, base_direction, escape, marked_html, spaces_before, word_html

AROUND = 14  # words on either side; more never fit a line


def half_html(words: Sequence[str], at: int, *, language: str = "", text: str = "", note: str = "") -> str:
    """One side of a line: the words around place `at`. In right-to-left writing what comes before stands on the right."""
    spaces = spaces_before(words, text)
    before = _joined(words, spaces, max(0, at - AROUND), at)
    after = _joined(words, spaces, at + 1, min(len(words), at + 1 + AROUND))
    lang = f' lang="{escape(language)}"' if language else ""
    word = marked_html(words[at], Mark(note=note))
    return (
        f'<div class="lr-kw lr-text" dir="{base_direction(words)}"{lang}>'
        f'<span class="lr-kwbefore">{word_html(before)}</span>{word}<span class="lr-kwafter">{word_html(after)}</span></div>'
    )


def _joined(words: Sequence[str], spaces: Sequence[bool], start: int, end: int) -> str:
    return "".join((" " if spaces[at] and at > start else "") + words[at] for at in range(start, end))
