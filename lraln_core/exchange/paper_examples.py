"""Chosen pairs for a paper: the two sentences of each with the words in bold (Table 4 of the paper), and interlinear examples.

LaTeX as a table, for gb4e and for expex; HTML, which word processors open; SVG. The two sentences are not translations of each other, so
the second one is never put where a linguist expects the translation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from lraln_core.files.latex import latex_text
from lraln_core.records import Words
from lraln_core.store.matching import coerce
from lraln_core.store.queries.pairs import Link, MinedPair
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.languages import language_name
from lraln_core.text.lexicon import Glossary
from lraln_core.text.romanisation import needs_romanising, romanise
from lraln_core.views.highlight import Mark, base_direction, sentence_html, spaces_before
from lraln_core.views.interlinear import Gloss, interlinear_html
from lraln_core.views.word_glosses import word_glosses

from .citation import citation


class PaperFormat(StrEnum):
    """Formats of examples."""

    LATEX = "latex"
    GB4E = "gb4e"
    EXPEX = "expex"
    HTML = "html"
    SVG = "svg"


@dataclass(frozen=True)
class PaperKind:
    """Description of a format, for users and browsers."""

    title: str
    about: str
    ending: str
    mime: str


PAPER_KINDS = {
    PaperFormat.LATEX: PaperKind(
        "LaTeX table (as Table 4)", "Needs the package booktabs, and a font with the script of the words.", "tex", "application/x-tex"
    ),
    PaperFormat.GB4E: PaperKind(
        "LaTeX interlinear, gb4e", "Numbered examples with glosses for \\usepackage{gb4e}.", "tex", "application/x-tex"
    ),
    PaperFormat.EXPEX: PaperKind(
        "LaTeX interlinear, expex", "Numbered examples with glosses for \\usepackage{expex}.", "tex", "application/x-tex"
    ),
    PaperFormat.HTML: PaperKind("HTML", "One file for the browser; Word and LibreOffice open it and keep the table.", "html", "text/html"),
    PaperFormat.SVG: PaperKind("SVG drawing", "For slides and posters; text stays text.", "svg", "image/svg+xml"),
}


@dataclass(frozen=True)
class _Example:
    """A pair with the lines below its source sentence; they are as long as its words."""

    pair: MinedPair
    src_words: Words
    trg_words: Words
    latin: Words | None
    glosses: tuple[str, ...] | None


def paper_examples(
    run: RunRecord, pairs: Sequence[MinedPair], format: PaperFormat | str, *, glossary: Glossary | None = None, latin: bool = False
) -> str:
    """The file as text. glossary: for glosses below the source words, None for none; latin: romanise words of another script.

    Raises ConfigError for an unknown format.
    """
    kind: PaperFormat = coerce(PaperFormat, format, "format")
    return _WRITERS[kind](run, [_example(run, pair, glossary, latin) for pair in pairs])


def _example(run: RunRecord, pair: MinedPair, glossary: Glossary | None, latin: bool) -> _Example:
    link = pair.link
    src, trg = pair.src_words or (link.src_token,), pair.trg_words or (link.trg_token,)
    if not (pair.src_words and pair.trg_words):
        pair = _bare(pair)
    glosses = None
    if glossary is not None:
        found = word_glosses(src, (pair.link,), {link.pair_id}, glossary)
        glosses = tuple(gloss.text for gloss in found)
    return _Example(pair, src, trg, romanise(src, run.src_language) if latin and needs_romanising(src) else None, glosses)


def _bare(pair: MinedPair) -> MinedPair:
    """The words alone, for a pair whose corpus was removed."""
    link = pair.link
    alone = Link(link.pair_id, 0, link.src_token, 0, link.trg_token, link.similarity, link.forward, link.backward, link.found_in)
    return MinedPair(pair.run_id, alone, pair.iteration, 0, 0, (link.src_token,), (link.trg_token,), "", "", (alone,))


def _latex_sentence(words: Words, text: str, marked: int) -> str:
    spaces = spaces_before(words, text)
    pieces = []
    for at, word in enumerate(words):
        shown = latex_text(word)
        pieces.append((" " if at and spaces[at] else "") + (rf"\textbf{{{shown}}}" if at == marked else shown))
    return "".join(pieces)


def _names(run: RunRecord) -> tuple[str, str]:
    return language_name(run.src_language), language_name(run.trg_language)


def _latex(run: RunRecord, examples: Sequence[_Example]) -> str:
    src, trg = map(latex_text, _names(run))
    rows = []
    for one in examples:
        link = one.pair.link
        rows.append(
            f"{_latex_sentence(one.src_words, one.pair.src_text, link.src_word)} & "
            rf"{_latex_sentence(one.trg_words, one.pair.trg_text, link.trg_word)} \\"
        )
    body = "\n\\addlinespace\n".join(rows)
    return (
        f"% {_comment(citation(run))}\n"
        "\\begin{table}[htbp]\n\\centering\n\\begin{tabular}{p{0.46\\linewidth}p{0.46\\linewidth}}\n\\toprule\n"
        f"{src} & {trg} \\\\\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n"
        "\\caption{Mined word pairs (bold) in the sentences in which they were found; the sentences are no translations of each other.}\n"
        f"\\label{{tab:pairs-{run_label(run)}}}\n\\end{{table}}\n"
    )


def run_label(run: RunRecord) -> str:
    """A label for LaTeX: letters, digits and hyphens."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in run.id)


