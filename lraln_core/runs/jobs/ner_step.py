"""Zero-shot NER: sentences are read and encoded once and tagged under any number of maps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import LanguageMap
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import ConfigError
from lraln_core.evaluation.ner.scores import SentenceCounts, count, tag_labels
from lraln_core.evaluation.ner.tagger import PRESETS, Preset, TaggedWords, TaggerOptions, tagged_words
from lraln_core.evaluation.ner.zero_shot import NerResult, language_map, tag_zero_shot
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress, WordVectors
from lraln_core.text import iob2
from lraln_core.text.iob2 import TaggedSentence

from .ner_request import NerRequest


def tagger_options(request: NerRequest) -> TaggerOptions:
    """The preset of the request with its changes. Raises ConfigError for a value out of range or an unknown preset."""
    if request.preset not in list(Preset):
        raise ConfigError(f"preset = {request.preset!r} is unknown; choose one of {', '.join(Preset)}.")
    if request.bootstrap_samples < 0:
        raise ConfigError(f"bootstrap_samples = {request.bootstrap_samples} is below the smallest allowed value 0.")
    changes = {name: getattr(request, name) for name in ("epochs", "learning_rate") if getattr(request, name) is not None}
    return dataclasses.replace(PRESETS[Preset(request.preset)], **changes)


class NerStep:
    """The tagged text of one request with its unmapped CCWRs: read and encoded once, whatever the number of maps."""

    def __init__(self, request: NerRequest, encoder: Encoder, cache: CcwrCache, progress: Callable[[str], Progress] | None = None):
        """progress(what) gives the progress of encoding one part. Raises ConfigError, CorpusError, EncoderError."""
        self.request, self.encoder, self.options = request, encoder, tagger_options(request)
        self._parts: dict[str, tuple[list[TaggedSentence], WordVectors, str]] = {}
        texts = {
            name: (
                iob2.read(
                    Path(path),
                    types=iob2.ENTITY_TYPES,
                    encoding=request.encoding,
                    scheme=request.scheme,
                    tag_column=request.tag_column,
                ),
                language,
            )
            for name, path, language in (
                ("training", request.train, request.train_language),
                ("test", request.test, request.language),
                ("target_dev", request.development, request.language),
                ("source_dev", request.train_development, request.train_language),
            )
            if path
        }
        for name, (sentences, language) in texts.items():
            vectors = cache.fetch([s.words for s in sentences], encoder, progress=progress(name) if progress else None)
            self._parts[name] = sentences, vectors, language

    def run(self, maps_file: Path | None, seed: int, progress: Progress | None = None) -> NerResult:
        """Train and test the tagger on the CCWRs under one run's maps, None for as they are; progress counts epochs.

        Raises MapsError when the maps do not fit.
        """
        map_of: Callable[[str], LanguageMap | None] = lambda language: None
        if maps_file:
            maps, metadata = maps_module.load(maps_file, encoder_fingerprint=self.encoder.fingerprint)
            map_of = lambda language: language_map(maps, metadata, language)
        words: dict[str, TaggedWords] = {
            name: tagged_words(sentences, vectors, map_of(language)) for name, (sentences, vectors, language) in self._parts.items()
        }
        return tag_zero_shot(
            words["training"],
            words["test"],
            target_dev=words.get("target_dev"),
            source_dev=words.get("source_dev"),
            options=self.options,
            bootstrap_samples=self.request.bootstrap_samples,
            rng=rng_for(seed, "ner"),
            progress=progress,
        )

    @property
    def lost_words(self) -> int:
        """Words of all parts without a vector: past the encoder's limit or invisible to it."""
        return sum(vectors.lost_words for _, vectors, _ in self._parts.values())

    def sizes(self) -> dict[str, int]:
        """Number of sentences by part."""
        return {name: len(sentences) for name, (sentences, _, _) in self._parts.items()}


def write_predictions(path: Path, result: NerResult) -> None:
    """Gold and predicted tags of the test sentences under each selection, as Parquet."""
    tagged = [
        (str(selection), position, sentence)
        for selection, tagger in result.selected.items()
        for position, sentence in enumerate(tagger.predictions)
    ]
    columns = {
        "split": ["test"] * len(tagged),
        "protocol": [selection for selection, _, _ in tagged],
        "position": [position for _, position, _ in tagged],
        **{name: [list(getattr(sentence, name)) for _, _, sentence in tagged] for name in ("words", "gold", "predicted")},
    }
    schemas.write(path, columns, schemas.PREDICTIONS)


def read_counts(path: Path, selection: str) -> SentenceCounts:
    """Correct, predicted and gold entities of each test sentence, from what `write_predictions` wrote."""
    table = schemas.read(path, schemas.PREDICTIONS, ["gold", "predicted"], filters=[("protocol", "=", selection)])
    gold, predicted = (table[name].to_pylist() for name in ("gold", "predicted"))
    offsets = np.cumsum([0, *map(len, gold)])
    flat = lambda tags: tag_labels([tag for sentence in tags for tag in sentence])
    return count(flat(gold), flat(predicted), offsets)
