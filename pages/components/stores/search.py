"""All pairs of a run over sharded stores, searched in the shards where they lie; of a very large run, its own folder holds a part."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.errors import CorpusError, WorkspaceError
from lraln_core.files.run_folder import RunFolder
from lraln_core.store.matching import Match
from lraln_core.store.queries.pair_shards import PairShards, ShardFilter, count_pairs, page_of_shards, pair_shards
from lraln_core.store.queries.runs import RunRecord
from lraln_core.text.corpus import open_corpus
from lraln_core.views import plain
from pages.components.shared.errors import errors_shown
from pages.components.shared.store import Store

ROWS = 25
_MATCHES = {
    Match.EXACT: "is the word",
    Match.PREFIX: "begins the word",
    Match.CONTAINS: "is in the word",
    Match.REGEX: "is a regular expression",
}


def stored_pairs(store: Store, run: RunRecord, src: str, trg: str) -> None:
    """A switch that shows all pairs; nothing for a run that has no others than those of this page. src, trg: names of the languages."""
    with errors_shown():
        shards = pair_shards(RunFolder(store.workspace.runs / run.id))
        if shards is not None:
            _search(store, run, shards, src, trg)


@st.fragment
def _search(store: Store, run: RunRecord, shards: PairShards, src: str, trg: str) -> None:
    searching = st.toggle(
        f"Search all {plain.count(shards.pairs, 'pair')} of {plain.count(shards.iterations, 'iteration')} where they lie",
        key="stored_on",
        help="This run was mined over stores. Of very many pairs of an iteration the run holds and shows a part; here all are read from "
        f"the {plain.count(len(shards.shards), 'file')} in which they were mined, without a copy.",
    )
    if not searching:
        return
    with errors_shown(), st.container(border=True, key="stored_panel"):
        first, second, third, fourth = st.columns([1, 1, 1, 1], vertical_alignment="bottom")
        wanted = ShardFilter(
            first.text_input(f"Word of {src}", key="stored_src"),
            second.text_input(f"Word of {trg}", key="stored_trg"),
            third.selectbox("What is typed", list(_MATCHES), format_func=_MATCHES.__getitem__, key="stored_match"),
            mutual_only=fourth.toggle("Found in both directions", key="stored_mutual"),
        )
        with st.spinner("Reading the pairs"):
            counts = count_pairs(store.db, shards, wanted)
        st.markdown(
            f"**{plain.count(counts.pairs, 'word pair')}**, {counts.types:,} of them different, {counts.mutual:,} found in both directions"
        )
        if not counts.pairs:
            return
        pages = -(-counts.pairs // ROWS)
        if st.session_state.get("stored_page", 1) > pages:
            st.session_state["stored_page"] = 1
        page = st.pagination(pages, key="stored_page") if pages > 1 else 1
        found = page_of_shards(store.db, shards, wanted, (page - 1) * ROWS, ROWS)
        st.dataframe(_table(store, run, found, src, trg), hide_index=True, width="stretch", key="stored_table")


def _table(store: Store, run: RunRecord, found: pd.DataFrame, src: str, trg: str) -> pd.DataFrame:
    """What a person reads: words, cosine, how the pair was found, and the sentences where the workspace has the corpora."""
    both, one = "both directions", {True: f"from {src}", False: f"from {trg}"}
    shown = pd.DataFrame(
        {
            src: found["src_token"],
            trg: found["trg_token"],
            "Similarity (cosine)": found["similarity"].round(3),
            "Iteration": found["iteration"] + 1,
            "Found": [both if f and b else one[bool(f)] for f, b in zip(found["forward"], found["backward"], strict=True)],
        }
    )
    for side, corpus, name in (("src", run.src_corpus, src), ("trg", run.trg_corpus, trg)):
        numbers = found[f"{side}_sentence"].to_numpy()
        try:
            shown[f"Sentence of {name}"] = open_corpus(store.workspace.corpora / (corpus or "")).texts(numbers)
        except (CorpusError, WorkspaceError, IndexError):
            shown[f"Sentence number of {name}"] = numbers + 1
    return shown
