"""The form of a new suite: data, languages, systems, studies, and its estimated cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from lraln_core.errors import ConfigError
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs.machine import measured_speed
from lraln_core.runs.suite import folder as suite_folder
from lraln_core.runs.suite.cells import cells
from lraln_core.runs.suite.config import SuiteConfig, from_values, load, sample_suite
from lraln_core.runs.suite.estimate import estimate_suite
from lraln_core.runs.systems import registry
from lraln_core.views import plain
from pages.components.runs.listing import language_name
from pages.components.server import options
from pages.components.shared.errors import complain, errors_shown, tell
from pages.components.shared.store import Store

SAMPLES, FILE = "The three samples", "A suite file"
STUDIES = {
    "Mining methods (Table 5)": {"mining"},
    "Number of candidates and search method (Table 10)": {"candidates", "backends"},
    "Size of the corpus (Table 11)": {"corpus_sizes"},
}


def suite_form(store: Store, *, busy: bool) -> None:
    """Choose, see the cost, start."""
    main_column, side = st.container(key="split_suite").columns([2.4, 1], gap="large")
    with main_column:
        base = _source(store.workspace)
        chosen = _choices(base) if base else None
    if chosen is None:
        return
    with side:
        todo = list(cells(chosen, Path(".")))
        estimate, speed = estimate_suite(chosen, todo), measured_speed(store.workspace)
        st.metric(
            "Runs", f"{estimate.runs}", border=True, help="Each run has its own folder; runs with the same configuration are computed once."
        )
        st.metric(
            "Estimated time",
            f"about {plain.duration(speed.factor * estimate.seconds)}",
            border=True,
            help=f"For the built-in language model and texts as long as the samples; longer texts take longer. {speed.sentence()}",
        )
        if busy:
            st.caption("A suite is in progress. Wait for it or cancel it under Earlier suites.")
        if st.button("Start", type="primary", icon=":material/play_arrow:", key="suite_start", width="stretch", disabled=busy):
            with errors_shown():
                folder = suite_folder.launch(chosen, store.workspace)
                st.query_params["suite"] = folder.id
                st.rerun()
        st.caption("From the command line: python -m lraln_core suite --config FILE --out FOLDER")


def _source(workspace: Workspace) -> SuiteConfig | None:
    """The suite to choose from; None while there is none."""
    source = st.segmented_control(
        "Data",
        [SAMPLES, FILE],
        default=SAMPLES,
        required=True,
        key="suite_source",
        help="A suite file (TOML) names the texts of each language; docs/configuration.md shows one.",
    )
    if source == SAMPLES:
        return sample_suite()
    if options.local_files() is None:
        tell(options.OFF)
        return None
    path = st.text_input("Path of the suite file", key="suite_path", placeholder="/home/me/study/suite.toml")
    if not path.strip():
        st.caption("A file on the computer that runs this app; paths of texts in it are relative to its folder.")
        return None
    try:
        suite = load(options.local_file(path))
        options.require_readable(suite.to_json(), workspace)
        return suite
    except ConfigError as error:
        complain(str(error))
        return None


def _choices(base: SuiteConfig) -> SuiteConfig | None:
    values = base.to_json()
    codes = [language["code"] for language in values["language"]]
    languages = st.pills(
        "Languages", codes, default=codes, selection_mode="multi", wrap=True, format_func=language_name, key=f"suite_languages_{codes}"
    )
    systems = st.pills(
        "Systems",
        list(base.systems),
        default=list(base.systems),
        selection_mode="multi",
        wrap=True,
        key="suite_systems",
        help="\n\n".join(f"**{system}** {registry.system(system).explanation}" for system in base.systems),
    )
    with st.container(key="fields_suite"):
        left, right = st.columns(2)
        seeds = left.number_input(
            "Seeds",
            1,
            10,
            len(base.seeds),
            key="suite_seeds",
            help="Every run is repeated with this many seeds; tables show the mean.",
        )
        with right:
            extended = base.extended is not None and st.toggle(
                "Extended language model",
                True,
                key="suite_extended",
                help="The language's own subwords are added to the language model (eBERT in the paper), and some systems run on it too.",
            )
            tagging = bool(base.ner.train) and st.toggle(
                "Named entities",
                True,
                key="suite_ner",
                help="Train a tagger on English and test it on the language (Tables 3 and 8 of the paper).",
            )
    offered = [name for name, keys in STUDIES.items() if any(values["studies"][key] for key in keys - {"backends"})]
    studies = []
    if offered:
        studies = st.pills("Studies of the method", offered, default=offered, selection_mode="multi", wrap=True, key="suite_studies")
    if not languages or not (systems or extended):
        st.info("Choose at least one language and one system.", icon=":material/checklist:")
        return None
    return _narrowed(values, base, languages, systems, int(seeds), extended, tagging, studies)


def _narrowed(
    values: dict[str, Any],
    base: SuiteConfig,
    languages: list[str],
    systems: list[str],
    seeds: int,
    extended: bool,
    tagging: bool,
    studies: list[str],
) -> SuiteConfig | None:
    kept = set().union(*(STUDIES[name] for name in studies))
    of_studies = {key: value for key, value in values["studies"].items() if key in kept | {"extended"}}
    of_studies["languages"] = [code for code in values["studies"]["languages"] if code in languages]
    if values["studies"]["languages"] and not of_studies["languages"]:
        of_studies = {key: value for key, value in of_studies.items() if key not in ("candidates", "corpus_sizes")}
    values |= {
        "language": [language for language in values["language"] if language["code"] in languages],
        "systems": [str(system) for system in systems],
        "seeds": list(base.seeds[:seeds]) + list(range(max(base.seeds) + 1, max(base.seeds) + 1 + seeds - len(base.seeds[:seeds]))),
        "extended": values["extended"] if extended else None,
        "ner": values["ner"] if tagging else {},
        "studies": of_studies,
    }
    if not extended:
        of_studies.pop("extended", None)
    try:
        return from_values(values, Path("."))
    except ConfigError as error:
        complain(str(error))
        return None
