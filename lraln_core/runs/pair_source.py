"""Where training pairs come from: mined anew in every iteration from two monolingual corpora, or gold links of parallel text."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..alignment import maps as maps_module
from ..alignment import mining
from ..alignment.maps import Maps
from ..errors import RunError
from ..records import WordPairs, Words, WordVectors
from ..workspace import replacing
from .config import MiningConfig

Fetch = Callable[[Sequence[Words]], WordVectors]
"""Sentences to CCWRs, through the cache."""


class Sentences(Protocol):
    """Random access to tokenised sentences: a corpus, or a tuple in memory."""

    def __len__(self) -> int: ...

    def words(self, indices: Sequence[int]) -> list[Words]: ...


@dataclass(frozen=True)
class InMemory:
    """Sentences that are already in memory."""

    sentences: Sequence[Words]

    def __len__(self) -> int:
        return len(self.sentences)

    def words(self, indices: Sequence[int]) -> list[Words]:
        return [self.sentences[i] for i in indices]


@dataclass(frozen=True)
class Iteration:
    """The training material of one iteration: paired CCWRs, grouped by sentence pair."""

    src: np.ndarray  # (n_pairs, d) float32, unmapped, group by group
    trg: np.ndarray  # (n_pairs, d) float32
    offsets: np.ndarray  # (n_groups + 1,) int64

    @property
    def groups(self) -> int:
        return len(self.offsets) - 1


def rng_for(seed: int, purpose: str, iteration: int = 0) -> np.random.Generator:
    """An independent stream of random numbers for each purpose and iteration, so that any iteration can be repeated alone."""
    return np.random.default_rng([seed, *purpose.encode(), iteration])


@dataclass(frozen=True)
class Split:
    """Which sentences of a side serve for training and which are held out for the guards."""

    pool: np.ndarray
    held_out: np.ndarray


def split(size: int, held_out: int, rng: np.random.Generator) -> Split:
    """At most a tenth of the sentences is held out."""
    order = rng.permutation(size)
    count = min(held_out, size // 10)
    return Split(np.sort(order[count:]), np.sort(order[:count]))


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

    def iteration(self, number: int, maps: Maps, pairs_file: Path) -> tuple[Iteration, dict[str, Any] | None]:
        """Material and, when it was mined now and not read back from pairs_file, the figures of the mining event."""
        sampled = self._sample("src", self.src_pool, number), self._sample("trg", self.trg_pool, number)
        src_words, trg_words = self.src.words(sampled[0]), self.trg.words(sampled[1])
        src, trg = self.fetch(src_words), self.fetch(trg_words)
        figures = None
        if pairs_file.exists():
            pairs = read_pairs(pairs_file, sampled)
        else:
            pairs, figures = self._mine(src, trg, src_words, trg_words, maps)
            write_pairs(pairs_file, pairs, number, sampled, src_words, trg_words)
        if not len(pairs):
            raise RunError(
                f"Iteration {number + 1} mined no word pair above the threshold {self.config.threshold}: lower mining.threshold, "
                "use more sentences, or choose an encoder that knows both languages."
            )
        return _material(pairs, src, trg), figures

    def _sample(self, side: str, pool: np.ndarray, number: int) -> np.ndarray:
        size = min(self.config.sample_size, len(pool))
        return np.sort(rng_for(self.seed, f"sample-{side}", number).choice(pool, size, replace=False))

    def _mine(self, src: WordVectors, trg: WordVectors, src_words: list[Words], trg_words: list[Words],
              maps: Maps) -> tuple[WordPairs, dict[str, Any]]:
        began = time.perf_counter()
        pairs = mining.mine(
            src.replace_vectors(maps_module.apply(maps.src, src.vectors)), trg.replace_vectors(maps_module.apply(maps.trg, trg.vectors)),
            method=self.config.method, threshold=self.config.threshold, mining_k=self.config.mining_k,
        )
        if self.config.letters_only:
            pairs = pairs.take(np.array([has_letter(src_words[s][i]) and has_letter(trg_words[t][j]) for s, i, t, j in
                                         zip(pairs.src_sentence, pairs.src_word, pairs.trg_sentence, pairs.trg_word)], bool))
        _, offsets = mining.sentence_pair_groups(pairs)
        sizes = np.diff(offsets)
        return pairs, {
            "src_words": int(src.valid.sum()), "trg_words": int(trg.valid.sum()), "candidates": len(trg_words), "pairs": len(pairs),
            "forward": int(pairs.forward.sum()), "backward": int(pairs.backward.sum()),
            "mutual": int((pairs.forward & pairs.backward).sum()), "sentence_pairs": len(sizes),
            "multi_pair_share": float((sizes > 1).mean()) if len(sizes) else 0.0,
            "mean_similarity": float(pairs.similarity.mean()) if len(pairs) else None,
            "seconds": round(time.perf_counter() - began, 3),
        }


@dataclass(frozen=True)
class ParallelSource:
    """The supervised counterpart: gold links of aligned parallel text, the same in every iteration."""

    gold = True
    src: WordVectors
    trg: WordVectors
    pairs: WordPairs

    def iteration(self, number: int, maps: Maps, pairs_file: Path) -> tuple[Iteration, None]:
        return _material(self.pairs, self.src, self.trg), None


def _material(pairs: WordPairs, src: WordVectors, trg: WordVectors) -> Iteration:
    src_rows = src.rows(pairs.src_sentence, pairs.src_word)
    trg_rows = trg.rows(pairs.trg_sentence, pairs.trg_word)
    present = src.valid[src_rows] & trg.valid[trg_rows]
    pairs, src_rows, trg_rows = pairs.take(present), src_rows[present], trg_rows[present]
    order, offsets = mining.sentence_pair_groups(pairs)
    return Iteration(src.vectors[src_rows[order]].astype(np.float32), trg.vectors[trg_rows[order]].astype(np.float32), offsets)


NUMBERS = ("src_sentence", "src_word", "trg_sentence", "trg_word", "similarity", "forward", "backward")


def has_letter(word: str) -> bool:
    """Whether a word is more than punctuation and digits."""
    return any(character.isalpha() for character in word)


def write_pairs(path: Path, pairs: WordPairs, iteration: int, sampled: Sequence[np.ndarray], src_words: list[Words],
                trg_words: list[Words]) -> None:
    """Mined pairs with corpus positions and tokens, as Parquet."""
    table = pa.table({
        "iteration": pa.array(np.full(len(pairs), iteration, np.int32)),
        "src_sentence": pa.array(sampled[0][pairs.src_sentence].astype(np.int64)),
        "src_word": pa.array(pairs.src_word),
        "src_token": pa.array([src_words[s][w] for s, w in zip(pairs.src_sentence, pairs.src_word)], pa.string()),
        "trg_sentence": pa.array(sampled[1][pairs.trg_sentence].astype(np.int64)),
        "trg_word": pa.array(pairs.trg_word),
        "trg_token": pa.array([trg_words[s][w] for s, w in zip(pairs.trg_sentence, pairs.trg_word)], pa.string()),
        "similarity": pa.array(pairs.similarity),
        "forward": pa.array(pairs.forward),
        "backward": pa.array(pairs.backward),
    })
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_pairs(path: Path, sampled: Sequence[np.ndarray]) -> WordPairs:
    """The inverse of write_pairs for the same sample (sorted corpus positions of each side)."""
    try:
        table = pq.read_table(path)
        columns = {name: table[name].to_numpy() for name in NUMBERS}
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise RunError(f"{path} is damaged; delete the run folder and start again.") from error
    return WordPairs(
        np.searchsorted(sampled[0], columns["src_sentence"]).astype(np.int32), columns["src_word"],
        np.searchsorted(sampled[1], columns["trg_sentence"]).astype(np.int32), columns["trg_word"],
        columns["similarity"], columns["forward"], columns["backward"],
    )
