"""A sentence with its named entities marked, as HTML; every word passes through `html.escape`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .highlight import base_direction, escape, spaces_before

COLOUR_OF = {"PER": 0, "LOC": 2, "ORG": 3}  # of the numbered colours of the style sheet; the class is written beside it
LONG = 120  # words; of a longer sentence only the surroundings of its entities are shown
AROUND = 20


@dataclass(frozen=True)
class Entity:
    """A marked stretch of words, start to stop - 1."""

    start: int
    stop: int
    type: str
    right: bool | None = None  # None for gold, where there is nothing to judge
    note: str = ""


def tagged_html(words: Sequence[str], entities: Sequence[Entity], *, language: str = "") -> str:
    """entities are in reading order and do not overlap."""
    spaces, pieces, at = spaces_before(words, ""), [], 0
    near = _near(len(words), entities)
    skipped = False
    while at < len(words):
        entity = next((one for one in entities if one.start == at), None)
        stop = at + 1 if entity is None else max(entity.stop, at + 1)
        if not near[at]:
            skipped, at = True, stop
            continue
        pieces.append(" \N{HORIZONTAL ELLIPSIS} " if skipped else " " if spaces[at] else "")
        pieces.append(_piece(words[at:stop], spaces[at:stop], entity))
        skipped, at = False, stop
    if skipped:
        pieces.append(" \N{HORIZONTAL ELLIPSIS}")
    lang = f' lang="{escape(language)}"' if language else ""
    return f'<bdi class="lr-sentence" dir="{base_direction(words, language)}"{lang}>{"".join(pieces)}</bdi>'


def _near(count: int, entities: Sequence[Entity]) -> list[bool]:
    """Which words are shown."""
    if count <= LONG:
        return [True] * count
    shown = [False] * count
    for start, stop in [(one.start, one.stop) for one in entities] or [(0, 1)]:
        for at in range(max(0, start - AROUND), min(count, stop + AROUND)):
            shown[at] = True
    return shown


def _piece(words: Sequence[str], spaces: Sequence[bool], entity: Entity | None) -> str:
    text = "".join((" " if space and number else "") + escape(word) for number, (word, space) in enumerate(zip(words, spaces, strict=True)))
    if entity is None:
        return text
    sign = {None: "", True: " \N{CHECK MARK}", False: " \N{MULTIPLICATION X}"}[entity.right]
    title = f' title="{escape(entity.note)}"' if entity.note else ""
    strength = "lr-faint" if entity.right is False else "lr-strong"
    return (
        f'<mark class="lr-word lr-c{COLOUR_OF.get(entity.type, 5)} {strength}"{title}><bdi dir="auto">{text}</bdi>'
        f"<sup>{escape(entity.type)}{sign}</sup></mark>"
    )
