"""Word pairs as cards, after Table 4 of the paper: two sentences, their word pairs bold, coloured and numbered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from lraln_core.records import Words
from lraln_core.store.judging.results import Standing
from lraln_core.store.queries.pairs import Link, MinedPair
from lraln_core.views import plain
from lraln_core.views.highlight import Mark, chip_html, escape, word_html
from pages.components.pairs.lines import Lines, side_html
from pages.components.pairs.scores import score_chips
from pages.components.pairs.verdicts import verdict_chips
from pages.components.shared.terms import meaning


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
    address: Mapping[str, Sequence[str]] = field(default_factory=dict)  # parameters that the links keep
    blind: bool = False  # hides how the pair was found
    lines: Lines = Lines()  # below the sentences
    verdicts: Mapping[int, Sequence[Standing]] = field(default_factory=dict)  # by pair id


@dataclass(frozen=True)
class SentencePair:
    """One card: a sentence pair of one iteration, and which of its word pairs were selected."""

    pair: MinedPair
    selected: frozenset[int]  # pair ids


def group(pairs: Sequence[MinedPair]) -> list[SentencePair]:
    """Word pairs of the same two sentences and iteration are on one card, at the position of the first."""
    groups: dict[tuple[int, int, int], list[MinedPair]] = {}
    for pair in pairs:
        groups.setdefault((pair.iteration, pair.src_sentence, pair.trg_sentence), []).append(pair)
    return [SentencePair(same[0], frozenset(pair.pair_id for pair in same)) for same in groups.values()]


def cards_html(cards: Sequence[SentencePair], style: CardStyle) -> str:
    """All cards of a page."""
    return f'<div class="lr-cards">{"".join(card_html(card, style) for card in cards)}</div>'


def card_html(card: SentencePair, style: CardStyle) -> str:
    """One card. The selected words are filled and numbered; other pairs of the same two sentences are underlined."""
    pair = card.pair
    shown = [link for link in pair.links if link.pair_id in card.selected or not (style.blind or style.hide(link))]
    selected = [link for link in shown if link.pair_id in card.selected]
    numbers = group_numbers(selected)
    sides = "".join(
        side_html(
            pair,
            side,
            _bare(shown, side),
            _marks(shown, card.selected, numbers, side),
            style.lines,
            window=style.window,
            name=getattr(style, side),
            code=getattr(style, f"{side}_code"),
            links=() if style.blind else shown,  # a mined partner in place of a gloss would influence the verdict
            selected=card.selected,
        )
        for side in ("src", "trg")
    )
    several = len(set(numbers.values())) > 1
    lines = [link_line(pair, link, numbers[link.pair_id] if several else None, style) for link in selected]
    others = [link_line(pair, link, None, style) for link in shown if link.pair_id not in card.selected]
    return f'<article class="lr-card">{sides}<div class="lr-links">{"".join(lines)}{_folded(others)}</div></article>'


def group_numbers(links: Sequence[Link]) -> dict[int, int]:
    """A number from 1 for each pair, by pair id; pairs that share a word have the same one, so no word needs two numbers."""
    numbers: dict[int, int] = {}
    at: dict[tuple[str, int], int] = {}  # number by side and word
    for link in links:
        ends = (("src", link.src_word), ("trg", link.trg_word))
        known = {at[end] for end in ends if end in at}
        number = min(known) if known else max(at.values(), default=0) + 1
        for old in known - {number}:
            at = {end: number if value == old else value for end, value in at.items()}
            numbers = {pair: number if value == old else value for pair, value in numbers.items()}
        at |= dict.fromkeys(ends, number)
        numbers[link.pair_id] = number
    order = {number: place for place, number in enumerate(dict.fromkeys(numbers.values()), 1)}
    return {pair: order[number] for pair, number in numbers.items()}


def _folded(lines: Sequence[str]) -> str:
    """Pairs that were not selected, behind a click."""
    if not lines:
        return ""
    title = plain.count(len(lines), "more word pair")
    return f'<details class="lr-others"><summary>{title} in these two sentences</summary>{"".join(lines)}</details>'


def _bare(links: Sequence[Link], side: str) -> Words:
    """Only the mined words, for a sentence whose corpus was removed."""
    words = {getattr(link, f"{side}_word"): getattr(link, f"{side}_token") for link in links}
    return tuple(words.get(at, "\N{HORIZONTAL ELLIPSIS}") for at in range(max(words, default=-1) + 1))


def _marks(links: Sequence[Link], selected: frozenset[int], numbers: Mapping[int, int], side: str) -> dict[int, Mark]:
    """A selected word has the number of its group; any other shows on hover what it is paired with."""
    other = "trg" if side == "src" else "src"
    at: dict[int, list[Link]] = {}
    for link in links:
        at.setdefault(getattr(link, f"{side}_word"), []).append(link)
    several = len(set(numbers.values())) > 1
    marks = {}
    for place, here in at.items():
        partners = ", ".join(dict.fromkeys(getattr(link, f"{other}_token") for link in here))
        number = next((numbers[link.pair_id] for link in here if link.pair_id in selected), None)
        shown = (number,) if number and several else ()
        marks[place] = Mark(shown, (number or 1) - 1, number is not None, "" if number else f"paired with {partners}")
    return marks


def link_line(pair: MinedPair, link: Link, number: int | None, style: CardStyle) -> str:
    """The two words of a pair, its scores, direction, iteration and verdicts."""
    label = f"<sup>{number}</sup> " if number else ""
    words = f'<span class="lr-words">{label}{word_html(link.src_token)} \N{EN DASH} {word_html(link.trg_token)}</span>'
    chips = [
        *score_chips(link),
        direction_chip(link, style.src, style.trg),
        chip_html(plain.count(link.found_in, "iteration"), note=f"Found first in iteration {pair.iteration + 1}. {meaning('iteration')}"),
        verdict_chips(style.verdicts.get(link.pair_id, ())),
    ]
    if style.blind:
        chips = [verdict_chips(style.verdicts.get(link.pair_id, ()))]
    href = pair_href(pair.run_id, link.pair_id, style)
    deep = (
        f'<a href="{escape(href)}" target="_self" title="This pair alone, with the candidates of both words">why?</a>'
        if style.links and not style.blind
        else ""
    )
    return f'<div class="lr-link">{words}{"".join(chips)}{deep}</div>'


def pair_href(run_id: str, pair_id: int, style: CardStyle) -> str:
    """The address of a single pair, which keeps the filters of the list it was opened from."""
    return "?" + urlencode({"run": run_id, "pair": pair_id} | dict(style.address), doseq=True)


def direction_chip(link: Link, src: str, trg: str) -> str:
    """How the pair was found, with an arrow and in words."""
    if link.forward and link.backward:
        return chip_html("\N{LEFT RIGHT ARROW} found in both directions", note=meaning("mutual"), kind="mutual")
    one, other = (src, trg) if link.forward else (trg, src)
    note = f"The {other} word is the most similar word of the {one} word, but not the other way round."
    return chip_html(f"{one} \N{RIGHTWARDS ARROW} {other} only", note=note, kind="one-way")
