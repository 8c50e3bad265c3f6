"""All sentence pairs of a text: error rates by method, and the sentences filtered by what is wrong in them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lraln_core.choices import Aligner
from lraln_core.evaluation import word_alignment as scores
from lraln_core.evaluation.word_alignment import AlignmentScores, Judgement
from lraln_core.files.randomness import rng_for
from lraln_core.runs.word_alignment.align import as_aligned
from lraln_core.runs.word_alignment.config import AlignerConfig
from lraln_core.runs.word_alignment.stored import METHODS, GoldSource, Space, StoredPair, StoredText
from lraln_core.text import pharaoh
from lraln_core.text.pharaoh import AlignedSentence
from lraln_core.views import plain
from pages.components.shared.downloads import table_downloads

from .method import SPACES, Choice
from .pair import show_pair

BOOTSTRAP = 300
ALL, WRONG, MISSED, FAULTLESS = "All", "With wrong links", "With missed links", "Without errors"


def show_text(text: StoredText, choices: Sequence[Choice], languages: tuple[str, str]) -> None:
    """Filter, the chosen sentence pair, downloads."""
    if text.total > len(text.pairs):
        st.caption(f"The first {len(text.pairs):,} of {text.total:,} sentence pairs.")
    predicted = [as_aligned([pair.links(choice.config, choice.space) for pair in text.pairs], choice.config) for choice in choices]
    if not predicted:
        return
    numbers = list(range(len(text.pairs)))
    if text.gold is not GoldSource.NONE:
        wanted = st.segmented_control(
            "Sentence pairs",
            [ALL, WRONG, MISSED, FAULTLESS],
            default=ALL,
            required=True,
            key="alignment_filter",
            help="Counted for the first of the two alignments.",
        )
        numbers = [number for number in numbers if _wanted(text.pairs[number], predicted[0][number], wanted or ALL)]
    if not numbers:
        st.info("No sentence pair is like that.", icon=":material/filter_alt_off:")
        return
    labels = {number: f"{number + 1}: {' '.join(text.pairs[number].src)[:90]}" for number in numbers}
    number = st.selectbox(
        f"Sentence pair ({len(numbers):,})", numbers, format_func=labels.__getitem__, key=f"alignment_pair_{hash(tuple(numbers)) % 10**8}"
    )
    show_pair(text.pairs[number], choices, languages, key=f"text_{number}")
    _downloads(predicted[0], choices[0])


def _wanted(pair: StoredPair, predicted: AlignedSentence, wanted: str) -> bool:
    if wanted == ALL or pair.gold is None:
        return wanted == ALL
    found = set(scores.judge(pair.gold, predicted).values())
    if wanted == FAULTLESS:
        return not found & {Judgement.WRONG, Judgement.MISSED}
    return (Judgement.WRONG if wanted == WRONG else Judgement.MISSED) in found


def show_error_rates(text: StoredText, cache_key: tuple[str, int]) -> None:
    """Error rates of every method with its default values, before and after, where the text has links to compare with.

    cache_key: file and time of the text.
    """
    if text.gold is GoldSource.NONE:
        return
    if text.gold is GoldSource.FAST_ALIGN:
        st.warning(
            "This text came without links made by people. It is compared with links that fast_align made from the text itself, which are "
            "often wrong, so these figures say how much the methods agree with fast_align, and not how good they are.",
            icon=":material/warning:",
        )
    frame = _figures(text, cache_key)
    st.dataframe(
        frame,
        hide_index=True,
        alt="Error rates of the methods before and after the run",
        column_config={
            "Error rate (AER)": st.column_config.TextColumn(help="Alignment error rate: 0 % is perfect. With its 95 % interval."),
            "Before less after": st.column_config.TextColumn(
                help="By how many points the run lowers the error rate, on the same sentences (paired bootstrap)."
            ),
        },
    )
    table_downloads(frame, "word-alignment", "Word alignment error rates", key="alignment_table")


@st.cache_data(show_spinner="Linking the words by every method", max_entries=8)
def _figures(_text: StoredText, cache_key: tuple[str, int]) -> pd.DataFrame:
    gold = [pair.gold or AlignedSentence(()) for pair in _text.pairs]
    rows = []
    for method in METHODS:
        if method is Aligner.FAST_ALIGN and _text.gold is GoldSource.FAST_ALIGN:
            continue
        config = AlignerConfig(method=method)
        spaces = list(Space) if method.uses_vectors else [Space.AFTER]
        counts = {space: scores.count(gold, as_aligned([pair.links(config, space) for pair in _text.pairs], config)) for space in spaces}
        for space in spaces:
            found = scores.score(counts[space], bootstrap_samples=BOOTSTRAP, rng=rng_for(1, "bootstrap"))
            change = ""
            if space is Space.AFTER and len(spaces) > 1:
                gained = scores.difference(
                    counts[Space.BEFORE], counts[Space.AFTER], "aer", bootstrap_samples=BOOTSTRAP, rng=rng_for(1, "bootstrap")
                )
                change = plain.points(gained.value) + ("" if gained.holds else ", not significant")
            rows.append(_row(method, SPACES[space].capitalize() if method.uses_vectors else "Statistics of this text", found, change))
    return pd.DataFrame(rows)


def _row(method: Aligner, vectors: str, found: AlignmentScores, change: str) -> dict[str, str]:
    return {
        "Method": str(method),
        "Vectors": vectors,
        "Error rate (AER)": f"{plain.percent(found.aer.value)} ({100 * found.aer.low:.1f} to {100 * found.aer.high:.1f})",
        "Precision": plain.percent(found.precision.value),
        "Recall": plain.percent(found.recall.value),
        "F1": plain.percent(found.f1.value),
        "Before less after": change,
    }


def _downloads(predicted: Sequence[AlignedSentence], choice: Choice) -> None:
    name = f"{choice.config.method}-{SPACES[choice.space]}"
    with st.popover(f"Save the links of {choice.label}", icon=":material/download:", type="tertiary", key="alignment_save"):
        st.download_button(
            "Pharaoh",
            data=lambda: "".join(f"{pharaoh.line(one)}\n" for one in predicted).encode("ascii"),
            file_name=f"{name}.pharaoh",
            mime="text/plain",
            on_click="ignore",
            key="alignment_pharaoh",
            help="One line a sentence pair, words counted from 0: 0-0 1-2.",
        )
        st.download_button(
            "NAACL",
            data=lambda: pharaoh.naacl_rows(predicted).encode("ascii"),
            file_name=f"{name}.naacl",
            mime="text/plain",
            on_click="ignore",
            key="alignment_naacl",
            help="One line a link: sentence pair and words counted from 1, and S.",
        )
