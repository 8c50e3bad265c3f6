"""Choices that are kept in the address of a page, so that reloading, sharing and links keep the view.

Where the text in the address is the label of the option, the `bind="query-params"` of Streamlit does the job (`BOUND`, `segments`).
Where it is an id (of a run, a corpus, a pair), or where leaving the page must not lose the choice, `followed` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Literal, TypedDict, TypeVar

import streamlit as st

T = TypeVar("T", bound=Hashable)


class Bound(TypedDict):
    bind: Literal["query-params"]


BOUND: Final[Bound] = {"bind": "query-params"}
MAX_LABELS = 1000  # labels remembered per select box; a browser sends at most one of the last two lists it was shown
_UNSET: Any = object()


def followed(
    draw: Callable[[], T | None],
    options: Sequence[T],
    *,
    param: str,
    key: str,
    text: Callable[[T], str] = str,
    default: T = _UNSET,
    omitted: T = _UNSET,
    remembered: bool = False,
) -> T:
    """The value of a widget that follows the parameter `param` of the address and writes its value back to it.

    draw: draws the widget with this key over these options. text: an option as it is written in the address. default: the option to
    begin with; the first when not given. omitted: the option that the address leaves out. remembered: begin with the last choice of
    this visitor, also on another page. An unknown text in the address is ignored.
    """
    seen, last = f"{key}_linked", f"remembered_{param}"
    raw = st.query_params.get(param)
    by_text = {text(option): option for option in options if option is not None}
    linked = omitted if raw is None else by_text.get(raw, omitted)
    state = st.session_state
    if linked is not _UNSET and (key not in state or state.get(seen, _UNSET) != linked):
        state[key] = linked
    elif key not in state and remembered and state.get(last) in options:
        state[key] = state[last]
    first = options[0] if default is _UNSET else default
    if state.get(key, _UNSET) not in options:
        state[key] = first
    drawn = draw()
    chosen = first if drawn is None and None not in options else drawn
    state[seen] = state[last] = chosen
    if omitted is not _UNSET and chosen == omitted:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = text(chosen)
    return chosen


def choose(
    ids: Sequence[str], format_func: Callable[[str], str], *, param: str, key: str, label: str, help: str, bare: bool = False
) -> str:
    """A select box over ids, which must not be empty; the choice is in the address and remembered across pages. bare: without label."""
    labels = box_labels(key, ids, format_func)
    return followed(
        lambda: st.selectbox(label, ids, format_func=labels, key=key, help=help, label_visibility="collapsed" if bare else "visible"),
        ids,
        param=param,
        key=key,
        remembered=True,
    )


def segments(
    label: str, options: Iterable[str], *, key: str, default: str | None = None, help: str | None = None, container: Any = st, **more: Any
) -> str:
    """A row of options of which one is always chosen; its label is in the address under the key. An empty address chooses the default."""
    texts = list(options)
    first = texts[0] if default is None else default
    chosen = container.segmented_control(label, texts, default=first, required=True, key=key, help=help, **BOUND, **more)
    return chosen or first


def whole_number(param: str, *, digits: int = 9) -> int | None:
    """The whole number of at most so many digits that a parameter of the address holds; None when it holds anything else."""
    raw = st.query_params.get(param, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= digits else None


def set_or_drop(param: str, value: str) -> None:
    """Write a parameter of the address; an empty value removes it."""
    if value:
        st.query_params[param] = value
    else:
        st.query_params.pop(param, None)


def box_labels(key: str, options: Sequence[T], format_func: Callable[[T], str]) -> Callable[[T], str]:
    """format_func for the select box of this key; call it before the box is drawn, and before its value is read.

    A browser names a choice by its label alone. Of two options with one label it would get the last, and a label that has changed
    since it was drawn (22 minutes ago) would name none. So equal labels are distinguished by the option itself, and what every
    label stood for is remembered: a choice that comes back under an old label is corrected.
    """
    plain = {option: format_func(option) for option in options}
    often = Counter(plain.values())
    labels = {option: text if often[text] == 1 else f"{text} · {option}" for option, text in plain.items()}
    stood_for = st.session_state.setdefault(f"{key}_labels", {})
    value = st.session_state.get(key)
    if isinstance(value, str) and value not in labels and stood_for.get(value) in labels:
        st.session_state[key] = stood_for[value]
    stood_for.update({text: option for option, text in labels.items()})
    for old in list(stood_for)[: -MAX_LABELS - len(labels)]:
        del stood_for[old]
    return lambda option: labels.get(option, str(option))
