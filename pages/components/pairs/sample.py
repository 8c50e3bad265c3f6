"""Which sample is judged: how it is drawn, how large, from which chance, and against which second run. All in the address."""

from __future__ import annotations

import streamlit as st

from lraln_core.store.judging.results import samples_of
from lraln_core.store.judging.samples import MAX_SIZE, How, Sample, SampleSpec, draw
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.pairs.filters import show_filter
from pages.components.shared.box_labels import box_labels
from pages.components.shared.errors import warn
from pages.components.shared.store import Store

AGAINST = "against"
DRAWN = {"at random": How.RANDOM, "equal per similarity band": How.STRATIFIED}
_BOUND = {"bind": "query-params"}


def sample_options(store: Store, run: RunRecord, filter: PairFilter, lowest: float) -> Sample:
    """Draw the options and the sample. Raises ConfigError."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="pairs_sample"):
        drawn = st.selectbox(
            "Pairs are drawn",
            list(DRAWN),
            key="drawn",
            width=230,
            help="At random: every pair is equally likely. Equal per similarity band: as many unlikely pairs as likely ones are "
            "judged, so that precision can be told for each band; overall figures are weighted back to all pairs.",
            **_BOUND,
        )
        size = st.number_input("How many", 1, MAX_SIZE, 100, step=10, key="sample", width=130, **_BOUND)
        seed = st.number_input(
            "Seed",
            1,
            2**31 - 1,
            1,
            key="drawseed",
            width=120,
            **_BOUND,
            help="The same seed draws the same pairs, so two people who judge the same sample can be compared. Another seed "
            "draws other pairs.",
        )
        against = _against(store, run)
        _earlier(store, run, lowest)
    return drawn_sample(store, SampleSpec(filter, DRAWN[drawn], int(size), int(seed), against))


def drawn_sample(store: Store, spec: SampleSpec) -> Sample:
    """The sample; drawn once, as long as the visitor stays with it."""
    numbers = [store.db.run_number(run) for run in spec.runs]
    mark = (str(store.db.workspace.root), spec.text(), numbers)
    kept = st.session_state.get("judging_sample")
    if kept is None or kept[0] != mark:
        kept = mark, draw(store.db, spec)
        st.session_state["judging_sample"] = kept
    return kept[1]


def _against(store: Store, run: RunRecord) -> str:
    """The second run, '' for none: any other one of the same two languages that found pairs."""
    others = {
        other.id: f"{other.name} ({plain.ago(other.started)})"
        for other in queries.list_runs(store.db).itertuples()
        if other.id != run.id and other.mined_pairs and (other.src_language, other.trg_language) == (run.src_language, run.trg_language)
    }
    linked = st.query_params.get(AGAINST, "")
    if linked and linked not in others:
        warn(f"The second run {linked[:80]} of this link is not here, or does not fit the first one.")
        linked = ""
    if not others:
        return ""
    labels = box_labels("pairs_against", ["", *others], lambda id: others.get(id, "no"))
    if "pairs_against" not in st.session_state or st.session_state.get("pairs_against_linked") != linked:
        st.session_state["pairs_against"] = linked
    if st.session_state["pairs_against"] not in others:
        st.session_state["pairs_against"] = ""
    chosen = st.selectbox(
        "Mixed with a second run",
        ["", *others],
        format_func=labels,
        key="pairs_against",
        width=250,
        help="Half of the sample comes from each run, in one shuffled list that does not tell which is which until a pair is "
        "judged. So what you expect of a run cannot colour your verdicts.",
    )
    st.session_state["pairs_against_linked"] = chosen
    if chosen:
        st.query_params[AGAINST] = chosen
    elif AGAINST in st.query_params:
        del st.query_params[AGAINST]
    return chosen


def _earlier(store: Store, run: RunRecord, lowest: float) -> None:
    """Samples of this run that somebody began to judge."""
    found = [(spec, count) for spec, count in samples_of(store.db, run.id) if spec.filter.run_id == run.id][:12]
    if not found:
        return
    with st.popover("Samples begun", icon=":material/history:", type="tertiary"):
        for at, (spec, count) in enumerate(found):
            st.button(
                sample_name(store, spec) + f", {plain.count(count, 'verdict')}",
                key=f"sample_begun_{at}",
                type="tertiary",
                on_click=_take_up,
                args=(spec, lowest),
            )


def sample_name(store: Store, spec: SampleSpec) -> str:
    """A sample in words, for Markdown."""
    how = next(label for label, choice in DRAWN.items() if choice is spec.how)
    name = f"{plain.count(spec.size, 'pair')} {how}, seed {spec.seed}"
    if spec.against:
        known = {row.id: row.name for row in queries.list_runs(store.db).itertuples()}
        name += f", mixed with {known.get(spec.against, spec.against)}"
    usual = PairFilter(spec.filter.run_id, letters_only=True)
    return plain_markdown(name + ("" if spec.filter == usual else ", filtered"))


def _take_up(spec: SampleSpec, lowest: float) -> None:
    show_filter(spec.filter, lowest)
    st.session_state["drawn"] = next(label for label, choice in DRAWN.items() if choice is spec.how)
    st.session_state["sample"], st.session_state["drawseed"] = spec.size, spec.seed
    if spec.against:
        st.query_params[AGAINST] = spec.against
    elif AGAINST in st.query_params:
        del st.query_params[AGAINST]
    if "item" in st.query_params:
        del st.query_params["item"]
