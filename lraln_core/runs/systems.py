"""The systems of the paper's section 4.2 and those beyond it: each turns an encoder's space into a pair of maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lraln_core.alignment import anchors, dictionaries, normalization, vecmap
from lraln_core.alignment.anchors import Anchors
from lraln_core.alignment.maps import Maps, identity
from lraln_core.alignment.mining import usable
from lraln_core.errors import RunError
from lraln_core.files.randomness import rng_for
from lraln_core.records import InMemory, ParallelText, Words, WordVectors
from lraln_core.text import lexicon
from lraln_core.text.corpus import Corpus

from . import full_systems
from .config import System
from .context import RunContext
from .loop import AlignmentLoop, LoopResult
from .pair_source import CHUNK_SENTENCES, MIN_HELD_OUT, MonolingualSource, ParallelSource, Split, require_held_out, split, split_pairs


@dataclass(frozen=True)
class Sides:
    """The two monolingual corpora; None where a run has none."""

    src: Corpus | None
    trg: Corpus | None


def align(context: RunContext, corpora: Sides) -> LoopResult:
    """Make the maps the run's system asks for. Raises LralnError, Cancelled."""
    return _SYSTEMS[context.config.system](context, corpora)


def _unchanged(maps: Maps) -> LoopResult:
    return LoopResult(maps, maps, 0, 0, 0)


def _base(context: RunContext, corpora: Sides) -> LoopResult:
    return _unchanged(identity(context.dimension()))


def _linear_unsup(context: RunContext, corpora: Sides) -> LoopResult:
    return _mine_and_train(context, corpora, identity(context.dimension()))


def _linear_sup(context: RunContext, corpora: Sides) -> LoopResult:
    config = context.config
    text = context.parallel_text(config.train, "training")
    part = split_pairs(text, config)
    held_out = tuple(context.fetch(InMemory(side).words(part.held_out), "held-out training sentences") for side in (text.src, text.trg))
    chosen = ParallelText(*(tuple(column[i] for i in part.pool) for column in (text.src, text.trg, text.links)))
    src, trg = context.fetch(chosen.src, "training source"), context.fetch(chosen.trg, "training target")
    source = ParallelSource(src, trg, chosen.pairs(), config.seed)
    return AlignmentLoop(config, source, held_out, identity(src.dimension), context.folder, context.reporter).run()


def _normalized(context: RunContext, corpora: Sides) -> LoopResult:
    return _unchanged(_normalizing_maps(context, corpora, _splits(context, corpora)))


def _normalized_unsup(context: RunContext, corpora: Sides) -> LoopResult:
    return _mine_and_train(context, corpora, _normalizing_maps(context, corpora, _splits(context, corpora)))


def _vecmap_id(context: RunContext, corpora: Sides) -> LoopResult:
    return _vecmap(context, corpora, lambda src, trg: dictionaries.identical(src.words, trg.words))


def _vecmap_sup(context: RunContext, corpora: Sides) -> LoopResult:
    entries = lexicon.read(Path(context.config.vecmap.dictionary))
    return _vecmap(context, corpora, lambda src, trg: dictionaries.from_lexicon(entries, src.words, trg.words))


def _full_sup(context: RunContext, corpora: Sides) -> LoopResult:
    return full_systems.supervised(context)


def _full_unsup(context: RunContext, corpora: Sides) -> LoopResult:
    return full_systems.unsupervised(context, (corpora.src, corpora.trg), _splits(context, corpora))


_SYSTEMS: dict[System, Callable[[RunContext, Sides], LoopResult]] = {
    System.BASE: _base,
    System.LINEAR_UNSUP: _linear_unsup,
    System.LINEAR_SUP: _linear_sup,
    System.FULL_SUP: _full_sup,
    System.FULL_UNSUP: _full_unsup,
    System.NORMALIZED: _normalized,
    System.NORMALIZED_UNSUP: _normalized_unsup,
    System.VECMAP_ID: _vecmap_id,
    System.VECMAP_SUP: _vecmap_sup,
}


def _splits(context: RunContext, corpora: Sides) -> tuple[Split, Split]:
    """Which sentences of each corpus are held out. Raises RunError for corpora too small for that."""
    seed, count = context.config.seed, context.config.training.held_out
    pairs = (("src", corpora.src), ("trg", corpora.trg))
    parts = tuple(split(len(corpus), count, rng_for(seed, f"held-out-{side}")) for side, corpus in pairs)
    require_held_out(count)
    if min(len(part.held_out) for part in parts) < MIN_HELD_OUT:
        raise RunError(
            f"The corpora have {len(corpora.src)} and {len(corpora.trg)} usable sentences; at least {10 * MIN_HELD_OUT} a side are "
            "needed (a tenth is held out for the guards). Give more text; a line that repeats another counts once."
        )
    return parts


