"""How long a run will take, roughly: rates measured on two processor cores with the built-in encoder."""

from __future__ import annotations

from dataclasses import dataclass

SENTENCES_PER_SECOND = 100.0
SECONDS_PER_STEP = 0.0016  # one update on 12 sentence pairs, 384 dimensions
SECONDS_PER_MINING = 1.0  # 1,000 by 1,000 sentences
SENTENCE_PAIRS_PER_SENTENCE = 10.0  # mined sentence pairs for each sampled sentence, both directions kept
SECONDS_TO_LOAD = 6.0
SECONDS_PER_GUARD = 0.4


@dataclass(frozen=True)
class Estimate:
    """Seconds by part of the work; an estimate, not a promise."""

    loading: float
    encoding: float
    mining: float
    training: float

    @property
    def total(self) -> float:
        return self.loading + self.encoding + self.mining + self.training


def estimate_run(
    *,
    src_sentences: int,
    trg_sentences: int,
    test_pairs: int,
    sample_size: int,
    steps: int,
    sentence_pairs_per_step: int,
    evaluate_every: int,
) -> Estimate:
    """For sentences that were never encoded before. Every iteration draws anew, so large corpora are encoded bit by bit."""
    drawn = min(sample_size, src_sentences), min(sample_size, trg_sentences)
    pairs_per_iteration = max(1.0, SENTENCE_PAIRS_PER_SENTENCE * sum(drawn))
    iterations = max(1, -(-steps * sentence_pairs_per_step // int(pairs_per_iteration))) if steps else 0
    encoded = sum(min(total, iterations * one) for total, one in zip((src_sentences, trg_sentences), drawn)) + 2 * test_pairs
    return Estimate(
        SECONDS_TO_LOAD,
        encoded / SENTENCES_PER_SECOND,
        iterations * SECONDS_PER_MINING * drawn[0] * drawn[1] / 1e6,
        steps * SECONDS_PER_STEP + SECONDS_PER_GUARD * (steps / evaluate_every + 1),
    )
