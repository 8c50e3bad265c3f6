"""The sample runs: the project's own data with one of the presets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lraln_core.errors import ConfigError
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.text.languages import get_language

from . import presets
from .config import RunConfig, from_json
from .presets import Preset

SAMPLES = ("mk-en", "sw-en", "ne-en")


def sample_corpus(language: str) -> Path:
    """The sample's monolingual text of a language."""
    return SAMPLE_DATA / "corpora" / f"{language}.txt"


@cache
def sample_sentences(language: str) -> int:
    """How many sentences it has, one a line."""
    with open(sample_corpus(language), "rb") as file:
        return sum(bool(line.strip()) for line in file)


def sample_config(pair: str, preset: Preset = presets.DEFAULT) -> RunConfig:
    """The run on a sample pair such as mk-en. Raises ConfigError for a pair without sample data."""
    if pair not in SAMPLES:
        raise ConfigError(f"There is no sample {pair!r}; choose one of {', '.join(SAMPLES)}.")
    src, trg = pair.split("-")
    values = {
        "name": f"Sample: {get_language(src).name} and English",
        "src": {"language": src, "corpus": str(sample_corpus(src))},
        "trg": {"language": trg, "corpus": str(sample_corpus(trg))},
        "test": {
            "parallel": str(SAMPLE_DATA / "parallel" / f"{pair}.tsv"),
            "alignments": str(SAMPLE_DATA / "parallel" / f"{pair}.pharaoh"),
            "tokenized": True,
        },
        "evaluation": {"lexicon": str(SAMPLE_DATA / "lexicon" / f"{pair}.tsv")},
    }
    return from_json(presets.under(preset, values))
