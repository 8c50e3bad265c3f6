"""The switch between the recommended recipe and the paper's, with the sentence that says which one is on."""

from __future__ import annotations

import streamlit as st

from lraln_core.runs import presets
from lraln_core.runs.presets import Preset
from pages.components.shared.option_form import option_key


def choose_preset(key: str, *, form: str = "") -> Preset:
    """The chosen preset. form: the key of an option form whose fields take the values of the preset when it changes."""

    def forget() -> None:
        for path in {path for one in Preset for path in presets.by_path(one)}:
            st.session_state.pop(option_key(form, path), None)

    chosen = st.segmented_control(
        "Recipe",
        [preset.value for preset in presets.LABELS],
        default=presets.DEFAULT.value,
        format_func=lambda value: presets.LABELS[Preset(value)],
        required=True,
        key=key,
        persist_state="session",
        on_change=forget if form else None,
        label_visibility="collapsed",
    )
    preset = Preset(chosen or presets.DEFAULT)
    st.caption(presets.EXPLANATIONS[preset])
    return preset
