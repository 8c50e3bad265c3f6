"""dwa_sup and dwa_unsup: denoising word alignment [Chi et al. 2021, XLM-Align], which leaves a new encoder instead of maps.

An iteration is an expectation step (words of sentence pairs are linked by optimal transport under the current weights) and updates on
what it labelled (maximisation). dwa_sup takes the sentence pairs of parallel text, whose own word links are not used; dwa_unsup finds
sentence pairs in the monolingual corpora.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lraln_core.alignment.sentence_pairs import mine_sentences
from lraln_core.choices import Aligner
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.training.denoising import DenoisingOptions, DenoisingTrainer
from lraln_core.encoder.training.full_model import LinkedPair
from lraln_core.encoder.training.language_model import LanguageModel, open_language_model
from lraln_core.errors import RunError
from lraln_core.files.randomness import rng_for
from lraln_core.records import InMemory, Words
from lraln_core.runs.config import RunConfig
from lraln_core.runs.context import RunContext, Sides
from lraln_core.runs.denoising_plan import DenoisingPlan, plan
from lraln_core.runs.full_model_checks import Checks
from lraln_core.runs.full_model_loop import FullUpdateConfig, Select
from lraln_core.runs.loop import LoopResult
from lraln_core.runs.pair_source import split_pairs
from lraln_core.runs.word_alignment.align import align_vectors
from lraln_core.runs.word_alignment.config import AlignerConfig

from .full_model import train
from .linear import splits

SentencePairs = Callable[[FrozenEncoder, int], Sequence[tuple[Words, Words]]]
"""The sentence pairs of an iteration under the current encoder."""


def supervised(context: RunContext, corpora: Sides) -> LoopResult:
    """On the sentence pairs of train.parallel. Raises RunError for a text too small."""
    config = context.config
    text = context.parallel_text(config.train, "training")
    part = split_pairs(text, config)
    chosen, size = text.take(part.pool), plan(config.denoising).pairs_per_labelling

    def pairs(encoder: FrozenEncoder, iteration: int) -> Sequence[tuple[Words, Words]]:
        rows = rng_for(config.seed, "denoising-pairs", iteration).choice(len(chosen), min(size, len(chosen)), replace=False)
        return [(chosen.src[row], chosen.trg[row]) for row in rows]

    held_out = Checks(InMemory(text.src).words(part.held_out), InMemory(text.trg).words(part.held_out), config.evaluation.csls_k)
    return _learn(context, pairs, held_out, Select.LAST)


def unsupervised(context: RunContext, corpora: Sides) -> LoopResult:
    """On sentence pairs found anew under the current weights in samples of both corpora. The weights with the best agreement remain."""
    config, sides, parts = context.config, corpora.both(), splits(context, corpora)

    def pairs(encoder: FrozenEncoder, iteration: int) -> Sequence[tuple[Words, Words]]:
        words = []
        for side, corpus, part in zip(("src", "trg"), sides, parts, strict=True):
            drawn = rng_for(config.seed, f"sample-{side}", iteration).choice(
                part.pool, min(config.denoising.sentences, len(part.pool)), replace=False
            )
            words.append(corpus.words(np.sort(drawn)))
        src, trg = (encoder.encode(sentences, progress=lambda *_: context.reporter.check()) for sentences in words)
        found = mine_sentences(src, trg, csls_k=config.evaluation.csls_k, keep=config.denoising.keep)
        if not len(found):
            raise RunError("No sentence pair was found: give larger corpora, or an encoder that knows both languages.")
        context.reporter.log(f"Iteration {iteration + 1}: {len(found)} sentence pairs found, mean CSLS {float(found.score.mean()):.3f}")
        order = rng_for(config.seed, "denoising-pairs", iteration).permutation(len(found))
        return [(words[0][found.src[i]], words[1][found.trg[i]]) for i in order]

    src, trg = (corpus.words(part.held_out) for corpus, part in zip(sides, parts, strict=True))
    return _learn(context, pairs, Checks(src, trg, config.evaluation.csls_k), Select.CRITERION)


def _learn(context: RunContext, sentence_pairs: SentencePairs, checks: Checks, select: Select) -> LoopResult:
    config, chosen = context.config, plan(context.config.denoising)
    options = FullUpdateConfig(
        steps=chosen.steps,
        batch_size=chosen.batch_size,
        accumulation=1,
        learning_rate=chosen.learning_rate,
        warmup_steps=chosen.warmup_steps,
        linear_decay=True,
        evaluate_every=chosen.evaluate_every,
        seed=config.seed,
        select=select,
        patience=3 if select is Select.CRITERION else 0,
    )
    trainers: list[DenoisingTrainer] = []

    def trainer(encoder: FrozenEncoder) -> DenoisingTrainer:
        trainers.append(DenoisingTrainer(encoder, _options(config, chosen, encoder.layer), _head(context, chosen)))
        return trainers[0]

    def next_pairs(encoder: FrozenEncoder, iteration: int) -> Sequence[LinkedPair]:
        context.reporter.stage("label", f"Labelling word links with the current encoder, iteration {iteration + 1}")
        pairs = sentence_pairs(encoder, iteration)
        labelled = self_label(trainers[0], pairs, config.denoising.entropy, config.denoising.iterations, chosen.filtering)
        links = sum(len(pair.links) for pair in labelled)
        context.reporter.log(f"Iteration {iteration + 1}: {links} word links labelled in {len(labelled)} sentence pairs")
        context.reporter.stage("train", "Training the encoder to find hidden words' counterparts", total=chosen.steps, unit="steps")
        return labelled

    return train(context, options, next_pairs, checks, mined=True, trainer=trainer)


def self_label(
    trainer: DenoisingTrainer, pairs: Sequence[tuple[Words, Words]], entropy: float, iterations: int, filtering: int = 1
) -> list[LinkedPair]:
    """The expectation step: the sentence pairs that have any link, with links by optimal transport under the current weights."""
    src, trg = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    options = AlignerConfig(method=Aligner.TRANSPORT, entropy=entropy, iterations=iterations, filtering=filtering)
    links = align_vectors(src, trg, trainer.vectors(pairs), options)
    labelled = [LinkedPair(s, t, tuple((one.src, one.trg) for one in found)) for s, t, found in zip(src, trg, links, strict=True)]
    return [pair for pair in labelled if pair.links]


def _options(config: RunConfig, chosen: DenoisingPlan, layers: int) -> DenoisingOptions:
    """A preset's number of layers is cut to what a small encoder has; one that the configuration names must exist."""
    return DenoisingOptions(
        top_layers=chosen.top_layers if config.denoising.top_layers >= 0 else min(chosen.top_layers, layers),
        mask_share=chosen.mask_share,
        temperature=chosen.temperature,
        joint=chosen.joint,
        language_modelling=chosen.language_modelling,
        seed=config.seed,
    )


def _head(context: RunContext, chosen: DenoisingPlan) -> LanguageModel | None:
    """The head of the encoder for masked language modelling, where the plan has any."""
    return open_language_model(context.config.encoder.name, seed=context.config.seed) if chosen.language_modelling else None