def _mine_and_train(context: RunContext, corpora: Sides, start: Maps) -> LoopResult:
    src_part, trg_part = _splits(context, corpora)
    held_out = (
        context.fetch(corpora.src.words(src_part.held_out), "held-out source sentences"),
        context.fetch(corpora.trg.words(trg_part.held_out), "held-out target sentences"),
    )
    config = context.config
    source = MonolingualSource(corpora.src, corpora.trg, src_part.pool, trg_part.pool, config.mining, config.seed, context.fetch)
    return AlignmentLoop(config, source, held_out, start, context.folder, context.reporter).run()


def _normalizing_maps(context: RunContext, corpora: Sides, parts: tuple[Split, Split]) -> Maps:
    options, sides = context.config.normalization, []
    for side, corpus, part in (("src", corpora.src, parts[0]), ("trg", corpora.trg, parts[1])):
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


def _vecmap(context: RunContext, corpora: Sides, seeds: Callable[[Anchors, Anchors], np.ndarray]) -> LoopResult:
    """Anchors of both languages, VecMap between them, its map as the languages' linear layers (section 4.2, i to iii)."""
    src, trg = (_anchors(context, corpus, side) for side, corpus in (("src", corpora.src), ("trg", corpora.trg)))
    context.reporter.stage("vecmap", "Learning a map between the two vocabularies (VecMap)")

    def watch(iteration: vecmap.VecMapIteration) -> None:
        context.reporter.event(
            "vecmap", iteration=iteration.number, objective=iteration.objective, keep_probability=iteration.keep_probability
        )
        context.reporter.check()

    seed = seeds(src, trg)
    if not len(seed):
        with_dictionary = context.config.system is System.VECMAP_SUP
        raise RunError(
            "VecMap has nothing to start from: "
            + (
                "no entry of the dictionary stands in both corpora; give a dictionary of these languages, or more text."
                if with_dictionary
                else "no word is spelled alike in both corpora; take vecmap_sup with a dictionary, or more text."
            )
        )
    warning = dictionaries.seed_warning(src.words, seed)
    context.reporter.event("vecmap_seed", pairs=len(seed), src_words=len(src), trg_words=len(trg), warning=warning)
    if warning:
        context.reporter.log(warning)
    config = context.config.vecmap
    options = vecmap.VecMapOptions(orthogonal=config.orthogonal, patience=config.patience, vocabulary_cutoff=config.vocabulary_cutoff)
    result = vecmap.learn(src.vectors, trg.vectors, seed, options, rng=rng_for(context.config.seed, "vecmap"), progress=watch)
    return _unchanged(vecmap.paper_layers(result) if config.orthogonal else Maps(result.src, result.trg))


def _anchors(context: RunContext, corpus: Corpus, side: str) -> Anchors:
    options = context.config.vecmap
    indices = np.arange(len(corpus))
    if options.sentences < len(corpus):
        indices = np.sort(rng_for(context.config.seed, f"anchors-{side}").choice(len(corpus), options.sentences, replace=False))
    choice = anchors.choose(
        _Chunked(corpus, indices),
        vocabulary=options.vocabulary,
        sentences_per_word=options.sentences_per_word,
        rng=rng_for(context.config.seed, f"anchor-sentences-{side}"),
    )
    return anchors.collect(choice, _with_vectors(context, corpus, indices[choice.sentences]))


@dataclass(frozen=True)
class _Chunked:
    """The sentences of a corpus one by one, read chunk by chunk; may be gone through again."""

    corpus: Corpus
    indices: np.ndarray

    def __iter__(self) -> Iterator[Words]:
        for start in range(0, len(self.indices), CHUNK_SENTENCES):
            yield from self.corpus.words(self.indices[start : start + CHUNK_SENTENCES])


def _with_vectors(context: RunContext, corpus: Corpus, indices: np.ndarray) -> Iterator[tuple[Sequence[Words], WordVectors]]:
    for start in range(0, len(indices), CHUNK_SENTENCES):
        words = corpus.words(indices[start : start + CHUNK_SENTENCES])
        yield words, context.fetch(words, f"{corpus.language} sentences")
