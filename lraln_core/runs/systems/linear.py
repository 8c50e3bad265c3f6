"""Systems whose result is a pair of linear maps: none at all, trained ones (the paper's) and normalisation."""

from __future__ import annotations

import numpy as np

from lraln_core.alignment import normalization
from lraln_core.alignment.maps import Maps, identity
from lraln_core.alignment.similarity import usable
from lraln_core.errors import RunError
from lraln_core.files.randomness import rng_for
from lraln_core.records import InMemory
from lraln_core.runs.context import RunContext, Sides
from lraln_core.runs.loop import AlignmentLoop, LoopResult
from lraln_core.runs.pair_source import (
    MIN_HELD_OUT,
    ParallelSource,
    Split,
    require_held_out,
    split,
    split_pairs,
)
from lraln_core.runs.systems.store_source import open_pair_source


def unchanged(maps: Maps) -> LoopResult:
    """The result of a system that trains nothing."""
    return LoopResult(maps, maps, 0, 0, 0)


def base(context: RunContext, corpora: Sides) -> LoopResult:
    """The encoder as it is: both maps are the identity."""
    return unchanged(identity(context.dimension()))


def linear_unsup(context: RunContext, corpora: Sides) -> LoopResult:
    """Algorithm 1, from the identity."""
    return _mine_and_train(context, corpora, identity(context.dimension()))


def linear_sup(context: RunContext, corpora: Sides) -> LoopResult:
    """The same maps and training on the gold word pairs of parallel text."""
    config = context.config
    text = context.parallel_text(config.train, "training")
    part = split_pairs(text, config)
    held_out = (
        context.fetch(InMemory(text.src).words(part.held_out), "held-out training sentences"),
        context.fetch(InMemory(text.trg).words(part.held_out), "held-out training sentences"),
    )
    chosen = text.take(part.pool)
    src, trg = context.fetch(chosen.src, "training source"), context.fetch(chosen.trg, "training target")
    source = ParallelSource(src, trg, chosen.pairs(), config.seed)
    return AlignmentLoop(config, source, held_out, identity(src.dimension), context.folder, context.reporter).run()


def normalized(context: RunContext, corpora: Sides) -> LoopResult:
    """The statistics of both spaces are equalised, nothing is trained."""
    return unchanged(normalizing_maps(context, corpora, splits(context, corpora)))


def normalized_unsup(context: RunContext, corpora: Sides) -> LoopResult:
    """Algorithm 1, from the normalised spaces."""
    return _mine_and_train(context, corpora, normalizing_maps(context, corpora, splits(context, corpora)))


def splits(context: RunContext, corpora: Sides) -> tuple[Split, Split]:
    """Which sentences of each corpus are held out. Raises RunError for corpora too small for that."""
    seed, count = context.config.seed, context.config.training.held_out
    src, trg = corpora.both()
    parts = (split(len(src), count, rng_for(seed, "held-out-src")), split(len(trg), count, rng_for(seed, "held-out-trg")))
    require_held_out(count)
    if min(len(part.held_out) for part in parts) < MIN_HELD_OUT:
        raise RunError(
            f"The corpora have {len(src)} and {len(trg)} usable sentences; at least {10 * MIN_HELD_OUT} a side are needed (a tenth is "
            "held out for the collapse and agreement checks). Give more text; a line that repeats another counts once."
        )
    return parts


def _mine_and_train(context: RunContext, corpora: Sides, start: Maps) -> LoopResult:
    config, (src, trg) = context.config, corpora.both()
    src_part, trg_part = splits(context, corpora)
    held_out = (
        context.fetch(src.words(src_part.held_out), "held-out source sentences"),
        context.fetch(trg.words(trg_part.held_out), "held-out target sentences"),
    )
    with open_pair_source(context, corpora, (src_part, trg_part)) as source:
        return AlignmentLoop(config, source, held_out, start, context.folder, context.reporter).run()


def normalizing_maps(context: RunContext, corpora: Sides, parts: tuple[Split, Split]) -> Maps:
    """The maps that normalise each language, from the section `normalization` of the configuration."""
    options, sides = context.config.normalization, []
    for side, corpus, part in zip(("src", "trg"), corpora.both(), parts, strict=True):
        size = min(options.sentences, len(part.pool))
        chosen = np.sort(rng_for(context.config.seed, f"normalize-{side}").choice(part.pool, size, replace=False))
        words = context.fetch(corpus.words(chosen), f"{corpus.language} sentences")
        context.reporter.stage("normalize", "Estimating the statistics of each language's space")
        sides.append(
            normalization.fit(
                words.vectors[usable(words)], centre=options.centre, remove_top=options.remove_top, whitening=options.whitening
            )
        )
    return Maps(*sides)
