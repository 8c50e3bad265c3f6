"""Mined pairs as cards, after Table 4 of the paper: two sentences, their word pairs bold, coloured and numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from lraln_core.records import Words
from lraln_core.store.queries_pairs import Link, MinedPair
from lraln_core.views import plain
from lraln_core.views.highlight import COLOURS, Mark, chip_html, escape, sentence_html, word_html

from .terms import meaning


@dataclass(frozen=True)
class CardStyle:
    """How cards are drawn."""

    src: str  # names of the languages
    trg: str
    src_code: str = ""
    trg_code: str = ""
    window: int | None = None  # words around the marked ones; None for whole sentences
    hide: Callable[[Link], bool] = lambda link: False  # links that are not drawn at all
    links: bool = True  # a deep link beside each pair


@dataclass(frozen=True)
class SentencePair:
    """One card: a sentence pair of one iteration, and which of its word pairs the reader asked for."""

    pair: MinedPair
    asked: frozenset[int]  # pair ids


def group(pairs: Sequence[MinedPair]) -> list[SentencePair]:
    """Word pairs that share both sentences and the iteration come onto one card, at the place of the first."""
    groups: dict[tuple[int, int, int], list[MinedPair]] = {}
    for pair in pairs:
        groups.setdefault((pair.iteration, pair.src_sentence, pair.trg_sentence), []).append(pair)
    return [SentencePair(same[0], frozenset(pair.pair_id for pair in same)) for same in groups.values()]


def cards_html(cards: Sequence[SentencePair], style: CardStyle) -> str:
    """All cards of a page."""
    return f'<div class="lr-cards">{"".join(card_html(card, style) for card in cards)}</div>'


def card_html(card: SentencePair, style: CardStyle) -> str:
    """One card. The words asked for are filled; other pairs of the same two sentences are underlined."""
    pair = card.pair
    shown = [link for link in pair.links if link.pair_id in card.asked or not style.hide(link)]
    numbers = {link.pair_id: number for number, link in enumerate(shown, 1)} if len(shown) > 1 else {}
    src = _side(
        style.src,
        style.src_code,
        pair.src_words or _bare(shown, "src"),
        pair.src_text,
        _marks(card, shown, numbers, "src"),
        style.window,
    )
    trg = _side(
        style.trg,
        style.trg_code,
        pair.trg_words or _bare(shown, "trg"),
        pair.trg_text,
        _marks(card, shown, numbers, "trg"),
        style.window,
    )
    lines = [_link_line(pair, link, numbers.get(link.pair_id), style) for link in shown if link.pair_id in card.asked]
    others = [_link_line(pair, link, numbers.get(link.pair_id), style) for link in shown if link.pair_id not in card.asked]
    return f'<article class="lr-card">{src}{trg}<div class="lr-links">{"".join(lines)}{_folded(others)}</div></article>'


def _folded(lines: Sequence[str]) -> str:
    """Pairs that nobody asked for, behind a click."""
    if not lines:
        return ""
    title = plain.count(len(lines), "more word pair")
    return f'<details class="lr-others"><summary>{title} in these two sentences</summary>{"".join(lines)}</details>'


def _bare(links: Sequence[Link], side: str) -> Words:
    """Only the mined words, where the corpus is gone and with it the sentence."""
    words = {getattr(link, f"{side}_word"): getattr(link, f"{side}_token") for link in links}
    return tuple(words.get(at, "\N{HORIZONTAL ELLIPSIS}") for at in range(max(words, default=-1) + 1))


def _marks(card: SentencePair, links: Sequence[Link], numbers: dict[int, int], side: str) -> dict[int, Mark]:
    at: dict[int, list[Link]] = {}
    for link in links:
        at.setdefault(getattr(link, f"{side}_word"), []).append(link)
    marks = {}
    for place, here in at.items():
        first = next((link for link in here if link.pair_id in card.asked), here[0])
        colour = (numbers.get(first.pair_id, 1) - 1) % COLOURS
        marks[place] = Mark(
            tuple(numbers[link.pair_id] for link in here if link.pair_id in numbers), colour, first.pair_id in card.asked
        )
    return marks


def _side(language: str, code: str, words: Words, text: str, marks: dict[int, Mark], window: int | None) -> str:
    sentence = sentence_html(words, marks, language=code, text=text, window=window)
    return f'<div class="lr-side"><span class="lr-lang">{escape(language)}</span><div>{sentence}</div></div>'


def _link_line(pair: MinedPair, link: Link, number: int | None, style: CardStyle) -> str:
    label = f"<sup>{number}</sup> " if number else ""
    words = f'<span class="lr-words">{label}{word_html(link.src_token)} \N{EN DASH} {word_html(link.trg_token)}</span>'
    similarity = "not measured" if link.similarity is None else f"{link.similarity:.3f}"
    chips = [
        chip_html(f"similarity {similarity}", note=meaning("similarity")),
        direction_chip(link, style.src, style.trg),
        chip_html(f"iteration {pair.iteration + 1}", note=meaning("iteration")),
    ]
    href = "?" + urlencode({"run": pair.run_id, "pair": link.pair_id})
    deep = (
        f'<a href="{escape(href)}" target="_self" title="A page of its own for this pair; its address can be shared">link</a>'
        if style.links
        else ""
    )
    return f'<div class="lr-link">{words}{"".join(chips)}{deep}</div>'


def direction_chip(link: Link, src: str, trg: str) -> str:
    """How the pair was found, with an arrow and in words."""
    if link.forward and link.backward:
        return chip_html("\N{LEFT RIGHT ARROW} found both ways", note=meaning("mutual"), kind="mutual")
    one, other = (src, trg) if link.forward else (trg, src)
    note = f"The {other} word is the most similar one to the {one} word, but not the other way round."
    return chip_html(f"{one} \N{RIGHTWARDS ARROW} {other} only", note=note, kind="one-way")
