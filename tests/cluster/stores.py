"""Stores of made-up sentences, for tests and benchmarks."""

from __future__ import annotations

import numpy as np

from lraln_core.cluster import shards
from lraln_core.cluster.shards import Store
from lraln_core.files.places import Place
from lraln_core.records import Words, WordVectors, from_lengths


def sentences(count: int, *, seed: int, words: int = 400) -> list[Words]:
    """Sentences of 1 to 12 words drawn from a vocabulary."""
    rng = np.random.default_rng(seed)
    return [tuple(f"w{number}" for number in rng.integers(words, size=rng.integers(1, 13))) for _ in range(count)]


class RandomEncoder:
    """Every word of every sentence has its own random vector; one word in fifty has none."""

    fingerprint = "random"

    def __init__(self, dimension: int = 16):
        self.dimension = dimension

    def encode(self, sentences, *, progress=None) -> WordVectors:
        rows, valid = [], []
        for words in sentences:
            rng = np.random.default_rng(list(" ".join(words).encode()))
            rows.append(rng.standard_normal((len(words), self.dimension)))
            valid.append(rng.random(len(words)) > 0.02)
        ok = np.concatenate(valid)
        vectors = np.concatenate(rows).astype(np.float32) * ok[:, None]
        return from_lengths(vectors, [len(words) for words in sentences], ok)


def store(place: Place, text: list[Words], *, shard_sentences: int, language: str = "en", dimension: int = 16) -> Store:
    """A whole store of these sentences."""
    encoder = RandomEncoder(dimension)
    parts = [text[first : first + shard_sentences] for first in range(0, len(text), shard_sentences)]
    made = tuple(shards.encode(place, shards.shard_name(encoder.fingerprint, part), part, encoder) for part in parts)
    whole = Store(place, language, "random", encoder.fingerprint, dimension, ({"id": "x", "file": "x.txt", "sentences": len(text)},), made)
    whole.write_manifest()
    return whole
