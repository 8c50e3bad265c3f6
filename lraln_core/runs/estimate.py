"""How long a run will take: rates measured on two processor cores with the built-in encoder (benchmarks/results/speed.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lraln_core.choices import MiningMethod, Precision

from .denoising_plan import plan

if TYPE_CHECKING:
    from .config import RunConfig

SENTENCES_PER_SECOND = 100.0  # encoded in float32
SHORT_NUMBERS_FACTOR = 2.9  # times as many in bfloat16 or int8 where the processor has instructions for it
SECONDS_TO_LOAD = 6.0  # libraries and encoder, in a new process
SECONDS_TO_OPEN = 2.0  # the rest of a run's start, in a process that has loaded them
SECONDS_PER_STEP = 0.0011  # one update of the maps on 12 sentence pairs, 384 dimensions
SECONDS_PER_CHECK = 0.1  # the collapse and agreement checks
SECONDS_PER_MINING = 1.0  # the products of 1,000 by 1,000 sentences
SECONDS_PER_ITERATION = 0.5  # what an iteration costs beside them
SENTENCE_PAIRS_PER_SENTENCE = {  # mined sentence pairs for each sampled sentence
    MiningMethod.FORWARD_BACKWARD: 10.0,
    MiningMethod.FORWARD: 5.0,
    MiningMethod.BACKWARD: 5.0,
    MiningMethod.INTERSECTION: 1.3,
}
SECONDS_PER_ENCODER_STEP = 1.3  # one update of all weights on 12 sentence pairs
SECONDS_PER_DENOISED_PAIR = (
    0.25  # one sentence pair in an update of the top layers; seen on a busy machine, 3 to 4 processor seconds a step of 12
)
SECONDS_PER_VECMAP = 18.0  # 2,000 words a side, patience 10
TYPES_PER_SENTENCE = 5.0
SECONDS_PER_GLOSS = 0.002  # a sentence against the types of the other language
SECONDS_PER_FIT = 1.0  # one CCA in 384 dimensions


@dataclass(frozen=True)
class Sizes:
    """How much text a run has, counted in sentences and sentence pairs."""

    src_sentences: int = 0
    trg_sentences: int = 0
    test_pairs: int = 0
    train_pairs: int = 0
    prepared: bool = False  # the sentences are encoded already and the encoder is loaded, as within a suite


@dataclass(frozen=True)
class Estimate:
    """Seconds by part of the work."""

    loading: float
    encoding: float = 0.0
    mining: float = 0.0
    training: float = 0.0

    @property
    def total(self) -> float:
        return self.loading + self.encoding + self.mining + self.training


def measuring(config: RunConfig, sizes: Sizes) -> Estimate:
    """Nothing is learned: the test set is encoded and measured."""
    return Estimate(SECONDS_TO_OPEN if sizes.prepared else SECONDS_TO_LOAD, _encoding(config, sizes, 0))


def mining_and_training(config: RunConfig, sizes: Sizes) -> Estimate:
    """Algorithm 1. Every iteration samples anew, so a large corpus is encoded bit by bit."""
    drawn, iterations = _iterations(config, sizes)
    encoded = sum(min(total, iterations * one) for total, one in zip((sizes.src_sentences, sizes.trg_sentences), drawn, strict=True))
    return replace(
        measuring(config, sizes),
        encoding=_encoding(config, sizes, encoded),
        mining=iterations * (SECONDS_PER_ITERATION + SECONDS_PER_MINING * drawn[0] * drawn[1] / 1e6) if min(drawn) else 0.0,
        training=_map_training(config),
    )


def supervised_training(config: RunConfig, sizes: Sizes) -> Estimate:
    """Maps trained on gold word pairs."""
    return replace(measuring(config, sizes), encoding=_encoding(config, sizes, 2 * sizes.train_pairs), training=_map_training(config))


def normalizing(config: RunConfig, sizes: Sizes) -> Estimate:
    """Statistics of a sample of each corpus."""
    most = config.normalization.sentences
    return replace(
        measuring(config, sizes), encoding=_encoding(config, sizes, min(most, sizes.src_sentences) + min(most, sizes.trg_sentences))
    )


def glossing(config: RunConfig, sizes: Sizes) -> Estimate:
    """Statistics and glosses: every glossed sentence is encoded as it is and as its gloss, also where the text is encoded already."""
    glossed = sum(min(config.gloss.sentences, size) for size in (sizes.src_sentences, sizes.trg_sentences))
    estimate = normalizing(config, sizes)
    drawn = (min(config.mining.sample_size, size) for size in (sizes.src_sentences, sizes.trg_sentences))
    return replace(
        estimate,
        encoding=estimate.encoding + glossed / _rate(config),
        mining=SECONDS_PER_ITERATION + SECONDS_PER_MINING * math.prod(drawn) / 1e6 + SECONDS_PER_GLOSS * glossed,
        training=SECONDS_PER_FIT,
    )


def supervised_correlation(config: RunConfig, sizes: Sizes) -> Estimate:
    """One decomposition of the covariances of gold word pairs."""
    most = config.normalization.sentences
    encoded = 2 * sizes.train_pairs + min(most, sizes.src_sentences) + min(most, sizes.trg_sentences)
    return replace(measuring(config, sizes), encoding=_encoding(config, sizes, encoded), training=SECONDS_PER_FIT)


def normalizing_mining_and_training(config: RunConfig, sizes: Sizes) -> Estimate:
    """Both; sentences of the statistics serve mining too."""
    mined = mining_and_training(config, sizes)
    return replace(mined, encoding=max(mined.encoding, normalizing(config, sizes).encoding))


def vecmap(config: RunConfig, sizes: Sizes) -> Estimate:
    """Anchors are averaged over sentences; the time of VecMap grows with the square of the vocabulary."""
    options = config.vecmap
    drawn = [min(options.sentences, size) for size in (sizes.src_sentences, sizes.trg_sentences)]
    words = min(options.vocabulary, options.vocabulary_cutoff, TYPES_PER_SENTENCE * min(drawn))
    seconds = SECONDS_PER_VECMAP * (words / 2000) ** 2 * options.patience / 10
    return replace(measuring(config, sizes), encoding=_encoding(config, sizes, sum(drawn)), training=seconds)


def encoder_training(config: RunConfig, sizes: Sizes) -> Estimate:
    """All weights are trained: held-out and test sentences are encoded again, cached vectors do not serve."""
    training = config.training
    held_out = min(training.held_out, sizes.src_sentences // 10) + min(training.held_out, sizes.trg_sentences // 10)
    drawn, iterations = _iterations(config, sizes)
    again = held_out * _checks(config) + 2 * sizes.test_pairs + (0 if sizes.train_pairs else iterations * sum(drawn))
    return replace(
        measuring(config, sizes),
        encoding=_encoding(config, sizes, 0) + again / _rate(config),
        training=training.steps * SECONDS_PER_ENCODER_STEP * training.batch_size * training.accumulation / 12,
    )


def denoising(config: RunConfig, sizes: Sizes) -> Estimate:
    """Denoising word alignment: sentence pairs are encoded at each labelling, and the top layers or all weights are updated."""
    chosen = plan(config.denoising)
    pairs = chosen.steps * chosen.batch_size
    held_out = 2 * min(config.training.held_out, max(sizes.src_sentences, sizes.train_pairs) // 10)
    again = held_out * (1 + chosen.steps // chosen.evaluate_every) + 2 * sizes.test_pairs + 2 * pairs
    return replace(
        measuring(config, sizes),
        encoding=_encoding(config, sizes, 0) + again / _rate(config),
        training=pairs * SECONDS_PER_DENOISED_PAIR * (1 if chosen.top_layers else 2),
    )


def _encoding(config: RunConfig, sizes: Sizes, sentences: int) -> float:
    return 0.0 if sizes.prepared else (sentences + 2 * sizes.test_pairs) / _rate(config)


def _rate(config: RunConfig) -> float:
    """Sentences encoded in a second. `auto` is told from the processor's flags, without loading torch; a graphics card is not seen."""
    precision = config.encoder.precision
    short = precision in (Precision.BFLOAT16, Precision.INT8) or (precision is Precision.AUTO and processor_has_bfloat16())
    return SENTENCES_PER_SECOND * (SHORT_NUMBERS_FACTOR if short else 1.0)


@cache
def processor_has_bfloat16() -> bool:
    """Whether Linux lists instructions for bfloat16 among the flags of the processor; False where it cannot be read."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(f" {flag}" in text for flag in ("amx_bf16", "avx512_bf16", "bf16 "))


def _iterations(config: RunConfig, sizes: Sizes) -> tuple[tuple[int, int], int]:
    """(sentences drawn from each corpus in an iteration, iterations until all steps are made)."""
    mining, training = config.mining, config.training
    drawn = min(mining.sample_size, sizes.src_sentences), min(mining.candidates or mining.sample_size, sizes.trg_sentences)
    pairs = max(1.0, SENTENCE_PAIRS_PER_SENTENCE[mining.method] * sum(drawn))
    needed = training.steps * training.batch_size * training.accumulation
    return drawn, max(1, -(-needed // int(pairs))) if training.steps else 0


def _checks(config: RunConfig) -> float:
    return config.training.steps / config.training.evaluate_every + 1


def _map_training(config: RunConfig) -> float:
    per_step = SECONDS_PER_STEP * config.training.batch_size * config.training.accumulation / 12
    return config.training.steps * per_step + SECONDS_PER_CHECK * _checks(config)
