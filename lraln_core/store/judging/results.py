"""What the judgements of a run or of a sample say: verdicts, precision by band of similarity, agreement of annotators."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.evaluation.agreement import Agreement, agreements
from lraln_core.evaluation.judged_precision import Stratum, covered, weighted, wilson
from lraln_core.evaluation.significance import Interval
from lraln_core.store.database import Database
from lraln_core.store.pair_filter import JUDGED_PAIRS, PairFilter

from .judgements import Verdict
from .samples import How, Population, Sample, SampleSpec, population_of

STRICT = (Verdict.RIGHT,)
LENIENT = (Verdict.RIGHT, Verdict.SIMILAR)
COUNTED = (Verdict.RIGHT, Verdict.SIMILAR, Verdict.WRONG)  # unsure says nothing about precision


@dataclass(frozen=True)
class Standing:
    """What one annotator says about a pair."""

    pair_id: int
    annotator: str
    verdict: Verdict
    note: str
    time: str


@dataclass(frozen=True)
class BandResult:
    """The judgements of one band of similarity, or of all bands together."""

    low: float | None  # None and None for pairs without a similarity, and for all bands together
    high: float | None
    population: int  # pairs in it, judged or not
    counts: dict[Verdict, int]  # pairs by verdict
    strict: Interval | None  # correct, of all that are correct, similar or wrong; None when nothing was judged
    lenient: Interval | None  # correct or similar

    @property
    def judged(self) -> int:
        """Pairs whose verdict counts."""
        return sum(self.counts.get(verdict, 0) for verdict in COUNTED)


@dataclass(frozen=True)
class JudgedPrecision:
    """The precision of one run."""

    run_id: str
    overall: BandResult
    bands: tuple[BandResult, ...]
    weighted: bool  # the overall figures count every band as it stands in the population
    covered: float  # share of the population in bands with judgements


def standing(db: Database, run_id: str, pair_ids: Sequence[int] | None = None) -> dict[int, list[Standing]]:
    """The last word of each annotator on pairs of a run (all of them by default), by pair and name."""
    parameters: dict[str, Any] = {"run_id": run_id, "run": db.run_number(run_id)}
    condition = ""
    if pair_ids is not None:
        condition = " AND p.pair_id IN (SELECT unnest($pair_ids::BIGINT[]))"
        parameters["pair_ids"] = [int(pair) for pair in pair_ids]
    rows = db.rows(f"SELECT p.pair_id, j.annotator, j.verdict, j.note, j.time {JUDGED_PAIRS}{condition} ORDER BY ALL", parameters)
    found: dict[int, list[Standing]] = defaultdict(list)
    for pair, annotator, verdict, note, time in rows:
        found[pair].append(Standing(pair, annotator, Verdict(verdict), note, time))
    return dict(found)


def settled(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that most annotators gave; unsure when two are given equally often."""
    most = Counter(verdicts).most_common(2)
    return Verdict.UNSURE if len(most) == 2 and most[0][1] == most[1][1] else most[0][0]


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
            continue  # of a later version; its judgements still count
        if run_id in spec.runs:
            found.append((spec, count))
    return found


def precision_of_sample(db: Database, sample: Sample, annotator: str = "") -> list[JudgedPrecision]:
    """Precision of each run of a sample; '' takes every annotator, and for each pair what most of them say.

    Overall figures of a stratified sample are weighted back to the population.
    """
    is_weighted = sample.spec.how is How.STRATIFIED
    return [
        _precision(run, population, _verdicts(db, run, population, annotator), is_weighted)
        for run, population in sample.populations.items()
    ]


def precision_of_run(db: Database, filter: PairFilter, annotator: str = "") -> JudgedPrecision:
    """Precision from every judgement of the pairs that a filter selects, however they came to be judged.

    Bands count as they stand in the population. It is an estimate only as far as the judged pairs of a band are like its others.
    """
    population = population_of(db, filter, standing(db, filter.run_id))
    return _precision(filter.run_id, population, _verdicts(db, filter.run_id, population, annotator), True)


def agreement_of_run(db: Database, run_id: str, pair_ids: Sequence[int] | None = None) -> list[Agreement]:
    """Cohen's kappa of every two annotators on pairs of a run, over the verdicts correct, similar, wrong and unsure."""
    by_annotator: dict[str, dict[int, str]] = defaultdict(dict)
    for pair, said in standing(db, run_id, pair_ids).items():
        for one in said:
            by_annotator[one.annotator][pair] = str(one.verdict)
    return agreements(by_annotator)


def agreement_of_sample(db: Database, sample: Sample) -> list[Agreement]:
    """The same on the lines of a sample; a pair that two runs found counts once."""
    by_annotator: dict[str, dict[int, str]] = defaultdict(dict)
    said = {run: standing(db, run, [item.pair_id for item in sample.items if item.run_id == run]) for run in sample.spec.runs}
    for at, item in enumerate(sample.items):
        for one in said[item.run_id].get(item.pair_id, ()):
            by_annotator[one.annotator][at] = str(one.verdict)
    return agreements(by_annotator)


def _verdicts(db: Database, run_id: str, population: Population, annotator: str) -> dict[int, Verdict]:
    """One verdict for each judged pair."""
    found = {}
    for pair, said in standing(db, run_id, list(population.drawn)).items():
        verdicts = [one.verdict for one in said if annotator in ("", one.annotator)]
        if verdicts:
            found[pair] = settled(verdicts)
    return found


def _precision(run_id: str, population: Population, verdicts: Mapping[int, Verdict], is_weighted: bool) -> JudgedPrecision:
    counts = [Counter() for _ in population.bands]
    for pair, verdict in verdicts.items():
        counts[population.drawn[pair]][verdict] += 1
    bands = []
    for ends, size, counted in zip(population.bands, population.sizes, counts):
        low, high = ends or (None, None)
        bands.append(BandResult(low, high, size, dict(counted), _share(counted, STRICT), _share(counted, LENIENT)))
    total = sum(counts, Counter())
    if is_weighted:
        shares = [
            weighted([Stratum(band.population, band.judged, sum(band.counts.get(verdict, 0) for verdict in good)) for band in bands])
            for good in (STRICT, LENIENT)
        ]
    else:
        shares = [_share(total, good) for good in (STRICT, LENIENT)]
    overall = BandResult(None, None, population.total, dict(total), *shares)
    return JudgedPrecision(
        run_id, overall, tuple(bands), is_weighted, covered([Stratum(band.population, band.judged, 0) for band in bands])
    )


def _share(counts: Mapping[Verdict, int], good: Sequence[Verdict]) -> Interval | None:
    return wilson(sum(counts.get(verdict, 0) for verdict in good), sum(counts.get(verdict, 0) for verdict in COUNTED))