def _comment(text: str) -> str:
    return " ".join(text.split())


def _columns(one: _Example) -> list[tuple[str, ...]]:
    """The lines of an interlinear example: words, romanisation, glosses; each cell in braces, which hold empty ones too."""
    at = one.pair.link.src_word
    words = tuple(rf"{{\textbf{{{latex_text(word)}}}}}" if i == at else f"{{{latex_text(word)}}}" for i, word in enumerate(one.src_words))
    lines = [words]
    for extra in (one.latin, one.glosses):
        if extra is not None:
            lines.append(tuple(f"{{{latex_text(cell)}}}" for cell in extra))
    return lines


def _gb4e(run: RunRecord, examples: Sequence[_Example]) -> str:
    r"""\gll takes two lines, \glll three."""
    found = [f"% {_comment(citation(run))}", "\\begin{exe}"]
    trg = latex_text(_names(run)[1])
    for one in examples:
        lines = _columns(one)
        sentence = _latex_sentence(one.trg_words, one.pair.trg_text, one.pair.link.trg_word)
        if len(lines) == 1:
            found.append(f"\\ex {_latex_sentence(one.src_words, one.pair.src_text, one.pair.link.src_word)}\\\\")
        else:
            command = {2: "gll", 3: "glll"}[len(lines)]
            found.append(f"\\ex \\{command} " + "\\\\\n".join(" ".join(line) for line in lines) + "\\\\")
        found.append(f"{trg} sentence of the pair (no translation): {sentence}")
    return "\n".join([*found, "\\end{exe}", ""])


def _expex(run: RunRecord, examples: Sequence[_Example]) -> str:
    found = [f"% {_comment(citation(run))}"]
    trg = latex_text(_names(run)[1])
    for one in examples:
        names = ("gla", "glb", "glc")
        lines = [f"\\{name} {' '.join(line)} //" for name, line in zip(names, _columns(one), strict=False)]
        sentence = _latex_sentence(one.trg_words, one.pair.trg_text, one.pair.link.trg_word)
        found += ["\\ex", "\\begingl", *lines, "\\endgl", f"{trg} sentence of the pair (no translation): {sentence}", "\\xe"]
    return "\n".join([*found, ""])


