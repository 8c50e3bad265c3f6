"""Which layer of a language model suits two corpora: a sweep over the layers without labels, as a job, with its chart."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lraln_core.choices import BUILT_IN, OFFERED, Pooling
from lraln_core.errors import LralnError
from lraln_core.runs.jobs import layer_request
from lraln_core.runs.jobs.layer_request import LEAST, MOST, USUAL, LayerRequest
from lraln_core.store.queries.sources import CorpusSource
from lraln_core.views import charts
from pages.components.runs.listing import language_name
from pages.components.shared import downloads
from pages.components.shared.errors import complain, errors_shown
from pages.components.shared.progress import Work, follow, state_of_job, stopped_job
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning


def layers_view(store: Store, sources: list[CorpusSource]) -> None:
    """The choice, a button, and the result of the sweep for this choice."""
    st.html(
        '<p class="lr-note">A language model computes a vector for every word in each of its layers, and the last layer is not always the '
        "best one. This measures every layer on sentences of two corpora, without translations or a test, and recommends one.</p>"
    )
    try:
        request = _choice(sources)
    except LralnError as error:
        complain(str(error))
        return
    if request is None:
        st.info("A sweep needs a corpus of each of two languages. Add another corpus above.", icon=":material/library_books:")
        return
    folder = layer_request.folder_of(request, store.workspace)

    def start() -> None:
        layer_request.start(request, store.workspace)

    with errors_shown():
        result = layer_request.read_result(folder)
        if result is not None:
            _result(result)
            return
        state = state_of_job(folder) if folder.status() else None
        if state is None:
            if st.button("Measure the layers", key="layers_start", type="primary", icon=":material/play_arrow:"):
                start()
                st.rerun()
        elif state.over:
            stopped_job(folder, start, key="layers")
        else:
            follow(Work(folder, "layers", log=True))


def _choice(sources: list[CorpusSource]) -> LayerRequest | None:
    """The request that the controls describe; None where there are no corpora of two languages. Raises ConfigError."""
    by_id = {source.id: source for source in sources}
    others = [id for id, source in by_id.items() if source.language != "en"]
    english = [id for id, source in by_id.items() if source.language == "en"]
    if len({source.language for source in sources}) < 2:
        return None
    label = lambda id: f"{by_id[id].title} · {language_name(by_id[id].language)}"
    left, right = st.columns(2)
    src = left.selectbox("First corpus", others, format_func=label, key="layers_src")
    rest = [id for id in by_id if by_id[id].language != by_id[src].language]
    trg = right.selectbox(
        "Second corpus", rest, index=rest.index(english[0]) if english and english[0] in rest else 0, format_func=label, key="layers_trg"
    )
    left, middle, right = st.columns([2, 1, 1])
    encoder = left.selectbox(
        "Language model",
        list(OFFERED),
        key="layers_encoder",
        accept_new_options=True,
        help=f"{meaning('language_model')} You can also type the folder of a saved model, or its name on the model hub.",
    )
    pooling = middle.selectbox(
        "Subword that represents a word",
        list(Pooling),
        key="layers_pooling",
        format_func=lambda pooling: POOLINGS[pooling],
        help="As in the run that will use the layer.",
    )
    sentences = right.number_input("Sentences per corpus", LEAST, MOST, USUAL, key="layers_sentences", help="Drawn at random.")
    return LayerRequest(src, trg, encoder or BUILT_IN, Pooling(pooling), sentences=int(sentences))


def _result(result: dict[str, Any]) -> None:
    best, last = result["recommended"], result["layer_count"]
    which = "the last one, which runs use unless told otherwise" if best == last else f"set the option Layer of a run to {best}"
    st.markdown(f"**Recommended: layer {best} of {last}** ({which}).")
    st.caption("The recommendation ranks layers well on the texts it was tried on, which were few; a test set decides.")
    frame = pd.DataFrame(result["layers"])
    frame["identical"] = frame["identical"].astype(float)
    languages = " and ".join(language_name(result[f"{side}_language"]) for side in ("src", "trg"))
    downloads.figure(charts.by_layer(frame, best), "layers", key="layers_chart")
    st.caption(
        f"{languages}, {result['sentences'][0]:,} and {result['sentences'][1]:,} sentences, computed in {result['precision']}. "
        f"{meaning('layer_criterion')}"
    )
    st.dataframe(
        frame[list(COLUMNS)].rename(columns={key: label for key, (label, _, _) in COLUMNS.items()}),
        hide_index=True,
        alt="The figures of every layer",
        column_config={label: st.column_config.NumberColumn(format=format, help=help) for label, format, help in COLUMNS.values()},
    )


POOLINGS = {Pooling.LAST: "the last", Pooling.FIRST: "the first", Pooling.MEAN: "the mean of all"}
COLUMNS = {  # of a reading: label, format, help
    "layer": ("Layer", "%d", "Counted from 0, the embeddings before the first layer."),
    "mutual": ("Mutual nearest words", "percent", "The criterion: words in their sentences."),
    "mutual_types": ("Of distinct words", "percent", "The same for the mean vectors of distinct words."),
    "agreement": ("Agreement", "%.4f", "Mean similarity, corrected for hubs (CSLS), of every word and its nearest."),
    "identical": ("Identical words found", "percent", "Of the words that both texts spell alike, those that are each other's nearest."),
    "identical_words": ("Identical words", "%d", "Words that both texts spell alike: names, numbers, loans."),
}
