"""Retrieval: how many test words find their translation, before and after training; every single test word."""

from __future__ import annotations

import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.store.queries import runs as queries
from lraln_core.store.queries.retrieval import LinkFilter, Outcome, RetrievalDirection, count_links, outcome_counts, page_of_links
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from pages.components.navigation import show_page
from pages.components.pairs.filters import MATCHES
from pages.components.retrieval.view import Names, example, link_cards_html, numbers, outcome_chart
from pages.components.retrieval.word_kinds import word_kinds
from pages.components.runs.listing import has_value, language_name
from pages.components.runs.picker import pick_run
from pages.components.runs.result import change_of
from pages.components.shared.address import BOUND, segments
from pages.components.shared.errors import complain
from pages.components.shared.store import Store, open_store
from pages.components.shared.theme import page_head

PAGE = 15
HOW_TO_TEST = (
    "For a run of your own, add a test set on the page Launch: a file with one sentence pair per line, source and translation "
    "separated by a tab."
)
OUTCOMES = {
    "all": Outcome.ALL,
    "gained": Outcome.GAINED,
    "lost": Outcome.LOST,
    "always correct": Outcome.BOTH_RIGHT,
    "always wrong": Outcome.BOTH_WRONG,
}


def main() -> None:
    store = open_store()
    bar = page_head(
        "Word retrieval",
        "The test: the translation of a word of a test sentence is searched among <b>all</b> words of all test sentences of the other "
        "language, before and after training. The test sentences were not used for training.",
        "retrieval",
        "accuracy",
        "interval",
        "csls",
        "gold",
    )
    with bar:
        run = pick_run(
            store,
            key="retrieval_run",
            wanted=lambda run: has_value(run.accuracy_after),
            unfit=f"The run of this link has no test set. {HOW_TO_TEST}",
        )

    if run is None:
        st.info(f"No run has been tested yet. The sample runs on the page Home come with a test. {HOW_TO_TEST}", icon=":material/target:")
        st.page_link("pages/home.py", label="Go to Home", icon=":material/home:")
        return
    names = Names(language_name(run.src_language), language_name(run.trg_language), run.src_language, run.trg_language)
    numbers(queries.metrics(store.db, run.id), names)
    change = change_of(store, run)
    if change is not None:
        st.html(f'<p class="lr-text">{plain.difference(change.value, change.low, change.high)}</p>')
    _example(store, run, names)
    word_kinds(store, run.id, names.src)
    if not count_links(store.db, LinkFilter(run.id)):
        st.caption("This run has no list of its test words.")
        return
    _words(store, run, names)


def _example(store: Store, run: RunRecord, names: Names) -> None:
    """The task explained with one word of this run: one that was wrong before and correct after, if there is any."""
    for outcome in (Outcome.GAINED, Outcome.BOTH_RIGHT, Outcome.ALL):
        found = page_of_links(store.db, LinkFilter(run.id, outcome=outcome), 0, 40)
        if found:
            example(found, names)
            return


def _words(store: Store, run: RunRecord, names: Names) -> None:
    st.subheader("Word by word", anchor=False)
    directions = {names.direction(direction): direction for direction in RetrievalDirection}
    row = st.container(horizontal=True, gap="medium")
    chosen = segments(
        "Direction",
        directions,
        key="direction",
        help="From the language of the query words to the language that is searched.",
        container=row,
    )
    direction = directions[chosen]
    counts = outcome_counts(store.db, run.id, direction)
    outcome = segments(
        "Outcome",
        OUTCOMES,
        default="gained",
        key="outcome",
        help="Gained: wrong before training, correct after. Lost: correct before, wrong after.",
        container=row,
    )
    outcome_chart({label: counts[OUTCOMES[label]] for label in ("always correct", "gained", "lost", "always wrong")})
    row = st.container(horizontal=True, gap="medium")
    word = row.text_input(
        "Word",
        key="word",
        type="search",
        placeholder="any word",
        **BOUND,
        width=320,
        help="The query word, whose translation is searched.",
    )
    how = segments("Match", MATCHES, default="begins with", key="word_match", container=row)
    try:
        wanted = LinkFilter(run.id, direction, OUTCOMES[outcome], word.strip(), MATCHES[how])
        total = count_links(store.db, wanted)
    except ConfigError as error:
        complain(str(error))
        return
    if not total:
        st.info("No test word matches. Choose another outcome, or clear the word.", icon=":material/search_off:")
        return
    pages = -(-total // PAGE)
    if st.session_state.get("links", 1) > pages:
        st.session_state["links"] = 1
    st.markdown(f"**{plain.count(total, 'test word')}**")
    cards = st.empty()
    page = st.pagination(pages, key="links", **BOUND) if pages > 1 else 1
    found = page_of_links(store.db, wanted, (page - 1) * PAGE, PAGE)
    cards.html(link_cards_html(found, direction, names))


show_page(main)
