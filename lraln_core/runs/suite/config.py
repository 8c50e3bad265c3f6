"""What a suite is asked to do: systems x languages x seeds, extended encoders and studies, with the options all runs share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from lraln_core.choices import Backend
from lraln_core.errors import ConfigError
from lraln_core.files import settings_file
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.config import PATH_KEYS, RunConfig, from_json
from lraln_core.runs.options import FORBID_UNKNOWN, build
from lraln_core.runs.samples import SAMPLES
from lraln_core.runs.systems import registry
from lraln_core.text.languages import get_language

UNSEEN = ("sd", "fo", "hsb", "mi")  # languages outside the training text of mBERT and, but for Sindhi, of XLM-R (paper, section 5.1)
Seed = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Steps = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Flag = Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class SuiteLanguage:
    """The files of one low-resource language; a system that needs a file the language lacks is left out, as in the paper."""

    code: str
    corpus: str  # monolingual text of the language
    english: str  # monolingual English text
    test: str  # parallel text, as are train and, word alignments of it
    test_alignments: str = ""
    train: str = ""
    train_alignments: str = ""
    dictionary: str = ""
    ner_development: str = ""
    ner_test: str = ""
    tokenized: Flag = False  # the monolingual text
    tokenized_parallel: Flag = False
    test_lines: str = ""  # lines used of the test and training text, as in ParallelConfig
    train_lines: str = ""
    unseen: Flag = False  # not in the encoder's training text: Tables 7 and 8 instead of 2 and 3


FILES = ("corpus", "english", "test", "test_alignments", "train", "train_alignments", "dictionary", "ner_development", "ner_test")


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class NerConfig:
    """English IOB2 files of the NER taggers; without `train` no tagger is trained."""

    train: str = ""
    development: str = ""


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class ExtendedConfig:
    """The extended encoder (eBERT in the paper) of each language, and the systems that run on it as well."""

    systems: tuple[str, ...] = (registry.BASE, registry.PAPER)
    new_pieces: Count = 10_000
    preset: Literal["cpu", "paper"] = "cpu"  # of masked language modelling
    steps: Steps | None = None  # instead of the preset's


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class StudyConfig:
    """The paper's studies of its own system: each an extra run per value, for the languages named, for all if none is."""

    mining: Flag = False  # Table 5: intersection against forward_backward
    candidates: tuple[Count, ...] = ()  # Table 10: target sentences, times backends
    backends: tuple[Backend, ...] = (Backend.EXACT,)
    corpus_sizes: tuple[Count, ...] = ()  # Table 11: sentences of the low-resource corpus
    languages: tuple[str, ...] = ()  # of Tables 10 and 11
    extended: Flag = False  # on the extended encoder, as in the paper


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class SuiteConfig:
    """A whole suite. In files the languages are the tables [[language]]."""

    languages: tuple[SuiteLanguage, ...]
    name: str = ""
    systems: tuple[str, ...] = field(default_factory=registry.names)
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = (1,)
    run: dict[str, Any] = field(default_factory=dict)  # options of RunConfig that all runs share
    full: dict[str, Any] = field(default_factory=dict)  # options of the systems that train the encoder, on top of them
    ner: NerConfig = NerConfig()
    extended: ExtendedConfig | None = None
    studies: StudyConfig = StudyConfig()
    keep_encoders: Flag = True  # those that training and extension leave, each about as big as the encoder itself

    def run_config(self, language: SuiteLanguage, system: str, seed: int, changes: dict[str, Any] | None = None) -> RunConfig | None:
        """The configuration of one cell, with `changes` on top; None when the language lacks what the system needs."""
        spec = registry.system(system)
        if spec.parallel and not language.train or spec.dictionary and not language.dictionary:
            return None
        values: dict[str, Any] = {
            "name": f"{get_language(language.code).name} {system}",
            "system": system,
            "seed": seed,
            "src": {"language": language.code, "corpus": language.corpus, "tokenized": language.tokenized},
            "trg": {"language": "en", "corpus": language.english, "tokenized": language.tokenized},
            "test": _parallel(language, language.test, language.test_alignments, language.test_lines),
        }
        if spec.parallel:
            values["train"] = _parallel(language, language.train, language.train_alignments, language.train_lines)
        if language.dictionary:
            values["evaluation"] = {"lexicon": language.dictionary}
        if spec.dictionary:
            values["vecmap"] = {"dictionary": language.dictionary}
        shared = _merged(self.run, self.full) if spec.trains_encoder else self.run
        return from_json(_merged(_merged(shared, values), changes or {}))

    def to_json(self) -> dict[str, Any]:
        """Plain values only; `from_values` is its inverse."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        values["ner"] = {key: path for key, path in values["ner"].items() if path}
        values["language"] = [{key: value for key, value in one.items() if value or key not in FILES} for one in values.pop("languages")]
        return values


def _parallel(language: SuiteLanguage, text: str, alignments: str, lines: str) -> dict[str, Any]:
    return {"parallel": text, "alignments": alignments, "lines": lines, "tokenized": language.tokenized_parallel}


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        merged[key] = _merged(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
    return merged


def load(path: Path) -> SuiteConfig:
    """Read a suite from TOML or JSON; file names are relative to its folder. Raises ConfigError."""
    return from_values(settings_file.read(path, "the suite"), path.parent)


def from_values(values: dict[str, Any], folder: Path) -> SuiteConfig:
    """A validated suite from plain values. Raises ConfigError that names the key and its value."""
    languages = values.get("language")
    if not isinstance(languages, list) or not languages:
        raise ConfigError("A suite needs at least one [[language]] table.")
    parts = [_language(one, f"language[{number}]", folder) for number, one in enumerate(languages, start=1)]
    others = {key: value for key, value in values.items() if key != "language"}
    if "languages" in others:
        raise ConfigError("Unknown option languages; the languages of a suite are tables [[language]].")
    if isinstance(others.get("ner"), dict):
        others["ner"] = _beside(others["ner"], tuple(others["ner"]), "ner", folder)
    suite = build(SuiteConfig, others | {"languages": parts}, "The suite")
    for name in ("run", "full"):
        table = getattr(suite, name)
        if any(isinstance(table.get(section), dict) and key in table[section] for section, key in PATH_KEYS):
            raise ConfigError(f"The files of a suite belong in its [[language]] tables, not in [{name}].")
    _require_systems("systems", suite.systems)
    if suite.extended:
        _require_systems("extended.systems", suite.extended.systems)
    codes = [language.code for language in suite.languages]
    if not set(suite.studies.languages) <= set(codes):
        raise ConfigError(f"studies.languages = {list(suite.studies.languages)!r} must be languages of the suite: {', '.join(codes)}.")
    if suite.studies.extended and not suite.extended:
        raise ConfigError("studies.extended needs a table [extended].")
    for language in suite.languages:
        for system in suite.systems:
            suite.run_config(language, system, suite.seeds[0])
    return suite


def _require_systems(where: str, systems: Sequence[str]) -> None:
    for name in systems:
        if name not in registry.names():
            raise ConfigError(f"{where} = {list(systems)!r}: {name!r} is unknown; choose from {', '.join(registry.names())}.")


def _language(values: Any, place: str, folder: Path) -> SuiteLanguage:
    if isinstance(values, dict):
        if isinstance(values.get("code"), str):
            code = get_language(values["code"]).code
            values = {"unseen": code in UNSEEN} | values | {"code": code}
        values = _beside(values, FILES, place, folder)
    return build(SuiteLanguage, values, place, place=place)


def _beside(values: dict[str, Any], keys: Sequence[str], place: str, folder: Path) -> dict[str, Any]:
    """The table with full paths under these keys; what is not text is left for the validation to refuse."""
    paths = {
        key: settings_file.beside(folder, values[key], f"{place}.{key}") for key in keys if isinstance(values.get(key), str) and values[key]
    }
    return values | paths


def sample_suite() -> SuiteConfig:
    """Every system on the three sample pairs; of the parallel text the first 60 pairs train, the others test."""
    languages = []
    for pair in SAMPLES:
        code = pair.split("-")[0]
        languages.append(
            {
                "code": code,
                "corpus": f"corpora/{code}.txt",
                "english": "corpora/en.txt",
                "test": f"parallel/{pair}.tsv",
                "train": f"parallel/{pair}.tsv",
                "train_alignments": f"parallel/{pair}.pharaoh",
                "train_lines": "1-60",
                "test_lines": "61-",
                "tokenized_parallel": True,
                "test_alignments": f"parallel/{pair}.pharaoh",
                "dictionary": f"lexicon/{pair}.tsv",
                "ner_development": f"ner/{code}.dev.conll",
                "ner_test": f"ner/{code}.test.conll",
            }
        )
    return from_values(
        {
            "name": "Samples",
            "language": languages,
            "keep_encoders": False,
            "run": {"vecmap": {"patience": 10, "vocabulary_cutoff": 2000}},  # small vocabularies gain nothing from more
            "full": {  # what two cores do in a minute
                "training": {"steps": 30, "warmup_steps": 8, "evaluate_every": 10},
                "denoising": {"steps": 60},
            },
            "ner": {"train": "ner/en.train.conll", "development": "ner/en.dev.conll"},
            "extended": {"systems": ["base", "linear_unsup", "linear_sup"], "steps": 60},
            "studies": {
                "mining": True,
                "candidates": [200, 400, 800],
                "backends": ["exact", "ivf_pq"],
                "corpus_sizes": [120, 240, 480],
                "languages": ["ne"],
            },
        },
        SAMPLE_DATA,
    )
