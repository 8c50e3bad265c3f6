"""A choice that stands in the address, so that reloading, sharing and the links of other pages keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.components.shared.box_labels import box_labels


def choose(ids: Sequence[str], format_func: Callable[[str], str], *, param: str, key: str, label: str, help: str) -> str:
    """A select box that follows the address, and the address follows it. ids must not be empty.

    On a page that was opened without the parameter, the last choice of this visitor is taken up, else the first id.
    """
    seen, remembered = f"{key}_linked", f"remembered_{param}"
    labels = box_labels(key, ids, format_func)
    linked = st.query_params.get(param)
    if linked in ids and (key not in st.session_state or st.session_state.get(seen) != linked):
        st.session_state[key] = linked
    elif key not in st.session_state and st.session_state.get(remembered) in ids:
        st.session_state[key] = st.session_state[remembered]
    if st.session_state.get(key) not in ids:
        st.session_state[key] = ids[0]
    chosen = st.selectbox(label, ids, format_func=labels, key=key, help=help)
    st.query_params[param] = st.session_state[seen] = st.session_state[remembered] = chosen
    return chosen
