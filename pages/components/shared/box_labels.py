"""Labels of select boxes by which a choice is known for sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T", bound=Hashable)
MOST = 1000  # labels remembered beside the present ones; a browser sends at most what it was shown twice before


def box_labels(key: str, options: Sequence[T], format_func: Callable[[T], str]) -> Callable[[T], str]:
    """format_func for the select box of this key; call it before the box is drawn, and before its value is read.

    A browser names a choice by its label alone. Of two options with one label it would get the last, and a label that has changed
    since it was drawn (22 minutes ago) would name none. So labels that are alike are told apart by the option itself, and what
    every label stood for is remembered: a choice that comes back under an old label is put right.
    """
    plain = {option: format_func(option) for option in options}
    often = Counter(plain.values())
    labels = {option: text if often[text] == 1 else f"{text} · {option}" for option, text in plain.items()}
    stood_for = st.session_state.setdefault(f"{key}_labels", {})
    value = st.session_state.get(key)
    if isinstance(value, str) and value not in labels and stood_for.get(value) in labels:
        st.session_state[key] = stood_for[value]
    stood_for.update({text: option for option, text in labels.items()})
    for old in list(stood_for)[: -MOST - len(labels)]:
        del stood_for[old]
    return lambda option: labels.get(option, str(option))
