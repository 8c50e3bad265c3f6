"""Zero-shot NER over the maps of finished runs: sentences are read and encoded once, whatever the number of maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lraln_core.alignment import maps as maps_module
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.evaluation.ner.scores import SentenceCounts, count, tag_labels
from lraln_core.evaluation.ner.tagger import TaggedWords, tagged_words
from lraln_core.evaluation.ner.zero_shot import NerResult, language_map, tag_zero_shot
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress, WordVectors
from lraln_core.text import iob2
from lraln_core.text.iob2 import TaggedSentence


@dataclass(frozen=True)
class NerFiles:
    """IOB2 files: training text of one language, development (optional) and test text of another."""

    train: Path
    train_language: str
    test: Path
    language: str
    development: Path | None = None
    train_development: Path | None = None


class NerStep:
    """The tagged text of one language pair with its unmapped CCWRs."""

    def __init__(self, files: NerFiles, encoder: Encoder, cache: CcwrCache, progress: Progress | None = None):
        self.files, self.encoder = files, encoder
        self._parts: dict[str, tuple[list[TaggedSentence], WordVectors, str]] = {}
        for name, path, language in (
            ("training", files.train, files.train_language),
            ("test", files.test, files.language),
            ("target_dev", files.development, files.language),
            ("source_dev", files.train_development, files.train_language),
        ):
            if path:
                sentences = iob2.read(path, types=iob2.ENTITY_TYPES)
                self._parts[name] = sentences, cache.fetch([s.words for s in sentences], encoder, progress=progress), language

    def run(self, maps_file: Path | None, seed: int, bootstrap_samples: int = 1000, progress: Progress | None = None) -> NerResult:
        """Train and test the tagger on the CCWRs under one run's maps, None for as they are; progress counts epochs.

        Raises MapsError when the maps do not fit.
        """
        map_of = lambda language: None
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
            bootstrap_samples=bootstrap_samples,
            rng=rng_for(seed, "ner"),
            progress=progress,
        )

    def sizes(self) -> dict[str, int]:
        """How many sentences each part has."""
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
