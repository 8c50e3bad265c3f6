"""Words of the picture in their sentences: a searched word with its neighbours, and a selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from lraln_core.evaluation.space_groups import nearest_of_own
from lraln_core.files.projection_files import MOMENTS, Nearness, Projection
from lraln_core.views import plain
from lraln_core.views.highlight import Mark, chip_html, escape, plain_markdown, sentence_html, word_html
from pages.components.retrieval.view import Names
from pages.components.shared.address import box_labels, followed, segments
from pages.components.shared.terms import meaning

WINDOW = 12  # words around the marked one
PAGE = 12
NEAR = 5  # neighbours shown
MATCHED = 3  # matched words shown
CHECK = "\N{CHECK MARK} "
NEARNESS = {"CSLS": Nearness.CSLS, "cosine": Nearness.COSINE}


@dataclass(frozen=True)
class Chosen:
    """The points of a word, and the one among them that is shown."""

    points: tuple[int, ...]
    point: int


def find_word(projection: Projection, names: Names) -> Chosen | None:
    """A search box over all words of the picture; the choice is kept in the address."""
    words: dict[str, list[int]] = {}
    for number, (side, token) in enumerate(zip(projection.points["side"], projection.points["token"], strict=True)):
        words.setdefault(f"{side}:{token}", []).append(number)
    keys = sorted(words, key=lambda key: (key.partition(":")[2].lower(), key))
    linked = st.query_params.get("word")
    label = lambda key: f"{key.partition(':')[2]} ({names.src if key.startswith('src:') else names.trg})"
    key = followed(
        lambda: st.selectbox(
            "Find a word",
            keys,
            index=None,
            format_func=label,
            key="space_word",
            placeholder="type a word",
            help="The picture moves to it and draws a ring around it. This works without a mouse, too.",
        ),
        [None, *keys],
        param="word",
        key="space_word",
        omitted=None,
    )
    if linked is not None and linked not in words:
        st.caption("The word of this link is not among the words drawn here.")
    if key is None:
        st.query_params.pop("at", None)
        return None
    return Chosen(tuple(words[key]), _occurrence(projection, words[key], key))


def _occurrence(projection: Projection, numbers: list[int], key: str) -> int:
    """Which of several occurrences of the word is shown."""
    if len(numbers) == 1:
        st.query_params.pop("at", None)
        return numbers[0]
    widget = f"space_at_{key}"
    snippet = lambda number: " ".join(projection.points["words"][number][max(0, projection.points["word"][number] - 4) :][:10])
    labels = box_labels(widget, numbers, snippet)
    return followed(
        lambda: st.selectbox(f"Which of its {len(numbers)} occurrences", numbers, format_func=labels, key=widget),
        numbers,
        param="at",
        key=widget,
    )


def word_details(projection: Projection, chosen: Chosen, names: Names, vectors: dict[str, np.ndarray] | None) -> None:
    """The word in its sentence, its matched words, its neighbours of both languages before and after. vectors: (points, d) by moment."""
    points, number = projection.points, chosen.point
    rows = [_place(points, number, names, 0), *(_place(points, match, names, 2) for match in matches(projection, number)[:MATCHED])]
    st.html(f'<article class="lr-card">{"".join(rows)}</article>')
    other = names.trg if points["side"][number] == "src" else names.src
    st.markdown(
        f"**Nearest {plain_markdown(other)} words**",
        help="Among the words drawn here, in the full space. A \N{CHECK MARK} marks its matched word.",
    )
    nearness = NEARNESS[
        segments(
            "Measure", NEARNESS, key="near", label_visibility="collapsed", help=f"CSLS: {meaning('csls')} Cosine: {meaning('similarity')}"
        )
    ]
    for moment, column in zip(MOMENTS, st.columns(2, gap="small"), strict=True):
        column.html(_neighbours(projection, number, nearness, moment))
    _own_neighbours(projection, number, names, vectors)


def _own_neighbours(projection: Projection, number: int, names: Names, vectors: dict[str, np.ndarray] | None) -> None:
    """The nearest words of the word's own language: training should leave them as they are."""
    points = projection.points
    side = points["side"][number]
    st.markdown(
        f"**Nearest {plain_markdown(names.src if side == 'src' else names.trg)} words**",
        help="Among the words drawn here that are spelled otherwise, by cosine in the full space. Words that were neighbours before should "
        "still be neighbours after: training brings the languages together and should not blur one of them.",
    )
    if vectors is None:
        st.caption("The vectors of these words are not kept. Compute them below, under Save words and vectors.")
        return
    own, tokens = (points["side"] == side).to_numpy(), points["token"].tolist()
    for moment, column in zip(MOMENTS, st.columns(2, gap="small"), strict=True):
        found = nearest_of_own(vectors[moment], own, tokens, number, NEAR)
        rows = "".join(_neighbour(points, other, cosine, hit=False) for other, cosine in found)
        column.html(f'<p class="lr-note"><b>{moment}</b></p>{rows}')


