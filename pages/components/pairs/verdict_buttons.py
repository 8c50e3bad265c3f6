"""The four verdicts as buttons with the keys 1 to 4; a click is on the disk before the page is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.store.judging.judgements import Verdict, judge
from lraln_core.store.judging.results import Standing
from pages.components.pairs.verdicts import LABELS, MEANINGS, SIGNS
from pages.components.shared.errors import complain
from pages.components.shared.store import open_store

ANNOTATOR, NOTE = "by", "judging_note"
_PROBLEM = "judging_problem"


def annotator_field() -> str:
    """Whose verdicts these are; the name stays for the whole visit and stands in the address."""
    return st.text_input(
        "Your name",
        key=ANNOTATOR,
        placeholder="needed for a verdict",
        max_chars=80,
        width=220,
        bind="query-params",
        persist_state="session",
        help="Verdicts are kept under this name, so that several people can judge the same pairs and be compared.",
    ).strip()


def note_field(run_id: str, pair_id: int, said: Sequence[Standing], annotator: str) -> None:
    """A remark that goes with the next verdict; that of the verdict given before is shown."""
    own = mine(said, annotator)
    mark = (run_id, pair_id, own.time if own else "")
    if st.session_state.get("judging_note_of") != mark:
        st.session_state["judging_note_of"] = mark
        st.session_state[NOTE] = own.note if own else ""
    st.text_input(
        "Note",
        key=NOTE,
        placeholder="optional; type it before the verdict",
        max_chars=1000,
        help="Kept with the verdict. While you type, the keys 1 to 4 write; leave the field with Tab or a click, then press them.",
    )


def verdict_buttons(
    run_id: str,
    pair_id: int,
    said: Sequence[Standing],
    annotator: str,
    *,
    sample: str = "",
    then: Callable[[], None] = lambda: None,
) -> None:
    """Buttons for the verdicts and one to take it back. `then` runs after a verdict was kept."""
    own = mine(said, annotator)
    with st.container(horizontal=True, key="verdicts"):
        for at, verdict in enumerate(LABELS, 1):
            st.button(
                f"{SIGNS[verdict]} {LABELS[verdict]}",
                key=f"verdict_{verdict}",
                shortcut=str(at),
                type="primary" if own and own.verdict is verdict else "secondary",
                help=MEANINGS[verdict],
                disabled=not annotator,
                on_click=_keep,
                args=(run_id, pair_id, verdict, annotator, sample, then),
            )
        st.button(
            "Take back",
            key="verdict_withdrawn",
            icon=":material/undo:",
            shortcut="Backspace",
            type="tertiary",
            disabled=own is None,
            help="Withdraw your verdict on this pair. The file of judgements keeps both lines.",
            on_click=_keep,
            args=(run_id, pair_id, Verdict.WITHDRAWN, annotator, sample, lambda: None),
        )
    if not annotator:
        st.caption("Type your name into the field Your name, then judge with the keys 1 to 4.")
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        complain(problem)


def mine(said: Sequence[Standing], annotator: str) -> Standing | None:
    """The verdict of one annotator."""
    return next((one for one in said if one.annotator == annotator), None)


def _keep(run_id: str, pair_id: int, verdict: Verdict, annotator: str, sample: str, then: Callable[[], None]) -> None:
    try:
        judge(open_store().db, run_id, pair_id, verdict, annotator=annotator, note=st.session_state.get(NOTE, "").strip(), sample=sample)
    except LralnError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state["judging_note_of"] = "kept"  # the field is filled anew
    then()
