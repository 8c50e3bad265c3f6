"""Where training pairs come from: mined anew in every iteration from two monolingual corpora, or gold links of parallel text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import mining
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.errors import RunError
from lraln_core.files import schemas
from lraln_core.files.randomness import rng_for
from lraln_core.records import ParallelText, Sentences, WordPairs, Words, WordVectors
from lraln_core.text.characters import has_letter

from .config import MiningConfig, RunConfig

CHUNK_SENTENCES = 5000  # target sentences in memory at a time

Fetch = Callable[[Sequence[Words]], WordVectors]
"""Sentences to CCWRs, through the cache."""


@dataclass(frozen=True)
class Iteration:
    """The training material of one iteration: paired CCWRs, grouped by sentence pair."""

    src: np.ndarray  # (n_pairs, d) float32, unmapped, group by group
    trg: np.ndarray  # (n_pairs, d) float32
    offsets: np.ndarray  # (n_groups + 1,) int64

    @property
    def groups(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Split:
    """Which sentences of a side are trained on and which are held out for the collapse and agreement checks."""

    pool: np.ndarray
    held_out: np.ndarray


MIN_HELD_OUT = 5  # sentences a side; the checks mean nothing on fewer


def require_held_out(held_out: int) -> None:
    """Raises RunError when the configuration holds out too few sentences for the checks."""
    if held_out < MIN_HELD_OUT:
        raise RunError(
            f"training.held_out = {held_out} holds out too few sentences for the collapse and agreement checks; set it to "
            f"{MIN_HELD_OUT} or more."
        )


def split_pairs(text: ParallelText, config: RunConfig) -> Split:
    """Which sentence pairs are trained on and which are held out. Raises RunError for a text too small for that."""
    require_held_out(config.training.held_out)
    part = split(len(text), config.training.held_out, rng_for(config.seed, "held-out-train"))
    if len(part.held_out) < MIN_HELD_OUT:
        raise RunError(
            f"The training set has {len(text)} sentence pairs; at least {10 * MIN_HELD_OUT} are needed (a tenth is held out for "
            "the collapse and agreement checks). Give more of it, or take a system without parallel text."
        )
    return part


def split(size: int, held_out: int, rng: np.random.Generator) -> Split:
    """At most a tenth of the sentences is held out."""
    order = rng.permutation(size)
    count = min(held_out, size // 10)
    return Split(np.sort(order[count:]), np.sort(order[:count]))


def draw(config: MiningConfig, seed: int, number: int, src_pool: np.ndarray, trg_pool: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sentences of both sides that iteration `number` of Algorithm 1 samples, each sorted."""
    sizes = (config.sample_size, config.candidates or config.sample_size)
    src, trg = (
        np.sort(rng_for(seed, f"sample-{side}", number).choice(pool, min(size, len(pool)), replace=False))
        for side, pool, size in zip(("src", "trg"), (src_pool, trg_pool), sizes, strict=True)
    )
    return src, trg


@dataclass(frozen=True)
class MonolingualSource:
    """Algorithm 1: sample both corpora, mine under the current maps."""

    gold = False
    src: Sentences
    trg: Sentences
    src_pool: np.ndarray
    trg_pool: np.ndarray
    config: MiningConfig
    seed: int
    fetch: Fetch

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, dict[str, Any] | None]:
        """Material of at most `needed` sentence pairs in random order and, when the pairs were mined now and not read back
        from pairs_file, the figures of the mining event. Raises RunError when nothing is mined."""
        config = self.config
        sampled = draw(config, self.seed, number, self.src_pool, self.trg_pool)
        src_words, trg_words = self.src.words(sampled[0]), self.trg.words(sampled[1])
        src, figures = self.fetch(src_words), None
        if pairs_file.exists():
            pairs = read_pairs(pairs_file, sampled)
        else:
            pairs, figures = self._mine(number, src, src_words, trg_words, maps)
            write_pairs(pairs_file, pairs, number, sampled, src_words, trg_words)
        if not len(pairs):
            raise RunError(
                f"Iteration {number + 1} mined no word pair above the threshold {config.threshold}: lower mining.threshold, "
                "use more sentences, or choose an encoder that knows both languages."
            )
        order, offsets = shuffled_groups(pairs, needed, rng_for(self.seed, "shuffle", number))
        pairs = pairs.take(order)
        wanted, trg_sentence = np.unique(pairs.trg_sentence, return_inverse=True)
        trg = self.fetch([trg_words[i] for i in wanted])
        src_rows = src.rows(pairs.src_sentence, pairs.src_word)
        trg_rows = trg.rows(trg_sentence, pairs.trg_word)
        return Iteration(src.vectors[src_rows].astype(np.float32), trg.vectors[trg_rows].astype(np.float32), offsets), figures

    def _mine(
        self, number: int, src: WordVectors, src_words: list[Words], trg_words: list[Words], maps: Maps
    ) -> tuple[WordPairs, dict[str, Any]]:
        began = time.perf_counter()
        result = mining.mine(
            src.replace_vectors(maps_module.apply(maps.src, src.vectors)),
            MappedChunks(trg_words, maps.trg, self.fetch),
            method=self.config.method,
            threshold=self.config.threshold,
            mining_k=self.config.mining_k,
            backend=self.config.backend,
            scoring=self.config.scoring,
            rng=rng_for(self.seed, "recall", number),
        )
        pairs = result.pairs
        if self.config.letters_only:
            pairs = pairs.take(
                np.array(
                    [
                        has_letter(src_words[s][i]) and has_letter(trg_words[t][j])
                        for s, i, t, j in zip(pairs.src_sentence, pairs.src_word, pairs.trg_sentence, pairs.trg_word, strict=True)
                    ],
                    bool,
                )
            )
        sizes = np.diff(mining.sentence_pair_groups(pairs)[1])
        return pairs, {
            "src_words": result.src_words,
            "trg_words": result.trg_words,
            "candidates": len(trg_words),
            "pairs": len(pairs),
            "forward": int(pairs.forward.sum()),
            "backward": int(pairs.backward.sum()),
            "mutual": int((pairs.forward & pairs.backward).sum()),
            "sentence_pairs": len(sizes),
            "multi_pair_share": float((sizes > 1).mean()) if len(sizes) else 0.0,
            "mean_similarity": float(pairs.similarity.mean()) if len(pairs) else None,
            "recall": result.recall,
            "seconds": round(time.perf_counter() - began, 3),
        }


