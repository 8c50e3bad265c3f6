"""Verdicts: their names and signs, chips that show them, and the buttons (keys 1 to 4) that give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.evaluation.judged import ADJUDICATOR, Verdict
from lraln_core.store.judging.judgements import judge
from lraln_core.store.judging.results import Standing
from lraln_core.views.highlight import chip_html
from pages.components.shared.address import BOUND
from pages.components.shared.errors import complain
from pages.components.shared.store import open_store

LABELS = {Verdict.RIGHT: "correct", Verdict.SIMILAR: "similar meaning", Verdict.WRONG: "wrong", Verdict.UNSURE: "unsure"}
SIGNS = {
    Verdict.RIGHT: "\N{CHECK MARK}",
    Verdict.SIMILAR: "\N{ALMOST EQUAL TO}",
    Verdict.WRONG: "\N{MULTIPLICATION X}",
    Verdict.UNSURE: "?",
}
MEANINGS = {
    Verdict.RIGHT: "The two words translate each other in these sentences.",
    Verdict.SIMILAR: "Their meanings are related, but one does not translate the other: river and sea, went and goes.",
    Verdict.WRONG: "The meanings are not related.",
    Verdict.UNSURE: "It cannot be decided. Such pairs do not count.",
}
_KINDS = {Verdict.RIGHT: "good", Verdict.SIMILAR: "similar", Verdict.WRONG: "bad", Verdict.UNSURE: "plain"}
ANNOTATOR, NOTE = "by", "judging_note"
_PROBLEM = "judging_problem"


def verdict_chips(said: Sequence[Standing]) -> str:
    """One chip for each annotator; the name and note are on hover, and the name in the chip when there are several."""
    return "".join(
        chip_html(
            f"{SIGNS[one.verdict]} {LABELS[one.verdict]}"
            + (", decided" if one.annotator == ADJUDICATOR else f" ({one.annotator})" if len(said) > 1 else ""),
            note=f"{'Decided' if one.annotator == ADJUDICATOR else f'Judged by {one.annotator}'}. {one.note}".strip(),
            kind=_KINDS[one.verdict],
        )
        for one in said
    )


def annotator_field() -> str:
    """The name under which verdicts are stored; kept for the whole visit and in the address."""
    name = st.text_input(
        "Your name",
        key=ANNOTATOR,
        placeholder="needed for a verdict",
        max_chars=80,
        width=220,
        **BOUND,
        persist_state="session",
        help="Verdicts are stored under this name, so that several people can judge the same pairs and be compared.",
    ).strip()
    return "" if name == ADJUDICATOR else name


def note_field(run_id: str, pair_id: int, said: Sequence[Standing], annotator: str) -> None:
    """A remark stored with the next verdict; shows that of an earlier verdict on this pair."""
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
        help="Stored with the verdict. The keys 1 to 4 judge only when the cursor is not in this field; leave it with Tab or a click.",
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
    """Buttons for the verdicts and one to withdraw it. `then` runs after a verdict was stored."""
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
            "Withdraw",
            key="verdict_withdrawn",
            icon=":material/undo:",
            shortcut="Backspace",
            type="tertiary",
            disabled=own is None,
            help="Withdraw your verdict on this pair. The file of judgements keeps the history.",
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
    st.session_state["judging_note_of"] = "kept"  # fill the field again
    then()