def _html(run: RunRecord, examples: Sequence[_Example]) -> str:
    src, trg = _names(run)
    rows = []
    for one in examples:
        link = one.pair.link
        if one.latin or one.glosses:
            from_glosses = [Gloss(text) for text in one.glosses] if one.glosses else None
            left = interlinear_html(
                one.src_words, {link.src_word: Mark()}, latin=one.latin, glosses=from_glosses, language=run.src_language
            )
        else:
            left = sentence_html(one.src_words, {link.src_word: Mark()}, language=run.src_language, text=one.pair.src_text)
        right = sentence_html(one.trg_words, {link.trg_word: Mark()}, language=run.trg_language, text=one.pair.trg_text)
        rows.append(f"<tr><td>{left}</td><td>{right}</td></tr>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(run.name)}</title><style>{_STYLE}</style></head><body>\n"
        f"<table><caption>Mined word pairs in the sentences in which they were found. The sentences are not translations of each other."
        f"</caption><thead><tr><th>{escape(src)}</th><th>{escape(trg)}</th></tr></thead><tbody>\n"
        + "\n".join(rows)
        + f"\n</tbody></table>\n<p>{escape(citation(run))}</p>\n</body></html>\n"
    )


_STYLE = (
    "body{font-family:serif;max-width:60rem;margin:2rem auto}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #999}caption{text-align:start;padding:.4rem 0}"
    ".lr-word{font-weight:bold}.lr-column{display:inline-flex;flex-direction:column;margin-inline-end:.5em;vertical-align:top}"
    ".lr-latin,.lr-gloss{font-size:.85em;color:#444}p{font-size:.8em;color:#444}"
)

_WIDTH, _SIZE, _STEP = 720, 16, 22  # pixels: width of the drawing, of letters, between lines


def _svg(run: RunRecord, examples: Sequence[_Example]) -> str:
    """Every word is placed by an estimate of its width, because no font is measured here."""
    parts: list[str] = []
    y = _STEP + 6
    for one in examples:
        link = one.pair.link
        for words, marked, extra, language in (
            (one.src_words, link.src_word, [line for line in (one.latin, one.glosses) if line is not None], run.src_language),
            (one.trg_words, link.trg_word, [], run.trg_language),
        ):
            y = _svg_sentence(parts, words, marked, extra, language, y)
        parts.append(f'<line x1="10" x2="{_WIDTH - 10}" y1="{y - 10}" y2="{y - 10}" stroke="#999"/>')
        y += 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" font-family="serif" '
        f'font-size="{_SIZE}">\n<title>{_xml(citation(run))}</title>\n<rect width="{_WIDTH}" height="{y}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _svg_sentence(parts: list[str], words: Words, marked: int, extra: Sequence[Sequence[str]], language: str, y: int) -> int:
    """Draw a sentence with its lines from y on. -> y of the next sentence."""
    right_to_left = base_direction(words, language) == "rtl"
    x = 10.0
    height = _STEP + 17 * len(extra)
    for at, word in enumerate(words):
        cells = [(word, _SIZE), *((line[at], 12) for line in extra)]
        width = max(_estimated(text, size, bold=at == marked and number == 0) for number, (text, size) in enumerate(cells)) + 6
        if x + width > _WIDTH - 10 and x > 10:
            x, y = 10.0, y + height
        place = _WIDTH - x if right_to_left else x
        anchor = ' text-anchor="start" direction="rtl"' if right_to_left else ""
        for number, (text, size) in enumerate(cells):
            bold = ' font-weight="bold"' if at == marked and number == 0 else ""
            below = y + (_STEP - 5) * number
            parts.append(f'<text x="{place:.0f}" y="{below}" font-size="{size}"{bold}{anchor}>{_xml(text)}</text>')
        x += width
    return y + height + 4


def _estimated(text: str, size: int, *, bold: bool) -> float:
    """Width of a text in pixels."""
    em = sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.0 if unicodedata.combining(char) else 0.58 for char in text)
    return em * size * (1.1 if bold else 1.0)


def _xml(text: str) -> str:
    return escape("".join(char for char in text if char >= " "))


_WRITERS: dict[PaperFormat, Callable[[RunRecord, Sequence[_Example]], str]] = {
    PaperFormat.LATEX: _latex,
    PaperFormat.GB4E: _gb4e,
    PaperFormat.EXPEX: _expex,
    PaperFormat.HTML: _html,
    PaperFormat.SVG: _svg,
}
