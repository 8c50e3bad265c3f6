"""Widgets made from the options of RunConfig: each brings its own sentence, default and range."""

from __future__ import annotations

import dataclasses
import typing
from enum import StrEnum
from typing import Any

import streamlit as st

from lraln_core.runs import config as configs

LABELS = {
    "name": "Name of the run",
    "system": "What to do",
    "seed": "Seed",
    "threads": "Processor threads",
    "src.limit": "Sentences used of the first corpus",
    "trg.limit": "Sentences used of the second corpus",
    "encoder.layer": "Layer",
    "encoder.pooling": "Piece that stands for a word",
    "encoder.device": "Device",
    "encoder.precision": "Numbers the model computes in",
    "mining.method": "Which pairs are kept",
    "mining.threshold": "Least similarity",
    "mining.mining_k": "Nearest words looked at",
    "mining.sample_size": "Sentences drawn per iteration",
    "mining.candidates": "Sentences drawn of the second language",
    "mining.scoring": "What counts as near",
    "mining.backend": "How neighbours are searched",
    "mining.letters_only": "Leave out punctuation and numbers",
    "training.steps": "Update steps",
    "training.batch_size": "Sentence pairs a batch",
    "training.accumulation": "Batches per update",
    "training.learning_rate": "Learning rate",
    "training.warmup_steps": "Warm-up steps",
    "training.schedule": "Learning rate after the warm-up",
    "training.noise": "Noise at the start",
    "training.evaluate_every": "Steps between two looks at the guards",
    "training.held_out": "Sentences kept for the guards",
    "training.select_best": "Keep the best maps",
    "evaluation.csls_k": "Neighbours in CSLS",
    "evaluation.bootstrap_samples": "Resamplings for the intervals",
    "train.parallel": "Parallel text to train on",
    "train.alignments": "Its word alignments",
    "train.tokenized": "Its words are parted already",
    "development.parallel": "Development set",
    "development.alignments": "Its word alignments",
    "development.tokenized": "Its words are parted already",
}
CHOICES = {
    "linear_unsup": "Find pairs, learn from them",
    "linear_sup": "Learn from parallel text (to compare)",
    "base": "Only measure the language model",
    "forward_backward": "Either way: many pairs",
    "intersection": "Both ways: fewer, more often right",
    "forward": "Only from the first to the second",
    "backward": "Only from the second to the first",
    "constant": "stays the same",
    "linear": "falls to zero",
    "last": "the last (the paper's choice)",
    "first": "the first",
    "mean": "the mean of all",
    "cosine": "similarity (the paper's choice)",
    "csls": "similarity corrected for hubs (CSLS)",
    "exact": "exactly",
    "flat": "exactly, with FAISS",
    "float32": "32 bits",
    "bfloat16": "bfloat16: as good, thrice as fast",
    "int8": "8 bits: as fast, but clearly worse",
}
_KINDS = {"": configs.RunConfig} | {
    name: kind for name, kind in typing.get_type_hints(configs.RunConfig).items() if dataclasses.is_dataclass(kind)
}


def section_names() -> list[str]:
    """The sections of the configuration, in its order."""
    return [name for name in _KINDS if name]


def names_of(section: str) -> list[str]:
    """The plain options of a section, in the order of the configuration."""
    hints = typing.get_type_hints(_KINDS[section])
    return [field.name for field in dataclasses.fields(_KINDS[section]) if not dataclasses.is_dataclass(hints[field.name])]


def default_of(section: str, name: str) -> Any:
    """The default value of an option."""
    return next(field.default for field in dataclasses.fields(_KINDS[section]) if field.name == name)


def option(section: str, name: str, *, key: str = "launch") -> Any:
    """A widget for one option; returns its value. What was typed stays while the visitor looks at other pages."""
    field = next(field for field in dataclasses.fields(_KINDS[section]) if field.name == name)
    kind = typing.get_type_hints(_KINDS[section])[name]
    path = f"{section}.{name}" if section else name
    label = LABELS.get(path, name.replace("_", " ").capitalize())
    shared = {
        "key": f"{key}.{path}",
        "persist_state": "session",
        "help": f"{field.metadata['help']} In configuration files: `{path}`.",
    }
    if kind is bool:
        return st.toggle(label, value=field.default, **shared)
    if issubclass(kind, StrEnum):
        options = [str(member) for member in kind]
        return st.selectbox(
            label, options, index=options.index(field.default), format_func=lambda value: CHOICES.get(value, value), **shared
        )
    if kind in (int, float):
        low, high = field.metadata["low"], field.metadata["high"]
        limits = {"min_value": None if low is None else kind(low), "max_value": None if high is None else kind(high)}
        if kind is float:
            return st.number_input(label, value=field.default, step=_step(field.default), format="%.6g", **limits, **shared)
        return st.number_input(label, value=field.default, step=1, **limits, **shared)
    return st.text_input(label, value=field.default, **shared)


def _step(value: float) -> float:
    """A tenth of the order of magnitude of the default."""
    return 10.0 ** (len(f"{int(1 / value)}") * -1) if 0 < value < 1 else 0.1


def section(name: str, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """All options of a section in two columns. -> values by name."""
    values = {}
    names = [option_name for option_name in names_of(name) if option_name not in leave_out]
    for pair in zip(names[::2], [*names[1::2], None]):
        for column, option_name in zip(st.columns(2, gap="medium", vertical_alignment="bottom"), pair):
            if option_name:
                with column:
                    values[option_name] = option(name, option_name)
    return values
