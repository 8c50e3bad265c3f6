"""What a suite is asked to do: systems x languages x seeds, with the options all runs share."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..text.languages import get_language
from ..workspace import SAMPLE_DATA
from .config import PATH_KEYS, RunConfig, System, from_json
from .samples import SAMPLES

FILES = ("corpus", "english", "test", "test_alignments", "train", "train_alignments", "dictionary", "ner_development", "ner_test")
SETTINGS = {"tokenized": bool, "tokenized_parallel": bool, "test_lines": str, "train_lines": str}
NER_FILES = ("train", "development")


@dataclass(frozen=True)
class SuiteLanguage:
    """The files of one low-resource language; a system that needs a file the language lacks is left out, as in the paper."""

    code: str
    files: dict[str, str]
    tokenized: bool = False  # the monolingual text
    tokenized_parallel: bool = False
    test_lines: str = ""  # which lines of the test and training text, as in ParallelConfig
    train_lines: str = ""


@dataclass(frozen=True)
class SuiteConfig:
    name: str
    systems: tuple[System, ...]
    seeds: tuple[int, ...]
    languages: tuple[SuiteLanguage, ...]
    run: dict[str, Any] = field(default_factory=dict)  # options of RunConfig that all runs share
    full: dict[str, Any] = field(default_factory=dict)  # options of full_sup and full_unsup on top
    ner: dict[str, str] = field(default_factory=dict)  # English IOB2 files: train, development

    def run_config(self, language: SuiteLanguage, system: System, seed: int) -> RunConfig | None:
        """The configuration of one cell; None when the language lacks what the system needs."""
        files = language.files
        supervised = system in (System.LINEAR_SUP, System.FULL_SUP)
        if supervised and "train" not in files or system is System.VECMAP_SUP and "dictionary" not in files:
            return None
        text = lambda name, lines: {"parallel": files[name], "alignments": files.get(f"{name}_alignments", ""), "lines": lines,
                                    "tokenized": language.tokenized_parallel}
        values = {
            "name": f"{get_language(language.code).name} {system}", "system": system, "seed": seed,
            "src": {"language": language.code, "corpus": files["corpus"], "tokenized": language.tokenized},
            "trg": {"language": "en", "corpus": files["english"], "tokenized": language.tokenized},
            "test": text("test", language.test_lines),
        }
        if supervised:
            values["train"] = text("train", language.train_lines)
        if system is System.VECMAP_SUP:
            values["vecmap"] = {"dictionary": files["dictionary"]}
        shared = _merged(self.run, self.full) if system in (System.FULL_SUP, System.FULL_UNSUP) else self.run
        return from_json(_merged(shared, values))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "systems": list(map(str, self.systems)), "seeds": list(self.seeds), "run": self.run,
            "full": self.full, "ner": self.ner,
            "language": [{name: getattr(one, name) for name in ("code", *SETTINGS)} | one.files for one in self.languages],
        }


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        merged[key] = _merged(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
    return merged


def load(path: Path) -> SuiteConfig:
    """Read a suite from TOML; file names are relative to its folder. Raises ConfigError."""
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the suite {path}: {error.strerror}.") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    return from_values(values, path.parent)


def from_values(values: dict[str, Any], folder: Path) -> SuiteConfig:
    """A validated suite from plain values. Raises ConfigError that names the key."""
    unknown = set(values) - {"name", "systems", "seeds", "run", "full", "ner", "language"}
    if unknown:
        raise ConfigError(f"Unknown suite option {sorted(unknown)[0]}; known here: name, systems, seeds, run, full, ner, language.")
    try:
        systems = tuple(System(name) for name in values.get("systems", list(System)))
    except (ValueError, TypeError) as error:
        raise ConfigError(f"systems = {values.get('systems')!r}: choose from {', '.join(System)}.") from error
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
    suite = SuiteConfig(str(values.get("name", "")), systems, tuple(seeds), parts, run, full, ner)
    for language in suite.languages:
        for system in suite.systems:
            suite.run_config(language, system, suite.seeds[0])
    return suite


def _language(values: Any, folder: Path) -> SuiteLanguage:
    if not isinstance(values, dict) or not isinstance(values.get("code"), str):
        raise ConfigError(f"A [[language]] table needs a code, found {values!r}.")
    code = get_language(values["code"]).code
    settings = {}
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
    return {key: str((folder / value).resolve()) for key, value in values.items()}


def sample_suite() -> SuiteConfig:
    """Every system on the three sample pairs; of the parallel text the first 60 pairs train, the others test."""
    languages = []
    for pair in SAMPLES:
        code = pair.split("-")[0]
        languages.append({
            "code": code, "corpus": f"corpora/{code}.txt", "english": "corpora/en.txt", "test": f"parallel/{pair}.tsv",
            "train": f"parallel/{pair}.tsv", "train_alignments": f"parallel/{pair}.pharaoh", "train_lines": "1-60", "test_lines": "61-",
            "tokenized_parallel": True,
            "test_alignments": f"parallel/{pair}.pharaoh", "dictionary": f"lexicon/{pair}.tsv",
            "ner_development": f"ner/{code}.dev.conll", "ner_test": f"ner/{code}.test.conll",
        })
    full = {"training": {"steps": 40, "warmup_steps": 10, "evaluate_every": 10}}  # what two cores do in a minute or two
    run = {"vecmap": {"patience": 10, "vocabulary_cutoff": 2000}}  # small vocabularies gain nothing from more
    ner = {"train": "ner/en.train.conll", "development": "ner/en.dev.conll"}
    return from_values({"name": "Samples", "run": run, "full": full, "ner": ner,
                        "language": languages}, SAMPLE_DATA)
