"""Word pairs as a concordance: one line each, the word in the middle of its sentence, on both sides."""

from __future__ import annotations

from collections.abc import Sequence

from lraln_core.store.queries.pairs import MinedPair
from lraln_core.views.highlight import escape
from lraln_core.views.interlinear import half_html
from pages.components.pairs.cards import CardStyle, pair_href
from pages.components.pairs.scores import signed
from pages.components.pairs.verdicts import LABELS, SIGNS
from pages.components.shared.terms import meaning


def kwic_html(pairs: Sequence[MinedPair], style: CardStyle) -> str:
    """All lines of a page below the names of the languages."""
    name = "similarity" if all(pair.link.csls is None for pair in pairs) else "csls"
    head = (
        f'<div class="lr-kwline lr-kwhead"><span class="lr-lang">{escape(style.src)}</span>'
        f'<span class="lr-lang">{escape(style.trg)}</span>'
        f'<span class="lr-lang" title="{escape(meaning(name))}">{"CSLS" if name == "csls" else name}</span></div>'
    )
    return f'<div class="lr-kwlines">{head}{"".join(_line(pair, style) for pair in pairs)}</div>'


def _line(pair: MinedPair, style: CardStyle) -> str:
    link = pair.link
    src = half_html(*_words(pair.src_words, link.src_word, link.src_token), language=style.src_code, text=pair.src_text)
    trg = half_html(*_words(pair.trg_words, link.trg_word, link.trg_token), language=style.trg_code, text=pair.trg_text)
    value = link.similarity if link.csls is None else link.csls
    score = "\N{EN DASH}" if value is None else signed(value)
    href = pair_href(pair.run_id, link.pair_id, style)
    said = style.verdicts.get(link.pair_id, ())
    signs = "".join(
        f'<span class="lr-sign" title="{escape(f"{LABELS[one.verdict]}, judged by {one.annotator}")}">{SIGNS[one.verdict]}</span>'
        for one in said
    )
    return (
        f'<div class="lr-kwline">{src}{trg}<span class="lr-kwend"><a href="{escape(href)}" target="_self" '
        f'title="The pair in its whole sentences; the address can be shared">{score}</a>{signs}</span></div>'
    )


def _words(words: Sequence[str], at: int, token: str) -> tuple[Sequence[str], int]:
    """The word alone when its corpus was removed."""
    return (words, at) if at < len(words) else ((token,), 0)
