"""The test set of a new run: none, that of the sample, or uploaded files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lraln_core.files.workspace import Workspace
from lraln_core.runs.samples import SAMPLES, sample_config
from pages.components.shared import uploads
from pages.components.shared.terms import meaning

NO_TEST, SAMPLE_TEST, OWN_TEST = "No test", "Sample test set", "Upload files"
MEGABYTES = 50
_WANTED = "launch_test_wanted"


@dataclass(frozen=True)
class TestSet:
    """A chosen test set; uploaded files are still in memory."""

    __test__ = False  # not a test of ours

    sample: str = ""  # mk-en
    text: Any = None
    links: Any = None
    tokenized: bool = False

    @property
    def given(self) -> bool:
        return bool(self.sample) or self.text is not None

    def values(self, workspace: Workspace) -> dict[str, Any]:
        """For the section `test` of a configuration; saves the uploads. Raises WorkspaceError."""
        if self.sample:
            return sample_config(self.sample).to_json()["test"]
        if self.text is None:
            return {}
        links = str(uploads.save(self.links, workspace).path) if self.links is not None else ""
        return {"parallel": str(uploads.save(self.text, workspace).path), "tokenized": self.tokenized, "alignments": links}


def choose_test(pair: str) -> TestSet:
    """Draw the choice. pair: languages of the two corpora, such as mk-en."""
    has_sample = pair in SAMPLES
    options = [NO_TEST, SAMPLE_TEST, OWN_TEST] if has_sample else [NO_TEST, OWN_TEST]
    key = f"launch_test_{len(options)}"
    wanted = st.session_state.get(_WANTED)  # what was chosen by hand stays chosen when a language changes
    if wanted in options:
        st.session_state[key] = wanted
    kind = st.segmented_control(
        "Test set",
        options,
        default=SAMPLE_TEST if has_sample else NO_TEST,
        required=True,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        on_change=lambda: st.session_state.update({_WANTED: st.session_state[key]}),
    )
    if kind == SAMPLE_TEST:
        return TestSet(sample=pair)
    if kind != OWN_TEST:
        return TestSet()
    left, right = st.columns(2)
    text = left.file_uploader(
        "Sentence pairs (tsv)",
        key="launch_test_text",
        max_upload_size=MEGABYTES,
        help="One pair a line: sentence in the first language, a tab, its translation in the second.",
    )
    links = right.file_uploader(
        "Word alignments (Pharaoh format, optional)",
        key="launch_test_links",
        max_upload_size=MEGABYTES,
        help="One line a sentence pair, for example 0-0 1-2: which word "
        "translates which, counted from 0. Without this file the words "
        "are aligned automatically (fast_align).",
    )
    tokenized = st.toggle("Already tokenised", key="launch_test_tokenized", help=meaning("tokenised"))
    if text is None:
        st.caption("Choose a file, or start without a test.")
    return TestSet(text=text, links=links, tokenized=tokenized)
