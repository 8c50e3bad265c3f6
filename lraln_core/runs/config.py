"""One frozen RunConfig: the whole of what a run was asked to do. TOML or JSON in, JSON out; the paper's values are the defaults."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import types
import typing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from lraln_core.choices import BUILT_IN, Backend, MiningMethod, Pooling, Precision, RetrievalScoring, Scoring
from lraln_core.errors import ConfigError
from lraln_core.files import settings_file
from lraln_core.files.settings_file import require_text
from lraln_core.text.languages import get_language


class System(StrEnum):
    """What is done to the encoder's space (paper, section 4.2, Compared systems)."""

    BASE = "base"
    LINEAR_UNSUP = "linear_unsup"
    LINEAR_SUP = "linear_sup"
    FULL_SUP = "full_sup"
    FULL_UNSUP = "full_unsup"
    NORMALIZED = "normalized"
    NORMALIZED_UNSUP = "normalized_unsup"
    VECMAP_ID = "vecmap_id"
    VECMAP_SUP = "vecmap_sup"

    @property
    def monolingual(self) -> bool:
        """Whether it learns from the two monolingual corpora."""
        return self not in (System.BASE, System.LINEAR_SUP, System.FULL_SUP)


class Schedule(StrEnum):
    """Learning rate after the warm-up."""

    CONSTANT = "constant"
    LINEAR = "linear"


