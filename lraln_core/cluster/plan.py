"""What a mining of so many words takes: hours, memory, disk and bytes moved, from measured rates.

n words a side, d dimensions, B words a block, k answers a word, W workers. A store has 2 n d bytes a side. Encoding takes n / (W e) seconds
at e words a second. Exact search multiplies every block with every block: 2 n^2 d operations, n^2 / (W c) seconds at c word pairs a second,
twice for CSLS and ratio; each cell reads its two blocks, and a worker keeps the source block of the cell before, so a row of the product
reads the target store once: n / B * 2 n d bytes. Approximate search does the same cells at a rate a that is measured with the index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lraln_core.choices import Scoring

from .mining import WAVE

WORD_BYTES = 2  # a number of a stored vector is a float16
ANSWER_BYTES = 16  # an answer in a list: index (8), score and cosine (4 each)
LEAST_BLOCK, MOST_BLOCK = 65_536, 1_048_576  # words; the larger takes 5 GB a worker at 384 dimensions


@dataclass(frozen=True)
class Rates:
    """Measured work of one worker a second (docs/scale.md has the machine)."""

    encode: float  # words
    exact: float  # pairs of words compared, at `dimension` dimensions
    approximate: float  # pairs of words, divided out of the time of a cell of `approximate_block` words a side
    approximate_block: int
    read: float  # bytes read from the store
    dimension: int


# One processor of the project's machine, in processor seconds (benchmarks/results/cluster.md): the built-in encoder in bfloat16, and
# cells of 65,520 words a side.
MEASURED = Rates(encode=3243, exact=102_101_261, approximate=202_013_140, approximate_block=65_520, read=58_267_605, dimension=384)


@dataclass(frozen=True)
class Plan:
    """The cost of both ways of search. Hours are of the whole cluster, with all workers busy."""

    workers: int
    encoders: int  # workers of the encoding
    block_words: int
    store_bytes: float  # both sides
    encode_hours: float
    exact_hours: float
    approximate_hours: float | None  # None for a scoring that needs exact search
    exact_read_bytes: float
    approximate_read_bytes: float
    work_bytes: float  # largest size of the work folder in exact search
    worker_memory_bytes: float
    cells: float


def plan(
    words: float,
    *,
    workers: int,
    encoders: int,
    rates: Rates,
    dimension: int,
    block_words: int = 0,
    k: int = 1,
    csls_k: int = 10,
    scoring: Scoring = Scoring.COSINE,
) -> Plan:
    """The plan for `words` words a side. block_words 0 takes blocks for which a wave of cells keeps all workers busy."""
    chosen = block_words or max(LEAST_BLOCK, min(MOST_BLOCK, math.ceil(words / max(1, math.isqrt(WAVE * workers)))))
    blocks = math.ceil(words / chosen)
    passes = 1 if scoring is Scoring.COSINE else 2
    longest = k if scoring is Scoring.COSINE else max(k, csls_k)
    scale = dimension / rates.dimension
    side = words * dimension * WORD_BYTES
    read = passes * (blocks + 1) * side

    def hours(seconds: float, of: int = workers) -> float:
        return seconds / of / 3600

    wave_rows = min(blocks, math.ceil(WAVE * workers / blocks))
    lists = 2 * words * longest * ANSWER_BYTES
    approximate_read = (math.ceil(words / rates.approximate_block) + 1) * side
    approximate = hours(words**2 * scale / rates.approximate + approximate_read / rates.read)
    return Plan(
        workers=workers,
        encoders=encoders,
        block_words=chosen,
        store_bytes=2 * side,
        encode_hours=hours(2 * words / rates.encode, encoders),
        exact_hours=hours(passes * words**2 * scale / rates.exact + read / rates.read),
        approximate_hours=approximate if scoring is Scoring.COSINE else None,
        exact_read_bytes=read,
        approximate_read_bytes=approximate_read,
        work_bytes=lists * passes + wave_rows * (blocks * chosen + words) * longest * ANSWER_BYTES,
        worker_memory_bytes=2 * chosen * dimension * (4 + WORD_BYTES),
        cells=passes * float(blocks) ** 2,
    )
