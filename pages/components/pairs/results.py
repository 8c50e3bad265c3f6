"""Precision by judgement with intervals, overall and by band of similarity, and the agreement of annotators."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.evaluation.judged import ADJUDICATOR, Agreement, BandPrecision, JudgedPrecision, Verdict
from lraln_core.evaluation.significance import Interval
from lraln_core.store.judging.results import (
    ADJUDICATED,
    agreement_of_run,
    agreement_of_sample,
    precision_of_run,
    precision_of_sample,
    standing,
)
from lraln_core.store.judging.samples import Sample
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.runs import RunRecord, one_run
from lraln_core.views import charts, plain
from lraln_core.views.highlight import escape, plain_markdown
from pages.components.pairs.verdicts import LABELS
from pages.components.shared.address import segments
from pages.components.shared.charts import draw_chart
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning, what_is

SAMPLE, EVERY = "this sample", "the whole run"
EVERYBODY, SETTLED = "everybody", "adjudicated set"


def results(store: Store, run: RunRecord, sample: Sample, filter: PairFilter) -> None:
    """Draw the view; filter: the pairs of the run that are counted. Raises LralnError."""
    names = sorted({one.annotator for id in sample.spec.runs for said in standing(store.db, id).values() for one in said} - {ADJUDICATOR})
    if not names:
        st.info(
            "No pair of this run has been judged yet. Open Judge above: it takes four keys, and about 100 pairs give a usable estimate.",
            icon=":material/rule:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        counted = segments(
            "Judgements counted",
            [SAMPLE, EVERY],
            default=SAMPLE,
            key="counted",
            help="A random sample represents all pairs. Pairs that were picked by hand do not.",
        )
        who = st.selectbox(
            "Judged by",
            [EVERYBODY, SETTLED, *names],
            key="judged_by",
            width=220,
            help="Everybody: for each pair the decision, else the verdict that most people gave; when two are given equally often, unsure. "
            "Adjudicated set: only pairs that were decided under Review, or that two people or more judged alike.",
        )
    annotator = {EVERYBODY: "", SETTLED: ADJUDICATED}.get(who, who)
    if counted == SAMPLE:
        found, agreed = precision_of_sample(store.db, sample, annotator), agreement_of_sample(store.db, sample)
    else:
        found, agreed = {run.id: precision_of_run(store.db, filter, annotator)}, agreement_of_run(store.db, run.id)
    if not any(sum(one.overall.counts.values()) for one in found.values()):
        st.info(
            "No pair of this sample is judged yet. Open Sample above and continue an earlier one, or count the whole run.",
            icon=":material/rule:",
        )
        return
    for run_id, one in found.items():
        _precision(store, run_id, one, named=len(found) > 1, every=counted == EVERY)
    _agreement(agreed)
    what_is("precision", "wilson", "kappa", key="results_terms")


def _precision(store: Store, run_id: str, found: JudgedPrecision, *, named: bool, every: bool) -> None:
    if named:
        st.subheader(plain_markdown(one_run(store.db, run_id).name), anchor=False)
    overall = found.overall
    if overall.strict is None or overall.lenient is None:
        st.info("All verdicts so far are unsure, so precision cannot be computed.", icon=":material/help:")
        return
    st.html('<div class="lr-beforeafter">' + _figure("Correct", overall.strict) + _figure("Correct or similar", overall.lenient) + "</div>")
    st.html(f'<p class="lr-note">{escape(_sentence(found, every))}</p>')
    draw_chart(charts.precision_by_band(_chart_rows(found)), key=f"bands_{run_id}")
    with st.expander("The same as a table", icon=":material/table:"):
        st.dataframe(_table(found), hide_index=True, width="stretch", key=f"band_table_{run_id}", alt="Precision by band of similarity")


def _figure(label: str, share: Interval) -> str:
    return (
        f'<div class="lr-figure"><span class="lr-label">{label}</span><span class="lr-value" title="{escape(meaning("precision"))}">'
        f'{escape(plain.percent(share.value))}</span><span class="lr-range" title="{escape(meaning("wilson"))}">95 % interval: '
        f"{100 * share.low:.1f} to {100 * share.high:.1f}</span></div>"
    )


def _sentence(found: JudgedPrecision, every: bool) -> str:
    overall = found.overall
    unsure = overall.counts.get(Verdict.UNSURE, 0)
    text = f"From {plain.count(overall.judged, 'judged pair')} of {overall.population:,}"
    text += ", each distinct place counted once."
    if unsure:
        text += f" {plain.count(unsure, 'pair')} with the verdict unsure {'does' if unsure == 1 else 'do'} not count."
    if every:
        text += (
            " Every band of similarity is weighted by its share of all pairs. Pairs that were picked by hand count too, so this is an "
            "estimate only as far as they are typical."
        )
    elif found.weighted:
        text += " The sample has equal numbers from every band of similarity; here every band is weighted by its share of all pairs."
    if found.weighted and found.covered < 0.9995:
        text += f" Bands without a judged pair hold {plain.percent(1 - found.covered)} of all pairs; the estimate does not cover these."
    return text


def _band_name(band: BandPrecision) -> str:
    return "not measured" if band.low is None else f"{band.low:.2f} to {band.high:.2f}"


def _chart_rows(found: JudgedPrecision) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"band": _band_name(band), "kind": kind, "value": share.value, "low": share.low, "high": share.high, "judged": band.judged}
            for band in found.bands
            for kind, share in ((charts.STRICT, band.strict), (charts.LENIENT, band.lenient))
            if share is not None
        ]
    )


def _table(found: JudgedPrecision) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"Similarity": "all" if band is found.overall else _band_name(band), "Pairs": f"{band.population:,}", "Judged": band.judged}
            | {LABELS[verdict].capitalize(): band.counts.get(verdict, 0) for verdict in LABELS}
            | {"Share correct": _interval(band.strict), "Correct or similar": _interval(band.lenient)}
            for band in (*found.bands, found.overall)
        ]
    )


def _interval(share: Interval | None) -> str:
    return "nothing judged" if share is None else f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _agreement(found: list[Agreement]) -> None:
    st.markdown("**Do the annotators agree?**", help=meaning("kappa"))
    if not found:
        st.caption("Only one person has judged. When a second person judges the same sample (same seed), their agreement is shown here.")
        return
    for one in found:
        names = f"{plain_markdown(one.first)} and {plain_markdown(one.second)}"
        if one.observed is None:
            st.markdown(f"{names}: {one.reason}")
            continue
        text = f"{names}: {plain.count(one.both, 'pair')} judged by both, the same verdict on {plain.percent(one.observed)} of them"
        if one.kappa is None:
            st.markdown(f"{text}. {one.reason}")
        else:
            st.markdown(f"{text}; Cohen's kappa **{_signed(one.kappa)}** ({in_words(one.kappa)}).")


def _signed(kappa: float) -> str:
    return f"{kappa:.2f}".replace("-", "\N{MINUS SIGN}")


def in_words(kappa: float) -> str:
    """Kappa in words [Landis and Koch 1977]."""
    if kappa < 0:
        return "less than by chance"
    names = ((0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"), (1.0, "almost perfect"))
    return next(name for end, name in names if kappa <= end + 1e-12) + " agreement"
