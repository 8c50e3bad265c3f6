"""VecMap systems (paper, section 4.2): averaged word vectors of both languages, and a map learned between them by VecMap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lraln_core.alignment import anchors, dictionaries, vecmap
from lraln_core.alignment.anchors import Anchors
from lraln_core.alignment.maps import Maps
from lraln_core.errors import RunError
from lraln_core.files.randomness import rng_for
from lraln_core.records import Words, WordVectors
from lraln_core.runs.context import RunContext, Sides
from lraln_core.runs.loop import LoopResult
from lraln_core.runs.pair_source import CHUNK_SENTENCES
from lraln_core.text import lexicon
from lraln_core.text.corpus import Corpus

from .linear import unchanged


def from_identical_words(context: RunContext, corpora: Sides) -> LoopResult:
    """Starts from the words that both languages spell alike."""
    return _vecmap(
        context,
        corpora,
        lambda src, trg: dictionaries.identical(src.words, trg.words),
        "no word is spelled alike in both corpora; take vecmap_sup with a dictionary, or more text.",
    )


def from_dictionary(context: RunContext, corpora: Sides) -> LoopResult:
    """Starts from the entries of vecmap.dictionary."""
    entries = lexicon.read(Path(context.config.vecmap.dictionary), language=context.config.src.language)
    return _vecmap(
        context,
        corpora,
        lambda src, trg: dictionaries.from_lexicon(entries, src.words, trg.words),
        "no entry of the dictionary occurs in both corpora; give a dictionary of these languages, or more text.",
    )


def _vecmap(context: RunContext, corpora: Sides, seeds: Callable[[Anchors, Anchors], np.ndarray], no_seed: str) -> LoopResult:
    """Anchors of both languages, VecMap between them, its map as the languages' linear layers (section 4.2, i to iii)."""
    src, trg = (_anchors(context, corpus, side) for side, corpus in zip(("src", "trg"), corpora.both(), strict=True))
    context.reporter.stage("vecmap", "Learning a map between the two vocabularies (VecMap)", unit="iterations")

    def report(iteration: vecmap.VecMapIteration) -> None:
        context.reporter.event(
            "vecmap", iteration=iteration.number, objective=iteration.objective, keep_probability=iteration.keep_probability
        )
        # How many iterations it takes shows only at the end; each phase takes `patience` at least.
        context.reporter.progress(iteration.number, max(iteration.number + 1, options.phases * options.patience))

    seed = seeds(src, trg)
    if not len(seed):
        raise RunError(f"VecMap has nothing to start from: {no_seed}")
    warning = dictionaries.seed_warning(src.words, seed)
    context.reporter.event("vecmap_seed", pairs=len(seed), src_words=len(src), trg_words=len(trg), warning=warning)
    if warning:
        context.reporter.log(warning)
    config = context.config.vecmap
    options = vecmap.VecMapOptions(orthogonal=config.orthogonal, patience=config.patience, vocabulary_cutoff=config.vocabulary_cutoff)
    result = vecmap.learn(src.vectors, trg.vectors, seed, options, rng=rng_for(context.config.seed, "vecmap"), progress=report)
    return unchanged(vecmap.paper_layers(result) if config.orthogonal else Maps(result.src, result.trg))


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
    """The sentences of a corpus one by one, read in chunks; can be iterated over more than once."""

    corpus: Corpus
    indices: np.ndarray

    def __iter__(self) -> Iterator[Words]:
        for start in range(0, len(self.indices), CHUNK_SENTENCES):
            yield from self.corpus.words(self.indices[start : start + CHUNK_SENTENCES])


def _with_vectors(context: RunContext, corpus: Corpus, indices: np.ndarray) -> Iterator[tuple[Sequence[Words], WordVectors]]:
    for start in range(0, len(indices), CHUNK_SENTENCES):
        words = corpus.words(indices[start : start + CHUNK_SENTENCES])
        yield words, context.fetch(words, f"{corpus.language} sentences")
