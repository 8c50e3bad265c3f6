"""Worksheets for a class: questions computed from a lesson and from its method, as one page, as a key, and as a bank for Moodle (GIFT)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.choices import MiningMethod
from lraln_core.text.languages import language_name
from lraln_core.text.romanisation import needs_romanising, romanise
from lraln_core.views.highlight import escape

from . import choose
from .compute import Arrows
from .data import CSLS_K, Lesson

LETTERS = "ABCD"
WORDS_ASKED, CONCEPTS_ASKED = 4, 2  # on one sheet, beside a table and a sum


@dataclass(frozen=True)
class Item:
    """A question with one right option; plain text, `table` rows are cells."""

    title: str
    question: str
    options: tuple[str, ...]
    right: int
    why: str
    table: tuple[tuple[str, ...], ...] = ()


_CONCEPTS = (
    Item(
        "Vectors",
        "The same English word stands in two sentences. How many vectors does the language model give it?",
        ("One, because it is one word.", "Two, one in each sentence.", "None, vectors belong to sentences.", "As many as it has meanings."),
        1,
        "The vector depends on the sentence around the word.",
    ),
    Item(
        "Mining",
        "Which pairs does the intersection keep?",
        (
            "All pairs above a similarity.",
            "Pairs of which each word is the most similar one of the other.",
            "Pairs that a dictionary confirms.",
            "The first pair of each sentence.",
        ),
        1,
        "Both directions must agree, so it finds fewer pairs, and more of them are correct.",
    ),
    Item(
        "Hubs",
        "A word is the nearest of sixty words. How many of these pairs can be found in both directions?",
        ("All sixty.", "About half.", "At most one.", "None."),
        2,
        "It has only one nearest word itself.",
    ),
    Item(
        "Training",
        "Why can the distance within the mined pairs fall although nothing was learned?",
        (
            "The test was changed.",
            "Everything can shrink to one point (collapse).",
            "Distances cannot fall.",
            "The word list was used.",
        ),
        1,
        "The equation rewards small distances, whatever they come from; norm and rank of the maps are checked for this reason.",
    ),
    Item(
        "The test",
        "Why is the test measured on sentences that were not used for training?",
        ("They are shorter.", "Otherwise it would measure memory, not what was learned.", "They are easier.", "There are more of them."),
        1,
        "Held-out sentences show whether words that were never mined improve too.",
    ),
    Item(
        "Intervals",
        "Two results differ by 1 point; the 95 % interval of the difference is from -0.5 to 2.5. What follows?",
        ("The second is better.", "The first is better.", "The difference may be chance.", "The test is wrong."),
        2,
        "The interval includes zero.",
    ),
    Item(
        "Pictures",
        "In a UMAP picture one cloud of words is large and another small. What follows for their sizes in the full space?",
        ("The large one is larger there.", "The small one is denser there.", "Nothing.", "Both are equally large there."),
        2,
        "The method evens out densities; sizes of clouds and distances between them cannot be read off.",
    ),
)


def sheet(lesson: Lesson, number: int) -> list[Item]:
    """The questions of one sheet; the same number gives the same sheet."""
    rng = np.random.default_rng([number, 11])
    tables, sums = _tables(lesson), _sums(lesson)
    items = _words(lesson, number)[:WORDS_ASKED]
    items += [tables[number % len(tables)]] if tables else []
    items += [sums[number % len(sums)]] if sums else []
    return items + [_CONCEPTS[at] for at in sorted(rng.choice(len(_CONCEPTS), CONCEPTS_ASKED, replace=False))]


def bank(lesson: Lesson, sheets: int = 4) -> list[Item]:
    """All different questions: words of some sheets, every table and sum, every question about the method."""
    found = [item for number in range(1, sheets + 1) for item in _words(lesson, number)]
    return list(dict.fromkeys((*found, *_tables(lesson), *_sums(lesson), *_CONCEPTS)))


def worksheet_html(lesson: Lesson, number: int) -> str:
    """One printed page without answers."""
    return _page(lesson, number, "Worksheet", [_asked(at, item) for at, item in enumerate(sheet(lesson, number), 1)])


def key_html(lesson: Lesson, number: int) -> str:
    """The answers to the worksheet of that number."""
    lines = [
        f"<li><b>{LETTERS[item.right]}</b>. {escape(item.options[item.right])} <span>{escape(item.why)}</span></li>"
        for item in sheet(lesson, number)
    ]
    return _page(lesson, number, "Key", [f"<ol>{''.join(lines)}</ol>"])


def gift(items: Sequence[Item]) -> str:
    """The questions in GIFT, which Moodle and other learning platforms import."""
    blocks = []
    for at, item in enumerate(items, 1):
        table = "".join(f"\\n{' | '.join(_gift(cell) for cell in row)}" for row in item.table)
        answers = "\n".join(f"  {'=' if at == item.right else '~'}{_gift(text)}" for at, text in enumerate(item.options))
        blocks.append(f"::{at:03d} {_gift(item.title)}:: {_gift(item.question)}{table} {{\n{answers}\n  ####{_gift(item.why)}\n}}\n")
    return "\n".join(blocks)


def _gift(text: str) -> str:
    return re.sub(r"([~=#{}:\\])", r"\\\1", " ".join(text.split()))


def _words(lesson: Lesson, number: int) -> list[Item]:
    """Which English word belongs to a word of a sentence; with the sentence in Latin letters where its script is another one."""
    name, items = language_name(lesson.src.language), []
    for question in choose.questions(lesson, seed=7 + number):
        words = lesson.src.sentence_of(question.row)
        _, at = lesson.src.place(question.row)
        text = " ".join(f"[{word}]" if place == at else word for place, word in enumerate(words))
        if needs_romanising(words):
            text += f" ({' '.join(romanise(words, lesson.src.language))})"
        right = lesson.trg.tokens[question.options[question.right]]
        machine = lesson.trg.tokens[question.options[question.machine]]
        items.append(
            Item(
                "Mining by hand",
                f"Which English word belongs to the {name} word in brackets? {text}",
                tuple(lesson.trg.tokens[row] for row in question.options),
                question.right,
                f"The word list gives {right}; the nearest vector is that of {machine}.",
            )
        )
    return items


def _tables(lesson: Lesson) -> list[Item]:
    """Which pair of a table of similarities is found in both directions."""
    items = []
    for meeting in choose.meetings(lesson):
        src, trg = _each_form_once(lesson.src.tokens, meeting.src), _each_form_once(lesson.trg.tokens, meeting.trg)
        arrows = Arrows(lesson.src.units[src] @ lesson.trg.units[trg].T)
        mutual, single = arrows.kept(MiningMethod.INTERSECTION), arrows.forward ^ arrows.backward
        names = [[f"{lesson.src.tokens[one]} \N{EN DASH} {lesson.trg.tokens[other]}" for other in trg] for one in src]
        wrong = [names[i][j] for i, j in np.argwhere(single)][:3]
        if not mutual.any() or len(wrong) < 2:
            continue
        i, j = np.argwhere(mutual)[0]
        right = names[i][j]
        options = sorted([right, *wrong])
        rows = [("", *(lesson.trg.tokens[row] for row in trg))]
        rows += [(lesson.src.tokens[row], *(f"{value:.2f}" for value in line)) for row, line in zip(src, arrows.similarity, strict=True)]
        items.append(
            Item(
                "Both directions",
                "Which of these pairs is found in both directions?",
                tuple(options),
                options.index(right),
                "It is the highest of its row and of its column.",
                tuple(rows),
            )
        )
    return items


def _each_form_once(tokens: Sequence[str], rows: Sequence[int]) -> list[int]:
    """The rows without a word form that came before: in a table one could not tell them apart."""
    return list({tokens[row].lower(): row for row in reversed(rows)}.values())[::-1]


def _sums(lesson: Lesson) -> list[Item]:
    """Which of two words CSLS chooses: 2 cos(x, y) - r(x) - r(y), where cosine chooses the other."""
    items = []
    nearest = lesson.nearest
    for row in np.flatnonzero(nearest.forward != nearest.csls):
        source, hub, better = lesson.src.tokens[row], int(nearest.forward[row]), int(nearest.csls[row])
        if not (choose.is_content(source) and lesson.translates(int(row), better) and lesson.translates(int(row), hub) is False):
            continue
        near_source = _mean_of_nearest(lesson.trg.units @ lesson.src.units[row])
        lines, scores = [("English word", "cosine", "r(x)", "r(y)")], []
        for option in (hub, better):
            cosine, near = (
                float(lesson.src.units[row] @ lesson.trg.units[option]),
                _mean_of_nearest(lesson.src.units @ lesson.trg.units[option]),
            )
            lines.append((lesson.trg.tokens[option], f"{cosine:.3f}", f"{near_source:.3f}", f"{near:.3f}"))
            scores.append(2 * cosine - near_source - near)
        items.append(
            Item(
                "CSLS",
                f"CSLS is 2 times the cosine, less r(x), less r(y). Which English word does it choose for {source}?",
                (lesson.trg.tokens[hub], lesson.trg.tokens[better]),
                1,
                f"{scores[0]:.3f} against {scores[1]:.3f}: {lesson.trg.tokens[hub]} is near to many words, so more is subtracted.",
                tuple(lines),
            )
        )
        if len(items) == 6:
            break
    return items


def _mean_of_nearest(similarity: np.ndarray) -> float:
    """r of CSLS: the mean similarity to the CSLS_K nearest [Conneau et al. 2018]."""
    return float(np.sort(similarity)[-CSLS_K:].mean())


def _asked(at: int, item: Item) -> str:
    options = "".join(f"<span>{letter}. <bdi>{escape(text)}</bdi></span>" for letter, text in zip(LETTERS, item.options, strict=False))
    rows = "".join(f"<tr>{''.join(f'<td><bdi>{escape(cell)}</bdi></td>' for cell in row)}</tr>" for row in item.table)
    table = f"<table>{rows}</table>" if rows else ""
    return f'<section><p>{at}. <bdi dir="auto">{escape(item.question)}</bdi></p>{table}<p class="options">{options}</p></section>'


_STYLE = """@page { size: A4; margin: 12mm; }
body { font: 10pt/1.35 'Source Sans 3', 'Noto Sans', 'Noto Sans Devanagari', system-ui, sans-serif; color: #111; background: #fff;
  max-width: 186mm; margin: 0 auto; }
h1 { font-size: 13pt; margin: 0 0 2mm; } p { margin: 0 0 1mm; } li { margin: 0 0 2mm; } li span { color: #444; }
header { display: flex; justify-content: space-between; border-bottom: 1px solid #555; margin-bottom: 2mm; }
section { break-inside: avoid; margin: 0 0 2mm; } .options { display: flex; flex-wrap: wrap; gap: 1mm 6mm; padding-left: 5mm; }
table { border-collapse: collapse; margin: 0 0 1mm 5mm; } td { border: 1px solid #999; padding: 0.3mm 2mm; }
"""


def _page(lesson: Lesson, number: int, title: str, parts: Sequence[str]) -> str:
    heading = f"{title} {number}: {escape(language_name(lesson.src.language))} and English"
    fields = "<span>Name: ______________________ Date: ____________</span>" if title == "Worksheet" else ""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{heading}</title><style>{_STYLE}</style></head><body><header><h1>{heading}</h1>{fields}</header>{''.join(parts)}"
        "</body></html>\n"
    )
