"""What a suite is asked to do: systems x languages x seeds, extended encoders and studies, with the options all runs share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from lraln_core.choices import Backend
from lraln_core.errors import ConfigError
from lraln_core.files import settings_file
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs.config import PATH_KEYS, RunConfig, System, from_json
from lraln_core.runs.samples import SAMPLES
from lraln_core.text.languages import get_language

FILES = ("corpus", "english", "test", "test_alignments", "train", "train_alignments", "dictionary", "ner_development", "ner_test")
SETTINGS = {"tokenized": bool, "tokenized_parallel": bool, "test_lines": str, "train_lines": str, "unseen": bool}
NER_FILES = ("train", "development")
UNSEEN = ("sd", "fo", "hsb", "mi")  # languages that neither mBERT's nor, but for Sindhi, XLM-R's training has seen (paper, section 5.1)
FULL = (System.FULL_SUP, System.FULL_UNSUP)


@dataclass(frozen=True)
class SuiteLanguage:
    """The files of one low-resource language; a system that needs a file the language lacks is left out, as in the paper."""

    code: str
    files: dict[str, str]
    tokenized: bool = False  # the monolingual text
    tokenized_parallel: bool = False
    test_lines: str = ""  # which lines of the test and training text, as in ParallelConfig
    train_lines: str = ""
    unseen: bool = False  # the encoder has not seen the language: Tables 7 and 8 instead of 2 and 3


@dataclass(frozen=True)
class ExtendedConfig:
    """The extended encoder (eBERT in the paper) of each language, and the systems that run on it as well."""

    systems: tuple[System, ...]
    new_pieces: int = 10_000
    preset: str = "cpu"  # of masked language modelling
    steps: int | None = None  # instead of the preset's


@dataclass(frozen=True)
class StudyConfig:
    """The paper's studies of linear_unsup: each an extra run per value, languages as named, all if none is."""

    mining: bool = False  # Table 5: intersection against forward_backward
    candidates: tuple[int, ...] = ()  # Table 10: target sentences, times backends
    backends: tuple[Backend, ...] = (Backend.EXACT,)
    corpus_sizes: tuple[int, ...] = ()  # Table 11: sentences of the low-resource corpus
    languages: tuple[str, ...] = ()  # of Tables 10 and 11
    extended: bool = False  # on the extended encoder, as in the paper


@dataclass(frozen=True)
class SuiteConfig:
    name: str
    systems: tuple[System, ...]
    seeds: tuple[int, ...]
    languages: tuple[SuiteLanguage, ...]
    run: dict[str, Any] = field(default_factory=dict)  # options of RunConfig that all runs share
    full: dict[str, Any] = field(default_factory=dict)  # options of full_sup and full_unsup on top
    ner: dict[str, str] = field(default_factory=dict)  # English IOB2 files: train, development
    extended: ExtendedConfig | None = None
    studies: StudyConfig = StudyConfig()
    keep_encoders: bool = True  # those full_sup, full_unsup and the extension leave, about as big as the encoder itself each

    def run_config(self, language: SuiteLanguage, system: System, seed: int, changes: dict[str, Any] | None = None) -> RunConfig | None:
        """The configuration of one cell, with `changes` on top; None when the language lacks what the system needs."""
        files = language.files
        supervised = system in (System.LINEAR_SUP, System.FULL_SUP)
        if supervised and "train" not in files or system is System.VECMAP_SUP and "dictionary" not in files:
            return None
        text = lambda name, lines: {
            "parallel": files[name],
            "alignments": files.get(f"{name}_alignments", ""),
            "lines": lines,
            "tokenized": language.tokenized_parallel,
        }
        values = {
            "name": f"{get_language(language.code).name} {system}",
            "system": system,
            "seed": seed,
            "src": {"language": language.code, "corpus": files["corpus"], "tokenized": language.tokenized},
            "trg": {"language": "en", "corpus": files["english"], "tokenized": language.tokenized},
            "test": text("test", language.test_lines),
        }
        if supervised:
            values["train"] = text("train", language.train_lines)
        if "dictionary" in files:
            values["evaluation"] = {"lexicon": files["dictionary"]}
        if system is System.VECMAP_SUP:
            values["vecmap"] = {"dictionary": files["dictionary"]}
        shared = _merged(self.run, self.full) if system in FULL else self.run
        return from_json(_merged(_merged(shared, values), changes or {}))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "systems": list(map(str, self.systems)),
            "seeds": list(self.seeds),
            "run": self.run,
            "full": self.full,
            "ner": self.ner,
            "keep_encoders": self.keep_encoders,
            "extended": self.extended and json.loads(json.dumps(asdict(self.extended))),
            "studies": json.loads(json.dumps(asdict(self.studies))),
            "language": [{name: getattr(one, name) for name in ("code", *SETTINGS)} | one.files for one in self.languages],
        }


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        merged[key] = _merged(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
    return merged


def load(path: Path) -> SuiteConfig:
    """Read a suite from TOML or JSON; file names are relative to its folder. Raises ConfigError."""
    return from_values(settings_file.read(path, "the suite"), path.parent)


def from_values(values: dict[str, Any], folder: Path) -> SuiteConfig:
    """A validated suite from plain values. Raises ConfigError that names the key."""
    known = ("name", "systems", "seeds", "run", "full", "ner", "extended", "studies", "keep_encoders", "language")
    unknown = set(values) - set(known)
    if unknown:
        raise ConfigError(f"Unknown suite option {sorted(unknown)[0]}; known here: {', '.join(known)}.")
    systems = _names("systems", values.get("systems", list(System)), System)
    seeds = values.get("seeds", [1])
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int and 0 <= seed < 2**31 for seed in seeds):
        raise ConfigError(f"seeds = {seeds!r} must be a list of whole numbers from 0.")
    languages = values.get("language")
    if not isinstance(languages, list) or not languages:
        raise ConfigError("A suite needs at least one [[language]] table.")
    run, full, ner = values.get("run", {}), values.get("full", {}), _paths(values.get("ner", {}), NER_FILES, "ner", folder)
    for name, table in (("run", run), ("full", full)):
        if not isinstance(table, dict) or any(isinstance(table.get(section), dict) and key in table[section] for section, key in PATH_KEYS):
            raise ConfigError(f"The files of a suite belong into its [[language]] tables, not into [{name}].")
    parts = tuple(_language(one, folder) for one in languages)
    keep = values.get("keep_encoders", True)
    if type(keep) is not bool:
        raise ConfigError(f"keep_encoders = {keep!r} must be true or false.")
    extended = _extended(values["extended"]) if values.get("extended") is not None else None
    studies = _studies(values.get("studies", {}), [part.code for part in parts])
    if studies.extended and not extended:
        raise ConfigError("studies.extended needs a table [extended].")
    suite = SuiteConfig(str(values.get("name", "")), systems, tuple(seeds), parts, run, full, ner, extended, studies, keep)
    for language in suite.languages:
        for system in suite.systems:
            suite.run_config(language, system, suite.seeds[0])
    return suite


