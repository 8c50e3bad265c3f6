"""The sample that is judged: how it is drawn, its size, its seed, and the second run mixed in. Kept in the address."""

from __future__ import annotations

import streamlit as st

from lraln_core.store.judging.results import samples_of
from lraln_core.store.judging.samples import MAX_SIZE, How, Sample, SampleSpec, draw
from lraln_core.store.pair_filter import Direction, PairFilter
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import plain_markdown
from pages.components.pairs.filters import FOUND, clear, show_filter
from pages.components.pairs.scores import TRAITS
from pages.components.shared.address import BOUND, box_labels, followed, set_or_drop
from pages.components.shared.errors import warn
from pages.components.shared.store import Store

AGAINST = "against"
DRAWN = {"at random": How.RANDOM, "equal per similarity band": How.STRATIFIED}


def sample_options(store: Store, run: RunRecord, filter: PairFilter, lowest: float) -> Sample:
    """Draw the options and the sample. Raises ConfigError."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="pairs_sample"):
        drawn = st.selectbox(
            "Sampling",
            list(DRAWN),
            key="drawn",
            width=230,
            help=(
                "At random: every pair is equally likely. Equal per similarity band (stratified): the same number of pairs from every "
                "band, so that precision can be estimated for each band; overall figures are weighted back to all pairs."
            ),
            **BOUND,
        )
        size = st.number_input("Size", 1, MAX_SIZE, 100, step=10, key="sample", width=130, **BOUND)
        seed = st.number_input(
            "Seed",
            1,
            2**31 - 1,
            1,
            key="drawseed",
            width=120,
            **BOUND,
            help="The same seed draws the same pairs, so two people who judge the same sample can be compared. Another seed "
            "draws other pairs.",
        )
        against = _against(store, run)
        _earlier(store, run, lowest)
    return drawn_sample(store, SampleSpec(filter, DRAWN[drawn], int(size), int(seed), against))


def drawn_sample(store: Store, spec: SampleSpec) -> Sample:
    """The sample; drawn once and cached for this visitor."""
    numbers = [store.db.run_number(run) for run in spec.runs]
    mark = (str(store.db.workspace.root), spec.text(), numbers)
    kept = st.session_state.get("judging_sample")
    if kept is None or kept[0] != mark:
        kept = mark, draw(store.db, spec)
        st.session_state["judging_sample"] = kept
    return kept[1]


def _against(store: Store, run: RunRecord) -> str:
    """Id of the second run, '' for none: any other run of the same two languages that found pairs."""
    others = {
        other.id: f"{other.name} ({plain.ago(other.started)})"
        for other in queries.list_runs(store.db).itertuples()
        if other.id != run.id and other.mined_pairs and (other.src_language, other.trg_language) == (run.src_language, run.trg_language)
    }
    linked = st.query_params.get(AGAINST, "")
    if linked and linked not in others:
        warn(f"The second run {linked[:80]} of this link is not in this workspace, or has other languages.")
    if not others:
        return ""
    options = ["", *others]
    labels = box_labels("pairs_against", options, lambda id: others.get(id, "no"))
    return followed(
        lambda: st.selectbox(
            "Mixed with a second run",
            options,
            format_func=labels,
            key="pairs_against",
            width=250,
            help="Half of the sample comes from each run, in one shuffled list that hides which run found a pair until it is judged, "
            "so that expectations about a run do not influence the verdicts (blind judging).",
        ),
        options,
        param=AGAINST,
        key="pairs_against",
        omitted="",
    )


def _earlier(store: Store, run: RunRecord, lowest: float) -> None:
    """Samples of this run that have verdicts."""
    found = [(spec, count) for spec, count in samples_of(store.db, run.id) if spec.filter.run_id == run.id][:12]
    if not found:
        return
    with st.popover("Earlier samples", icon=":material/history:", type="tertiary"):
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


def narrowed_note(filter: PairFilter, lowest: float) -> None:
    """Say that filters narrow the sample, with a button that clears them: a forgotten one would make the precision that of a part."""
    if filter == PairFilter(filter.run_id, letters_only=True):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="sample_narrowed"):
        st.markdown(f":material/filter_alt: The sample is drawn from a part of the pairs only: {filter_in_words(filter)}.", width="content")
        st.button("Clear filters", key="sample_clear", type="tertiary", on_click=clear, args=(lowest,))


def filter_in_words(filter: PairFilter) -> str:
    """What a selection asks for, for Markdown."""
    parts = [
        f"{name} {plain_markdown(word)}" for name, word in (("first word", filter.src_token), ("second word", filter.trg_token)) if word
    ]
    if filter.direction is not Direction.ANY:
        parts.append(next(label for label, choice in FOUND.items() if choice is filter.direction))
    if filter.min_similarity is not None or filter.max_similarity is not None:
        low, high = filter.min_similarity, filter.max_similarity
        parts.append(f"similarity {'' if low is None else f'from {low:g} '}{'' if high is None else f'to {high:g}'}".strip())
    parts += [f"CSLS from {filter.min_csls:g}"] if filter.min_csls is not None else []
    names = {trait: label for label, trait in TRAITS.items()}
    parts += [f"only {names[trait]}" for trait in filter.traits] + [f"none {names[trait]}" for trait in filter.without]
    parts += [f"iteration {filter.iteration + 1}"] if filter.iteration is not None else []
    parts += [f"found in {filter.found_in} iterations or more"] if filter.found_in > 1 else []
    parts += ["sentences with several pairs"] if filter.multi_only else []
    parts += [] if filter.letters_only else ["punctuation and numbers too"]
    return "; ".join(parts)


def _take_up(spec: SampleSpec, lowest: float) -> None:
    show_filter(spec.filter, lowest)
    st.session_state["drawn"] = next(label for label, choice in DRAWN.items() if choice is spec.how)
    st.session_state["sample"], st.session_state["drawseed"] = spec.size, spec.seed
    set_or_drop(AGAINST, spec.against)
    st.query_params.pop("item", None)
