"""One word of the dictionary: its translations with figures and sentences, and what a person says about them."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from lraln_core.errors import LralnError
from lraln_core.files.read_only import is_read_only
from lraln_core.store.judging.dictionary_entries import MAX_CHARACTERS, EntryVerdict, edit_entry
from lraln_core.store.queries.dictionary import Candidate, Entry
from lraln_core.store.queries.pairs import MinedPair, pairs_by_id
from lraln_core.store.queries.runs import RunRecord
from lraln_core.views import plain
from lraln_core.views.highlight import Mark, chip_html, escape, plain_markdown, sentence_html, word_html
from pages.components.pairs.scores import signed
from pages.components.pairs.verdicts import annotator_field
from pages.components.shared.errors import complain
from pages.components.shared.store import Store, open_store
from pages.components.shared.terms import meaning

WINDOW = 7  # words around the word in an example
_PROBLEM = "dictionary_problem"
VERDICTS = {"accepted": "good", "added": "good", "rejected": "bad"}


def show_entry(store: Store, run: RunRecord, entry: Entry) -> None:
    """Draw the word with its candidates and the buttons."""
    ids = [one.example for one in entry.candidates if one.example is not None]
    examples = {pair.pair_id: pair for pair in pairs_by_id(store.db, run.id, ids)}
    places = f", {plain.count(entry.places, 'distinct place')}" if entry.places else ""
    st.markdown(f"**{plain_markdown(entry.headword)}**{places}", help=meaning("place"))
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        complain(problem)
    languages = (run.src_language, run.trg_language)
    for at, one in enumerate(entry.candidates):
        with st.container(horizontal=True, vertical_alignment="top", gap="small", key=f"candidate_{at}"):
            st.html(_candidate(one, run, examples.get(one.example) if one.example is not None else None))
            _buttons(at, languages, entry.headword, one)
    st.text_input(
        "Another translation",
        key="dictionary_new",
        placeholder="type a translation and press Enter",
        max_chars=MAX_CHARACTERS,
        on_change=_add,
        args=(languages, entry.headword),
    )
    annotator_field()


def _candidate(one: Candidate, run: RunRecord, pair: MinedPair | None) -> str:
    """A translation with its figures and one sentence of each language."""
    chips = []
    if one.verdict:
        chips.append(chip_html(one.verdict, kind=VERDICTS.get(one.verdict, "plain"), note=one.note))
    if one.places:
        chips.append(
            chip_html(
                f"{plain.count(one.places, 'place')}, {plain.percent(one.share)}",
                note="Distinct places, and their share of all of this word",
            )
        )
        chips.append(chip_html(f"both ways {plain.percent(one.mutual)}", note=meaning("mutual")))
    if one.csls is not None:
        chips.append(chip_html(f"CSLS {signed(one.csls)}", note=f"Mean over its places. {meaning('csls')}"))
    if one.judged:
        chips.append(chip_html(f"judged correct {one.right} of {one.judged}", note="Places whose verdict is settled."))
    if one.in_lexicon is not None:
        chips.append(chip_html("in the lexicon" if one.in_lexicon else "not so in the lexicon", kind="good" if one.in_lexicon else "plain"))
    if one.expected_precision is not None:
        chips.append(
            chip_html(
                f"expected precision {plain.percent(one.expected_precision)}",
                note="Of pairs of word types with this CSLS of their anchors.",
            )
        )
    elif one.type_csls is not None:
        chips.append(chip_html(f"types {signed(one.type_csls)}", note="CSLS of the two word types, each the mean of its occurrences."))
    sentences = ""
    if pair is not None:
        link = pair.link
        href = "pairs?" + urlencode({"run": run.id, "pair": pair.pair_id})
        sides = (
            sentence_html(pair.src_words, {link.src_word: Mark()}, language=run.src_language, text=pair.src_text, window=WINDOW),
            sentence_html(pair.trg_words, {link.trg_word: Mark()}, language=run.trg_language, text=pair.trg_text, window=WINDOW),
        )
        sentences = "".join(f"<div>{side}</div>" for side in sides)
        sentences += f'<a href="{escape(href)}" target="_self">why?</a>'
    return (
        f'<div class="lr-entry"><div class="lr-link"><span class="lr-words">{word_html(one.translation)}</span>{"".join(chips)}</div>'
        f'<div class="lr-example">{sentences}</div></div>'
    )


def _buttons(at: int, languages: tuple[str, str], headword: str, one: Candidate) -> None:
    for verdict, icon, help in (
        (EntryVerdict.ACCEPTED, ":material/check:", "Accept this translation"),
        (EntryVerdict.REJECTED, ":material/close:", "Reject this translation: it is left out of exports"),
    ):
        is_on = one.verdict == verdict
        st.button(
            help.split(" ")[0],
            icon=icon,
            key=f"entry_{verdict}_{at}",
            type="primary" if is_on else "secondary",
            help=f"{help}; once more to take it back.",
            disabled=is_read_only(),
            on_click=_say,
            args=(languages, headword, one.translation, EntryVerdict.WITHDRAWN if is_on else verdict),
        )


def _add(languages: tuple[str, str], headword: str) -> None:
    text = st.session_state["dictionary_new"].strip()
    if text:
        _say(languages, headword, text, EntryVerdict.ADDED)
        st.session_state["dictionary_new"] = ""


def _say(languages: tuple[str, str], headword: str, translation: str, verdict: EntryVerdict) -> None:
    try:
        edit_entry(open_store().db, languages, headword, translation, verdict, annotator=st.session_state.get("by", ""))
    except LralnError as error:
        st.session_state[_PROBLEM] = str(error)
