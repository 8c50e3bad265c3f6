"""A sentence of a card with the chosen lines below it: romanisation, glosses, a typed translation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lraln_core.records import Words
from lraln_core.store.queries.pairs import Link, MinedPair
from lraln_core.text.corpus import Corpus
from lraln_core.text.lexicon import Glossary
from lraln_core.text.romanisation import needs_romanising, romanise
from lraln_core.views.highlight import Mark, escape, sentence_html, word_html
from lraln_core.views.interlinear import interlinear_html
from lraln_core.views.word_glosses import word_glosses


@dataclass(frozen=True)
class Lines:
    """The lines below a sentence."""

    latin: bool = False
    glossary: Glossary | None = None  # None for no glosses
    translations: Mapping[str, str] = field(default_factory=dict)  # by the text of the source sentence
    interlinear: Mapping[str, Corpus] = field(default_factory=dict)  # by side: corpora whose text has glosses of its own


def side_html(
    pair: MinedPair,
    side: str,
    bare: Words,
    marks: Mapping[int, Mark],
    lines: Lines,
    *,
    window: int | None,
    name: str,
    code: str,
    links: Sequence[Link],
    selected: Collection[int],
) -> str:
    """One language of a card. bare: the mined words alone, for a pair whose corpus was removed; selected: pair ids."""
    words, text = getattr(pair, f"{side}_words"), getattr(pair, f"{side}_text")
    if not words:
        words, lines = bare, Lines()
    latin = romanise(words, code) if lines.latin and needs_romanising(words) else None
    below = word_glosses(words, links, selected, lines.glossary) if side == "src" and lines.glossary is not None else None
    own = lines.interlinear[side].glosses([getattr(pair, f"{side}_sentence")])[0] if side in lines.interlinear else ()
    own = own if len(own) == len(words) and any(own) else ()
    if latin or below or own:
        sentence = interlinear_html(words, marks, latin=latin, own=own, glosses=below, language=code, window=window)
    else:
        sentence = sentence_html(words, marks, language=code, text=text, window=window)
    translation = lines.translations.get(text, "") if side == "src" else ""
    if translation:
        sentence += f'<div class="lr-translation" title="Typed by a user">\N{LEFT SINGLE QUOTATION MARK}{word_html(translation)}'
        sentence += "\N{RIGHT SINGLE QUOTATION MARK}</div>"
    return f'<div class="lr-side"><span class="lr-lang">{escape(name)}</span><div>{sentence}</div></div>'
