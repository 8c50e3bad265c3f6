"""Results of judging a run or a sample: verdicts, precision by band of similarity, agreement of annotators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.evaluation.judged import ADJUDICATOR, Agreement, JudgedPrecision, Verdict, agreements, judged_precision, settled
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import PairFilter, judged_pairs

from .samples import How, Population, Sample, SampleSpec, population_of


@dataclass(frozen=True)
class Standing:
    """The latest verdict of one annotator on a pair."""

    pair_id: int
    annotator: str
    verdict: Verdict
    note: str
    time: str


def standing(db: Database, run_id: str, pair_ids: Sequence[int] | None = None) -> dict[int, list[Standing]]:
    """The latest verdict of each annotator on pairs of a run (all pairs by default), by pair."""
    parameters: dict[str, Any] = {"run_id": run_id, "run": db.run_number(run_id)}
    condition = ""
    if pair_ids is not None:
        condition = " AND p.pair_id IN (SELECT unnest($pair_ids::BIGINT[]))"
        parameters["pair_ids"] = [int(pair) for pair in pair_ids]
    rows = db.rows(f"SELECT p.pair_id, j.annotator, j.verdict, j.note, j.time {judged_pairs()}{condition} ORDER BY ALL", parameters)
    found: dict[int, list[Standing]] = defaultdict(list)
    for pair, annotator, verdict, note, time in rows:
        found[pair].append(Standing(pair, annotator, Verdict(verdict), note, time))
    return dict(found)


ADJUDICATED = "(adjudicated set)"
"""In place of an annotator: only pairs that are settled beyond one opinion count."""


def adjudicated_verdict(said: Sequence[Standing]) -> Verdict | None:
    """The verdict on a pair that an adjudicator decided, or that two annotators or more gave alike; None for any other."""
    verdicts = {one.annotator: one.verdict for one in said}
    agreed = len(verdicts) > 1 and len(set(verdicts.values())) == 1
    return settled(verdicts) if ADJUDICATOR in verdicts or agreed else None


def samples_of(db: Database, run_id: str) -> list[tuple[SampleSpec, int]]:
    """The samples in which pairs of a run were judged, the latest first, and how many verdicts each has."""
    rows = db.rows(
        "SELECT sample, count(*) FROM standing_judgements WHERE sample <> '' AND verdict <> 'withdrawn' "
        "GROUP BY sample ORDER BY max(time) DESC, sample"
    )
    found = []
    for text, count in rows:
        try:
            spec = SampleSpec.from_text(text)
        except ConfigError:
            continue  # of a newer version; its judgements still count
        if run_id in spec.runs:
            found.append((spec, count))
    return found


def precision_of_sample(db: Database, sample: Sample, annotator: str = "") -> dict[str, JudgedPrecision]:
    """Precision of each run of a sample, by run; '' counts every annotator. A stratified sample is weighted."""
    return {
        run: _precision(db, run, population, annotator, sample.spec.how is How.STRATIFIED) for run, population in sample.populations.items()
    }


def precision_of_run(db: Database, filter: PairFilter, annotator: str = "") -> JudgedPrecision:
    """Precision from every judgement of the pairs that a filter selects, whether they were drawn or picked by hand.

    Each band of similarity counts with its share of the selected pairs. The figure is an estimate only as far as the judged pairs
    of a band are like its others.
    """
    return _precision(db, filter.run_id, population_of(db, filter, standing(db, filter.run_id)), annotator, True)


def agreement_of_run(db: Database, run_id: str, pair_ids: Sequence[int] | None = None) -> list[Agreement]:
    """Cohen's kappa of every two annotators on pairs of a run, over the verdicts right, similar, wrong and unsure."""
    by_annotator: dict[str, dict[int, str]] = defaultdict(dict)
    for pair, said in standing(db, run_id, pair_ids).items():
        for one in said:
            if one.annotator != ADJUDICATOR:
                by_annotator[one.annotator][pair] = str(one.verdict)
    return agreements(by_annotator)


def agreement_of_sample(db: Database, sample: Sample) -> list[Agreement]:
    """`agreement_of_run` on the items of a sample; a pair that two runs found counts once."""
    by_annotator: dict[str, dict[int, str]] = defaultdict(dict)
    said = {run: standing(db, run, [item.pair_id for item in sample.items if item.run_id == run]) for run in sample.spec.runs}
    for at, item in enumerate(sample.items):
        for one in said[item.run_id].get(item.pair_id, ()):
            if one.annotator != ADJUDICATOR:
                by_annotator[one.annotator][at] = str(one.verdict)
    return agreements(by_annotator)


def _precision(db: Database, run_id: str, population: Population, annotator: str, is_weighted: bool) -> JudgedPrecision:
    verdicts = []
    for pair, said in standing(db, run_id, list(population.drawn)).items():
        counted = {one.annotator: one.verdict for one in said if annotator in ("", one.annotator)}
        if annotator == ADJUDICATED:
            if (verdict := adjudicated_verdict(said)) is not None:
                verdicts.append((population.drawn[pair], verdict))
        elif counted:
            verdicts.append((population.drawn[pair], settled(counted)))
    return judged_precision(population.bands, population.sizes, verdicts, is_weighted=is_weighted)