def _names(where: str, values: Any, kind: Callable[[Any], Any]) -> tuple[Any, ...]:
    try:
        return tuple(kind(name) for name in values)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{where} = {values!r}: choose from {', '.join(kind)}.") from error


def _numbers(where: str, values: Any) -> tuple[int, ...]:
    if not isinstance(values, list) or not all(type(value) is int and 1 <= value <= 1_000_000 for value in values):
        raise ConfigError(f"{where} = {values!r} must be a list of whole numbers from 1 to 1,000,000.")
    return tuple(values)


def _table(where: str, values: Any, kind: type) -> dict[str, Any]:
    known = [f.name for f in fields(kind)]
    if not isinstance(values, dict) or set(values) - set(known):
        raise ConfigError(f"{where} = {values!r} must be a table of {', '.join(known)}.")
    return values


def _extended(values: Any) -> ExtendedConfig:
    values = _table("extended", values, ExtendedConfig)
    systems = _names("extended.systems", values.get("systems", [System.BASE, System.LINEAR_UNSUP]), System)
    pieces, preset, steps = values.get("new_pieces", 10_000), values.get("preset", "cpu"), values.get("steps")
    _numbers("extended.new_pieces", [pieces])
    if preset not in ("cpu", "paper"):
        raise ConfigError(f"extended.preset = {preset!r}: choose cpu or paper.")
    if steps is not None and (type(steps) is not int or not 0 <= steps <= 10_000_000):
        raise ConfigError(f"extended.steps = {steps!r} must be a whole number from 0.")
    return ExtendedConfig(systems, pieces, preset, steps)


def _studies(values: Any, languages: list[str]) -> StudyConfig:
    values = _table("studies", values, StudyConfig)
    for name in ("mining", "extended"):
        if type(values.get(name, False)) is not bool:
            raise ConfigError(f"studies.{name} = {values[name]!r} must be true or false.")
    named = values.get("languages", [])
    if not isinstance(named, list) or not all(code in languages for code in named):
        raise ConfigError(f"studies.languages = {named!r} must be a list of languages of the suite: {', '.join(languages)}.")
    return StudyConfig(
        values.get("mining", False),
        _numbers("studies.candidates", values.get("candidates", [])),
        _names("studies.backends", values.get("backends", [Backend.EXACT]), Backend),
        _numbers("studies.corpus_sizes", values.get("corpus_sizes", [])),
        tuple(named),
        values.get("extended", False),
    )


def _language(values: Any, folder: Path) -> SuiteLanguage:
    if not isinstance(values, dict) or not isinstance(values.get("code"), str):
        raise ConfigError(f"A [[language]] table needs a code, found {values!r}.")
    code = get_language(values["code"]).code
    settings: dict[str, Any] = {"unseen": code in UNSEEN}
    for name, kind in SETTINGS.items():
        if name in values:
            if type(values[name]) is not kind:
                raise ConfigError(f"Language {code} of the suite: {name} = {values[name]!r} must be of type {kind.__name__}.")
            settings[name] = values[name]
    files = _paths({k: v for k, v in values.items() if k != "code" and k not in SETTINGS}, FILES, f"language {code}", folder)
    for needed in ("corpus", "english", "test"):
        if needed not in files:
            raise ConfigError(f"Language {code} of the suite needs the file {needed}.")
    return SuiteLanguage(code, files, **settings)


def _paths(values: Any, known: tuple[str, ...], place: str, folder: Path) -> dict[str, str]:
    if not isinstance(values, dict):
        raise ConfigError(f"{place} must be a table, not {values!r}.")
    for key, value in values.items():
        if key not in known or not isinstance(value, str):
            raise ConfigError(f"{place}: {key} = {value!r} is not a file the suite knows; known here: {', '.join(known)}.")
    return {key: settings_file.beside(folder, value, f"{place}.{key}") for key, value in values.items()}


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
            "full": {"training": {"steps": 30, "warmup_steps": 8, "evaluate_every": 10}},  # what two cores do in a minute
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
