"""The parts of a report as HTML; every text that comes from a run passes through `escape`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from lraln_core.runs.config import RunConfig
from lraln_core.store.queries.pairs import MinedPair
from lraln_core.views import plain
from lraln_core.views.highlight import COLOURS, Mark, escape, sentence_html, word_html


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table of texts."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    names = "".join(f"<th scope=col>{escape(name)}</th>" for name in head)
    return f"<table>{title}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def figure(label: str, value: str, note: str = "") -> str:
    """A large number with what it is."""
    below = f'<br><span class="soft">{escape(note)}</span>' if note else ""
    return f'<div class="figure"><span class="label">{escape(label)}</span><span class="value">{escape(value)}</span>{below}</div>'


def interval(low: Any, high: Any) -> str:
    """A 95% interval in percent; '' where there is none."""
    return "" if pd.isna(low) or pd.isna(high) else f"{100 * low:.1f} to {100 * high:.1f}"


def retrieval_table(metrics: pd.DataFrame, src: str, trg: str) -> str:
    """Accuracy before and after in both directions; '' for a run without a test."""
    found = metrics[(metrics["split"] == "test") & (metrics["name"] == "retrieval_accuracy")]
    names = {"src2trg": plain.language_pair(src, trg), "trg2src": plain.language_pair(trg, src), "mean": "both, on average"}
    rows = []
    for direction, label in names.items():
        cells = [label]
        for when in ("before", "after"):
            part = found[(found["direction"] == direction) & (found["when"] == when)]
            cells += [plain.percent(part["value"].iloc[0]), interval(part["low"].iloc[0], part["high"].iloc[0])] if len(part) else ["", ""]
        rows.append(cells)
    head = ("Direction", "Before", "95 % interval", "After", "95 % interval")
    return table(head, rows, caption="Test words that find exactly their translation") if len(found) else ""


def card(pair: MinedPair, src: tuple[str, str], trg: tuple[str, str]) -> str:
    """A pair in its sentences; src and trg are name and code of the languages."""
    link = pair.link
    number = {other.pair_id: at for at, other in enumerate(pair.links, 1)}[link.pair_id]
    sides = []
    for (name, code), words, text, at, token in (
        (src, pair.src_words, pair.src_text, link.src_word, link.src_token),
        (trg, pair.trg_words, pair.trg_text, link.trg_word, link.trg_token),
    ):
        mark = {at: Mark(colour=(number - 1) % COLOURS)}
        sentence = sentence_html(words, mark, language=code, text=text) if words else word_html(token)
        sides.append(f'<div class="side"><span>{escape(name)}</span><div>{sentence}</div></div>')
    found = "found in both directions" if link.forward and link.backward else f"found from {src[0] if link.forward else trg[0]} only"
    similarity = "" if link.similarity is None else f" · similarity {link.similarity:.3f}"
    both = f"{word_html(link.src_token)} \N{EN DASH} {word_html(link.trg_token)}"
    facts = f"{both}{similarity} · {escape(found)} · iteration {pair.iteration + 1}"
    return f'<article>{"".join(sides)}<div class="links">{facts}</div></article>'


def configuration(config: dict[str, Any]) -> str:
    """The options that differ from the defaults, all of them behind a click."""
    defaults, rows = dataclasses.asdict(RunConfig()), []
    for section, value in config.items():
        for name, one in value.items() if isinstance(value, dict) else [("", value)]:
            default = (defaults.get(section) or {}).get(name) if name else defaults.get(section)
            rows.append((f"{section}.{name}" if name else section, one, one != default))
    changed = [(name, str(value)) for name, value, differs in rows if differs and value != ""]
    text = escape(json.dumps(config, ensure_ascii=False, indent=1))
    return (
        table(("Option", "Value"), changed, caption="Options that differ from the paper's values")
        + f"<details><summary>The whole configuration, to repeat the run</summary><pre>{text}</pre></details>"
    )
