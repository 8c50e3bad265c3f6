"""Scores of named entity recognition: overall and by class, before and after training, and the confusion matrix."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lraln_core.store.queries.ner import NerFigures, NerOutcome
from lraln_core.views import plain
from lraln_core.views.charts import confusion_chart, f1_chart
from lraln_core.views.highlight import chip_html, escape
from pages.components.shared.charts import draw_chart
from pages.components.shared.terms import meaning

CLASSES = {"PER": "person", "LOC": "place", "ORG": "organisation"}
ALL = "all classes"


def class_name(kind: str) -> str:
    """The name of a class, or its tag when the name is not known."""
    return CLASSES.get(kind, kind)


def headline(outcome: NerOutcome) -> None:
    """F1 before and after training, and whether the difference is significant."""
    if outcome.before is None:
        _alone(outcome.after)
        return
    st.html(_before_after(outcome, outcome.before))
    if outcome.difference is not None:
        value, low, high = outcome.difference
        st.html(
            f'<p class="lr-note" data-testid="ner-difference"><b>{escape(plain.difference(value, low, high))}</b> '
            f"{escape(meaning('holds'))}</p>"
        )


def _before_after(outcome: NerOutcome, before: NerFigures) -> str:
    """The two F1 with their intervals, and their difference, which is coloured only when it is significant."""
    change = outcome.after.f1 - before.f1
    kind = "plain" if not outcome.holds else "good" if change > 0 else "bad"
    text = plain.points(change) + ("" if outcome.holds else ", not significant")
    arrow = '<span class="lr-arrow" aria-hidden="true">\N{RIGHTWARDS ARROW}</span>'
    chip = f'<div class="lr-figure" style="align-self:center">{chip_html(text, note=meaning("holds"), kind=kind)}</div>'
    cells = f"{_figure('F1 before', before, 'lr-before')}{arrow}{_figure('F1 after', outcome.after, 'lr-after')}{chip}"
    return f'<div class="lr-beforeafter" data-testid="ner-before-after">{cells}</div>'


def _figure(label: str, one: NerFigures, kind: str) -> str:
    interval = f"95 % interval: {100 * one.low:.1f} to {100 * one.high:.1f}"
    return (
        f'<div class="lr-figure {kind}"><span class="lr-label">{label}</span>'
        f'<span class="lr-value" title="{escape(meaning("f1"))}">{escape(plain.percent(one.f1))}</span>'
        f'<span class="lr-range" title="{escape(meaning("interval"))}">{interval}</span></div>'
    )


def _alone(after: NerFigures) -> None:
    st.metric("F1 after", plain.percent(after.f1), help=f"{meaning('f1')} 95 % interval: {100 * after.low:.1f} to {100 * after.high:.1f}.")
    st.caption("Only the vectors after training were tested. Start the test below to compare it with the one before.")


def by_class(outcome: NerOutcome) -> None:
    """Chart and table of F1 by class."""
    left, right = st.container(key="split_ner").columns([1.25, 1], gap="large")
    with left:
        st.markdown("**F1 by class**", help=f"{meaning('f1')} The line is the {meaning('interval')}")
        draw_chart(f1_chart(_frame(outcome)), key="ner_f1", about="F1 by class with intervals")
    with right:
        st.markdown("**The same in numbers**", help=f"{meaning('ner_precision')} {meaning('recall')}")
        column = st.column_config.TextColumn
        st.dataframe(
            _table(outcome),
            hide_index=True,
            alt="F1, precision and recall by class",
            column_config={
                "Before": column(help=f"F1 before training. {meaning('f1')}"),
                "After": column(help=f"F1 after training. {meaning('f1')}"),
                "Precision": column(help=f"After training. {meaning('ner_precision')}"),
                "Recall": column(help=f"After training. {meaning('recall')}"),
                "In the text": st.column_config.NumberColumn(format="localized", help="Number of names of this class in the test."),
            },
        )


def _frame(outcome: NerOutcome) -> pd.DataFrame:
    rows = []
    for when, one in (("before", outcome.before), ("after", outcome.after)):
        if one is None:
            continue
        rows.append(
            {
                "label": ALL,
                "when": when,
                "value": one.f1,
                "low": one.low,
                "high": one.high,
                "precision": one.precision,
                "recall": one.recall,
            }
        )
        for kind, values in one.by_type.items():
            rows.append(
                {
                    "label": class_name(kind),
                    "when": when,
                    "value": values["f1"],
                    "low": None,
                    "high": None,
                    "precision": values["precision"],
                    "recall": values["recall"],
                }
            )
    return pd.DataFrame(rows)


def _table(outcome: NerOutcome) -> pd.DataFrame:
    after, before = outcome.after, outcome.before
    rows = [
        {
            "Class": ALL,
            "Before": plain.percent(before.f1 if before else None),
            "After": plain.percent(after.f1),
            "Precision": plain.percent(after.precision),
            "Recall": plain.percent(after.recall),
            "In the text": after.gold,
        }
    ]
    for kind, values in after.by_type.items():
        earlier = before.by_type.get(kind) if before else None
        rows.append(
            {
                "Class": class_name(kind),
                "Before": plain.percent(earlier["f1"] if earlier else None),
                "After": plain.percent(values["f1"]),
                "Precision": plain.percent(values["precision"]),
                "Recall": plain.percent(values["recall"]),
                "In the text": int(values["gold"]),
            }
        )
    return pd.DataFrame(rows)


def confusion(outcome: NerOutcome) -> None:
    """The confusion matrices before and after training, side by side."""
    st.markdown("**Confusion matrix**", help=meaning("confusion"))
    parts = [(when, one) for when, one in (("before", outcome.before), ("after", outcome.after)) if one is not None]
    for (when, one), column in zip(parts, st.container(key="figures_ner").columns(len(parts), gap="large"), strict=True):
        with column:
            st.caption(when)
            draw_chart(confusion_chart(_cells(one)), key=f"ner_confusion_{when}", about=f"Confusion matrix {when}")


def _cells(one: NerFigures) -> pd.DataFrame:
    last = len(one.confusion_names) - 1
    rows = []
    for i, counts in enumerate(one.confusion):
        total = sum(counts)
        for j, entities in enumerate(counts):
            if i == j == last:
                continue  # true negatives are not counted
            rows.append(
                {
                    "gold": "nothing (invented)" if i == last else class_name(one.confusion_names[i]),
                    "predicted": "nothing (missed)" if j == last else class_name(one.confusion_names[j]),
                    "entities": entities,
                    "share": entities / total if total else 0.0,
                }
            )
    return pd.DataFrame(rows)
