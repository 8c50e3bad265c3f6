"""What unlabelled text changed: entities gained and lost against the plain tagger, and the machine-made tags it was learned from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lraln_core.evaluation.ner.scores import spans
from lraln_core.store.queries.ner import Learned, PseudoLabel, TaggedRow
from lraln_core.views import plain
from lraln_core.views.highlight import escape
from pages.components.ner.results import class_name
from pages.components.shared.address import segments
from pages.components.shared.errors import tell
from pages.components.shared.terms import meaning

SHOWN = 2000  # rows of a table
GAINED, LOST, UNLEARNED, INVENTED = "gained", "lost", "error gone", "error new"
CHANGES = {
    GAINED: "A name the plain tagger did not find.",
    LOST: "A name only the plain tagger found.",
    UNLEARNED: "Wrongly marked by the plain tagger alone.",
    INVENTED: "Wrongly marked since unlabelled text was used.",
}


def learned(result: Learned, rows: Sequence[TaggedRow], plain_rows: Sequence[TaggedRow], found: Sequence[PseudoLabel], code: str) -> None:
    """The gain over the plain tagger, the entities behind it, and the machine-made tags."""
    st.subheader("What unlabelled text changed", anchor=False)
    value, low, high = result.gain
    st.html(
        f'<p class="lr-note" data-testid="ner-learned">F1 against the plain tagger: <b>{escape(plain.difference(value, low, high))}</b> '
        f"{escape(meaning('holds'))}</p>"
    )
    if result.refused:
        tell(f"What was learned is not used. {result.refused} The plain tagger with valid tag sequences is tested instead.")
    elif result.chosen is not None:
        move, shares = (plain.percent(value) for value in result.chosen)
        tell(f"Used without any tag of the language: {move} of the colouring, {shares} of the estimated change of the tags' shares.")
    changes, tags = st.tabs(["Entities gained and lost", "Machine-made tags"])
    with changes:
        _changes(changed_entities(rows, plain_rows))
    with tags:
        _pseudo(found, code, result.self_training)


def changed_entities(rows: Sequence[TaggedRow], plain_rows: Sequence[TaggedRow]) -> pd.DataFrame:
    """One row an entity that only one of the two taggers marked. Rows of both are of the same sentences in the same order."""
    found = []
    for row, before in zip(rows, plain_rows, strict=True):
        gold, now, then = (set(spans(tags)) for tags in (row.gold, row.after, before.after))
        for span in sorted(now ^ then, key=lambda one: (one.start, one.stop, one.type)):
            kind = (GAINED if span in now else LOST) if span in gold else (INVENTED if span in now else UNLEARNED)
            text, sentence = " ".join(row.words[span.start : span.stop]), " ".join(row.words)
            found.append((kind, text, class_name(span.type), row.position + 1, sentence))
    return pd.DataFrame(found, columns=["Change", "Words", "Class", "Sentence", "Text"])


def _changes(frame: pd.DataFrame) -> None:
    if frame.empty:
        tell("Both taggers mark the same entities.")
        return
    counts = frame["Change"].value_counts()
    columns = st.columns(len(CHANGES))
    for column, (kind, help) in zip(columns, CHANGES.items(), strict=True):
        column.metric(kind.capitalize(), int(counts.get(kind, 0)), help=help)
    kind = segments("Show", ["all", *CHANGES], default="all", key="learned_change")
    shown = frame if kind == "all" else frame[frame["Change"] == kind]
    st.dataframe(shown.head(SHOWN), hide_index=True, alt="Entities that only one of the two taggers marked")


def _pseudo(found: Sequence[PseudoLabel], code: str, self_training: int) -> None:
    if not found:
        tell("The tagger marked no entity in the unlabelled text.")
        return
    if self_training:
        kept = sum(not one.dropped for one in found)
        st.markdown(
            f"**{plain.count(len(found), 'entity', 'entities')}** marked in the unlabelled text, "
            f"{kept:,} kept for self-training, {len(found) - kept:,} dropped as doubtful"
        )
    else:
        st.markdown(
            f"**{plain.count(len(found), 'entity', 'entities')}** marked in the unlabelled text. Nothing was learned "
            "from them: the options ask for no round of self-training."
        )
    kind = segments("Show tags", ["all", "kept", "dropped"], default="all", key="learned_tags")
    shown = [one for one in found if kind == "all" or one.dropped == (kind == "dropped")]
    frame = pd.DataFrame(
        [
            {
                "Words": " ".join(one.words[one.start : one.stop]),
                "Class": class_name(one.type),
                "Confidence": one.confidence,
                "Neighbours with the same tag": one.consistency,
                "Two taggers agree": one.agreed,
                "Dropped": one.dropped,
                "Text": " ".join(one.words),
            }
            for one in shown[:SHOWN]
        ]
    )
    share = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    st.dataframe(
        frame,
        hide_index=True,
        alt=f"Machine-made tags of the unlabelled {code} text",
        column_config={"Confidence": share, "Neighbours with the same tag": share},
    )
