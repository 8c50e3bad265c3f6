"""The form of a new run: a few main choices, the rest folded away with the paper's values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from lraln_core.encoder.registry import BUILT_IN, OFFERED
from lraln_core.errors import ConfigError
from lraln_core.runs.samples import SAMPLES, sample_config
from lraln_core.store.queries_sources import CorpusSource, list_sources
from lraln_core.text.languages import get_language
from lraln_core.views.estimate import Estimate, estimate_run
from lraln_core.workspace import SAMPLE_DATA

from . import uploads
from .corpus_add import SAMPLE_LANGUAGES
from .option_form import names_of, option, section, section_names
from .run_list import language_name
from .store import Store
from .terms import meaning

NO_TEST, SAMPLE_TEST, OWN_TEST = "No test", "The sample's test", "My own"
_PAIRED = frozenset({"language", "corpus", "tokenized", "column"})
_CHOSEN_ABOVE = {
    "src": _PAIRED,
    "trg": _PAIRED,
    "mining": frozenset({"method"}),
    "encoder": frozenset({"name"}),
    "test": frozenset({"parallel", "alignments", "tokenized"}),
}
_TITLES = {
    "mining": "Finding pairs",
    "training": "Training",
    "encoder": "Language model",
    "evaluation": "Measuring",
    "src": "First corpus",
    "trg": "Second corpus",
    "development": "Development set: files on this computer",
    "train": "Parallel text, for learning from parallel text only",
}


@dataclass(frozen=True)
class Choice:
    """A corpus that a run can start from."""

    id: str
    label: str
    language: str
    path: str
    tokenized: bool
    column: str
    sentences: int

    def values(self) -> dict[str, Any]:
        return {"language": self.language, "corpus": self.path, "tokenized": self.tokenized, "column": self.column}


def corpus_choices(store: Store) -> list[Choice]:
    """The corpora of the workspace whose files are there, then the samples that were not added yet."""
    sources = [source for source in list_sources(store.db) if source.available]
    choices = [_from_source(source) for source in sources]
    known = {choice.path for choice in choices}
    for code in SAMPLE_LANGUAGES:
        path = str(SAMPLE_DATA / "corpora" / f"{code}.txt")
        if path not in known:
            lines = 880 if code == "en" else 480
            choices.append(
                Choice(f"sample-{code}", f"Sample: {get_language(code).name} · {lines} sentences", code, path, False, "", lines)
            )
    return choices


def _from_source(source: CorpusSource) -> Choice:
    language = language_name(source.language)
    named = source.title if language in source.title else f"{source.title} · {language}"
    return Choice(
        source.id,
        f"{named} · {source.sentences:,} sentences",
        source.language,
        source.path,
        bool(source.report.get("tokenized")),
        str(source.report.get("column") or ""),
        source.sentences,
    )


def launch_form(store: Store) -> tuple[dict[str, Any], Estimate]:
    """Draw the form. -> (values for config.from_json, estimated time). Raises ConfigError when two corpora are not chosen."""
    choices = {choice.id: choice for choice in corpus_choices(store)}
    st.markdown("**1. Two collections of sentences**", help=meaning("corpus"))
    left, right = st.columns(2)
    src = _corpus(
        left, "First language", choices, "launch_src", next((id for id in choices if choices[id].language != "en"), None)
    )
    trg = _corpus(
        right, "Second language", choices, "launch_trg", next((id for id in choices if choices[id].language == "en"), None)
    )
    st.markdown("**2. How pairs are found**", help=meaning("mining"))
    left, right = st.columns(2)
    with left:
        method = option("mining", "method")
    name = _encoder(right)
    st.markdown("**3. Test**", help=f"{meaning('retrieval')} Without a test the run works all the same, but nothing is measured.")
    test = _test_set(store, src, trg)
    st.markdown("**4. Name**")
    left, right = st.columns([3, 1])
    with left:
        values: dict[str, Any] = {"name": option("", "name")}
    with right:
        values["seed"] = option("", "seed")
    with st.expander("All options", icon=":material/tune:"):
        values |= _all_options(values)
    values["src"] |= src.values() if src else {}
    values["trg"] |= trg.values() if trg else {}
    values["mining"]["method"], values["encoder"]["name"], values["test"] = method, name, test
    estimate = _estimate(values, src, trg)
    return values, estimate


def _corpus(column: Any, label: str, choices: dict[str, Choice], key: str, default: str | None) -> Choice | None:
    ids = list(choices)
    if st.session_state.get(key) not in (None, *ids):
        del st.session_state[key]
    chosen = column.selectbox(
        label,
        ids,
        index=ids.index(default) if default in ids else None,
        format_func=lambda id: choices[id].label,
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
        help=f"{meaning('encoder')} You can also type the folder of a saved model, or its name on the model hub.",
    )
    column.caption(OFFERED.get(name, "A folder or a name on the model hub."))
    return name or BUILT_IN


def _test_set(store: Store, src: Choice | None, trg: Choice | None) -> dict[str, Any]:
    pair = f"{src.language}-{trg.language}" if src and trg else ""
    options = [NO_TEST, SAMPLE_TEST, OWN_TEST] if pair in SAMPLES else [NO_TEST, OWN_TEST]
    default = SAMPLE_TEST if pair in SAMPLES else NO_TEST
    kind = st.segmented_control(
        "Test set",
        options,
        default=default,
        required=True,
        key=f"launch_test_{len(options)}",
        persist_state="session",
        label_visibility="collapsed",
    )
    if kind == SAMPLE_TEST:
        return sample_config(pair).to_json()["test"]
    if kind != OWN_TEST:
        return {}
    left, right = st.columns(2)
    text = left.file_uploader(
        "Sentence pairs (tsv)",
        type=["tsv", "txt"],
        key="launch_test_text",
        max_upload_size=uploads.MEGABYTES,
        help="One pair a line: sentence in the first language, a tab, its translation in the second.",
    )
    links = right.file_uploader(
        "Word alignments (Pharaoh), if you have them",
        type=["pharaoh", "txt", "align"],
        key="launch_test_links",
        max_upload_size=uploads.MEGABYTES,
        help="One line a sentence pair, for example 0-0 1-2: which word translates which, "
        "counted from 0. Without this file the words are aligned automatically (fast_align).",
    )
    tokenized = st.toggle("Words are parted already", key="launch_test_tokenized", help=meaning("tokenised"))
    if text is None:
        st.caption("Choose a file, or go on without a test.")
        return {}
    return {
        "parallel": str(uploads.save(text, store.workspace).path),
        "tokenized": tokenized,
        "alignments": str(uploads.save(links, store.workspace).path) if links is not None else "",
    }


def _all_options(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    st.html('<p class="lr-note">The values are those of the paper; each question mark says what an option does.</p>')
    st.markdown("**The run**")
    found |= section("", leave_out=frozenset(values))
    for name in sorted(section_names(), key=lambda name: list(_TITLES).index(name) if name in _TITLES else len(_TITLES)):
        if name in _CHOSEN_ABOVE and _CHOSEN_ABOVE[name] >= set(names_of(name)):
            continue
        st.markdown(f"**{_TITLES.get(name, name.capitalize())}**")
        found[name] = section(name, leave_out=_CHOSEN_ABOVE.get(name, frozenset()))
    return found


def _estimate(values: dict[str, Any], src: Choice | None, trg: Choice | None) -> Estimate:
    mining, training = values["mining"], values["training"]
    sizes = [
        min(choice.sentences, values[side]["limit"] or choice.sentences) if choice else 0
        for choice, side in ((src, "src"), (trg, "trg"))
    ]
    return estimate_run(
        src_sentences=sizes[0],
        trg_sentences=sizes[1],
        test_pairs=150 if values["test"] else 0,
        sample_size=mining["sample_size"],
        steps=training["steps"],
        sentence_pairs_per_step=training["batch_size"] * training["accumulation"],
        evaluate_every=training["evaluate_every"],
    )


def require_files(values: dict[str, Any]) -> None:
    """Raises ConfigError when a corpus is missing: better now than after the start."""
    for side, words in (("src", "first"), ("trg", "second")):
        path = values[side].get("corpus", "")
        if not path and values.get("system") == "linear_unsup":
            raise ConfigError(f"Choose a corpus of the {words} language.")
        if path and not Path(path).is_file():
            raise ConfigError(f"The file {path} of the {words} corpus is gone; add the corpus again.")
