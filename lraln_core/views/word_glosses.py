"""Glosses of the words of a source sentence: from a lexicon, and for mined words their partners."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lraln_core.records import Words
from lraln_core.store.queries.pairs import Link
from lraln_core.text.lexicon import MEANINGS, Glossary, glosses

from .interlinear import Gloss


def word_glosses(words: Words, links: Sequence[Link], selected: Collection[int], glossary: Glossary) -> list[Gloss]:
    """A gloss for each source word. A selected one has its mined partners, the most similar first; any other its
    translations in the lexicon, or its mined partners when the lexicon does not have it."""
    partners: dict[int, list[Link]] = {}
    for link in sorted(links, key=lambda link: (link.pair_id not in selected, -(link.similarity or 0.0))):
        partners.setdefault(link.src_word, []).append(link)
    found = []
    for at, meanings in enumerate(glosses(words, glossary)):
        here = partners.get(at, [])
        mined = list(dict.fromkeys(link.trg_token for link in here))
        note = f"Lexicon: {', '.join(meanings)}." if meanings else "Not in the lexicon."
        if mined:
            note = f"Mined: {', '.join(mined)}. {note}"
        if mined and (not meanings or here[0].pair_id in selected):
            wanted = list(dict.fromkeys(link.trg_token for link in here if link.pair_id in selected)) or mined
            found.append(Gloss(" / ".join(wanted[:MEANINGS]), note, mined=True))
        else:
            found.append(Gloss(" / ".join(meanings[:MEANINGS]), note))
    return found
