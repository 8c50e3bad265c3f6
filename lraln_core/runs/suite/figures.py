"""The figures of a finished suite: means over seeds with intervals, significant differences, and the published figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lraln_core.choices import RetrievalScoring
from lraln_core.evaluation.ner.scores import SentenceCounts, bootstrap_f1, bootstrap_f1_difference
from lraln_core.evaluation.retrieval import per_sentence
from lraln_core.evaluation.significance import Interval, bootstrap_difference, bootstrap_ratio
from lraln_core.files import schemas
from lraln_core.files.atomic import read_json
from lraln_core.files.randomness import rng_for
from lraln_core.runs.jobs.ner_step import read_counts
from lraln_core.runs.systems import registry

from .cells import Study
from .published import PublishedTable, tables
from .runner import CellResult

SELECTIONS = ("target_dev", "averaged")
EXTENDED_BASE = f"extended_{registry.BASE}"
SIDES = {"en": "trg", "low_resource": "src"}


@dataclass(frozen=True)
class Figure:
    """One cell of a table. Retrieval, F1 and precision in percent, counts as they are. `difference` is from the unaligned encoder
    (Table 5: from the best base), with its paired 95% interval; it `holds` when the interval excludes 0. None: not available."""

    table: str
    measure: str
    row: str
    column: str
    value: float
    low: float | None = None
    high: float | None = None
    seeds: int = 1
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    holds: bool | None = None
    published: float | None = None


@dataclass(frozen=True)
class _Group:
    """The finished runs of one cell over all seeds."""

    language: str
    unseen: bool
    label: str
    study: Study | None
    results: tuple[CellResult, ...]

    @cached_property
    def hits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gold links of each test sentence, and how many were found before and after, the mean over directions and seeds."""
        before, after, counts = [], [], np.zeros(0, np.int64)
        for result in self.results:
            table = schemas.read(result.folder.retrieval, schemas.RETRIEVAL)
            found = [
                (table[f"hit_{when}_src2trg"].to_numpy().astype(float) + table[f"hit_{when}_trg2src"].to_numpy()) / 2
                for when in ("before", "after")
            ]
            counts, one, two = per_sentence(table["src_sentence"].to_numpy(), *found)
            before.append(one)
            after.append(two)
        return counts, np.mean(before, 0), np.mean(after, 0)

    def entities(self, selection: str) -> SentenceCounts | None:
        """Entities of each test sentence, summed over seeds; None without a tagger of this selection."""
        if not all(result.ner and selection in result.ner for result in self.results):
            return None
        parts = [read_counts(result.folder.predictions, selection) for result in self.results]
        return SentenceCounts(*(np.sum([getattr(part, name) for part in parts], 0) for name in ("correct", "predicted", "gold")))

    def mined(self) -> list[dict[str, Any]]:
        return [read_json(result.folder.mined_quality) for result in self.results if result.folder.mined_quality.exists()]


def build(results: Sequence[CellResult], extensions: dict[str, dict[str, Any]] | None = None) -> pd.DataFrame:
    """One row per Figure."""
    figures: list[Figure] = []
    groups = _groups(results)
    for group in groups:
        figures += _study(group, group.study, groups) if group.study else _system(group, groups)
    for language, record in (extensions or {}).items():
        for column in ("fertility_before", "fertility_after", "unknown_before", "unknown_after", "new_pieces", "mlm_steps"):
            figures.append(Figure("extension", "extended encoder", language, column, float(record[column])))
    return pd.DataFrame([asdict(figure) for figure in figures], columns=list(Figure.__dataclass_fields__))


def compare(results: Sequence[CellResult]) -> pd.DataFrame:
    """Every pair of systems of a language: difference in percentage points of `system` less `other`, paired interval, whether it holds.

    Columns: language, measure, system, other, difference, low, high, holds.
    """
    rows = []
    groups = [group for group in _groups(results) if not group.study]
    for one, other in combinations(groups, 2):
        if one.language != other.language:
            continue
        counts, _, theirs = one.hits
        rows.append(_compared(_scored(one), one, other, bootstrap_difference(theirs, other.hits[2], counts, *_draws(one))))
        for selection in SELECTIONS:
            ours, others = one.entities(selection), other.entities(selection)
            if ours and others:
                rows.append(_compared(f"NER F1, {selection}", one, other, bootstrap_f1_difference(ours, others, *_draws(one))))
    return pd.DataFrame(rows, columns=["language", "measure", "system", "other", "difference", "low", "high", "holds"])


def _compared(measure: str, one: _Group, other: _Group, change: Interval) -> dict[str, Any]:
    return {
        "language": one.language,
        "measure": measure,
        "system": one.label,
        "other": other.label,
        "difference": 100 * change.value,
        "low": 100 * change.low,
        "high": 100 * change.high,
        "holds": change.holds,
    }


def _groups(results: Sequence[CellResult]) -> list[_Group]:
    parts: dict[tuple, list[CellResult]] = {}
    for result in results:
        if result.summary:
            parts.setdefault((result.cell.language.code, result.cell.label, result.cell.study), []).append(result)
    return [_Group(code, same[0].cell.language.unseen, label, study, tuple(same)) for (code, label, study), same in parts.items()]


def _draws(group: _Group) -> tuple[int, np.random.Generator]:
    return group.results[0].cell.config.evaluation.bootstrap_samples, rng_for(0, "suite")


def _retrieval(group: _Group) -> dict[str, Any]:
    counts, before, after = group.hits
    value, change = bootstrap_ratio(after, counts, *_draws(group)), bootstrap_difference(after, before, counts, *_draws(group))
    return _percent(value) | {"seeds": len(group.results)} | _difference(change)


