"""The result of a run: retrieval before and after training, and three of its word pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from lraln_core.evaluation.comparison import retrieval_change
from lraln_core.evaluation.significance import Interval
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries.compare import retrieval_hits
from lraln_core.store.queries.pairs import Link, MinedPair, page_of_pairs
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.characters import has_letter
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.pairs.cards import CardStyle, cards_html, group
from pages.components.runs.exports import run_exports
from pages.components.runs.listing import can_resume, language_name, resume_button, run_links
from pages.components.shared.errors import complain, tell
from pages.components.shared.progress import state_badge
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning, what_is

EXAMPLES = 3
SEED = 1  # of the bootstrap
SIMILAR_ENOUGH = (0.9, 0.85, 0.8, 0.7, None)  # the first of these that leaves enough examples


def run_result(store: Store, run: RunRecord, *, key: str, details: bool = True) -> None:
    """A panel about a run that is over."""
    src, trg = language_name(run.src_language), language_name(run.trg_language)
    with st.container(border=True, key=f"{key}_panel"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.html(f'<div class="lr-text" style="font-size:1.15rem"><b><bdi>{escape(run.name)}</bdi></b></div>', width="content")
            state_badge(run.state)
            st.space("stretch")
            tested = run.state == "finished" and bool((run.summary or {}).get("retrieval"))
            run_links(run.id, pairs=run.mined_pairs > 0, retrieval=tested, details=details)
            if run.mined_pairs:
                st.page_link("pages/compare.py", label="Compare", icon=":material/compare_arrows:", query_params={"run": run.id})
        if run.state == "finished":
            _finished(store, run, src, trg, key)
        else:
            _stopped(store, run, key)
        run_exports(store, run, key=key)


def _stopped(store: Store, run: RunRecord, key: str) -> None:
    if run.state == "failed":
        complain(run.error or "The run failed without an error message; its log is in the run folder.")
    elif run.state == "interrupted":
        tell("The process of this run was ended from outside. Nothing is lost: Resume continues from the last checkpoint.")
    elif run.state == "cancelled":
        tell("This run was cancelled. Resume continues from the last checkpoint.")
    if can_resume(run.state):
        resume_button(store, run.id, key=f"{key}_resume")


def _finished(store: Store, run: RunRecord, src: str, trg: str, key: str) -> None:
    retrieval = (run.summary or {}).get("retrieval")
    if retrieval:
        st.html(before_after_html(retrieval["before"], retrieval["after"]))
        change = change_of(store, run)
        verdict = "" if change is None else f" {escape(plain.difference(change.value, change.low, change.high))}"
        st.html(f'<p class="lr-note">{_in_words(retrieval["before"], retrieval["after"], src, trg)}<b>{verdict}</b></p>')
    else:
        tell("This run has no test set, so nothing was measured. Choose one on the page Launch under Test.")
    if precision := (run.summary or {}).get("precision"):
        st.html(f'<p class="lr-note">Language model {escape(run.encoder)}, computed in {escape(str(precision))}.</p>')
    examples = example_pairs(store, run.id)
    if examples:
        st.markdown(
            f"**Three of the {run.word_pairs or 0:,} word pairs**" if len(examples) == EXAMPLES else "**Word pairs**",
            help="Drawn at random from the most similar pairs found in both directions. The sentences are not translations of each other.",
        )
        st.html(cards_html(group(examples), example_style(run, src, trg)))
    what_is("retrieval", "accuracy", "interval", "pair", "similarity", "mutual", "iteration", key=f"{key}_terms")


def change_of(store: Store, run: RunRecord) -> Interval | None:
    """Accuracy after less before, mean of both directions, with its paired interval; None for a run without a list of test words."""
    return _change(store, str(store.workspace.root), run.id, str(run.finished))


@st.cache_data(show_spinner=False, max_entries=64)
def _change(_store: Store, root: str, run_id: str, finished: str) -> Interval | None:
    hits = retrieval_hits(_store.db, run_id)
    return None if hits.empty else retrieval_change(hits, np.random.default_rng(SEED))["mean"]


def example_style(run: RunRecord, src: str, trg: str) -> CardStyle:
    return CardStyle(src, trg, run.src_language, run.trg_language, hide=is_punctuation, links=False)


def is_punctuation(link: Link) -> bool:
    """Pairs in which a side has no letter."""
    return not (has_letter(link.src_token) and has_letter(link.trg_token))


def before_after_html(before: dict, after: dict) -> str:
    """The two accuracies of a run, with their intervals on hover and below."""
    difference = after["mean_accuracy"] - before["mean_accuracy"]
    sign = "good" if difference > 0 else "bad"
    return (
        '<div class="lr-beforeafter" data-testid="before-after">'
        f'{_figure("Before", before, "lr-before")}<span class="lr-arrow" aria-hidden="true">\N{RIGHTWARDS ARROW}</span>'
        f'{_figure("After", after, "lr-after")}<div class="lr-figure" style="align-self:center">'
        f'<span class="lr-chip lr-{sign}" title="Difference of the two, in percentage '
        f'points">{escape(plain.points(difference))}</span></div></div>'
    )


def _figure(label: str, values: dict, kind: str) -> str:
    low, high = values.get("low"), values.get("high")
    interval = (
        ""
        if low is None or high is None
        else (f'<span class="lr-range" title="{escape(meaning("interval"))}">95 % interval: {100 * low:.1f} to {100 * high:.1f}</span>')
    )
    return (
        f'<div class="lr-figure {kind}"><span class="lr-label">{label}</span><span class="lr-value" '
        f'title="{escape(meaning("accuracy"))}">'
        f"{escape(plain.percent(values['mean_accuracy']))}</span>{interval}</div>"
    )


def _in_words(before: dict, after: dict, src: str, trg: str) -> str:
    """The same in a sentence; HTML."""
    return (
        f"Of 100 words in the test sentences, about {round(100 * before['mean_accuracy'])} found their translation before and "
        f"{round(100 * after['mean_accuracy'])} after, averaged over {escape(src)} to {escape(trg)} and back; {after['pairs']:,} "
        "translated words were tested. No translation was used for learning." + _other_pool(before, after)
    )


def _other_pool(before: dict, after: dict) -> str:
    """The accuracies with the other pool of candidates; runs of older versions have none."""
    pool = "all" if after.get("candidates") == "gold" else "gold"
    values = [one.get(f"mean_accuracy_{pool}") for one in (before, after)]
    if None in values:
        return ""
    first, second = (round(100 * value) for value in values)
    if pool == "gold":
        return f" Candidates are all words of the other side; among words with a known translation alone, {first} and {second} find theirs."
    return f" Candidates are the words with a known translation; among all words of the other side, {first} and {second} find theirs."


def example_pairs(store: Store, run_id: str) -> Sequence[MinedPair]:
    """A few clear pairs: found in both directions, similar, distinct, longer words and shorter lists first; always the same."""
    for least in SIMILAR_ENOUGH:
        wanted = PairFilter(run_id, direction=Direction.MUTUAL, letters_only=True, min_similarity=least, sort=Sort.RANDOM, seed=1)
        found = page_of_pairs(store.db, wanted, 0, 80)
        different = list({(p.link.src_token.lower(), p.link.trg_token.lower()): p for p in found}.values())
        if len(different) >= EXAMPLES or least is None:
            return sorted(different, key=lambda p: (min(len(p.link.src_token), len(p.link.trg_token)) < 4, len(p.links) > 4))[:EXAMPLES]
    return []
