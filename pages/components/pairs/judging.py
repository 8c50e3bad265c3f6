"""Judging: one pair at a time, by keyboard; how it was found is hidden until the verdict is given (blind judging)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from lraln_core.store.judging.results import Standing, standing
from lraln_core.store.judging.samples import Drawn, Sample
from lraln_core.store.judging.translations import translations_of
from lraln_core.store.queries.pairs import one_pair
from lraln_core.store.queries.runs import RunRecord, one_run
from lraln_core.views.highlight import chip_html, plain_markdown
from pages.components.pairs.cards import CardStyle, cards_html, group, link_line
from pages.components.pairs.one import translation_field
from pages.components.pairs.show import line_options
from pages.components.pairs.team import guidelines_panel, team_queue
from pages.components.pairs.verdicts import annotator_field, mine, note_field, verdict_buttons
from pages.components.shared.address import whole_number
from pages.components.shared.store import Store

ITEM = "item"
_NEXT = "judging_go_to"


def judging(store: Store, run: RunRecord, sample: Sample, src: str, trg: str) -> None:
    """Draw the view. Raises LralnError."""
    if not sample.items:
        st.info("These filters select no pair to judge. Open Sample above and widen the filters.", icon=":material/filter_alt_off:")
        return
    said = {id: standing(store.db, id, [item.pair_id for item in sample.items if item.run_id == id]) for id in sample.spec.runs}
    with st.container(horizontal=True, vertical_alignment="bottom", key="judging_head"):
        annotator = annotator_field()
        sample = team_queue(sample, annotator)
        guidelines_panel(store)
    body, below = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    if not sample.items:
        st.info("No pair of this sample is in your queue.", icon=":material/group:")
        return
    done = [mine(said[item.run_id].get(item.pair_id, ()), annotator) is not None for item in sample.items]
    at = _place(sample, done)
    item = sample.items[at]
    here = said[item.run_id].get(item.pair_id, ())
    with below:
        note_field(item.run_id, item.pair_id, here, annotator)
    pair = one_pair(store.db, item.run_id, item.pair_id)
    with body:
        whose = f" by {plain_markdown(annotator)}" if annotator else ""
        st.progress(sum(done) / len(done), text=f"**{sum(done)} of {len(done)}** judged{whose}")
        with st.container(horizontal=True, vertical_alignment="center"):
            question = "Do the two marked words translate each other in these sentences?"
            st.markdown(f"**Pair {at + 1} of {len(done)}.** {question}", width="content")
            st.space("stretch")
            lines = line_options(store, run)
        lines = replace(lines, translations=translations_of(store.db, run.src_language, [pair.src_text]))
        style = CardStyle(src, trg, run.src_language, run.trg_language, blind=True, lines=lines)
        st.html(cards_html(group([pair]), style))
        verdict_buttons(item.run_id, item.pair_id, here, annotator, sample=sample.spec.text(), then=lambda: _go_on(sample, at, done))
        _steps(at, done)
        if all(done):
            st.success(
                "You have judged the whole sample. Open Precision above, or draw another sample with another seed.",
                icon=":material/task_alt:",
            )
        _reveal(store, sample, item, done[at], done, said, src, trg)
    with st.expander("Your own translation of the sentence"):
        translation_field(store, run, pair, src)


def _steps(at: int, done: Sequence[bool]) -> None:
    """Buttons to the pairs before and after."""
    with st.container(horizontal=True):
        st.button(
            "Previous", key="judge_back", icon=":material/arrow_back:", shortcut="Left", disabled=at == 0, on_click=_go_to, args=(at - 1,)
        )
        st.button(
            "Next",
            key="judge_next",
            icon=":material/arrow_forward:",
            icon_position="right",
            shortcut="Right",
            disabled=at == len(done) - 1,
            on_click=_go_to,
            args=(at + 1,),
        )
        not_judged = [place for place, is_done in enumerate(done) if not is_done and place != at]
        if not_judged:
            later = next((place for place in not_judged if place > at), not_judged[0])
            st.button(
                "Next not judged",
                key="judge_open",
                icon=":material/skip_next:",
                shortcut="N",
                type="tertiary",
                on_click=_go_to,
                args=(later,),
            )


def _reveal(
    store: Store,
    sample: Sample,
    item: Drawn,
    is_done: bool,
    done: Sequence[bool],
    said: Mapping[str, Mapping[int, Sequence[Standing]]],
    src: str,
    trg: str,
) -> None:
    """How the pair was found, once it is judged; before that, how the previously judged pair was found."""
    last = st.session_state.get("judging_last")
    before = (other for other, was_done in zip(sample.items, done, strict=False) if was_done and other.members == last)
    shown = item if is_done else next(before, None)
    if shown is None:
        st.html('<p class="lr-note">The similarity of the words and how they were found is shown after your verdict.</p>')
        return
    pair = one_pair(store.db, shown.run_id, shown.pair_id)
    which = "This pair" if shown is item else "The previous pair"
    names = [one_run(store.db, id).name for id in dict.fromkeys(id for id, _ in shown.members)] if sample.spec.against else []
    runs = "".join(chip_html(name, note="The run that found the pair") for name in names)
    style = CardStyle(src, trg, verdicts={shown.pair_id: said[shown.run_id].get(shown.pair_id, ())})
    st.html(f'<div class="lr-reveal"><span class="lr-note">{which}:</span>{link_line(pair, pair.link, None, style)}{runs}</div>')


def _place(sample: Sample, done: Sequence[bool]) -> int:
    """Position of the pair that is shown: the one in the address, else the first that is not judged."""
    wanted = st.session_state.pop(_NEXT, None)
    linked = whole_number(ITEM, digits=5)
    if wanted is None and linked is not None:
        wanted = linked - 1
    if wanted is None or not 0 <= wanted < len(done):
        wanted = next((place for place, is_done in enumerate(done) if not is_done), 0)
    st.query_params[ITEM] = str(wanted + 1)
    return wanted


def _go_to(place: int) -> None:
    st.session_state[_NEXT] = place


def _go_on(sample: Sample, at: int, done: Sequence[bool]) -> None:
    """After a verdict: the next pair that is not judged, or stay when there is none."""
    st.session_state["judging_last"] = sample.items[at].members
    later = [*range(at + 1, len(done)), *range(at)]
    _go_to(next((place for place in later if not done[place]), at))
