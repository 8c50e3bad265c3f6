"""Starting an NER test of a run: the project's tagged sentences, uploaded files, or paths."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from lraln_core.errors import ConfigError, CorpusError, LralnError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import jobs, ner_request
from lraln_core.runs.jobs.ner_options import AdaptationConfig
from lraln_core.runs.jobs.ner_request import NerRequest
from lraln_core.runs.options import build
from lraln_core.text import iob2
from lraln_core.text.languages import get_language
from lraln_core.views.highlight import plain_markdown
from pages.components.runs.listing import language_name
from pages.components.server import options
from pages.components.shared import uploads
from pages.components.shared.errors import complain
from pages.components.shared.option_form import declared

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
        "its tag (B-PER, I-PER, O, ...) per line, and an empty line after each sentence: CoNLL, MasakhaNER, WikiANN or UNER files, in "
        "IOB1, IOB2 or BIOES.</p>"
    )
    kinds = [SAMPLE] * (sample is not None) + [UPLOAD] + [PATHS] * (options.local_files() is not None)
    kind = st.segmented_control("Tagged sentences", kinds, default=kinds[0], required=True, key=f"{key}_kind_{len(kinds)}")
    given: dict[str, Any] = {}
    if kind != SAMPLE:
        columns = st.container(key=f"fields_{key}").columns(2, gap="medium")
        for number, (name, (label, help, _)) in enumerate(FIELDS.items()):
            given[name] = _field(columns[number % 2], kind, label.format(**names), help, f"{key}_{name}")
    reading = {} if kind == SAMPLE else _reading(key)
    if kind != SAMPLE:
        _say_what_is_seen(given, kind, names, reading)
    more = _more_languages(kind, {train, test}, key)
    adaptation, unlabelled = _learning(kind, names["test"], key)
    if st.button("Start the test", type="primary", icon=":material/play_arrow:", key=f"{key}_start"):
        try:
            request = sample if kind == SAMPLE else _request(given, kind, train, test, workspace, reading)
            request = dataclasses.replace(request, sources=_sources(more, kind, workspace))
            if adaptation is not None:
                request = dataclasses.replace(request, adaptation=adaptation, unlabelled=_saved(unlabelled, kind, workspace))
            jobs.start_job(run, ner_request.JOB, workspace, request.command(run))
        except LralnError as error:
            complain(str(error))
            return
        st.rerun()


def _more_languages(kind: str, taken: set[str], key: str) -> list[tuple[str, Any]]:
    """Language and tagged sentences of every further training text: paths for the sample, else what the field holds."""
    help = "Tagged sentences of further languages the tagger is trained on too. Their word vectors are moved onto those of the first."
    if kind == SAMPLE:
        others = {code: path for code, path in ner_request.sample_sources().items() if code not in taken}
        chosen = st.multiselect("More training languages (optional)", list(others), format_func=language_name, key=f"{key}_more", help=help)
        return [(code, others[code]) for code in chosen]
    left, right = st.columns(2, gap="medium")
    given = _field(left, kind, "More training sentences, of another language (optional)", help, f"{key}_more")
    code = right.text_input(
        "Language of these sentences", key=f"{key}_more_language", placeholder="sw", help="ISO 639 code or English name."
    )
    return [(code.strip(), given)] if given else []


def _sources(more: list[tuple[str, Any]], kind: str, workspace: Workspace) -> tuple[str, ...]:
    """The further training texts as a request names them. Raises ConfigError, CorpusError, LanguageError, WorkspaceError."""
    found = []
    for language, value in more:
        path = value if kind == SAMPLE else uploads.save(value, workspace).path if kind == UPLOAD else options.local_file(value)
        code = get_language(language).code
        iob2.load(path, types=iob2.ENTITY_TYPES)
        found.append(f"{code}={path}")
    return tuple(found)


def _learning(kind: str, language: str, key: str) -> tuple[AdaptationConfig | None, Any]:
    """Whether the tagger also learns from unlabelled text, how, and from which file: None and no file where it does not."""
    if not st.toggle(
        "Learn from unlabelled text too",
        key=f"{key}_learn",
        help=f"A second tagger also learns from {language} text without tags: from the words of the development sentences, or of the test "
        "sentences where there are none. The result is shown beside the plain tagger.",
    ):
        return None, None
    given = None
    if kind != SAMPLE:
        label, help = f"Unlabelled text, {language} (optional)", "One sentence a line."
        given = _field(st, kind, label, help, f"{key}_unlabelled", ["txt"])
    with st.expander("How it learns", icon=":material/tune:"):
        values = declared(AdaptationConfig, f"{key}_adaptation")
    return build(AdaptationConfig, values, "The options of the tagger"), given


def _saved(value: Any, kind: str, workspace: Workspace) -> str:
    """The path of the unlabelled text; "" where none was given. Raises ConfigError, WorkspaceError."""
    if not value:
        return ""
    return str(uploads.save(value, workspace).path if kind == UPLOAD else options.local_file(value))


def _field(column: Any, kind: str, label: str, help: str, key: str, types: list[str] | None = None) -> Any:
    if kind == UPLOAD:
        return column.file_uploader(
            label, type=types or ["conll", "iob", "iob2", "bio", "txt", "tsv"], key=f"{key}_file", max_upload_size=MEGABYTES, help=help
        )
    return column.text_input(label, key=f"{key}_path", placeholder="/folder/file.conll", help=help).strip()


def _reading(key: str) -> dict[str, Any]:
    """How the files are read, where it is not to be told from them: fields of NerRequest."""
    with st.expander("If the files are not read right", icon=":material/tune:"):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        scheme = left.selectbox(
            "Tagging scheme",
            list(iob2.Scheme),
            index=None,
            key=f"{key}_scheme",
            placeholder="Detected",
            help="How the tags mark where an entity begins: IOB1 (CoNLL-2003 as distributed), IOB2, or BIOES.",
        )
        encoding = middle.text_input("Encoding", key=f"{key}_encoding", placeholder="UTF-8", help="E.g. cp1251 (Windows Cyrillic).")
        column = right.number_input(
            "Column of the tags",
            min_value=0,
            max_value=100,
            key=f"{key}_tag_column",
            help="Counted from 1; 0 takes the last column that holds tags in every line.",
        )
    return {"scheme": str(scheme or ""), "encoding": encoding.strip(), "tag_column": int(column)}


def _say_what_is_seen(given: dict[str, Any], kind: str, names: dict[str, str], reading: dict[str, Any]) -> None:
    """The scheme and the counts of every file that is chosen, or why it cannot be read."""
    for name, (label, _, _) in FIELDS.items():
        value = given[name]
        if not value:
            continue
        try:
            said = (
                _seen_upload(value.file_id, value, value.name, **reading) if kind == UPLOAD else _seen(options.local_file(value), **reading)
            )
        except LralnError as error:
            st.warning(plain_markdown(str(error)), icon=":material/help:")
            continue
        st.caption(plain_markdown(f"{label.format(**names).removesuffix(' (optional)')}: {said}."))


@st.cache_data(show_spinner="Reading the tags", max_entries=50)
def _seen_upload(file_id: str, _file: Any, name: str, **reading: Any) -> str:
    with tempfile.TemporaryDirectory(prefix="lraln-tags-") as folder:
        path = Path(folder) / f"upload{uploads.suffix(name)}"
        path.write_bytes(_file.getvalue())
        try:
            return _seen(path, **reading)
        except CorpusError as error:
            raise CorpusError(str(error).replace(path.name, name)) from error


def _seen(path: Path, **reading: Any) -> str:
    return iob2.load(path, types=iob2.ENTITY_TYPES, **reading).sentence()


def _request(given: dict[str, Any], kind: str, train: str, test: str, workspace: Workspace, reading: dict[str, Any]) -> NerRequest:
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
        iob2.load(path, types=iob2.ENTITY_TYPES, **reading)
        paths[name] = str(path)
    return NerRequest(train_language=train, language=test, **paths, **reading)
