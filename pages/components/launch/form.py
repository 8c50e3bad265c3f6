"""The form of a new run: the main choices, and all other options collapsed with the values of a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lraln_core.choices import BUILT_IN, OFFERED
from lraln_core.errors import ConfigError
from lraln_core.files.workspace import Workspace
from lraln_core.runs import presets
from lraln_core.runs.config import RunConfig
from lraln_core.runs.estimate import Estimate, Sizes
from lraln_core.runs.options import build
from lraln_core.runs.options import options as options_of
from lraln_core.runs.samples import sample_corpus, sample_sentences
from lraln_core.runs.systems import registry
from lraln_core.store.queries.sources import CorpusSource, list_sources
from lraln_core.text.languages import get_language
from lraln_core.views.highlight import plain_markdown
from pages.components.corpora.add import SAMPLE_LANGUAGES
from pages.components.launch.model_fit import model_fit
from pages.components.launch.test_choice import TestSet, choose_test
from pages.components.runs.listing import language_name
from pages.components.server import options
from pages.components.shared.address import box_labels
from pages.components.shared.errors import warn
from pages.components.shared.option_form import default_of, names_of, option, option_key, section, section_names
from pages.components.shared.presets import choose_preset
from pages.components.shared.store import Store
from pages.components.shared.terms import meaning

TYPICAL_TEST = 150  # sentence pairs
_PAIRED = frozenset({"language", "corpus", "corpus_id", "tokenized", "column", "format", "encoding", "tier"})
_CHOSEN_ABOVE = {
    "src": _PAIRED,
    "trg": _PAIRED,
    "mining": frozenset({"method"}),
    "encoder": frozenset({"name"}),
    "test": frozenset({"parallel", "alignments", "tokenized"}),
}
_TITLES = {
    "mining": "Mining",
    "training": "Training",
    "encoder": "Language model",
    "evaluation": "Evaluation",
    "src": "First corpus",
    "trg": "Second corpus",
    "development": "Development set",
    "train": "Parallel text",
    "normalization": "Normalisation",
    "denoising": "Denoising",
    "gloss": "Glosses",
    "vecmap": "VecMap",
    "stores": "Large text",
}
_PLAIN = frozenset({"base", "linear_unsup", "linear_sup", "full_unsup", "full_sup"})  # systems that neither normalise nor gloss
_NOT_METHOD = frozenset({"name", "seed"})


@dataclass(frozen=True)
class Choice:
    """A corpus that a run can start from: one that is prepared, by its id, or a sample's text file."""

    key: str  # of the select box
    label: str
    language: str
    path: str  # '' when it is not known or the file is gone
    sentences: int
    corpus_id: str = ""
    tokenized: bool = False
    column: str = ""
    reading: tuple[tuple[str, str], ...] = ()  # format, encoding and tier of the text file, where they were needed

    def values(self) -> dict[str, Any]:
        """For the section `src` or `trg` of a configuration."""
        values = {"language": self.language, "corpus": self.path, "tokenized": self.tokenized, "column": self.column}
        values |= dict(self.reading)
        return values | ({"corpus_id": self.corpus_id} if self.corpus_id else {})


def corpus_choices(store: Store) -> list[Choice]:
    """The corpora of the workspace, whether or not their text files are still there, then the samples that were not added yet."""
    choices = [_from_source(source) for source in list_sources(store.db)]
    known = {choice.path for choice in choices}
    for code in SAMPLE_LANGUAGES:
        path = str(sample_corpus(code))
        if path not in known:
            lines = sample_sentences(code)
            label = f"Sample: {get_language(code).name} · {lines} sentences"
            choices.append(Choice(f"sample-{code}", label, code, path, lines))
    return choices


def _from_source(source: CorpusSource) -> Choice:
    language = language_name(source.language)
    named = source.title if language in source.title else f"{source.title} · {language}"
    return Choice(
        source.id,
        f"{named} · {source.sentences:,} sentences",
        source.language,
        source.path if source.available else "",
        source.sentences,
        source.id,
        bool(source.report.get("tokenized")),
        str(source.report.get("column") or ""),
        tuple(
            (name, str(source.report[name]))
            for name in ("format", "encoding", "tier")
            if source.report.get(name) not in (None, "", "plain", "tsv", "csv")
        ),
    )


@dataclass(frozen=True)
class Draft:
    """The values of the form."""

    values: dict[str, Any]  # for config.from_json, but for the test set
    test: TestSet
    estimate: Estimate

    def finished(self, workspace: Workspace) -> dict[str, Any]:
        """All values; uploaded test files are saved. Raises ConfigError when a corpus that the system needs is not chosen."""
        spec = registry.system(self.values["system"])
        for side, words in (("src", "first"), ("trg", "second")):
            chosen = self.values[side]
            if spec.monolingual and not (chosen.get("corpus") or chosen.get("corpus_id")):
                raise ConfigError(f"Choose a corpus of the {words} language.")
        options.require_readable({name: value for name, value in self.values.items() if name not in ("src", "trg")}, workspace)
        return self.values | {"test": self.test.values(workspace)}