def _scored(group: _Group) -> str:
    """Measure name: `retrieval` for csls, with the scoring added for csls_published (as the paper's code computes it)."""
    scoring = group.results[0].cell.config.evaluation.scoring
    return "retrieval" if scoring is RetrievalScoring.CSLS else f"retrieval, {scoring}"


def _percent(value: Interval) -> dict[str, Any]:
    return {"value": 100 * value.value, "low": 100 * value.low, "high": 100 * value.high}


def _difference(change: Interval) -> dict[str, Any]:
    return {
        "difference": 100 * change.value,
        "difference_low": 100 * change.low,
        "difference_high": 100 * change.high,
        "holds": change.holds,
    }


def _system(group: _Group, groups: list[_Group]) -> Iterator[Figure]:
    at: dict[str, Any] = {"row": group.label, "column": group.language}
    retrieval, ner = ("7", "8") if group.unseen else ("2", "3")
    name = _paper_name(group.label)
    yield Figure(retrieval, _scored(group), **at, **_retrieval(group), published=_paper(retrieval).value(name, group.language))
    base = _find(groups, group.language, EXTENDED_BASE if group.label.startswith("extended_") else registry.BASE)
    for selection in SELECTIONS:
        tags, plain = group.entities(selection), base and base.entities(selection)
        if tags:
            change = _difference(bootstrap_f1_difference(tags, plain, *_draws(group))) if plain else {}
            yield Figure(
                ner,
                f"NER F1, {selection}",
                **at,
                **_percent(bootstrap_f1(tags, *_draws(group))),
                **change,
                seeds=len(group.results),
                published=_paper(ner).value(name, group.language),
            )
    yield from _mined(group)
    yield from _words(group)


def _mined(group: _Group) -> Iterator[Figure]:
    mined, seeds = group.mined(), len(group.results)
    if not mined:
        return
    measure = "mined types" if group.label == registry.PAPER else f"mined types, {group.label}"
    for side, key in SIDES.items():
        published = _paper("9").value(group.language, side) if group.label == registry.PAPER else None
        value = float(np.mean([one["types"][key] for one in mined]))
        yield Figure("9", measure, group.language, side, value, seeds=seeds, published=published)
    at: dict[str, Any] = {"row": group.label, "column": group.language, "seeds": seeds}
    shares = [one["several_share"] for one in mined if one["several_share"] is not None]
    if shares:
        yield Figure("5.3", "sentence pairs with several word pairs", value=100 * float(np.mean(shares)), **at)
    for key in ("precision", "precision_both_known", "coverage"):
        known = [one["lexicon"]["overall"][key] for one in mined if one["lexicon"] and one["lexicon"]["overall"][key] is not None]
        if known:
            yield Figure("lexicon", key.replace("_", " "), value=100 * float(np.mean(known)), **at)


def _words(group: _Group) -> Iterator[Figure]:
    """Retrieval by kinds of words; with one seed the interval is that seed's; with several there is none."""
    parts = [read_json(result.folder.breakdown) for result in group.results if result.folder.breakdown.exists()]
    for rows in zip(*parts, strict=False):
        first, alone = rows[0], len(rows) == 1
        yield Figure(
            "words",
            f"{first['by']}, {group.language}",
            group.label,
            first["band"],
            100 * float(np.mean([row["after"] for row in rows])),
            100 * first["low"] if alone else None,
            100 * first["high"] if alone else None,
            len(rows),
            100 * float(np.mean([row["difference"] for row in rows])),
            100 * first["difference_low"] if alone else None,
            100 * first["difference_high"] if alone else None,
            (first["difference_low"] > 0 or first["difference_high"] < 0) if alone else None,
        )


def _study(group: _Group, study: Study, groups: list[_Group]) -> Iterator[Figure]:
    figures = _retrieval(group)
    if study.table == "5":
        published = _paper("5").value(study.row.replace("_", "-"), group.language)
        yield Figure("5", _scored(group), study.row, group.language, **figures)
        for selection in SELECTIONS:
            found = [_find(groups, group.language, label) for label in (registry.BASE, EXTENDED_BASE)]
            bases = [counts for base in found if base and (counts := base.entities(selection))]
            tags, plain = group.entities(selection), max(bases, key=lambda counts: counts.f1, default=None)
            if tags and plain:
                change = bootstrap_f1_difference(tags, plain, *_draws(group))
                yield Figure(
                    "5",
                    f"NER F1 change, {selection}",
                    study.row,
                    group.language,
                    **_percent(change),
                    seeds=len(group.results),
                    **_difference(change),
                    published=published,
                )
        return
    number = int(study.row.split()[0])
    thousands = str(number // 1000) if number % 1000 == 0 else ""
    if study.table == "10":
        published = _paper("10").value(thousands, "cosine" if study.column == "exact" else "faiss") if group.language == "ne" else None
        yield Figure("10", f"{_scored(group)}, {group.language}", study.row, study.column, **figures, published=published)
    else:
        yield Figure("11", _scored(group), study.row, group.language, **figures, published=_paper("11").value(thousands, group.language))


def _find(groups: list[_Group], language: str, label: str) -> _Group | None:
    return next((group for group in groups if (group.language, group.label, group.study) == (language, label, None)), None)


def _paper(table: str) -> PublishedTable:
    return tables()[int(table)]


def _paper_name(label: str) -> str:
    encoder, system = ("eBERT", label.removeprefix("extended_")) if label.startswith("extended_") else ("mBERT", label)
    return encoder if system == registry.BASE else f"{encoder}_{system}"
