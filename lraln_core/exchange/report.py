"""The report of a run: one HTML file without network access, scripts or other files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lraln_core import __version__
from lraln_core.evaluation.comparison import retrieval_change
from lraln_core.files.atomic import replacing
from lraln_core.records import Progress
from lraln_core.runs.config import RunConfig
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.compare import retrieval_hits, run_figures
from lraln_core.store.queries.pairs import MinedPair, page_of_pairs, similarity_histogram
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.languages import language_name
from lraln_core.views import charts, figures, plain
from lraln_core.views.highlight import COLOURS, Mark, escape, sentence_html, word_html

from .maps_snippet import how_to, snippet
from .portable_paths import portable

CARDS = 20
_STYLES = Path(__file__).with_name("report.css")
# A second line of defence: markup that was not escaped can neither run nor fetch.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LIMITS = (
    "The pairs are what a machine found; part of them is wrong. Retrieval is measured on the test sentences of this run only, and an "
    "interval says how far the value would move with other test sentences of the same kind."
)


def write_report(db: Database, run_id: str, path: Path, progress: Progress | None = None) -> None:
    """Write the report atomically. Raises RunError for an unknown run, WorkspaceError when it cannot be written."""
    with replacing(path) as temporary:
        temporary.write_text(report_html(db, run_id), encoding="utf-8")


def report_html(db: Database, run_id: str) -> str:
    """The report of a run that has ended. Raises RunError when it is not in the database."""
    run = queries.one_run(db, run_id)
    title = escape(f"{run.name} · report")
    parts = (_head(run), _warnings(run), _results(db, run), _pairs(db, run), _training(db, run), _repeat(run))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{title}</title>"
        f"<style>{_STYLES.read_text(encoding='utf-8')}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _names(run: RunRecord) -> tuple[tuple[str, str], tuple[str, str]]:
    """((name, code), (name, code))."""
    return (language_name(run.src_language), run.src_language), (language_name(run.trg_language), run.trg_language)


def _head(run: RunRecord) -> str:
    (src, _), (trg, _) = _names(run)
    state, day = plain.STATE_WORDS.get(run.state, run.state), (run.started or "")[:10]
    precision = f" in {found}" if (found := (run.summary or {}).get("precision")) else ""
    facts = [plain.language_pair(src, trg), state, day, f"language model {run.encoder}{precision}"]
    return f"<h1>{word_html(run.name)}</h1><p class=soft>{escape(' · '.join(filter(None, facts)))}</p>"


def _warnings(run: RunRecord) -> str:
    said = [run.error] if run.error else []
    said += [str(warning) for warning in (run.summary or {}).get("warnings") or []]
    return "".join(f'<p class="warning">{escape(one)}</p>' for one in said)


def _results(db: Database, run: RunRecord) -> str:
    (src, _), (trg, _) = _names(run)
    retrieval = (run.summary or {}).get("retrieval")
    if not isinstance(retrieval, dict):
        return "<h2>Word retrieval</h2><p>This run has no test set, so nothing was measured.</p>"
    before, after = retrieval["before"], retrieval["after"]
    gap = after["mean_accuracy"] - before["mean_accuracy"]
    metrics = queries.metrics(db, run.id)
    rows = metrics[(metrics["split"] == "test") & (metrics["name"] == "retrieval_accuracy")]
    labels = {"src2trg": plain.language_pair(src, trg), "trg2src": plain.language_pair(trg, src), "mean": "both, on average"}
    rows = rows[rows["direction"].isin(list(labels))].assign(label=lambda part: part["direction"].map(labels))
    rows = rows.sort_values("direction", key=lambda column: column.map(list(labels).index), kind="stable")
    drawing = figures.inline_svg(charts.accuracy_intervals(rows), "retrieval") if len(rows) else ""
    return (
        "<h2>Word retrieval</h2><p>A word of a test sentence looks for its translation among all words of all test sentences of the other "
        f"language. {after['pairs']:,} translated words were tested, before anything was learned and afterwards.</p>"
        f'<div class="figures">{figure("Before", plain.percent(before["mean_accuracy"]), _range(before))}'
        f"{figure('After', plain.percent(after['mean_accuracy']), _range(after))}{figure('Difference', plain.points(gap))}</div>"
        f"<p>{escape(_change(db, run))}</p>{drawing}{retrieval_table(metrics, src, trg)}<p class=soft>{_LIMITS}</p>"
    )


def _change(db: Database, run: RunRecord) -> str:
    """Whether the change of the accuracy is significant; '' for a run without a list of test words."""
    hits = retrieval_hits(db, run.id)
    if hits.empty:
        return ""
    change = retrieval_change(hits, np.random.default_rng(1))["mean"]
    return plain.difference(change.value, change.low, change.high)


def _range(values: dict) -> str:
    found = interval(values.get("low"), values.get("high"))
    return f"95 % interval: {found}" if found else ""


def _pairs(db: Database, run: RunRecord) -> str:
    if not run.mined_pairs:
        return "<h2>Word pairs</h2><p>This run found no word pairs.</p>"
    everything = PairFilter(run.id, letters_only=True)  # the number that the pages show
    found = run_figures(db, everything)
    src, trg = _names(run)
    share = f"{found.several / found.sentence_pairs:.0%}" if found.sentence_pairs else ""
    rows = (
        ("Word pairs (distinct places)", f"{found.pairs:,}"),
        ("Found in both directions", f"{found.mutual / found.pairs:.0%}" if found.pairs else ""),
        (f"Distinct words: {src[0]}", f"{found.src_types:,}"),
        (f"Distinct words: {trg[0]}", f"{found.trg_types:,}"),
        ("Distinct word pairs (by spelling)", f"{found.pair_types:,}"),
        ("Sentence pairs with several word pairs", share),
    )
    histogram = similarity_histogram(db, everything)
    drawing = figures.inline_svg(charts.similarity_histogram(histogram), "similarity") if len(histogram) else ""
    words = page_of_pairs(db, PairFilter(run.id, letters_only=True, sort=Sort.RANDOM, seed=1), 0, CARDS)
    sample = words or page_of_pairs(db, PairFilter(run.id, sort=Sort.RANDOM, seed=1), 0, CARDS)
    return (
        f"<h2>Word pairs</h2>{table(('Measure', 'Value'), rows)}{drawing}<h2>A sample of the pairs</h2><p>Drawn at "
        "random from all pairs, whether found in both directions or in one. The sentences are not translations of each other; "
        "only the marked words belong together.</p>" + "".join(card(pair, src, trg) for pair in sample)
    )


def _training(db: Database, run: RunRecord) -> str:
    curves, minings = queries.curves(db, run.id), queries.minings(db, run.id)
    (src, _), (trg, _) = _names(run)
    drawings = []
    if len(minings):
        drawings.append(figures.inline_svg(charts.mined_pairs(minings, src, trg), "mining"))
    if (curves["name"] == "criterion").any():
        drawings.append(
            figures.inline_svg(charts.curve(curves, "criterion", "Agreement", best_step=run.best_step, highest=True), "agreement")
        )
    return f"<h2>How it went</h2>{''.join(drawings)}" if drawings else ""


def _repeat(run: RunRecord) -> str:
    config = portable("config.json", run.config)
    versions = ", ".join(f"{name} {version}" for name, version in sorted((run.versions or {}).items()))
    own = bool((run.summary or {}).get("own_encoder"))
    return (
        f"<h2>How it was made</h2>{configuration(config)}<h2>The maps in three lines</h2><pre>{escape(snippet(config))}</pre>"
        f"<p class=soft>{escape(how_to(config, own_encoder=own))}</p>"
        f"<p class=soft>Run {escape(run.id)}, seed {escape(str(run.seed))}. Made with lraln {__version__}"
        f"{escape(f' ({versions})' if versions else '')}.</p>"
    )


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
