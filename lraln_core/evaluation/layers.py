"""Figures of one layer of an encoder from unlabelled text of two languages, and the layer that they recommend.

How well each figure ranks layers was measured with the built-in encoder on eight sets: benchmarks/results/layers.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import normalization
from lraln_core.alignment.neighbours import csls_both_ways
from lraln_core.alignment.similarity import unit_rows, usable
from lraln_core.errors import RunError
from lraln_core.records import Words, WordVectors
from lraln_core.text.characters import has_letter

CSLS_K = 10
MOST_WORDS = 3000  # words in their sentences, of each side
MOST_TYPES = 2000  # distinct words of each side, the most frequent first
TOLERANCE = 0.1  # share of the best criterion
WHITENING = 0.5  # of each language before it is compared: what the normalised systems do (docs/recipe.md)

Text = tuple[Sequence[Words], WordVectors]
"""Sentences and their CCWRs of one layer."""


@dataclass(frozen=True)
class LayerReading:
    """What was measured of a layer; every figure is higher for a better layer."""

    layer: int
    criterion: float  # by which layers are recommended
    mutual: float  # share of the words of the first language that are mutual nearest neighbours by CSLS with one of the second
    agreement: float  # mean CSLS of every word and its nearest, both directions
    mutual_types: float  # the same share over mean vectors of distinct words
    identical: float | None  # of the distinct words that both texts spell alike: share that is each other's nearest, None if there are few
    identical_words: int


def read(layer: int, src: Text, trg: Text, rng: np.random.Generator) -> LayerReading:
    """The figures of a layer. Each language is normalised by itself first. Raises RunError when a side has no word with a vector."""
    sides = [_normalised(*text) for text in (src, trg)]
    words = [side.take_words(rng) for side in sides]
    _, _, forward, backward, is_mutual = _nearest(*words)
    (src_types, src_means), (trg_types, trg_means) = (side.types() for side in sides)
    there, back, _, _, mutual_types = _nearest(src_means, trg_means)
    places = {word: at for at, word in enumerate(trg_types)}
    same = [(at, places[word]) for at, word in enumerate(src_types) if word in places]
    mutual, agreement = float(is_mutual.mean()), (float(forward.mean()) + float(backward.mean())) / 2
    return LayerReading(
        layer,
        mutual,
        mutual,
        agreement,
        float(mutual_types.mean()),
        float(np.mean([there[i] == j and back[j] == i for i, j in same])) if len(same) >= CSLS_K else None,
        len(same),
    )


def recommend(readings: Sequence[LayerReading]) -> int:
    """The last layer whose criterion is at most TOLERANCE below the best one.

    The criterion is nearly flat over the upper layers while retrieval still rises, so the layer with its maximum would be too low; the same
    kind of rule selects maps during training. Chosen on five development sets, confirmed on three (benchmarks/results/layers.md).
    """
    best = max(reading.criterion for reading in readings)
    return max(reading.layer for reading in readings if reading.criterion >= (1 - TOLERANCE) * best)


@dataclass(frozen=True)
class _Side:
    """The usable words of one language and their normalised vectors."""

    tokens: list[str]
    vectors: np.ndarray  # (n, d)

    def take_words(self, rng: np.random.Generator) -> np.ndarray:
        """(at most MOST_WORDS, d) unit vectors of words with a letter, drawn at random."""
        lettered = np.flatnonzero([has_letter(token) for token in self.tokens])
        if not len(lettered):
            raise RunError("The sentences have no word with a letter and a vector; choose another encoder or other corpora.")
        return unit_rows(self.vectors[np.sort(rng.permutation(lettered)[:MOST_WORDS])])

    def types(self) -> tuple[list[str], np.ndarray]:
        """The most frequent distinct words, in lower case, and their mean vectors, of unit length."""
        rows: dict[str, list[int]] = {}
        for at, token in enumerate(self.tokens):
            rows.setdefault(token.lower(), []).append(at)
        chosen = sorted(rows, key=lambda word: (-len(rows[word]), word))[:MOST_TYPES]
        return chosen, unit_rows(np.stack([self.vectors[rows[word]].mean(0) for word in chosen]))


def _normalised(sentences: Sequence[Words], words: WordVectors) -> _Side:
    good = usable(words)
    if not good.any():
        raise RunError("The sentences have no word with a vector: the encoder does not know this language's script.")
    tokens = [word for sentence in sentences for word in sentence]
    vectors = maps_module.apply(normalization.fit(words.vectors[good], whitening=WHITENING), words.vectors[good])
    return _Side([token for token, one in zip(tokens, good, strict=True) if one], vectors)


def _nearest(src: np.ndarray, trg: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nearest by CSLS of src (n, d) and trg (m, d), both ways: places (n,) and (m,), scores (n,) and (m,), mutual (n,) bool."""
    found = csls_both_ways(src, [trg], 1, CSLS_K)
    there, back = found.forward.index[:, 0], found.backward.index[:, 0]
    forward = 2 * found.forward.similarity[:, 0] - found.src_r - found.trg_r[there]
    backward = 2 * found.backward.similarity[:, 0] - found.trg_r - found.src_r[back]
    return there, back, forward, backward, back[there] == np.arange(len(src))
