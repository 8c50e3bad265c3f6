"""full_sup and full_unsup: all weights of the encoder are trained, and the run leaves a new encoder instead of maps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from lraln_core.alignment import mining
from lraln_core.alignment.maps import identity
from lraln_core.encoder.frozen import FrozenEncoder
from lraln_core.encoder.registry import Encoder
from lraln_core.encoder.training.adaptation import new_folder
from lraln_core.encoder.training.full_model import LinkedPair, from_parallel, save_encoder
from lraln_core.files.randomness import rng_for
from lraln_core.records import InMemory, Words
from lraln_core.runs.context import RunContext, Sides, encoder_of
from lraln_core.runs.full_model_checks import Checks, Reading
from lraln_core.runs.full_model_loop import FullModelLoop, FullUpdateConfig, NextPairs, PairTrainer, Select
from lraln_core.runs.loop import LoopResult
from lraln_core.runs.pair_source import Split, split_pairs
from lraln_core.text.corpus import Corpus

from .linear import splits


def supervised(context: RunContext, corpora: Sides) -> LoopResult:
    """All weights on gold word pairs, English vectors held near their start [Cao et al. 2020]."""
    config = context.config
    text = context.parallel_text(config.train, "training")
    part = split_pairs(text, config)
    chosen = from_parallel(text.take(part.pool))
    checks = Checks(InMemory(text.src).words(part.held_out), InMemory(text.trg).words(part.held_out), config.evaluation.csls_k)
    return _learn(context, lambda encoder, iteration: chosen, checks, mined=False)


def unsupervised(context: RunContext, corpora: Sides) -> LoopResult:
    """The same on pairs mined anew with the current encoder. The paper says it does not converge; the checks say when and how."""
    sides, parts = corpora.both(), splits(context, corpora)
    src, trg = (corpus.words(part.held_out) for corpus, part in zip(sides, parts, strict=True))
    return _learn(context, _mined_pairs(context, sides, parts), Checks(src, trg, context.config.evaluation.csls_k), mined=True)


def _mined_pairs(context: RunContext, corpora: tuple[Corpus, Corpus], parts: tuple[Split, Split]) -> NextPairs:
    options, seed = context.config.mining, context.config.seed

    def next_pairs(encoder: FrozenEncoder, iteration: int) -> Sequence[LinkedPair]:
        context.reporter.stage("mine", f"Mining word pairs with the current encoder, iteration {iteration + 1}")
        words = [
            _sample(corpus, part, options.sample_size, rng_for(seed, f"sample-{side}", iteration))
            for side, corpus, part in zip(("src", "trg"), corpora, parts, strict=True)
        ]
        src, trg = (encoder.encode(sentences, progress=lambda *_: context.reporter.check()) for sentences in words)
        result = mining.mine(
            src,
            trg,
            method=options.method,
            threshold=options.threshold,
            mining_k=options.mining_k,
            backend=options.backend,
            scoring=options.scoring,
        )
        pairs = result.pairs
        order, offsets = mining.sentence_pair_groups(pairs)
        context.reporter.event(
            "mining",
            iteration=iteration,
            pairs=len(pairs),
            src_words=result.src_words,
            trg_words=result.trg_words,
            candidates=len(words[1]),
            forward=int(pairs.forward.sum()),
            backward=int(pairs.backward.sum()),
            mutual=int((pairs.forward & pairs.backward).sum()),
            sentence_pairs=len(offsets) - 1,
        )
        context.reporter.stage("train", "Training all weights of the encoder", total=context.config.training.steps, unit="steps")
        links = list(zip(pairs.src_word[order].tolist(), pairs.trg_word[order].tolist(), strict=True))
        return [
            LinkedPair(words[0][pairs.src_sentence[order[a]]], words[1][pairs.trg_sentence[order[a]]], tuple(links[a:b]))
            for a, b in zip(offsets[:-1], offsets[1:], strict=True)
        ]

    return next_pairs


def _sample(corpus: Corpus, part: Split, size: int, rng: np.random.Generator) -> list[Words]:
    return corpus.words(np.sort(rng.choice(part.pool, min(size, len(part.pool)), replace=False)))


def _learn(context: RunContext, next_pairs: NextPairs, checks: Checks, *, mined: bool) -> LoopResult:
    config, training = context.config, context.config.training
    options = FullUpdateConfig(
        steps=training.steps,
        batch_size=training.batch_size,
        accumulation=training.accumulation,
        learning_rate=training.learning_rate,
        warmup_steps=training.warmup_steps,
        linear_decay=training.schedule == "linear",
        frozen_target=training.frozen_target,
        evaluate_every=training.evaluate_every,
        seed=config.seed,
        patience=3 if mined else 0,
        select=Select.CRITERION if mined and training.select_best else Select.LAST,
    )
    return train(context, options, next_pairs, checks, mined=mined)


def train(
    context: RunContext,
    options: FullUpdateConfig,
    next_pairs: NextPairs,
    checks: Checks,
    *,
    mined: bool,
    trainer: Callable[[FrozenEncoder], PairTrainer] | None = None,
) -> LoopResult:
    """Train a copy of the encoder and leave it in the run's folder; the maps are the identity. trainer: see FullModelLoop."""
    config = context.config
    folder, final = context.folder.path / "full_model", context.folder.encoder
    folder.mkdir(exist_ok=True)
    encoder = open_copy(context, config.encoder.name).loaded
    loop = FullModelLoop(
        encoder,
        next_pairs,
        checks,
        folder,
        options,
        mined=mined,
        on_reading=lambda reading: _report(context, reading),
        trainer=trainer(encoder) if trainer else None,
    )
    context.reporter.stage("train", "Training all weights of the encoder", total=options.steps, unit="steps")
    result = loop.run(context.reporter.progress)
    if result.stopped:
        context.warn(f"Training stopped early: {result.stopped}")
    shutil.rmtree(final, ignore_errors=True)
    with new_folder(final) as part:
        save_encoder(part, encoder)
    shutil.rmtree(folder)
    maps = identity(encoder.dimension)
    return LoopResult(maps, maps, result.chosen_step, result.steps, result.iterations, encoder=open_copy(context, str(final)))


def open_copy(context: RunContext, name: str) -> Encoder:
    """A separate copy of the encoder, whose weights may change."""
    options = context.encoder_options
    return encoder_of(options, None if name == options.name else Path(name), emulated=True)


def _report(context: RunContext, reading: Reading) -> None:
    values = {key: value for key, value in asdict(reading).items() if key not in ("pull", "drift", "iteration")}
    if reading.pull is not None:
        context.reporter.event("training", step=reading.step, iteration=reading.iteration, loss=reading.pull, drift=reading.drift)
    context.reporter.event("guard", best=False, **values)
