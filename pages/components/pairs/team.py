"""Several annotators: the guidelines, who judges which items, and the files of Label Studio and Argilla."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from lraln_core.errors import ConfigError, LralnError
from lraln_core.exchange.annotation_files import LABEL_CONFIG, AnnotationFormat, export_sample, import_verdicts
from lraln_core.store.judging.review import MAX_GUIDELINES, guidelines, queue, write_guidelines
from lraln_core.store.judging.samples import Sample
from lraln_core.views import plain
from pages.components.shared.address import BOUND
from pages.components.shared.errors import complain
from pages.components.shared.store import Store, open_store

TITLES = {AnnotationFormat.LABEL_STUDIO: "Label Studio (JSON)", AnnotationFormat.ARGILLA: "Argilla (JSON lines)"}
_PROBLEM, _DONE = "team_problem", "team_done"


def guidelines_panel(store: Store) -> None:
    """A popover with the guidelines, which anybody may change."""
    with st.popover("Guidelines", icon=":material/rule_folder:", type="tertiary", key="judging_guidelines"):
        text = guidelines(store.workspace)
        st.markdown(text)
        with st.expander("Change the guidelines"):
            st.text_area(
                "Guidelines, in Markdown",
                value=text,
                key="guidelines_text",
                max_chars=MAX_GUIDELINES,
                height=260,
                help="Kept in the workspace for everybody. An empty text brings the usual guidelines back.",
            )
            st.button("Save", key="guidelines_save", on_click=_save)
        _problem()


def _save() -> None:
    try:
        write_guidelines(open_store().workspace, st.session_state["guidelines_text"])
    except LralnError as error:
        st.session_state[_PROBLEM] = str(error)


def _problem() -> None:
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        complain(problem)


def team_queue(sample: Sample, annotator: str) -> Sample:
    """The items of a sample that this annotator judges, by the team in the address; all of them without a team."""
    with st.popover("Team", icon=":material/group:", type="tertiary", key="judging_team"):
        team = st.text_input(
            "Annotators",
            key="team",
            placeholder="ana, ben, cem",
            help="Names separated by commas. Each gets a queue of their own from this sample; share the address of this page with them.",
            **BOUND,
        )
        each = st.number_input(
            "Annotators of each pair", 1, 20, 2, key="each", help="Pairs with two annotators or more show how far these agree.", **BOUND
        )
    if not team.strip() or not annotator:
        return sample
    try:
        mine = queue(len(sample.items), team.split(","), int(each), annotator)
    except ConfigError as error:
        complain(str(error))
        return sample
    return replace(sample, items=tuple(sample.items[at] for at in mine))


def annotation_files(store: Store, sample: Sample) -> None:
    """A popover that writes the sample for other annotation programs and takes the verdicts back in."""
    with st.popover("Label Studio, Argilla", icon=":material/import_export:", type="tertiary", key="annotation_files"):
        format = st.selectbox("Program", list(AnnotationFormat), format_func=TITLES.__getitem__, key="annotation_format")
        verdicts = st.toggle("With the verdicts given so far", key="annotation_verdicts")
        json_lines = format is AnnotationFormat.ARGILLA
        st.download_button(
            f"Download {plain.count(len(sample.items), 'pair')}",
            data=lambda: export_sample(store.db, sample, format, verdicts=verdicts).encode("utf-8"),
            file_name=f"{sample.spec.filter.run_id}-sample.{'jsonl' if json_lines else 'json'}",
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
            key="annotation_download",
            help="The pairs in the order of judging; nothing in the file says how they were found.",
        )
        if not json_lines:
            st.caption("Labelling configuration of the project in Label Studio:")
            st.code(LABEL_CONFIG, language="xml")
        upload = st.file_uploader(
            "Verdicts given there",
            type=["json", "jsonl"],
            key="annotation_upload",
            help="The JSON export of Label Studio, or records.to_json of Argilla. Verdicts that are known already are not stored twice.",
        )
        if upload is not None and st.session_state.get("annotation_taken") != upload.file_id:
            st.session_state["annotation_taken"] = upload.file_id
            try:
                found = import_verdicts(store.db, upload.getvalue(), sample=sample.spec.text())
                st.session_state[_DONE] = (
                    f"{plain.count(found.kept, 'new verdict')} kept, {found.known:,} known already"
                    + (f", {found.unknown:,} of pairs that no run here has" if found.unknown else "")
                    + "."
                )
            except LralnError as error:
                st.session_state[_PROBLEM] = str(error)
            st.rerun()
        _problem()
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(done, icon=":material/task_alt:")