@dataclass(frozen=True)
class MappedChunks:
    """Mapped CCWRs of many sentences, a chunk at a time; can be iterated over more than once."""

    words: list[Words]
    language_map: LanguageMap
    fetch: Fetch

    def __iter__(self) -> Iterator[WordVectors]:
        for start in range(0, len(self.words), CHUNK_SENTENCES):
            chunk = self.fetch(self.words[start : start + CHUNK_SENTENCES])
            yield chunk.replace_vectors(maps_module.apply(self.language_map, chunk.vectors))


@dataclass(frozen=True)
class ParallelSource:
    """The supervised counterpart: gold links of aligned parallel text, the same in every iteration."""

    gold = True
    src: WordVectors
    trg: WordVectors
    pairs: WordPairs

    seed: int

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, None]:
        """One pass over the sentence pairs in random order."""
        src_rows = self.src.rows(self.pairs.src_sentence, self.pairs.src_word)
        trg_rows = self.trg.rows(self.pairs.trg_sentence, self.pairs.trg_word)
        present = np.flatnonzero(self.src.valid[src_rows] & self.trg.valid[trg_rows])
        order, offsets = shuffled_groups(self.pairs.take(present), needed, rng_for(self.seed, "shuffle", number))
        rows = present[order]
        return Iteration(
            self.src.vectors[src_rows[rows]].astype(np.float32), self.trg.vectors[trg_rows[rows]].astype(np.float32), offsets
        ), None


def shuffled_groups(pairs: WordPairs, needed: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """At most `needed` sentence pairs in random order. -> (row numbers of the pairs group by group, offsets of the groups)."""
    order, offsets = mining.sentence_pair_groups(pairs)
    groups = rng.permutation(len(offsets) - 1)[:needed]
    lengths = offsets[groups + 1] - offsets[groups]
    ends = np.cumsum(lengths)
    rows = np.repeat(offsets[groups] - (ends - lengths), lengths) + np.arange(lengths.sum())
    return order[rows], np.concatenate([[0], ends]).astype(np.int64)


def pair_columns(
    pairs: WordPairs, iteration: int, sampled: Sequence[np.ndarray], src_words: list[Words], trg_words: list[Words]
) -> dict[str, Any]:
    """The columns of schemas.PAIRS: pairs with corpus positions (sampled: those of the sentences of each side) and tokens."""
    return {
        "iteration": np.full(len(pairs), iteration, np.int32),
        "src_sentence": sampled[0][pairs.src_sentence],
        "src_word": pairs.src_word,
        "src_token": [src_words[s][w] for s, w in zip(pairs.src_sentence, pairs.src_word, strict=True)],
        "trg_sentence": sampled[1][pairs.trg_sentence],
        "trg_word": pairs.trg_word,
        "trg_token": [trg_words[s][w] for s, w in zip(pairs.trg_sentence, pairs.trg_word, strict=True)],
        "similarity": pairs.similarity,
        "forward": pairs.forward,
        "backward": pairs.backward,
    }


def write_pairs(
    path: Path, pairs: WordPairs, iteration: int, sampled: Sequence[np.ndarray], src_words: list[Words], trg_words: list[Words]
) -> None:
    """Mined pairs with corpus positions and tokens, as Parquet."""
    schemas.write(path, pair_columns(pairs, iteration, sampled, src_words, trg_words), schemas.PAIRS)


def read_pairs(path: Path, sampled: Sequence[np.ndarray]) -> WordPairs:
    """The inverse of write_pairs for the same sample (sorted corpus positions of each side)."""
    try:
        table = schemas.read(path, schemas.PAIRS, schemas.PAIR_COLUMNS)
        columns = {name: table[name].to_numpy() for name in schemas.PAIR_COLUMNS}
    except (pa.ArrowException, KeyError, OSError) as error:
        raise RunError(f"{path} is damaged; delete the run folder and start again.") from error
    return WordPairs(
        np.searchsorted(sampled[0], columns["src_sentence"]).astype(np.int32),
        columns["src_word"],
        np.searchsorted(sampled[1], columns["trg_sentence"]).astype(np.int32),
        columns["trg_word"],
        columns["similarity"],
        columns["forward"],
        columns["backward"],
    )
