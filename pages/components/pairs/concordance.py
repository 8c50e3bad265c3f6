"""Word pairs as a concordance: one line each, the word in the middle of its sentence, on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from lraln_core.store.queries.pairs import MinedPair
from lraln_core.views.highlight import escape
from lraln_core.views.interlinear import half_html
from pages.components.pairs.cards import CardStyle
from pages.components.pairs.verdicts import LABELS, SIGNS
from pages.components.shared.terms import meaning


def kwic_html(pairs: Sequence[MinedPair], style: CardStyle) -> str:
    """All lines of a page below the names of the languages."""
    head = (
        f'<div class="lr-kwline lr-kwhead"><span class="lr-lang">{escape(style.src)}</span>'
        f'<span class="lr-lang">{escape(style.trg)}</span>'
        f'<span class="lr-lang" title="{escape(meaning("similarity"))}">similarity</span></div>'
    )
    return f'<div class="lr-kwlines">{head}{"".join(_line(pair, style) for pair in pairs)}</div>'


def _line(pair: MinedPair, style: CardStyle) -> str:
    link = pair.link
    src = half_html(*_words(pair.src_words, link.src_word, link.src_token), language=style.src_code, text=pair.src_text)
    trg = half_html(*_words(pair.trg_words, link.trg_word, link.trg_token), language=style.trg_code, text=pair.trg_text)
    similarity = "\N{EN DASH}" if link.similarity is None else f"{link.similarity:.3f}"
    href = "?" + urlencode({"run": pair.run_id, "pair": link.pair_id})
    said = style.verdicts.get(link.pair_id, ())
    signs = "".join(
        f'<span class="lr-sign" title="{escape(f"{LABELS[one.verdict]}, judged by {one.annotator}")}">{SIGNS[one.verdict]}</span>'
        for one in said
    )
    return (
        f'<div class="lr-kwline">{src}{trg}<span class="lr-kwend"><a href="{escape(href)}" target="_self" '
        f'title="The pair in its whole sentences; the address can be shared">{similarity}</a>{signs}</span></div>'
    )


def _words(words: Sequence[str], at: int, token: str) -> tuple[Sequence[str], int]:
    """The word alone when its corpus was removed."""
    return (words, at) if at < len(words) else ((token,), 0)
