"""Choosing how words are linked: a method, its values, and whether the vectors before or after the run are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lraln_core.choices import Aligner
from lraln_core.runs.options import build, options
from lraln_core.runs.word_alignment.config import AlignerConfig
from lraln_core.runs.word_alignment.stored import METHODS, Space

SPACES = {Space.BEFORE: "before", Space.AFTER: "after"}
VALUES = {  # which options a method has
    Aligner.SOFTMAX: ("temperature", "threshold", "null"),
    Aligner.ENTMAX: ("temperature", "threshold", "null"),
    Aligner.TRANSPORT: ("entropy", "iterations", "filtering"),
    Aligner.ITERMAX: ("rounds",),
}
ALWAYS = ("possible",)


@dataclass(frozen=True)
class Choice:
    """A method on the vectors of a space, as one of the alignments that are shown beside each other."""

    config: AlignerConfig
    space: Space

    @property
    def label(self) -> str:
        """transport, after; fast_align compares no vectors."""
        return f"{self.config.method}, {SPACES[self.space]}" if self.config.method.uses_vectors else str(self.config.method)


def choose_two(with_statistics: bool) -> list[Choice]:
    """One or two alignments. with_statistics: whether fast_align had text to learn from."""
    columns = st.container(key="fields_methods").columns(2, gap="medium")
    found = []
    for number, column in enumerate(columns):
        with column:
            choice = _one(number, with_statistics)
        if choice is not None:
            found.append(choice)
    return found


def _one(number: int, with_statistics: bool) -> Choice | None:
    declared = options(AlignerConfig)
    offered = [method for method in METHODS if method.uses_vectors or with_statistics]
    labels = {value: label for value, label in declared["method"].choices.items() if value in offered}
    names = [*labels] if number == 0 else ["", *labels]
    default = names.index(str(AlignerConfig().method))
    method = st.selectbox(
        "Method" if number == 0 else "Beside it",
        names,
        index=default,
        format_func=lambda name: labels.get(name, "Nothing"),
        key=f"alignment_method_{number}",
        help=declared["method"].help,
    )
    if not method:
        return None
    space = Space.AFTER
    if Aligner(method).uses_vectors:
        space = st.segmented_control(
            "Vectors",
            list(SPACES),
            default=Space.BEFORE if number == 0 else Space.AFTER,
            format_func=lambda one: f"{SPACES[one].capitalize()} the run",
            required=True,
            key=f"alignment_space_{number}",
            help="The vectors of the language model as it is, or those that the run made of them.",
        )
    values: dict[str, Any] = {}
    with st.popover("Values of this method", icon=":material/tune:", type="tertiary", key=f"alignment_values_{number}"):
        for name in (*VALUES.get(Aligner(method), ()), *ALWAYS):
            one = declared[name]
            label = "Lowest confidence" if name == "possible" else one.label
            values[name] = st.number_input(
                label,
                value=one.default,
                min_value=one.kind(one.low),
                max_value=one.kind(one.high),
                step=1 if one.kind is int else 0.05 if name in ("possible", "threshold") else 0.01,
                format="%d" if one.kind is int else "%.3f",
                key=f"alignment_{name}_{number}_{method}",
                help="Links with less confidence are left out." if name == "possible" else one.help,
            )
        values["letters_only"] = st.toggle(
            declared["letters_only"].label,
            value=declared["letters_only"].default,
            key=f"alignment_letters_{number}",
            help=declared["letters_only"].help,
        )
    values["sure"] = values["possible"]
    return Choice(build(AlignerConfig, values | {"method": method}, "The values of this method"), Space(space))
