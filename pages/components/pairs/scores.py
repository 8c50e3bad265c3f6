"""Scores of pairs under the final maps: their chips, the filters over them, and the job that computes them for a run without."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lraln_core.evaluation.pair_scores import HUB_FROM
from lraln_core.evaluation.spelling import Alike
from lraln_core.files.run_folder import RunFolder, State
from lraln_core.runs.jobs import jobs, score_request
from lraln_core.store.pair_filter import Trait
from lraln_core.store.queries.pairs import Link
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views.highlight import chip_html
from pages.components.shared.address import BOUND
from pages.components.shared.progress import Work, follow, state_of_job, stopped_job
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

TRAITS = {
    "with a hub": Trait.HUB,
    "spelled the same": Trait.SAME,
    "spelled alike": Trait.ALIKE,
    "possible false friends": Trait.FALSE_FRIEND,
    "not so in the lexicon": Trait.CONFLICT,
    "with a function word": Trait.FUNCTION,
}
TRAITS_HELP = (
    f"Hub: {meaning('hub')} Spelled the same or alike: in Latin letters, at most a quarter of the letters changed; names and loans. "
    "Possible false friends: spelled alike, but the lexicon translates the first word otherwise. Not so in the lexicon: it knows both "
    "words, and not as translations of each other; inflected forms are often missing in it. Function words: one of the two is among the "
    "100 most frequent words of its corpus."
)
NOT_SCORED = "Its vectors were compared with other maps in every iteration, so similarities of different iterations are not on one scale."


def is_scored(run: RunRecord) -> bool:
    """Whether the pairs of a run have scores under its final maps."""
    return run.scored_pairs > 0


def score_chips(link: Link) -> list[str]:
    """CSLS, cosine and what is conspicuous about a scored pair; the similarity when it was found for one without a score."""
    found = "not measured" if link.similarity is None else f"{link.similarity:.3f}"
    if link.csls is None or link.cosine is None:
        return [chip_html(f"similarity {found}", note=meaning("similarity"))]
    before = "" if link.cosine_before is None else f"Before alignment {link.cosine_before:.3f}. "
    chips = [
        chip_html(f"CSLS {signed(link.csls)}", note=meaning("csls")),
        chip_html(f"cosine {link.cosine:.3f}", note=f"Similarity with the final maps. {before}When the pair was found: {found}."),
    ]
    for word, hubness in ((link.src_token, link.src_hubness), (link.trg_token, link.trg_hubness)):
        if hubness is not None and hubness >= HUB_FROM:
            chips.append(chip_html(f"hub: {word}", note=f"{hubness:.0f} times the average hubness. {meaning('hub')}", kind="bad"))
    if link.alike and link.in_lexicon is False:
        chips.append(chip_html("possible false friend", note="Spelled alike, but the lexicon gives another translation.", kind="bad"))
    elif link.in_lexicon is False:
        chips.append(chip_html("lexicon \N{MULTIPLICATION X}", note="The lexicon knows both words, and not as translations of each other."))
    elif link.in_lexicon:
        chips.append(chip_html("lexicon \N{CHECK MARK}", note="The lexicon lists this pair.", kind="good"))
    if link.alike and link.in_lexicon is not False:
        same = link.alike == Alike.SAME
        chips.append(chip_html("same spelling" if same else "similar spelling", note="In Latin letters: a name, a number or a loan."))
    return chips


def signed(value: float) -> str:
    """A score with three decimals and a proper minus sign."""
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def trait_filters() -> tuple[tuple[Trait, ...], tuple[Trait, ...], float | None]:
    """Draw the filters over scores. -> (traits wanted, traits left out, lowest CSLS)."""
    wanted = st.multiselect("Only pairs", list(TRAITS), key="onlypairs", help=TRAITS_HELP, placeholder="all", **BOUND)
    without = st.multiselect("Leave out pairs", list(TRAITS), key="without", help=TRAITS_HELP, placeholder="none", **BOUND)
    lowest = st.slider("CSLS at least", -1.0, 1.0, -1.0, step=0.01, key="csls", help=meaning("csls"), **BOUND)
    return tuple(TRAITS[label] for label in wanted), tuple(TRAITS[label] for label in without), lowest if lowest > -1 else None


def scoring_offer(store: Store, run: RunRecord, *, again: bool = False) -> None:
    """For a run without scores, or to compute them `again`: a button that starts it, or its progress."""
    folder = RunFolder(store.workspace.runs / run.id)
    if (is_scored(run) and not again) or run.state != "finished" or not (run.src_corpus and run.trg_corpus) or not folder.maps.exists():
        return
    job = jobs.job_folder(folder, score_request.JOB)
    start: Callable[[], None] = lambda: jobs.start_job(folder, score_request.JOB, store.workspace, score_request.command(folder))
    state = state_of_job(job)
    if state is None or state is State.FINISHED:  # finished, and the scores were taken away
        if st.button(
            "Compute CSLS and hubness",
            icon=":material/calculate:",
            type="tertiary",
            key="pairs_score",
            help=f"The pairs of this run have no score under its final maps. {NOT_SCORED} It takes seconds for the sample, minutes for a "
            "large run; sentences that are no longer in the cache of vectors are encoded again.",
        ):
            start()
            st.rerun()
    elif state.over:
        with st.popover("Scores were not computed", icon=":material/error:", type="tertiary"):
            stopped_job(job, start, key="pairs_score_job")
    else:
        with st.popover("Computing CSLS and hubness", icon=":material/progress_activity:", type="tertiary"):
            follow(Work(job, "pairs_score_job", on_end=lambda: store.refresh(now=True)))
