"""What each part of the recommended recipe adds, measured on the texts of the lesson (docs/recipe.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lraln_core.alignment import gloss_maps, glosses, normalization
from lraln_core.alignment.gloss_maps import Fetch, mapped
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.alignment.similarity import usable
from lraln_core.evaluation import inside_sentence
from lraln_core.evaluation.retrieval import retrieve
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText, Words, WordVectors

from .data import Part, Recipe

BOOTSTRAP = 500
SHOWN_GLOSSES = 3  # sentences with their glosses
SHOWN_WORDS = (5, 14)  # the lengths of sentences that are shown
SEED = 1


def measure(
    src: Sequence[Words],
    trg: Sequence[Words],
    test: ParallelText,
    last: tuple[WordVectors, WordVectors],
    fetch: Fetch,
    languages: tuple[str, str],
) -> Recipe:
    """Retrieval on the test sentences after each part.

    src and trg are monolingual sentences; last holds the test words by the last subword of the final layer, and fetch gives words by
    the mean of their subwords, the second layer behind the final one, both of the same width.
    """
    tests = fetch(test.src), fetch(test.trg)
    real = fetch(src), fetch(trg)
    final = tuple(_final(side) for side in tests)
    start = _normalizing(real)
    learned = gloss_maps.learn(src, trg, start, fetch, languages=languages, rng=rng_for(SEED, "gloss"))
    parts = (
        _part("last", last, None, test),
        _part("mean", final, None, test),
        _part("normalised", final, _normalizing(tuple(_final(side) for side in real)), test),
        _part("two_layers", tests, start, test),
        _part("glosses", tests, learned.maps, test),
    )
    return Recipe(parts, _glosses(src, trg, real, start))


def _part(name: str, sides: tuple[WordVectors, ...], maps: Maps | None, test: ParallelText) -> Part:
    src, trg = sides if maps is None else (mapped(maps.src, sides[0]), mapped(maps.trg, sides[1]))
    gold = test.pairs()
    found = retrieve(src, trg, gold, bootstrap_samples=BOOTSTRAP, rng=rng_for(SEED, "recipe"))
    inside = inside_sentence.retrieve(src, trg, gold, bootstrap_samples=0, rng=rng_for(SEED, "recipe"))
    return Part(name, found.mean_accuracy, found.low, found.high, inside.mean_accuracy.value)


def _final(words: WordVectors) -> WordVectors:
    return words.replace_vectors(words.vectors[:, : words.dimension // 2])


def _normalizing(sides: Sequence[WordVectors]) -> Maps:
    src, trg = (_fit(words) for words in sides)
    return Maps(src, trg)


def _fit(words: WordVectors) -> LanguageMap:
    return normalization.fit(words.vectors[usable(words)])


def _glosses(src: Sequence[Words], trg: Sequence[Words], real: Sequence[WordVectors], start: Maps) -> tuple[tuple[Words, Words], ...]:
    """Some source sentences of moderate length, evenly spread, with their glosses."""
    sides = [mapped(one, words) for one, words in zip((start.src, start.trg), real, strict=True)]
    own, other = (glosses.type_anchors(sentences, words) for sentences, words in zip((src, trg), sides, strict=True))
    fitting = [at for at, words in enumerate(src) if SHOWN_WORDS[0] <= len(words) <= SHOWN_WORDS[1]]
    chosen = np.array([fitting[at * len(fitting) // SHOWN_GLOSSES] for at in range(min(SHOWN_GLOSSES, len(fitting)))], np.int64)
    made = glosses.gloss([src[at] for at in chosen], sides[0].take(chosen), own, other).sentences if len(chosen) else []
    return tuple((src[at], gloss) for at, gloss in zip(chosen, made, strict=True))
