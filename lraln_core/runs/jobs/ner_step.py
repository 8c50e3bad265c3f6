"""Zero-shot NER: sentences are read and encoded once and tagged under any number of maps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lraln_core.alignment import colouring
from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import LanguageMap
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.encoder.registry import Encoder
from lraln_core.errors import ConfigError, CorpusError
from lraln_core.evaluation.ner.adaptation import KEPT, AdaptationOptions, PseudoLabels
from lraln_core.evaluation.ner.scores import SentenceCounts, count, find_entities, tag_labels
from lraln_core.evaluation.ner.tagger import PRESETS, Preset, TaggedWords, TaggerOptions, tagged_words
from lraln_core.evaluation.ner.zero_shot import NerResult, language_map, tag_zero_shot
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress, Words, WordVectors
from lraln_core.text import iob2
from lraln_core.text.iob2 import OUTSIDE, TaggedSentence
from lraln_core.text.languages import get_language
from lraln_core.text.reading import read_short_lines
from lraln_core.text.tokenization import tokenizer_for

from .ner_options import AdaptationConfig
from .ner_request import NerRequest

TAGGED = (".conll", ".iob", ".iob2", ".bio")


def tagger_options(request: NerRequest) -> TaggerOptions:
    """The preset of the request with its changes. Raises ConfigError for a value out of range or an unknown preset."""
    if request.preset not in list(Preset):
        raise ConfigError(f"preset = {request.preset!r} is unknown; choose one of {', '.join(Preset)}.")
    if request.bootstrap_samples < 0:
        raise ConfigError(f"bootstrap_samples = {request.bootstrap_samples} is below the smallest allowed value 0.")
    changes = {name: getattr(request, name) for name in ("epochs", "learning_rate") if getattr(request, name) is not None}
    return dataclasses.replace(PRESETS[Preset(request.preset)], **changes)


def adaptation_options(config: AdaptationConfig) -> AdaptationOptions:
    """The part of the options that the tagger reads."""
    return AdaptationOptions(**{field.name: getattr(config, field.name) for field in dataclasses.fields(AdaptationOptions)})


def sources(request: NerRequest) -> list[tuple[str, Path]]:
    """Language and file of each further training text. Raises ConfigError for one that is not CODE=FILE, LanguageError."""
    found = []
    for given in request.sources:
        code, equals, path = given.partition("=")
        if not equals or not code or not path:
            raise ConfigError(f"--source {given!r} must be CODE=FILE, for example sw=sw.train.conll.")
        found.append((get_language(code).code, Path(path)))
    return found


def _unlabelled(request: NerRequest, texts: dict[str, list[TaggedSentence]]) -> list[TaggedSentence]:
    """The sentences to learn from, every tag replaced by O. Raises CorpusError, ConfigError."""
    found: list[Words] = []
    if request.unlabelled:
        found = read_unlabelled(Path(request.unlabelled), request.language, request.encoding)
    elif "target_dev" in texts:
        found = [sentence.words for sentence in texts["target_dev"]]
    options = request.adaptation
    if not found or (options is not None and options.tested):
        found += [sentence.words for sentence in texts["test"]]
    return [TaggedSentence(words, (OUTSIDE,) * len(words)) for words in found]


def read_unlabelled(path: Path, language: str, encoding: str = "") -> list[Words]:
    """Tokenised sentences of a file: its words if it is tagged (.conll, .iob, .iob2, .bio), else one sentence a line, tokenised here.

    Raises CorpusError for a file that cannot be read or holds no sentence.
    """
    if path.suffix.lower() in TAGGED:
        return [sentence.words for sentence in iob2.read(path, encoding=encoding)]
    tokenize = tokenizer_for(language)
    lines = [tuple(tokenize(line)) for _, line in read_short_lines(path, encoding=encoding) if line.strip()]
    if not lines:
        raise CorpusError(f"{path.name} holds no sentence to learn from.")
    return lines


def together(parts: Sequence[TaggedWords]) -> TaggedWords:
    """Tagged texts one after the other."""
    if len(parts) == 1:
        return parts[0]
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    return TaggedWords(
        tuple(sentence for part in parts for sentence in part.sentences),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.usable for part in parts]),
        np.concatenate([[0], np.cumsum(lengths)]),
    )


def coloured_onto(words: TaggedWords, training: TaggedWords) -> TaggedWords:
    """A further training language with the mean and half the spread of the first one: runs have no map for it."""
    move = colouring.fit(words.vectors[words.usable], training.vectors[training.usable]).src
    return dataclasses.replace(words, vectors=maps_module.apply(move, words.vectors))


class NerStep:
    """The tagged text of one request with its unmapped CCWRs: read and encoded once, whatever the number of maps."""

    def __init__(self, request: NerRequest, encoder: Encoder, cache: CcwrCache, progress: Callable[[str], Progress] | None = None):
        """progress(what) gives the progress of encoding one part. Raises ConfigError, CorpusError, EncoderError."""
        self.request, self.encoder, self.options = request, encoder, tagger_options(request)
        self._parts: dict[str, tuple[list[TaggedSentence], WordVectors, str]] = {}
        self._sources: list[str] = []  # names of the parts with more training text
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
        for number, (language, path) in enumerate(sources(request)):
            self._sources.append(f"source_{number + 1}")
            texts[self._sources[-1]] = iob2.read(path, types=iob2.ENTITY_TYPES, encoding=request.encoding), language
        if request.adaptation is not None:
            texts["unlabelled"] = _unlabelled(request, {name: text for name, (text, _) in texts.items()}), request.language
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
            name: tagged_words(sentences, vectors, None if name in self._sources else map_of(language))
            for name, (sentences, vectors, language) in self._parts.items()
        }
        for name in self._sources:
            words[name] = coloured_onto(words[name], words["training"])
        adaptation = self.request.adaptation
        done, total = 0, self.adaptation_epochs

        def tick() -> None:
            nonlocal done
            done += 1
            if progress:
                progress(min(self.options.epochs + done, self.options.epochs + total), self.options.epochs + total)

        report = (lambda epoch, epochs: progress(epoch, epochs + total)) if progress else None
        return tag_zero_shot(
            together([words["training"], *(words[name] for name in self._sources)]),
            words["test"],
            target_dev=words.get("target_dev"),
            source_dev=words.get("source_dev"),
            unlabelled=words.get("unlabelled"),
            adaptation=None if adaptation is None else adaptation_options(adaptation),
            tick=tick,
            options=self.options,
            bootstrap_samples=self.request.bootstrap_samples,
            rng=rng_for(seed, "ner"),
            progress=report,
        )

    @property
    def adaptation_epochs(self) -> int:
        """Epochs of all trainings of the adaptation at most; 0 without one."""
        options = self.request.adaptation
        if options is None:
            return 0
        return self.options.epochs * (options.seeds * (1 + options.rounds) - 1 + 2 * (options.agreement and options.rounds > 0))

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


def write_pseudo_labels(path: Path, pseudo: PseudoLabels) -> None:
    """The machine-made entities of the unlabelled text, as Parquet: one row an entity, with its sentence and what the denoiser said."""
    offsets = np.cumsum([0, *(len(sentence.words) for sentence in pseudo.sentences)])
    found = find_entities(pseudo.labels, offsets)
    rows = []
    for start, stop, kind in zip(found.start.tolist(), found.stop.tolist(), found.kind.tolist(), strict=True):
        position = int(np.searchsorted(offsets, start, side="right")) - 1
        words, part = pseudo.sentences[position].words, slice(start, stop)
        known = pseudo.consistency[part]
        rows.append(
            (
                position,
                list(words),
                int(start - offsets[position]),
                int(stop - offsets[position]),
                iob2.ENTITY_TYPES[kind],
                float(pseudo.confidence[part].min()),
                None if np.isnan(known).all() else float(np.nanmin(known)),
                bool(pseudo.agreed[part].all()),
                float(pseudo.weight[part].min()) < KEPT,
            )
        )
    names = schemas.PSEUDO_LABELS.names
    schemas.write(path, {name: [row[i] for row in rows] for i, name in enumerate(names)}, schemas.PSEUDO_LABELS)


def read_counts(path: Path, selection: str) -> SentenceCounts:
    """Correct, predicted and gold entities of each test sentence, from what `write_predictions` wrote."""
    table = schemas.read(path, schemas.PREDICTIONS, ["gold", "predicted"], filters=[("protocol", "=", selection)])
    gold, predicted = (table[name].to_pylist() for name in ("gold", "predicted"))
    offsets = np.cumsum([0, *map(len, gold)])
    flat = lambda tags: tag_labels([tag for sentence in tags for tag in sentence])
    return count(flat(gold), flat(predicted), offsets)