def selected_points(event: object, count: int) -> list[int]:
    """Point numbers of a selection on the picture, each once, in reading order."""
    found = []
    for point in (event or {}).get("selection", {}).get("points", []):
        number = point.get("customdata")
        number = number[0] if isinstance(number, list) and number else number
        if isinstance(number, int) and 0 <= number < count:
            found.append(number)
    return sorted(set(found))


def selected_words(projection: Projection, numbers: Sequence[int], names: Names) -> None:
    """The selected words, page by page."""
    counts = projection.points["side"].iloc[list(numbers)].value_counts()
    st.subheader(
        f"{plain.count(len(numbers), 'word')} selected: {counts.get('src', 0)} {plain_markdown(names.src)}, "
        f"{counts.get('trg', 0)} {plain_markdown(names.trg)}",
        anchor=False,
    )
    pages = -(-len(numbers) // PAGE)
    if st.session_state.get("space_page", 1) > pages:
        st.session_state["space_page"] = 1
    cards = st.empty()
    page = st.pagination(pages, key="space_page") if pages > 1 else 1
    shown = numbers[(page - 1) * PAGE : page * PAGE]
    cards.html(f'<article class="lr-card">{"".join(_listed(projection, number, names) for number in shown)}</article>')


def _listed(projection: Projection, number: int, names: Names) -> str:
    """A word in its sentence, with a link that shows it on the picture."""
    points = projection.points
    current = {key: value for key, value in st.query_params.to_dict().items() if key not in ("word", "at")}
    href = "?" + urlencode(current | {"word": f"{points['side'][number]}:{points['token'][number]}", "at": number})
    link = f'<a href="{escape(href)}" target="_self" title="Show this word on the picture">show</a>'
    language, sentence = _sentence(points, number, names, 0)
    content = f'<div class="lr-link">{sentence}{link}</div>'
    return f'<div class="lr-side"><span class="lr-lang">{escape(language)}</span>{content}</div>'


def _place(points: pd.DataFrame, number: int, names: Names, colour: int) -> str:
    """Language above sentence, for the narrow column."""
    language, sentence = _sentence(points, number, names, colour)
    return f'<div><span class="lr-lang">{escape(language)}</span><br>{sentence}</div>'


def _sentence(points: pd.DataFrame, number: int, names: Names, colour: int) -> tuple[str, str]:
    language, code = (names.src, names.src_code) if points["side"][number] == "src" else (names.trg, names.trg_code)
    mark = {int(points["word"][number]): Mark(colour=colour)}
    return language, sentence_html(points["words"][number], mark, language=code, window=WINDOW)


def matches(projection: Projection, number: int) -> list[int]:
    """The points that are matched with a point."""
    pairs = projection.pairs
    return [*pairs[pairs[:, 0] == number, 1].tolist(), *pairs[pairs[:, 1] == number, 0].tolist()]


def _neighbours(projection: Projection, number: int, nearness: Nearness, moment: str) -> str:
    points, right = projection.points, set(matches(projection, number))
    near, cosine = points[f"near_{nearness}_{moment}"][number], points[f"similarity_{nearness}_{moment}"][number]
    rows = [
        _neighbour(points, int(other), similarity, hit=int(other) in right)
        for other, similarity in list(zip(near, cosine, strict=True))[:NEAR]
    ]
    return f'<p class="lr-note"><b>{moment}</b></p>{"".join(rows)}'


def _neighbour(points: pd.DataFrame, other: int, similarity: float, *, hit: bool) -> str:
    """A word with its cosine; its surroundings appear at the pointer."""
    words, place = points["words"][other], int(points["word"][other])
    around = " ".join(words[max(0, place - 4) : place + 5])
    note = f"{'Its matched word. ' if hit else ''}{meaning('similarity')}"
    chip = chip_html(f"{CHECK if hit else ''}{similarity:.2f}", note=note, kind="good" if hit else "plain")
    return f'<div class="lr-link"><span title="{escape(around)}">{word_html(points["token"][other])}</span> {chip}</div>'
