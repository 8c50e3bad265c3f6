"""Starting an NER test of a run: the project's tagged sentences, uploaded files, or paths."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lraln_core.errors import ConfigError, LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import jobs, ner_request
from lraln_core.runs.jobs.ner_request import NerRequest
from lraln_core.text import iob2
from pages.components.runs.listing import language_name
from pages.components.server import options
from pages.components.shared import uploads
from pages.components.shared.errors import complain

SAMPLE, UPLOAD, PATHS = "Sample sentences", "Upload files", "Files on this computer"
MEGABYTES = 50
FIELDS = {  # of NerRequest: label, help, needed
    "train": ("Training sentences, {train}", "Tagged sentences the tagger is trained on.", True),
    "test": ("Test sentences, {test}", "Tagged sentences the tagger is tested on.", True),
    "development": (
        "Development sentences, {test} (optional)",
        "More tagged sentences of the tested language. They select the epoch that is tested, as in the paper.",
        False,
    ),
    "train_development": (
        "Development sentences, {train} (optional)",
        "More tagged sentences of the training language. They determine how many epochs are averaged.",
        False,
    ),
}


def ner_form(run: RunFolder, config: dict[str, Any], workspace: Workspace, *, key: str) -> None:
    """The form; its button starts the test."""
    train, test = ner_request.languages_of(config)
    names = {"train": language_name(train), "test": language_name(test)}
    sample = ner_request.sample_request(train, test)
    st.html(
        f'<p class="lr-note">A small tagger is trained on tagged {names["train"]} sentences to mark persons, places and organisations, and '
        f"tested on {names['test']}: once on the word vectors before training of the maps, once on those after. Files hold one word and "
        "its IOB2 tag (B-PER, I-PER, O, ...) per line, and an empty line after each sentence.</p>"
    )
    kinds = [SAMPLE] * (sample is not None) + [UPLOAD] + [PATHS] * (options.local_files() is not None)
    kind = st.segmented_control("Tagged sentences", kinds, default=kinds[0], required=True, key=f"{key}_kind_{len(kinds)}")
    given: dict[str, Any] = {}
    if kind != SAMPLE:
        columns = st.container(key=f"fields_{key}").columns(2, gap="medium")
        for number, (name, (label, help, _)) in enumerate(FIELDS.items()):
            given[name] = _field(columns[number % 2], kind, label.format(**names), help, f"{key}_{name}")
    if st.button("Start the test", type="primary", icon=":material/play_arrow:", key=f"{key}_start"):
        try:
            request = sample if kind == SAMPLE else _request(given, kind, train, test, workspace)
            jobs.start_job(run, ner_request.JOB, workspace, request.command(run))
        except LralnError as error:
            complain(str(error))
            return
        st.rerun()


def _field(column: Any, kind: str, label: str, help: str, key: str) -> Any:
    if kind == UPLOAD:
        return column.file_uploader(
            label, type=["conll", "iob", "iob2", "bio", "txt", "tsv"], key=f"{key}_file", max_upload_size=MEGABYTES, help=help
        )
    return column.text_input(label, key=f"{key}_path", placeholder="/folder/file.conll", help=help).strip()


def _request(given: dict[str, Any], kind: str, train: str, test: str, workspace: Workspace) -> NerRequest:
    """The chosen files, read once so that a bad one is named here. Raises ConfigError, CorpusError, WorkspaceError."""
    missing = [name for name, (_, _, needed) in FIELDS.items() if needed and not given[name]]
    if missing:
        raise ConfigError("Choose at least the training file and the test file.")
    paths = {}
    for name, value in given.items():
        if not value:
            paths[name] = ""
            continue
        path = uploads.save(value, workspace).path if kind == UPLOAD else options.local_file(value)
        iob2.load(path, types=iob2.ENTITY_TYPES)
        paths[name] = str(path)
    return NerRequest(train_language=train, language=test, **paths)