def option(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A field with its sentence of help (shown on the Launch page) and its allowed range."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})


@dataclass(frozen=True)
class CorpusConfig:
    """One monolingual corpus."""

    language: str = option("", "ISO 639-1 code of the language.")
    corpus: str = option("", "Text file: one sentence a line, plain or .gz, or .tsv/.csv with a column.")
    tokenized: bool = option(False, "The text is already tokenised: words separated by spaces.")
    column: str = option("", "Column name or number (from 1) for .tsv and .csv files.")
    limit: int = option(0, "Use only the first N sentences, 0 for all (Table 11 of the paper).", low=0)


@dataclass(frozen=True)
class ParallelConfig:
    """Parallel sentences (source TAB target), with Pharaoh alignments or aligned on the spot by fast_align."""

    parallel: str = option("", "Tab-separated file: source sentence, target sentence.")
    alignments: str = option("", "Pharaoh file, one line a sentence pair; empty to align with fast_align.")
    tokenized: bool = option(False, "The sentences are already tokenised.")
    lines: str = option("", "Only these lines, for example 1-1024 or 2049-; empty for all.")


@dataclass(frozen=True)
class EncoderConfig:
    name: str = option(BUILT_IN, "Built-in encoder, hub name, or folder of a checkpoint.")
    layer: int = option(-1, "Which layer gives the word vectors; -1 is the final layer (section 3.1).")
    pooling: Pooling = option(Pooling.LAST, "Which subword stands for a word; the paper takes the last.")
    device: str = option("auto", "auto, cpu or cuda.")
    precision: Precision = option(
        Precision.FLOAT32,
        "Numbers the model computes in: bfloat16 is about three times as fast on processors "
        "and cards that have it and changes little; int8 costs points of retrieval (README).",
    )


@dataclass(frozen=True)
class MiningConfig:
    """Section 3.1 and Algorithm 1."""

    method: MiningMethod = option(MiningMethod.FORWARD_BACKWARD, "Which word pairs are kept: see the guide.")
    threshold: float = option(0.2, "Keep pairs whose cosine is above this (th in the paper).", low=-1.0, high=1.0)
    mining_k: int = option(1, "How many nearest words of the other language each word may bring.", low=1, high=100)
    sample_size: int = option(1000, "Sentences drawn from each corpus in every iteration.", low=1, high=1_000_000)
    candidates: int = option(0, "Target sentences drawn instead, 0 for sample_size (Table 10 of the paper).", low=0, high=1_000_000)
    scoring: Scoring = option(Scoring.COSINE, "What makes a word near: cosine (the paper) or CSLS.")
    backend: Backend = option(Backend.EXACT, "Search: exact, or a FAISS index (Appendix C); its recall is measured in every run.")
    letters_only: bool = option(False, "Leave out pairs in which a side has no letter (punctuation, numbers).")


@dataclass(frozen=True)
class TrainingConfig:
    """Section 4.1; batches are counted in sentence pairs, as the paper counts them."""

    steps: int = option(5000, "Update steps (N in Algorithm 1).", low=0, high=10_000_000)
    batch_size: int = option(2, "Sentence pairs a batch.", low=1, high=100_000)
    accumulation: int = option(6, "Batches whose gradients are added up before one update.", low=1, high=100_000)
    learning_rate: float = option(5e-5, "Peak learning rate of Adam(0.9, 0.98, 1e-9).", low=0.0, high=1.0)
    warmup_steps: int = option(1000, "Steps over which the learning rate rises from zero.", low=0)
    schedule: Schedule = option(Schedule.CONSTANT, "Learning rate after the warm-up: constant, or falling linearly to zero.")
    noise: float = option(0.01, "The maps start from the identity plus uniform noise in [0, noise).", low=0.0, high=1.0)
    evaluate_every: int = option(250, "Steps between two looks at the guards.", low=1)
    held_out: int = option(200, "Monolingual sentences a side kept out of mining for the guards (at most a tenth).", low=0)
    select_best: bool = option(True, "Keep the maps the retrieval-free criterion chooses (mined pairs only); off keeps the last.")
    tolerance: float = option(0.05, "It chooses the latest maps that are at most this share worse than the best.", low=0.0, high=1.0)


@dataclass(frozen=True)
class NormalizationConfig:
    """Statistics of each language's space, for normalized and normalized_unsup."""

    centre: bool = option(True, "Subtract the mean of each language.")
    remove_top: int = option(0, "Leading principal directions to drop (all-but-the-top).", low=0, high=100)
    whitening: float = option(0.5, "Power of the whitening: 0 none, 0.5 half, 1 full.", low=0.0, high=1.0)
    sentences: int = option(5000, "Sentences of each corpus the statistics are estimated on.", low=10, high=1_000_000)


@dataclass(frozen=True)
class VecMapConfig:
    """Anchors and VecMap (section 4.2), for vecmap_id and vecmap_sup."""

    dictionary: str = option("", "Lexicon (source word TAB target word) for vecmap_sup.")
    vocabulary: int = option(50_000, "Most frequent words of each language that get an anchor.", low=10, high=1_000_000)
    sentences_per_word: int = option(100, "Sentences averaged into an anchor, at most.", low=1, high=10_000)
    sentences: int = option(20_000, "Sentences of each corpus the anchors are drawn from, at most.", low=10, high=10_000_000)
    orthogonal: bool = option(
        False,
        "The paper's form (footnote 9): an orthogonal map of the source and the identity for the target, without VecMap's re-weighting.",
    )
    patience: int = option(50, "Iterations without improvement before more similarities are seen.", low=1, high=1000)
    vocabulary_cutoff: int = option(20_000, "Most frequent words the dictionary is induced over.", low=10, high=200_000)


@dataclass(frozen=True)
class EvaluationConfig:
    """Section 4.2."""

    csls_k: int = option(10, "Neighbours in CSLS (footnote 7).", low=1, high=1000)
    scoring: RetrievalScoring = option(RetrievalScoring.CSLS, "csls, or csls_published: what the paper's code computes.")
    lexicon: str = option("", "Lexicon (source word TAB target word) by which mined pairs are judged; never learned from.")
    bootstrap_samples: int = option(1000, "Resamplings for the confidence intervals.", low=0, high=100_000)


@dataclass(frozen=True)
class RunConfig:
    name: str = option("", "A name for people.")
    system: System = option(System.LINEAR_UNSUP, "What is done to the encoder's space.")
    seed: int = option(1, "Seed of everything random in the run.", low=0, high=2**31 - 1)
    threads: int = option(0, "Processor threads, 0 for all.", low=0, high=1024)
    src: CorpusConfig = field(default_factory=CorpusConfig)
    trg: CorpusConfig = field(default_factory=lambda: CorpusConfig(language="en"))
    test: ParallelConfig = field(default_factory=ParallelConfig)
    development: ParallelConfig = field(default_factory=ParallelConfig)
    train: ParallelConfig = field(default_factory=ParallelConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    mining: MiningConfig = field(default_factory=MiningConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    normalization: NormalizationConfig = field(default_factory=NormalizationConfig)
    vecmap: VecMapConfig = field(default_factory=VecMapConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain values only; `from_json` is its inverse."""
        return json.loads(json.dumps(dataclasses.asdict(self)))


def from_json(values: Any) -> RunConfig:
    """A validated RunConfig. Raises ConfigError that names the key and the value."""
    if isinstance(values, dict) and isinstance(values.get("trg"), dict):
        values = values | {"trg": {"language": "en"} | values["trg"]}
    config = _build(RunConfig, values, "")
    for side in ("src", "trg"):
        get_language(getattr(config, side).language)
    for section in ("test", "development", "train"):
        line_range(getattr(config, section).lines, f"{section}.lines")
    if config.mining.scoring is Scoring.CSLS and config.mining.backend is not Backend.EXACT:
        raise ConfigError("mining.scoring = csls needs mining.backend = exact: a FAISS index knows no neighbourhoods.")
    if config.system.monolingual and not (config.src.corpus and config.trg.corpus):
        raise ConfigError(f"System {config.system} needs two monolingual corpora: set src.corpus and trg.corpus.")
    if config.system in (System.LINEAR_SUP, System.FULL_SUP) and not config.train.parallel:
        raise ConfigError(f"System {config.system} needs parallel text: set train.parallel.")
    if config.system is System.VECMAP_SUP and not config.vecmap.dictionary:
        raise ConfigError("System vecmap_sup needs a dictionary: set vecmap.dictionary.")
    if config.system is System.BASE and not config.test.parallel:
        raise ConfigError("System base only measures the encoder: set test.parallel.")
    return config


_LINES = re.compile(r"[0-9]{1,12}-[0-9]{0,12}")


def line_range(text: str, key: str) -> slice:
    """The lines that 1-1024 or 2049- means, as a slice from 0. Raises ConfigError."""
    first, _, last = text.partition("-")
    if not text:
        return slice(None)
    if not (_LINES.fullmatch(text) and int(first) >= 1 and (not last or int(last) >= int(first))):
        raise ConfigError(f"{key} = {text!r} is not a range of lines such as 1-1024 or 2049-.")
    return slice(int(first) - 1, int(last) if last else None)


def load(path: Path, overrides: list[str] | None = None) -> RunConfig:
    """Read a TOML or JSON file; file names in it are relative to its folder. overrides are KEY=VALUE with dotted keys."""
    values = settings_file.read(path, "the configuration")
    _anchor_paths(values, path.parent)
    apply_overrides(values, overrides or [])
    return from_json(values)


def _anchor_paths(values: dict, folder: Path) -> None:
    for section, key in PATH_KEYS:
        table = values.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = settings_file.beside(folder, table[key], f"{section}.{key}")
    encoder = values.get("encoder")
    if isinstance(encoder, dict) and isinstance(encoder.get("name"), str):
        place = settings_file.beside(folder, encoder["name"], "encoder.name")
        if os.path.isdir(place):
            encoder["name"] = place


PATH_KEYS = [("src", "corpus"), ("trg", "corpus"), ("vecmap", "dictionary"), ("evaluation", "lexicon")] + [
    (section, key) for section in ("test", "development", "train") for key in ("parallel", "alignments")
]


def apply_overrides(values: dict, overrides: list[str]) -> None:
    """Set dotted KEY=VALUE pairs; a value is read as TOML, and as text when it is no TOML. Raises ConfigError."""
    for item in overrides:
        key, sign, raw = item.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"--set {item!r}: write KEY=VALUE, for example training.steps=1000.")
        try:
            value = settings_file.parse_toml(f"value = {raw}")["value"]
        except (ValueError, RecursionError):
            value = raw
        *tables, last = key.strip().split(".")
        table = values
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigError(f"--set {item!r}: {name} is not a table.")
        table[last] = value


def _build(kind: type, values: Any, place: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigError(f"{place or 'The configuration'} must be a table, not {values!r}.")
    fields = {f.name: f for f in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    chosen = {}
    for key, value in values.items():
        where = f"{place}.{key}" if place else str(key)
        if key not in fields:
            raise ConfigError(f"Unknown option {where}; known here: {', '.join(fields)}.")
        chosen[key] = _value(hints[key], value, where, fields[key].metadata)
    return kind(**chosen)


def _value(kind: type, value: Any, where: str, limits: types.MappingProxyType) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build(kind, value, where)
    if issubclass(kind, StrEnum):
        try:
            return kind(value)
        except ValueError as error:
            raise ConfigError(f"{where} = {value!r} is unknown; choose one of {', '.join(kind)}.") from error
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 10**300 else math.inf if value > 0 else -math.inf
    if type(value) is not kind:
        raise ConfigError(f"{where} = {value!r} must be of type {kind.__name__}.")
    if kind is str:
        return require_text(value, where)
    low, high = limits.get("low"), limits.get("high")
    if kind in (int, float) and not (low is None or value >= low) or kind is float and value != value:
        raise ConfigError(f"{where} = {value!r} is below the smallest allowed value {low}.")
    if kind in (int, float) and not (high is None or value <= high):
        raise ConfigError(f"{where} = {value!r} is above the largest allowed value {high}.")
    return value
