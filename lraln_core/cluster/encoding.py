"""Text to a sharded store: shards that are missing are encoded by the workers of an engine, and the manifest is written last."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lraln_core.choices import INNER_WEIGHT, Pooling, Precision
from lraln_core.encoder.registry import Encoder, open_encoder
from lraln_core.errors import ConfigError, CorpusError
from lraln_core.files.places import Place
from lraln_core.records import Progress, Words
from lraln_core.text.corpus import Corpus

from .engine import Engine
from .shards import MANIFEST, Shard, Store, encode, open_store, read_counts, shard_name


@dataclass(frozen=True)
class EncoderChoice:
    """Which encoder a worker opens."""

    name: str
    layer: int
    pooling: Pooling
    device: str
    precision: Precision
    inner_depth: float = 0.0
    inner_weight: float = INNER_WEIGHT

    def open(self) -> Encoder:
        """The encoder; weights are loaded on first use."""
        return open_encoder(
            self.name,
            layer=self.layer,
            pooling=self.pooling,
            device=self.device,
            precision=self.precision,
            inner_depth=self.inner_depth,
            inner_weight=self.inner_weight,
        )


@dataclass(frozen=True)
class EncodingResult:
    """A whole store and what was done for it."""

    store: Store
    encoded_shards: int  # the others were there
    encoded_words: int
    worker_seconds: float  # summed over the workers, without the loading of the encoder


_encoders: dict[EncoderChoice, Encoder] = {}
_loading = threading.Lock()


def _encoder(choice: EncoderChoice) -> Encoder:
    """The encoder of this process, loaded once."""
    with _loading:
        if choice not in _encoders:
            _encoders[choice] = choice.open()
            _encoders[choice].encode([("a",)])
        return _encoders[choice]


def encode_shard(place: Place, name: str, fingerprint: str, sentences: Sequence[Words], choice: EncoderChoice) -> tuple[Shard, float]:
    """Task of a worker: one shard. -> its counts and the seconds it took. Raises ConfigError for another encoder of the same name."""
    encoder = _encoder(choice)
    if encoder.fingerprint != fingerprint:
        raise ConfigError(f"The encoder {choice.name} of a worker differs from the one of the machine that gives the work.")
    began = time.perf_counter()
    return encode(place, name, sentences, encoder), time.perf_counter() - began


def encode_corpora(
    corpora: Sequence[Corpus], place: Place, choice: EncoderChoice, engine: Engine, *, shard_sentences: int, progress: Progress
) -> EncodingResult:
    """Encode corpora of one language into a store, or complete one. progress counts sentences.

    A shard does not hold sentences of two corpora, so a store can be extended by further ones: the same command with one more file
    encodes that file only. Raises ConfigError when the place holds a store of another encoder or of other text.
    """
    encoder = choice.open()
    choice = replace(choice, precision=encoder.precision)  # `auto` is decided here, or machines of different kinds would differ
    fingerprint, language = encoder.fingerprint, corpora[0].language
    if any(corpus.language != language for corpus in corpora):
        raise ConfigError("All files of a store are in one language.")
    if len({corpus.id for corpus in corpora}) < len(corpora):
        raise CorpusError("Two of the files hold the same text; give each once.")
    parts = [
        (corpus, first, min(first + shard_sentences, len(corpus))) for corpus in corpora for first in range(0, len(corpus), shard_sentences)
    ]
    names: list[str] = []
    there = place.names()
    _require_same(place, there, fingerprint, [corpus.id for corpus in corpora])
    found: dict[str, Shard] = {}
    total, done = sum(map(len, corpora)), 0
    dimension = 0

    def tasks() -> Iterator[tuple[Any, ...]]:
        nonlocal done, dimension
        for corpus, first, after in parts:
            sentences = corpus.words(range(first, after))
            name = shard_name(fingerprint, sentences)
            names.append(name)
            if name in there:
                found[name], dimension = read_counts(place, name)
                done += after - first
                progress(done, total)
                continue
            yield place, name, fingerprint, sentences, choice

    words, seconds, encoded = 0, 0.0, 0
    for _, (shard, took) in engine.map(encode_shard, tasks()):
        found[shard.name] = shard
        done, words, seconds, encoded = done + shard.sentences, words + shard.words, seconds + took, encoded + 1
        progress(min(done, total), total)
    dimension = dimension or read_counts(place, names[0])[1]
    described = tuple({"id": corpus.id, "file": corpus.report.file, "sentences": len(corpus)} for corpus in corpora)
    store = Store(place, language, choice.name, fingerprint, dimension, described, tuple(found[name] for name in names))
    store.write_manifest()
    place.sweep()
    return EncodingResult(store, encoded, words, seconds)


def _require_same(place: Place, there: set[str], fingerprint: str, corpora: list[str]) -> None:
    """Raises ConfigError when the place holds a whole store that this one would not extend."""
    if MANIFEST not in there:
        return
    store = open_store(place)
    if store.fingerprint != fingerprint:
        raise ConfigError(f"{place.url} holds the vectors of another encoder ({store.encoder}, or other options); choose another folder.")
    missing = [one["file"] for one in store.corpora if one["id"] not in corpora]
    if missing:
        raise ConfigError(f"{place.url} holds vectors of {missing[0]} too, which is not among the files given; choose another folder.")
