"""The systems of the recommended recipe: maps from glosses, supervised CCA as the upper bar, and colouring onto one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from lraln_core.alignment import colouring, correlation, gloss_maps, glosses, normalization, type_pairs
from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.maps import Maps
from lraln_core.alignment.similarity import usable
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText, Words, WordVectors
from lraln_core.runs.context import RunContext, Sides
from lraln_core.runs.loop import LoopResult
from lraln_core.runs.pair_source import Split

from .linear import normalizing_maps, splits, unchanged
from .store_source import open_pair_source

TAGGING_POWER = 0.5  # half-way
SUPERVISED_POWER = 1.0  # each direction is weighted by its correlation


def gloss(context: RunContext, corpora: Sides) -> LoopResult:
    """Normalise, mine pairs once in the normalised space for reading, and fit CCA to word-by-word glosses (see alignment/gloss_maps.py).

    Where held-out glosses or words of known translation say that the gloss maps do not help, the normalisation alone is kept. Taggers get
    maps of their own: gloss maps lower their scores, colouring raises them (docs/recipe.md).
    """
    config, (src, trg) = context.config, corpora.both()
    parts = splits(context, corpora)
    start = normalizing_maps(context, corpora, parts)
    pairs_file = context.folder.pairs(0)
    pairs_file.unlink(missing_ok=True)  # of an interrupted run, which starts again
    with open_pair_source(context, corpora, parts) as source:
        context.reporter.stage("mine", "Mining word pairs in the normalised space")
        _, figures = source.iteration(0, start, pairs_file, 1)
    context.reporter.event("mining", iteration=0, **(figures or {}))
    options = config.gloss
    chosen: list[list[Words]] = []
    for side, corpus, part in zip(("src", "trg"), (src, trg), parts, strict=True):
        size = min(options.sentences, len(part.pool))
        drawn = rng_for(config.seed, f"gloss-{side}").choice(part.pool, size, replace=False)
        chosen.append(corpus.words(np.sort(drawn)))

    def fetch(sentences: Sequence[Words]) -> WordVectors:
        return context.fetch(sentences, "sentences and their glosses")

    _write_type_pairs(context, chosen, start)
    context.reporter.stage("train", "Translating word by word and learning from the glosses")
    learned = gloss_maps.learn(
        chosen[0],
        chosen[1],
        start,
        fetch,
        languages=(config.src.language, config.trg.language),
        options=gloss_maps.GlossOptions(options.pairs_per_type, options.prior_pairs, options.power, options.ridge),
        rng=rng_for(config.seed, "gloss"),
    )
    checks = {name: asdict(check) for name, check in (("held_out", learned.held_out), ("known", learned.known)) if check}
    context.reporter.event("gloss", used=learned.used, pairs=learned.pairs, **checks)
    if not learned.used:
        context.warn(
            "The maps from glosses did worse than normalisation alone on words that took no part in the fit, so the run keeps the "
            "normalisation; more text may help."
        )
    return LoopResult(learned.maps, learned.maps, 0, 0, 1, tagging=_colouring(context, corpora, parts))


def _write_type_pairs(context: RunContext, sentences: Sequence[Sequence[Words]], start: Maps) -> None:
    """The best translation of every word type of these sentences in the normalised space, with the precision to expect of mutual ones."""
    context.reporter.stage("mine", "Pairing word types")
    anchors = []
    for side, one in zip(sentences, (start.src, start.trg), strict=True):
        anchors.append(glosses.type_anchors(side, gloss_maps.mapped(one, context.fetch(side, "sentences and their glosses"))))
    src, trg = anchors
    pairs = type_pairs.best_pairs(src.vectors, trg.vectors)
    languages = context.config.src.language, context.config.trg.language
    known = type_pairs.known_pairs(src.words, trg.words, languages=languages)
    calibration = type_pairs.calibrate(pairs, known)
    expected = calibration.expected(pairs.score)
    sure = pairs.mutual & np.isfinite(expected)
    schemas.write(
        context.folder.type_pairs,
        {
            "src_word": [src.words[row] for row in pairs.src],
            "trg_word": [trg.words[row] for row in pairs.trg],
            "src_count": src.counts[pairs.src],
            "trg_count": trg.counts[pairs.trg],
            "similarity": pairs.similarity,
            "csls": pairs.score,
            "mutual": pairs.mutual,
            "expected_precision": [float(value) if given else None for value, given in zip(expected, sure, strict=True)],
        },
        schemas.TYPE_PAIRS,
    )
    context.reporter.event("types", pairs=len(pairs), mutual=int(pairs.mutual.sum()), known=calibration.known)


def cca_sup(context: RunContext, corpora: Sides) -> LoopResult:
    """CCA of gold word pairs in the normalised space, directions weighted by their correlation: the bar for what a linear map can do.

    Normalisation is that of the corpora where the run has them, else of the training text.
    """
    config = context.config
    text = context.parallel_text(config.train, "training")
    words = context.fetch(text.src, "training source"), context.fetch(text.trg, "training target")
    if corpora.src is not None and corpora.trg is not None:
        start = normalizing_maps(context, corpora, splits(context, corpora))
    else:
        options = config.normalization
        fitted = [
            normalization.fit(side.vectors[usable(side)], centre=options.centre, remove_top=options.remove_top, whitening=options.whitening)
            for side in words
        ]
        start = Maps(*fitted)
    context.reporter.stage("train", "Learning from aligned words")
    return unchanged(supervised_maps(text, words, start))


def supervised_maps(text: ParallelText, words: tuple[WordVectors, WordVectors], start: Maps, *, power: float = SUPERVISED_POWER) -> Maps:
    """Maps that apply `start` and then CCA of the gold pairs. words: the CCWRs of both sides. Raises RunError without a usable pair."""
    pairs = text.pairs()
    src_rows = words[0].rows(pairs.src_sentence, pairs.src_word)
    trg_rows = words[1].rows(pairs.trg_sentence, pairs.trg_word)
    kept = usable(words[0])[src_rows] & usable(words[1])[trg_rows]
    block = (
        maps_module.apply(start.src, words[0].vectors[src_rows[kept]]),
        maps_module.apply(start.trg, words[1].vectors[trg_rows[kept]]),
    )
    return correlation.after(correlation.fit(correlation.moments([block]), power=power), start)


def coloured(context: RunContext, corpora: Sides) -> LoopResult:
    """The source moved half-way onto the statistics of the target, which stays as it is: the space for a tagger trained on the target."""
    return unchanged(_colouring(context, corpora, splits(context, corpora)))


def _colouring(context: RunContext, corpora: Sides, parts: tuple[Split, Split]) -> Maps:
    vectors = []
    for side, corpus, part in zip(("src", "trg"), corpora.both(), parts, strict=True):
        size = min(context.config.normalization.sentences, len(part.pool))
        drawn = rng_for(context.config.seed, f"normalize-{side}").choice(part.pool, size, replace=False)
        words = context.fetch(corpus.words(np.sort(drawn)), f"{corpus.language} sentences")
        vectors.append(words.vectors[usable(words)])
    context.reporter.stage("normalize", "Estimating the statistics of each language's space")
    return colouring.fit(vectors[0], vectors[1], power=TAGGING_POWER)
