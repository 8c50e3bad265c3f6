"""One SystemSpec for each system: what the configuration, the command line, the pages and the suites know about it.

To add a system, write its function in a module of its own and add its SystemSpec to `_BUILT_IN` here (or call `register` from a program
that uses this package). Nothing else names it. Reading this module loads no model library; the function is loaded when a run needs it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lraln_core.errors import ConfigError
from lraln_core.runs import estimate
from lraln_core.runs.estimate import Estimate, Sizes

if TYPE_CHECKING:
    from lraln_core.runs.config import RunConfig
    from lraln_core.runs.context import RunContext, Sides
    from lraln_core.runs.loop import LoopResult

    Function = Callable[[RunContext, Sides], LoopResult]
    Cost = Callable[[RunConfig, Sizes], Estimate]

BASE = "base"  # the encoder as it is: what every other system is compared with
PAPER = "linear_unsup"  # the paper's method, and the default of a configuration
RECOMMENDED = "gloss"  # of the preset `recommended`


@dataclass(frozen=True)
class SystemSpec:
    """One system [Hangya, Saadi and Fraser 2022, section 4.2, Compared systems, and those beyond it].

    function turns the encoder's space into a pair of maps, or changes the encoder: "module:function" with the signature
    (RunContext, Sides) -> LoopResult, or the function itself. cost estimates the seconds of a run from its configuration and the
    sizes of its texts.
    """

    name: str  # in configuration files, folder names and tables
    label: str  # for people, short enough for a select box
    explanation: str  # one sentence
    function: str | Function
    monolingual: bool = False  # needs two monolingual corpora
    parallel: bool = False  # learns from the parallel text train.parallel
    dictionary: bool = False  # learns from the dictionary vecmap.dictionary
    mines: bool = False  # finds word pairs as the section `mining` says
    stores: bool = False  # can work over sharded stores, as the section `stores` says
    trains_encoder: bool = False  # changes the weights of the encoder, and leaves a new encoder
    cost: Cost = estimate.measuring

    def load(self) -> Function:
        """The function. Raises ConfigError when its module or name does not exist."""
        if callable(self.function):
            return self.function
        module, _, name = self.function.partition(":")
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"System {self.name}: the function {self.function} cannot be loaded ({error}).") from error

    def require_stores(self) -> None:
        """Raises ConfigError when this system does not work over stores."""
        if not self.stores:
            able = " or ".join(spec.name for spec in _SPECS.values() if spec.stores)
            raise ConfigError(f"System {self.name} does not work over stores or on a Ray cluster; choose {able}, or leave out stores.")

    def require_inputs(self, config: RunConfig) -> None:
        """Raises ConfigError when the configuration lacks a text that this system learns from."""
        if self.monolingual and not (config.src.given and config.trg.given):
            raise ConfigError(f"System {self.name} needs two monolingual corpora: set src.corpus and trg.corpus.")
        if self.parallel and not config.train.parallel:
            raise ConfigError(f"System {self.name} needs parallel text: set train.parallel.")
        if self.dictionary and not config.vecmap.dictionary:
            raise ConfigError(f"System {self.name} needs a dictionary: set vecmap.dictionary.")
        if not (self.monolingual or self.parallel or self.dictionary or config.test.parallel):
            raise ConfigError(f"System {self.name} learns nothing and only measures the encoder: set test.parallel.")


_LINEAR = "lraln_core.runs.systems.linear"
_VECMAP = "lraln_core.runs.systems.vecmap"
_FULL = "lraln_core.runs.systems.full_model"
_RECIPE = "lraln_core.runs.systems.recipe"
_DENOISING = "lraln_core.runs.systems.denoising"
_BUILT_IN = (
    SystemSpec(
        BASE,
        "Only measure the language model",
        "The language model as it is, without any alignment.",
        f"{_LINEAR}:base",
    ),
    SystemSpec(
        PAPER,
        "Find pairs, learn from them",
        "The paper's method: word pairs are mined from monolingual text, and one linear map a language is trained on them.",
        f"{_LINEAR}:linear_unsup",
        monolingual=True,
        mines=True,
        stores=True,
        cost=estimate.mining_and_training,
    ),
    SystemSpec(
        "linear_sup",
        "Learn from parallel text (to compare)",
        "The same maps trained on the word pairs of translated sentences, for comparison.",
        f"{_LINEAR}:linear_sup",
        parallel=True,
        cost=estimate.supervised_training,
    ),
    SystemSpec(
        "full_sup",
        "Train the whole model, parallel text",
        "All weights of the language model are trained on translated sentences (Cao et al. 2020). Slow.",
        f"{_FULL}:supervised",
        parallel=True,
        trains_encoder=True,
        cost=estimate.encoder_training,
    ),
    SystemSpec(
        "full_unsup",
        "Train the whole model, mined pairs",
        "All weights of the language model are trained on mined word pairs; the paper says that it does not converge. Slow.",
        f"{_FULL}:unsupervised",
        monolingual=True,
        mines=True,
        trains_encoder=True,
        cost=estimate.encoder_training,
    ),
    SystemSpec(
        "dwa_sup",
        "Train with word alignment, parallel text",
        "The language model learns to find the counterparts of hidden words, which it linked itself (XLM-Align, denoising word alignment).",
        f"{_DENOISING}:supervised",
        parallel=True,
        trains_encoder=True,
        cost=estimate.denoising,
    ),
    SystemSpec(
        "dwa_unsup",
        "Train with word alignment, found sentences",
        "The same on sentence pairs that are found in two monolingual texts; few of them are translations.",
        f"{_DENOISING}:unsupervised",
        monolingual=True,
        trains_encoder=True,
        cost=estimate.denoising,
    ),
    SystemSpec(
        "normalized",
        "Normalise each language",
        "Beyond the paper: mean and variance of each language's space are equalised, nothing is trained.",
        f"{_LINEAR}:normalized",
        monolingual=True,
        cost=estimate.normalizing,
    ),
    SystemSpec(
        "normalized_unsup",
        "Normalise, find pairs, learn",
        "Beyond the paper: both spaces are normalised, then the paper's method starts from there.",
        f"{_LINEAR}:normalized_unsup",
        monolingual=True,
        mines=True,
        stores=True,
        cost=estimate.normalizing_mining_and_training,
    ),
    SystemSpec(
        RECOMMENDED,
        "Normalise, learn from glosses",
        "Beyond the paper: both spaces are normalised, sentences are translated word by word, and maps are fitted to word and gloss.",
        f"{_RECIPE}:gloss",
        monolingual=True,
        mines=True,
        stores=True,
        cost=estimate.glossing,
    ),
    SystemSpec(
        "coloured",
        "Move one language onto the other",
        "Beyond the paper: the first language gets the mean and, half-way, the shape of the second, which stays as it is. For tagging.",
        f"{_RECIPE}:coloured",
        monolingual=True,
        cost=estimate.normalizing,
    ),
    SystemSpec(
        "cca_sup",
        "Learn from parallel text, upper bar",
        "Canonical correlations of the word pairs of translated sentences: the best that a linear map does here, for comparison.",
        f"{_RECIPE}:cca_sup",
        parallel=True,
        cost=estimate.supervised_correlation,
    ),
    SystemSpec(
        "vecmap_id",
        "VecMap from identical words",
        "VecMap between averaged word vectors, starting from words that are spelled alike.",
        f"{_VECMAP}:from_identical_words",
        monolingual=True,
        cost=estimate.vecmap,
    ),
    SystemSpec(
        "vecmap_sup",
        "VecMap from a dictionary",
        "VecMap between averaged word vectors, starting from a bilingual dictionary.",
        f"{_VECMAP}:from_dictionary",
        monolingual=True,
        dictionary=True,
        cost=estimate.vecmap,
    ),
)
_SPECS: dict[str, SystemSpec] = {spec.name: spec for spec in _BUILT_IN}


def register(spec: SystemSpec) -> None:
    """Add a system. Raises ConfigError when the name is taken or cannot be part of a folder name."""
    if spec.name in _SPECS:
        raise ConfigError(f"There is a system {spec.name!r} already.")
    if not (spec.name.isidentifier() and spec.name.isascii() and spec.name == spec.name.lower()):
        raise ConfigError(f"{spec.name!r} cannot name a system: use small letters, digits and underscores.")
    _SPECS[spec.name] = spec


def unregister(name: str) -> None:
    """Remove a system that `register` added. Raises ConfigError for one that is built in or unknown."""
    if any(spec.name == name for spec in _BUILT_IN) or name not in _SPECS:
        raise ConfigError(f"{name!r} is not a registered system that can be removed.")
    del _SPECS[name]


def system(name: str) -> SystemSpec:
    """The system of that name. Raises ConfigError that lists the known ones."""
    if name not in _SPECS:
        raise ConfigError(f"system = {name!r} is unknown; choose one of {', '.join(_SPECS)}.")
    return _SPECS[name]


def names() -> tuple[str, ...]:
    """All systems, in the order in which they were added."""
    return tuple(_SPECS)


def labels() -> dict[str, str]:
    """Name -> label for people, of all systems."""
    return {spec.name: spec.label for spec in _SPECS.values()}
