"""One frozen RunConfig: everything a run is asked to do. Read from TOML or JSON, kept as JSON; the paper's values are the defaults."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic.dataclasses import dataclass

from lraln_core.choices import BUILT_IN, Backend, Candidates, Engine, MiningMethod, Pooling, Precision, RetrievalScoring, Scoring
from lraln_core.errors import ConfigError
from lraln_core.files import settings_file
from lraln_core.text.corpus import is_corpus_id
from lraln_core.text.languages import canonical_code

from . import presets
from .options import FORBID_UNKNOWN, build, option
from .systems import registry


class Schedule(StrEnum):
    """Learning rate after the warm-up."""

    CONSTANT = "constant"
    LINEAR = "linear"


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class CorpusConfig:
    """One monolingual corpus: a text file, or a corpus that the workspace holds already."""

    language: str = option("", "BCP-47 tag, ISO 639 or FLORES code, or English name of the language.", label="Language")
    corpus: str = option("", "Text file in one of the formats of docs/formats.md.", label="Text file")
    corpus_id: str = option(
        "",
        "Id of a corpus prepared in this workspace: it is opened as it is, and the text file is neither read nor needed.",
        label="Prepared corpus",
    )
    tokenized: bool = option(False, "The text is already tokenised: words separated by spaces.", label="Already tokenised")
    column: str = option("", "Column name or number (from 1) for .tsv and .csv files.", label="Column")
    format: str = option("", "Format of the text file (docs/formats.md), where it is not detected.", label="Format")
    encoding: str = option("", "Encoding of the text file, where it is not UTF-8, e.g. cp1251.", label="Encoding")
    tier: str = option("", "Tier of an interlinear text; marker of Toolbox, writing system of FLEx.", label="Tier")
    limit: int = option(0, "Use only the first N sentences, 0 for all (Table 11 of the paper).", label="Sentences used", low=0, high=10**12)

    @property
    def given(self) -> bool:
        """Whether a corpus is named at all."""
        return bool(self.corpus or self.corpus_id)


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class ParallelConfig:
    """Parallel sentences (source TAB target), with Pharaoh alignments or aligned by fast_align."""

    parallel: str = option(
        "", "Tab-separated file (source, target), table, TMX, XLIFF or Tatoeba export; or the source file of two.", label="Parallel text"
    )
    target: str = option("", "Target file, where line i of it translates line i of the first (Moses, FLORES).", label="Second file")
    columns: str = option("", "Columns of source and target in a table, by number or name, separated by a comma: 2,4.", label="Columns")
    encoding: str = option("", "Encoding of the text, where it is not UTF-8, e.g. cp1251.", label="Encoding")
    alignments: str = option(
        "", "Pharaoh file, one line a sentence pair; without it fast_align aligns the words.", label="Its word alignments"
    )
    tokenized: bool = option(False, "The sentences are already tokenised.", label="Already tokenised")
    lines: str = option("", "Only these lines, for example 1-1024 or 2049-; empty for all.", label="Lines used")


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class EncoderConfig:
    """The language model whose vectors are aligned."""

    name: str = option(BUILT_IN, "Built-in encoder, hub name, or folder of a checkpoint.", label="Language model")
    layer: int = option(-1, "Layer that gives the word vectors; -1 is the final layer (section 3.1).", label="Layer", low=-1000, high=1000)
    pooling: Pooling = option(
        Pooling.LAST,
        "Subword whose vector represents the word; the paper takes the last.",
        label="Subword that represents a word",
        choices={"last": "the last (the paper's choice)", "first": "the first", "mean": "the mean of all"},
    )
    inner_depth: float = option(
        0.0,
        "Depth of a second layer whose vectors are put behind those of the first, as a share of the way to it: 0.67 is layer 8 of 12. "
        "0: one layer, as in the paper.",
        label="Second layer, as a share of the depth",
        low=0.0,
        high=0.99,
    )
    inner_weight: float = option(
        0.5, "Factor of the second layer's vectors beside those of the first.", label="Weight of the second layer", low=0.01, high=100.0
    )
    device: str = option("auto", "auto, cpu or cuda.", label="Device")
    precision: Precision = option(
        Precision.AUTO,
        "Number format the model computes in. auto: bfloat16 where the processor or card computes in it natively, else float32; the run "
        "stores which. bfloat16 is about three times as fast there and changes little; int8 costs points of retrieval (docs/results.md).",
        label="Numeric precision",
        choices={
            "auto": "automatic: bfloat16 where this computer has it, else 32 bits",
            "float32": "32 bits",
            "bfloat16": "bfloat16: as good, three times as fast",
            "int8": "8 bits: as fast, but clearly worse",
        },
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class MiningConfig:
    """Section 3.1 and Algorithm 1."""

    method: MiningMethod = option(
        MiningMethod.FORWARD_BACKWARD,
        "Which word pairs are kept: those found in either direction (forward-backward, the paper), in both (intersection) or in one.",
        label="Which pairs are kept",
        choices={
            "forward_backward": "Either direction (union): many pairs",
            "intersection": "Both directions (intersection): fewer pairs",
            "forward": "Only from the first to the second",
            "backward": "Only from the second to the first",
        },
    )
    threshold: float = option(
        0.2, "Keep pairs whose cosine is above this (th in the paper).", label="Similarity threshold", low=-1.0, high=1.0
    )
    mining_k: int = option(
        1, "How many nearest words of the other language are mined for each word.", label="Nearest words mined", low=1, high=100
    )
    sample_size: int = option(
        1000, "Sentences sampled from each corpus in every iteration.", label="Sentences sampled per iteration", low=1, high=1_000_000
    )
    candidates: int = option(
        0,
        "Target sentences sampled instead, 0 for sample_size (Table 10 of the paper).",
        label="Target sentences sampled",
        low=0,
        high=1_000_000,
    )
    scoring: Scoring = option(
        Scoring.COSINE,
        "Similarity of two words: cosine (the paper), or corrected for hubs: CSLS, or the ratio to the neighbourhoods.",
        label="Similarity measure",
        choices={
            "cosine": "cosine (the paper's choice)",
            "csls": "corrected for hubs (CSLS)",
            "ratio": "corrected for hubs (ratio of the margin)",
        },
    )
    backend: Backend = option(
        Backend.EXACT,
        "Search: exact, or a FAISS index (Appendix C); its recall is measured in every run.",
        label="Search method",
        choices={"exact": "exact", "flat": "exact, with FAISS"},
    )
    letters_only: bool = option(
        False,
        "Leave out pairs in which a side has no letter (punctuation, numbers).",
        label="Leave out punctuation and numbers",
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class TrainingConfig:
    """Section 4.1; batches are counted in sentence pairs, as the paper counts them."""

    steps: int = option(5000, "Update steps (N in Algorithm 1).", label="Update steps", low=0, high=10_000_000)
    batch_size: int = option(2, "Sentence pairs in a batch.", label="Sentence pairs per batch", low=1, high=100_000)
    accumulation: int = option(
        6, "Batches whose gradients are added up before one update.", label="Batches per update", low=1, high=100_000
    )
    learning_rate: float = option(5e-5, "Peak learning rate of Adam(0.9, 0.98, 1e-9).", label="Learning rate", low=0.0, high=1.0)
    warmup_steps: int = option(1000, "Steps over which the learning rate rises from zero.", label="Warm-up steps", low=0, high=10_000_000)
    schedule: Schedule = option(
        Schedule.CONSTANT,
        "Learning rate after the warm-up: constant, or falling linearly to zero.",
        label="Learning rate after the warm-up",
        choices={"constant": "constant", "linear": "falls to zero"},
    )
    noise: float = option(
        0.01, "The maps start from the identity plus uniform noise in [0, noise).", label="Initial noise", low=0.0, high=1.0
    )
    evaluate_every: int = option(
        250, "Steps between two collapse and agreement checks.", label="Steps between checks", low=1, high=10_000_000
    )
    held_out: int = option(
        200,
        "Monolingual sentences of each corpus kept out of mining for the checks (at most a tenth).",
        label="Held-out sentences",
        low=0,
        high=1_000_000,
    )
    select_best: bool = option(
        True,
        "Keep the maps with the best agreement on held-out sentences (mined pairs only); off keeps the last.",
        label="Keep the best maps",
    )
    tolerance: float = option(
        0.05,
        "The latest maps whose agreement is at most this share below the best are kept.",
        label="Tolerance of the selection",
        low=0.0,
        high=1.0,
    )

    frozen_target: bool = option(
        False,
        "Training all weights: pull words to the English vectors of the original model, not to those that change with training.",
        label="English vectors stay as the goal",
    )

    @property
    def linear_decay(self) -> bool:
        """Whether the learning rate falls to zero after the warm-up."""
        return self.schedule is Schedule.LINEAR


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class NormalizationConfig:
    """Statistics of each language's space, for normalized and normalized_unsup."""

    centre: bool = option(True, "Subtract the mean of each language.", label="Subtract the mean")
    remove_top: int = option(
        0, "Leading principal directions to remove (all-but-the-top).", label="Principal directions removed", low=0, high=100
    )
    whitening: float = option(0.5, "Power of the whitening: 0 none, 0.5 half, 1 full.", label="Whitening", low=0.0, high=1.0)
    sentences: int = option(
        5000,
        "Sentences of each corpus on which the statistics are estimated.",
        label="Sentences for the statistics",
        low=10,
        high=1_000_000,
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class GlossConfig:
    """Pairs from word-by-word glosses, for the system gloss (docs/recipe.md says how the values were chosen)."""

    sentences: int = option(3000, "Sentences of each corpus that are glossed.", label="Sentences glossed", low=10, high=1_000_000)
    pairs_per_type: int = option(
        10, "Pairs of one word type, at most, so that frequent words do not decide everything.", label="Pairs per word", low=1, high=10_000
    )
    prior_pairs: float = option(
        3000.0,
        "Weight of the assumption that both normalised languages agree, in pairs; small corpora need it.",
        label="Weight of the prior",
        low=0.0,
        high=1e9,
    )
    power: float = option(
        2.0, "Power of the correlation by which each direction is weighted.", label="Power of the correlation", low=0.0, high=8.0
    )
    ridge: float = option(
        0.1, "Share of the mean variance that is added to every direction before inverting.", label="Ridge", low=1e-6, high=100.0
    )


class DenoisingPreset(StrEnum):
    """How long and on what denoising word alignment trains: see runs/denoising_plan.py."""

    CPU = "cpu"
    PAPER = "paper"


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class DenoisingConfig:
    """Denoising word alignment, for dwa_sup and dwa_unsup (docs/word_alignment.md)."""

    preset: DenoisingPreset = option(
        DenoisingPreset.CPU,
        "How long and on which weights is trained: cpu for minutes on a processor, paper for the values of XLM-Align on a GPU.",
        label="Effort",
        choices={"cpu": "Minutes on a processor", "paper": "As in the XLM-Align paper, for a GPU"},
    )
    steps: int = option(0, "Update steps, 0 for those of the preset.", label="Update steps", low=0, high=10_000_000)
    top_layers: int = option(
        -1, "Layers from the top that learn: 0 for all weights, -1 for the preset's choice.", label="Layers that learn", low=-1, high=1000
    )
    entropy: float = option(
        0.02,
        "Weight of the entropy in the optimal transport that labels the words; lower is more decided.",
        label="Entropy of the labels",
        low=1e-3,
        high=10.0,
    )
    iterations: int = option(2, "Sinkhorn iterations of the optimal transport.", label="Sinkhorn iterations", low=0, high=1000)
    sentences: int = option(
        1000,
        "dwa_unsup: sentences drawn from each corpus, among which sentence pairs are found, each time words are labelled anew.",
        label="Sentences searched for pairs",
        low=10,
        high=1_000_000,
    )
    keep: float = option(
        0.5,
        "dwa_unsup: share of the mutual nearest sentence pairs that is used, from the best.",
        label="Share of the found pairs",
        low=0.01,
        high=1.0,
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class VecMapConfig:
    """Anchors and VecMap (section 4.2), for vecmap_id and vecmap_sup."""

    dictionary: str = option("", "Lexicon (source word TAB target word) for vecmap_sup.", label="Dictionary")
    vocabulary: int = option(
        50_000,
        "Most frequent words of each language that get an anchor (a mean vector).",
        label="Words with an anchor",
        low=10,
        high=1_000_000,
    )
    sentences_per_word: int = option(100, "Sentences averaged into an anchor, at most.", label="Sentences per anchor", low=1, high=10_000)
    sentences: int = option(
        20_000,
        "Sentences of each corpus the anchors are averaged over, at most.",
        label="Sentences for the anchors",
        low=10,
        high=10_000_000,
    )
    orthogonal: bool = option(
        False,
        "The paper's form (footnote 9): an orthogonal map of the source and the identity for the target, without VecMap's re-weighting.",
        label="Orthogonal map",
    )
    patience: int = option(50, "Iterations without improvement before fewer similarities are dropped.", label="Patience", low=1, high=1000)
    vocabulary_cutoff: int = option(
        20_000, "Most frequent words over which the dictionary is induced.", label="Vocabulary cutoff", low=10, high=200_000
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class StoresConfig:
    """Sharded stores, for text that one machine does not hold (docs/scale.md): the corpora are encoded once, and every iteration mines a
    sample of their sentences."""

    engine: Engine = option(
        Engine.LOCAL,
        "Where the corpora are encoded and mined: on this machine, or on a Ray cluster, over sharded stores.",
        label="Where the work is done",
        choices={"local": "this computer", "ray": "a Ray cluster (docs/scale.md)"},
    )
    place: str = option(
        "",
        "Folder or URL of the stores and pairs, shared by all machines; given alone, this machine works over stores. Empty: stores/ of the "
        "workspace.",
        label="Place of the stores",
    )
    address: str = option("", "Address of a running Ray cluster, HOST:PORT or auto; empty starts Ray on this machine.", label="Ray cluster")
    workers: int = option(0, "Workers, 0 for one a processor or GPU of the cluster.", label="Workers", low=0, high=100_000)
    shard_sentences: int = option(10_000, "Sentences in a file of a store.", label="Sentences in a file", low=1, high=1_000_000)
    block_words: int = option(
        65_536, "Words of a side that a worker compares at a time.", label="Words compared at a time", low=16, high=100_000_000
    )

    @property
    def used(self) -> bool:
        """Whether the run works over stores."""
        return self.engine is Engine.RAY or bool(self.place)


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class EvaluationConfig:
    """Section 4.2."""

    csls_k: int = option(10, "Neighbours in CSLS (footnote 7).", label="Neighbours in CSLS", low=1, high=1000)
    scoring: RetrievalScoring = option(
        RetrievalScoring.CSLS,
        "csls, or csls_published: what the paper's code computes.",
        label="Retrieval score",
        choices={"csls": "CSLS", "csls_published": "as the paper's code computes it"},
    )
    candidates: Candidates = option(
        Candidates.ALL,
        "Among which words a translation is looked for: all of the other side (the paper's wording), or gold-linked ones (its code).",
        label="Candidates",
        choices={"all": "all words", "gold": "only words with a gold link"},
    )
    lexicon: str = option(
        "", "Lexicon (source word TAB target word) by which mined pairs are judged; never learned from.", label="Lexicon for judging pairs"
    )
    bootstrap_samples: int = option(
        1000, "Bootstrap resamplings for the confidence intervals.", label="Bootstrap resamplings", low=0, high=100_000
    )


@dataclass(frozen=True, config=FORBID_UNKNOWN)
class RunConfig:
    """Everything a run is asked to do; two runs with equal configurations on one machine give equal results."""

    name: str = option("", "A name for people.", label="Name of the run")
    system: str = option(
        registry.PAPER,
        "What is done to the language model's vectors: the paper's method, or a system to compare it with.",
        label="What to do",
        choices=registry.labels,
    )
    seed: int = option(1, "Seed of everything random in the run.", label="Seed", low=0, high=2**31 - 1)
    threads: int = option(0, "Processor threads, 0 for all.", label="Processor threads", low=0, high=1024)
    src: CorpusConfig = field(default_factory=CorpusConfig)
    trg: CorpusConfig = field(default_factory=lambda: CorpusConfig(language="en"))
    test: ParallelConfig = field(default_factory=ParallelConfig)
    development: ParallelConfig = field(default_factory=ParallelConfig)
    train: ParallelConfig = field(default_factory=ParallelConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    mining: MiningConfig = field(default_factory=MiningConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    normalization: NormalizationConfig = field(default_factory=NormalizationConfig)
    gloss: GlossConfig = field(default_factory=GlossConfig)
    denoising: DenoisingConfig = field(default_factory=DenoisingConfig)
    vecmap: VecMapConfig = field(default_factory=VecMapConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    stores: StoresConfig = field(default_factory=StoresConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain values only; `from_json` is its inverse. Corpus ids and stores that are not given are left out, as files
        of older versions do."""
        values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        for side in ("src", "trg"):
            if not values[side]["corpus_id"]:
                del values[side]["corpus_id"]
        if self.stores == StoresConfig():
            del values["stores"]
        return values


def from_json(values: Any) -> RunConfig:
    """A validated RunConfig. Raises ConfigError that names the key and the value, LanguageError for an unknown language."""
    if isinstance(values, dict) and isinstance(values.get("trg"), dict):
        values = values | {"trg": {"language": "en"} | values["trg"]}
    config = build(RunConfig, values, "The configuration")
    system = registry.system(config.system)
    for side in ("src", "trg"):
        corpus = getattr(config, side)
        config = dataclasses.replace(config, **{side: dataclasses.replace(corpus, language=canonical_code(corpus.language))})
        if corpus.corpus_id and not is_corpus_id(corpus.corpus_id):
            raise ConfigError(f"{side}.corpus_id = {corpus.corpus_id!r} is not the id of a corpus: 32 digits and letters from a to f.")
    for section in ("test", "development", "train"):
        line_range(getattr(config, section).lines, f"{section}.lines")
    require_searchable(config.mining)
    if config.stores.used:
        system.require_stores()
        if config.mining.backend not in (Backend.EXACT, Backend.IVF_PQ_RERANK):
            raise ConfigError(f"mining.backend = {config.mining.backend}: stores are mined with exact or {Backend.IVF_PQ_RERANK}.")
    system.require_inputs(config)
    return config


def require_searchable(options: MiningConfig) -> None:
    """Raises ConfigError when the search cannot give what the scoring needs."""
    if options.scoring is not Scoring.COSINE and options.backend is not Backend.EXACT:
        raise ConfigError(f"scoring = {options.scoring} needs backend = exact: a FAISS index has no neighbourhood means.")


_LINES = re.compile(r"[0-9]{1,12}-[0-9]{0,12}")


def line_range(text: str, key: str) -> slice:
    """The lines that 1-1024 or 2049- means, as a slice from 0. Raises ConfigError."""
    first, _, last = text.partition("-")
    if not text:
        return slice(None)
    if not (_LINES.fullmatch(text) and int(first) >= 1 and (not last or int(last) >= int(first))):
        raise ConfigError(f"{key} = {text!r} is not a range of lines such as 1-1024 or 2049-.")
    return slice(int(first) - 1, int(last) if last else None)


def load(path: Path, overrides: list[str] | None = None, *, preset: str = "") -> RunConfig:
    """Read a TOML or JSON file; file names in it are relative to its folder. overrides are KEY=VALUE with dotted keys.

    The values of a preset, named here or by the file's key `preset`, lie under those of the file (see presets.fill).
    Raises ConfigError.
    """
    values = settings_file.read(path, "the configuration")
    _anchor_paths(values, path.parent)
    apply_overrides(values, overrides or [])
    return from_json(presets.fill(values, preset))


def _anchor_paths(values: dict, folder: Path) -> None:
    for section, key in PATH_KEYS:
        table = values.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = settings_file.beside(folder, table[key], f"{section}.{key}")
    stores = values.get("stores")
    if isinstance(stores, dict) and isinstance(stores.get("place"), str) and stores["place"] and "://" not in stores["place"]:
        stores["place"] = settings_file.beside(folder, stores["place"], "stores.place")
    encoder = values.get("encoder")
    if isinstance(encoder, dict) and isinstance(encoder.get("name"), str):
        place = settings_file.beside(folder, encoder["name"], "encoder.name")
        if os.path.isdir(place):
            encoder["name"] = place


PATH_KEYS = [("src", "corpus"), ("trg", "corpus"), ("vecmap", "dictionary"), ("evaluation", "lexicon")] + [
    (section, key) for section in ("test", "development", "train") for key in ("parallel", "target", "alignments")
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