def launch_form(store: Store) -> Draft:
    """Draw the form."""
    defaults = presets.by_path(choose_preset("launch_preset", form="launch"))
    choices = {choice.key: choice for choice in corpus_choices(store)}
    st.markdown("**1. Two corpora**", help=meaning("corpus"))
    left, right = st.columns(2)
    src = _corpus(left, "First language", choices, "launch_src", next((id for id in choices if choices[id].language != "en"), None))
    trg = _corpus(right, "Second language", choices, "launch_trg", next((id for id in choices if choices[id].language == "en"), None))
    st.markdown("**2. Finding word pairs (mining)**", help=meaning("mining"))
    left, right = st.columns(2)
    with left:
        method = option("mining", "method", defaults=defaults)
    name = _encoder(right)
    model_fit(store, src, name)
    st.markdown("**3. Test**", help=f"{meaning('retrieval')} A run works without a test, but then nothing is measured.")
    if src and trg and src.key == trg.key:
        warn("Both sides have the same corpus: every word would find itself. Choose another corpus on one side.")
    test = choose_test(f"{src.language}-{trg.language}" if src and trg else "")
    st.markdown("**4. Name**")
    left, right = st.columns([3, 1])
    with left:
        values: dict[str, Any] = {"name": option("", "name")}
    with right:
        values["seed"] = option("", "seed")
    with st.expander("All options", icon=":material/tune:"):
        values |= _all_options(values, defaults)
    _changed(values | {"mining": values["mining"] | {"method": method}})
    values["src"] |= src.values() if src else {}
    values["trg"] |= trg.values() if trg else {}
    values["mining"]["method"], values["encoder"]["name"] = method, name
    return Draft(values, test, _estimate(values, src, trg, test))


def _corpus(column: Any, label: str, choices: dict[str, Choice], key: str, default: str | None) -> Choice | None:
    ids = list(choices)
    labels = box_labels(key, ids, lambda id: choices[id].label)
    if st.session_state.get(key) not in (None, *ids):
        del st.session_state[key]
    chosen = column.selectbox(
        label,
        ids,
        index=ids.index(default) if default in ids else None,
        format_func=labels,
        key=key,
        persist_state="session",
        placeholder="Choose a corpus",
        help="Add more on the page Corpora. In the paper the second language is English.",
    )
    return choices.get(chosen)


def _encoder(column: Any) -> str:
    name = column.selectbox(
        "Language model",
        list(OFFERED),
        key="launch_encoder",
        persist_state="session",
        accept_new_options=True,
        help=f"{meaning('language_model')} You can also type the folder of a saved model, or its name on the model hub.",
    )
    column.caption(OFFERED.get(name, "A folder or a name on the model hub."))
    return name or BUILT_IN


def _all_options(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The options of the chosen system, a group for each subject; those of other systems keep their values and are not shown."""
    found: dict[str, Any] = {}
    st.html('<p class="lr-note">The values are those of the recipe chosen above; each question mark explains an option.</p>')
    st.markdown("**The run**")
    found |= section("", leave_out=frozenset(values), defaults=defaults)
    unused = _unused(found["system"])
    names = sorted(section_names(), key=lambda name: list(_TITLES).index(name) if name in _TITLES else len(_TITLES))
    shown = []
    for name in names:
        left_out = _CHOSEN_ABOVE.get(name, frozenset())
        if name in unused:
            found[name] = {one: default_of(name, one, defaults) for one in names_of(name) if one not in left_out}
        elif not left_out >= set(names_of(name)):
            shown.append(name)
    for name, tab in zip(shown, st.tabs([_TITLES.get(name, name.capitalize()) for name in shown]), strict=True):
        with tab:
            found[name] = section(name, leave_out=_CHOSEN_ABOVE.get(name, frozenset()), defaults=defaults)
    return found


def _unused(system: str) -> frozenset[str]:
    """The sections of the configuration that a system does not read."""
    spec = registry.system(system)
    plain_method = system in _PLAIN or system.startswith("vecmap")
    return frozenset(
        name
        for name, used in (
            ("train", spec.parallel),
            ("vecmap", spec.dictionary or system.startswith("vecmap")),
            ("normalization", not plain_method),
            ("gloss", not plain_method),
            ("denoising", system.startswith("dwa")),
        )
        if not used
    )


def _changed(values: dict[str, Any]) -> None:
    """The options that differ from the paper's values, and a button that resets the form to its recipe."""
    changed, paper = [], presets.by_path(presets.Preset.PAPER)
    for one in options_of(RunConfig).values():
        section_values = values.get(one.section, {}) if one.section else values
        if one.path in _NOT_METHOD or one.section in ("src", "trg") or one.name not in section_values:
            continue
        value, published = section_values[one.name], paper.get(one.path, one.default)
        if str(value) != str(published):
            changed.append(f"{one.label}: {one.choices.get(str(value), value)} (paper: {one.choices.get(str(published), published)})")
    if not changed:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="launch_changed"):
        st.caption(plain_markdown(f"Changed from the paper: {'; '.join(changed)}."), width="stretch")
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            type="tertiary",
            key="launch_reset",
            on_click=_reset,
            help="Every option as in the recipe.",
        )


def _reset() -> None:
    for path in options_of(RunConfig):
        st.session_state.pop(option_key("launch", path), None)


def _estimate(values: dict[str, Any], src: Choice | None, trg: Choice | None, test: TestSet) -> Estimate:
    sizes = [
        min(choice.sentences, values[side]["limit"] or choice.sentences) if choice else 0 for choice, side in ((src, "src"), (trg, "trg"))
    ]
    config = build(RunConfig, values, "The configuration")
    return registry.system(config.system).cost(
        config, Sizes(sizes[0], sizes[1], test_pairs=TYPICAL_TEST if test.given else 0, train_pairs=TYPICAL_TEST)
    )
