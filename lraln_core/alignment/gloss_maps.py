"""Maps from glosses: normalise both languages, gloss sentences word by word, encode the glosses, and fit CCA to the pairs.

No translation is needed. The steps are in their own modules: `normalization`, `glosses`, `correlation`; this one runs them, and checks
on held-out sentences and on words of known translation that the maps are not worse
than normalisation alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lraln_core.records import Words, WordVectors

from . import correlation, glosses, type_pairs
from . import maps as maps_module
from .maps import LanguageMap, Maps
from .neighbours import csls_both_ways
from .similarity import unit_rows, usable

Fetch = Callable[[Sequence[Words]], WordVectors]
"""Sentences to CCWRs, through the cache."""

SMALL = 20_000  # words on a side under which every type counts, however rare
HELD_OUT = 0.1  # share of the glossed sentences that only check the maps
CHECKED = 2000  # held-out pairs a direction, at most
LEAST_PAIRS = 500  # gloss pairs without which nothing is fitted
LEAST_FOUND = 0.5  # of the held-out words find their gloss, or the glosses say nothing
# Words spelled alike are mostly names, of which the normalised space finds nearly all; gloss maps lose some of them where they gain
# elsewhere (Swahili sample: 95% to 91 or 92% of such words, retrieval 82 to 87%). A wrong dictionary loses far more.
KNOWN_LOSS = 0.05
Z = 1.96  # standard errors that a change must exceed to be more than chance


@dataclass(frozen=True)
class GlossOptions:
    """How pairs are made and how strongly they shape the maps."""

    most_per_type: int = 10  # pairs of one real word type
    prior_pairs: float = 3000.0  # n0 of correlation.shrink
    power: float = 2.0  # of the correlation that weights each direction
    ridge: float = correlation.RIDGE


@dataclass(frozen=True)
class Check:
    """Retrieval on pairs that took no part in the fit, as shares of the pairs, before (normalised) and after (with the maps)."""

    pairs: int
    before: float
    after: float
    error: float  # standard error of the difference, over the pairs

    @property
    def worse(self) -> bool:
        """Whether the maps are worse by more than chance."""
        return self.loses_more_than(0.0)

    def loses_more_than(self, share: float) -> bool:
        """Whether the maps find fewer of the pairs, by more than this share of them beyond chance."""
        return self.after - self.before + share < -Z * self.error

    @property
    def better(self) -> bool:
        """Whether the maps are better by more than chance."""
        return self.after - self.before > Z * self.error


@dataclass(frozen=True)
class GlossMaps:
    """The maps to use, and why: the gloss maps, or the normalisation where these are not better."""

    maps: Maps
    used: bool  # whether the gloss maps were taken
    pairs: int  # gloss pairs they were fitted to
    held_out: Check | None  # on glosses of held-out sentences; None without enough pairs
    known: Check | None  # on types that both languages spell alike; None without enough of them
    correlations: np.ndarray  # (d,) empty without a fit


def learn(
    src: Sequence[Words],
    trg: Sequence[Words],
    start: Maps,
    fetch: Fetch,
    *,
    languages: tuple[str, str] = ("", ""),
    options: GlossOptions | None = None,
    rng: np.random.Generator,
) -> GlossMaps:
    """Gloss maps on top of `start`, the maps that normalise each language.

    src and trg are monolingual sentences that are not parallel, of these languages. fetch is asked for their CCWRs and for those of their
    glosses. The maps are refused, and `start` returned, where held-out glosses are found less often by more than chance, words of known
    translation less often by more than KNOWN_LOSS beyond chance, or where most held-out words do not find their gloss at all. No gain is
    asked for, since glosses are what `start` found nearest.
    """
    options = options or GlossOptions()
    real = [mapped(side, fetch(sentences)) for side, sentences in ((start.src, src), (start.trg, trg))]
    least = 1 if min(len(words) for words in real) < SMALL else 2
    anchors = [glosses.type_anchors(sentences, words, least_count=least) for sentences, words in zip((src, trg), real, strict=True)]
    made = [
        glosses.gloss(src, real[0], anchors[0], anchors[1]),
        glosses.gloss(trg, real[1], anchors[1], anchors[0]),
    ]
    glossed = [mapped(start.trg, fetch(made[0].sentences)), mapped(start.src, fetch(made[1].sentences))]
    rows = [
        glosses.pair_rows(one, words, other, most_per_type=options.most_per_type, rng=rng)
        for one, words, other in zip(made, real, glossed, strict=True)
    ]
    held = [rng.random(len(words.offsets) - 1)[words.sentence[chosen]] < HELD_OUT for words, chosen in zip(real, rows, strict=True)]
    blocks = [(real[0], glossed[0]), (glossed[1], real[1])]  # source side, target side
    fitting = [tuple(side.vectors[chosen[~out]] for side in block) for block, chosen, out in zip(blocks, rows, held, strict=True)]
    checking = [tuple(side.vectors[chosen[out][:CHECKED]] for side in block) for block, chosen, out in zip(blocks, rows, held, strict=True)]
    pairs = sum(len(block[0]) for block in fitting)
    if pairs < LEAST_PAIRS:
        return GlossMaps(start, False, pairs, None, None, np.zeros(0))
    fitted = correlation.fit(
        correlation.shrink(correlation.moments(fitting), options.prior_pairs), ridge=options.ridge, power=options.power
    )
    held_out = _check_pairs(checking, fitted)
    known = _check_types(anchors, real, (src, trg), fitted, least, languages)
    sound = held_out.after >= LEAST_FOUND and not held_out.worse
    used = sound and not (known is not None and known.loses_more_than(KNOWN_LOSS))
    return GlossMaps(correlation.after(fitted, start) if used else start, used, pairs, held_out, known, fitted.correlations)


def mapped(side: LanguageMap, words: WordVectors) -> WordVectors:
    """Mapped vectors; words without a vector keep zeros."""
    vectors = maps_module.apply(side, words.vectors)
    vectors[~usable(words)] = 0
    return words.replace_vectors(vectors)


def _check_pairs(blocks: Sequence[tuple[np.ndarray, ...]], fitted: correlation.Correlation) -> Check:
    """Retrieval of each held-out word among those of its block, by CSLS, in both directions."""
    hits: list[list[np.ndarray]] = [[], []]
    for src, trg in blocks:
        if not len(src):
            continue
        for when, (x, y) in enumerate(((src, trg), (src @ fitted.src.T, trg @ fitted.trg.T))):
            found = csls_both_ways(unit_rows(x), [unit_rows(y)], 1, glosses.CSLS_K)
            right = np.arange(len(src))
            hits[when].append(((found.forward.index[:, 0] == right).astype(float) + (found.backward.index[:, 0] == right)) / 2)
    return _check(*(np.concatenate(column) if column else np.zeros(0) for column in hits))


def _check_types(
    anchors: Sequence[glosses.TypeAnchors],
    real: Sequence[WordVectors],
    sentences: Sequence[Sequence[Words]],
    fitted: correlation.Correlation,
    least: int,
    languages: tuple[str, str],
) -> Check | None:
    """Whether types that both languages spell alike find each other among all types."""
    known = type_pairs.known_pairs(anchors[0].words, anchors[1].words, languages=languages)
    if len(known) < type_pairs.LEAST_KNOWN:
        return None
    hits = []
    moved = [
        glosses.type_anchors(text, words.replace_vectors(words.vectors @ one.T), least_count=least)
        for text, words, one in zip(sentences, real, (fitted.src, fitted.trg), strict=True)
    ]
    for src, trg in (anchors, moved):
        found = csls_both_ways(src.vectors, [trg.vectors], 1, glosses.CSLS_K)
        forward = found.forward.index[known[:, 0], 0] == known[:, 1]
        hits.append((forward.astype(float) + (found.backward.index[known[:, 1], 0] == known[:, 0])) / 2)
    return _check(*hits)


def _check(before: np.ndarray, after: np.ndarray) -> Check:
    difference = after - before
    error = float(difference.std(ddof=1) / np.sqrt(len(difference))) if len(difference) > 1 else float("inf")
    first, second = (float(side.mean()) if len(side) else 0.0 for side in (before, after))
    return Check(len(before), first, second, error)
