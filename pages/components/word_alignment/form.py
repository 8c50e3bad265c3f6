"""What is compared: the run's test set, uploaded sentence pairs, or two sentences that are typed. The language model runs in a job."""

from __future__ import annotations

import streamlit as st

from lraln_core.errors import ConfigError, LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import jobs
from lraln_core.runs.word_alignment.request import JOB, LONGEST_TYPED, SimilarityRequest
from pages.components.shared import uploads
from pages.components.shared.errors import complain

TEST, UPLOAD = "Test set of the run", "Upload sentence pairs"
MEGABYTES = 20


def text_form(run: RunFolder, workspace: Workspace, *, has_test: bool, key: str) -> None:
    """The sentence pairs of a text; the button starts the job."""
    kinds = [TEST] * has_test + [UPLOAD]
    kind = st.segmented_control("Sentence pairs", kinds, default=kinds[0], required=True, key=f"{key}_kind_{len(kinds)}")
    pairs = alignments = None
    tokenized = False
    if kind == UPLOAD:
        columns = st.container(key=f"fields_{key}").columns(2, gap="medium")
        pairs = columns[0].file_uploader(
            "Sentence pairs",
            type=["tsv", "txt"],
            key=f"{key}_pairs",
            max_upload_size=MEGABYTES,
            help="One pair a line: the sentence, a tab, its translation.",
        )
        alignments = columns[1].file_uploader(
            "Links made by people (optional)",
            type=["pharaoh", "naacl", "talp", "txt"],
            key=f"{key}_links",
            max_upload_size=MEGABYTES,
            help="Pharaoh, NAACL or Talp file of the same sentence pairs. Without it, links of fast_align are compared with.",
        )
        tokenized = st.toggle("Already tokenised", key=f"{key}_tokenized", help="Words are separated by spaces, as the links count them.")
    if st.button("Compare the words", type="primary", icon=":material/play_arrow:", key=f"{key}_start"):
        try:
            if kind == UPLOAD and pairs is None:
                raise ConfigError("Choose a file of sentence pairs.")
            request = SimilarityRequest(
                str(uploads.save(pairs, workspace).path) if pairs is not None else "",
                str(uploads.save(alignments, workspace).path) if pairs is not None and alignments is not None else "",
                tokenized,
            )
            jobs.start_job(run, JOB, workspace, request.command(run))
        except LralnError as error:
            complain(str(error))
            return
        st.rerun()


def own_form(run: RunFolder, workspace: Workspace, names: tuple[str, str], *, busy: bool) -> None:
    """Two fields for a sentence and its translation; the button starts the job."""
    with st.form("alignment_own", border=False):
        columns = st.container(key="fields_own").columns(2, gap="medium")
        texts = [
            column.text_area(f"A sentence in {name}", max_chars=LONGEST_TYPED, height=80, key=f"alignment_own_{number}")
            for number, (column, name) in enumerate(zip(columns, names, strict=True))
        ]
        started = st.form_submit_button(
            "Link the words",
            type="primary",
            icon=":material/link:",
            disabled=busy,
            help="The language model is loaded, which takes seconds.",
        )
    if not started:
        return
    if not all(text.strip() for text in texts):
        complain("Type a sentence and its translation.")
        return
    try:
        jobs.start_job(run, JOB, workspace, SimilarityRequest(src_text=texts[0].strip(), trg_text=texts[1].strip()).command(run))
    except LralnError as error:
        complain(str(error))
        return
    st.rerun()
