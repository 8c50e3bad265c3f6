"""Mining over two stores: the product of all words by cells, the running merge of best answers, and the pairs as Parquet shards.

Everything intermediate lies in a work folder beside the pairs, in files that are whole or absent, so that a mining that was interrupted
goes on from them; what is no longer needed is deleted. The result does not depend on the number of shards, workers or machines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from lraln_core.alignment.maps import Maps
from lraln_core.alignment.search import LISTS, RECALL_SAMPLE
from lraln_core.choices import Backend, MiningMethod, Scoring
from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.files.places import Place
from lraln_core.files.randomness import rng_for
from lraln_core.records import Progress

from . import blocks
from .blocks import ANSWERS, NEIGHBOURHOOD, Job, PairCounts, Side
from .engine import Engine
from .shards import Sample, Store, count_usable

PAIRS = "pairs.json"
FORMAT = "lraln-pairs-1"
BLOCK_WORDS = 65_536
WAVE = 4  # cells a worker, at least, between two merges: their lists lie in the work folder at the same time
TRAINING_POINTS = 256 * LISTS  # words on which an index is trained


@dataclass(frozen=True)
class MinedStores:
    """The pairs of two stores: where their shards are and what they hold."""

    place: Place
    shards: tuple[str, ...]
    pairs: int
    forward: int
    backward: int
    mutual: int
    mean_similarity: float | None
    recall: float  # share of sampled source words whose nearest was found; 1 for exact search
    src_words: int
    trg_words: int
    read_seconds: float  # summed over the workers
    search_seconds: float
    cells: int  # searched by this process; the others were there


@dataclass(frozen=True)
class Wanted:
    """How stores are mined, as in `alignment.mining.mine`."""

    method: MiningMethod = MiningMethod.FORWARD_BACKWARD
    threshold: float = 0.2
    mining_k: int = 1
    scoring: Scoring = Scoring.COSINE
    backend: Backend = Backend.EXACT
    csls_k: int = 10
    letters_only: bool = False
    block_words: int = BLOCK_WORDS
    seed: int = 1

    def __post_init__(self) -> None:
        if self.backend not in (Backend.EXACT, Backend.IVF_PQ_RERANK):
            raise ConfigError(f"backend = {self.backend}: stores are mined with exact or {Backend.IVF_PQ_RERANK}.")
        if self.scoring is not Scoring.COSINE and self.backend is not Backend.EXACT:
            raise ConfigError(f"scoring = {self.scoring} needs backend = exact: a FAISS index has no neighbourhood means.")


@dataclass(frozen=True)
class Drawn:
    """The sentences of an iteration of Algorithm 1, of each side: sorted, each once, numbered through the store."""

    iteration: int
    src: np.ndarray  # (n,) int64
    trg: np.ndarray  # (m,) int64


def mine_stores(
    src: Store,
    trg: Store,
    out: Place,
    wanted: Wanted,
    engine: Engine,
    *,
    maps: Maps | None = None,
    drawn: Drawn | None = None,
    progress: Progress,
) -> MinedStores:
    """Word pairs of two stores, or of some sentences of them, as Parquet shards in `out`. progress counts tasks.

    Words are mapped when a block of them is read, so the stores serve for any maps. Raises ConfigError for stores of different encoders
    or without a usable word, or when `out` holds other pairs.
    """
    for store in (src, trg):
        if not store.usable_words:
            raise ConfigError(f"The store {store.place.url} holds no word with a usable vector.")
    if src.fingerprint != trg.fingerprint:
        raise ConfigError(f"The stores hold vectors of different encoders ({src.encoder} and {trg.encoder}, or other options).")
    key = key_of(src, trg, wanted, maps, drawn)
    there = out.names()
    if PAIRS in there:
        return _finished(out, key)
    work = out.inside(f"work-{key}")
    sides = []
    for name, store, language_map in (("src", src, maps and maps.src), ("trg", trg, maps and maps.trg)):
        file = f"map-{name}.safetensors" if language_map else ""
        if language_map:
            blocks.write_map(work, file, language_map)
        side = Side(store.place, store.digest, store.usable_words, wanted.block_words, file)
        if drawn:
            side = _sampled(side, store, work, f"sample-{name}.safetensors", getattr(drawn, name), engine)
        sides.append(side)
    job = Job(
        work,
        sides[0],
        sides[1],
        wanted.method,
        wanted.threshold,
        wanted.mining_k,
        wanted.scoring,
        wanted.csls_k,
        wanted.backend is not Backend.EXACT,
        wanted.letters_only,
        drawn.iteration if drawn else 0,
    )
    done = _Mining(job, out, engine, wanted.seed, progress).run(key)
    work.remove()
    out.sweep()
    return done


def _sampled(side: Side, store: Store, work: Place, file: str, sentences: np.ndarray, engine: Engine) -> Side:
    """The side of some sentences; workers count their usable words, shard by shard. Raises ConfigError when there are none."""
    sentences, counts = np.asarray(sentences, np.int64), np.zeros(len(store.shards), np.int64)
    touched = [(number, inside) for number in range(len(store.shards)) if len(inside := store.inside(number, sentences))]
    tasks = [(store.place, store.shards[number].name, inside) for number, inside in touched]
    for task, count in engine.map(count_usable, tasks):
        counts[touched[task][0]] = count
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    if not starts[-1]:
        raise ConfigError(f"The sentences drawn from the store {store.place.url} hold no word with a usable vector; draw more.")
    blocks.write_sample(work, file, Sample(store, sentences, starts))
    return replace(side, words=int(starts[-1]), sample_file=file)


def key_of(src: Store, trg: Store, wanted: Wanted, maps: Maps | None, drawn: Drawn | None = None) -> str:
    """Hash of all that the pairs depend on."""
    digest = hashlib.blake2b(json.dumps([FORMAT, src.digest, trg.digest, asdict(wanted)]).encode(), digest_size=12)
    for side in (maps.src, maps.trg) if maps else ():
        digest.update(side.matrix.tobytes())
        digest.update(b"" if side.mean is None else side.mean.tobytes())
    if drawn:
        digest.update(f"/{drawn.iteration}/{len(drawn.src)}/{len(drawn.trg)}/".encode())
        for sentences in (drawn.src, drawn.trg):
            digest.update(np.ascontiguousarray(sentences, np.int64).tobytes())
    return digest.hexdigest()


def open_pairs(place: Place) -> MinedStores:
    """The pairs in a folder. Raises WorkspaceError when they are missing or damaged."""
    values = place.read_json(PAIRS)
    try:
        if values.pop("format") != FORMAT:
            raise ValueError("format")
        values.pop("key")
        shards = tuple(str(name) for name in values.pop("shards"))
        if any("/" in name or not name.startswith("pairs-") for name in shards):
            raise ValueError("shards")
        return MinedStores(place, shards, **values)
    except (KeyError, TypeError, ValueError) as error:
        raise WorkspaceError(f"{place.url}/{PAIRS} is damaged and cannot be read ({error}).") from error


def _finished(out: Place, key: str) -> MinedStores:
    if out.read_json(PAIRS).get("key") != key:
        raise ConfigError(f"{out.url} holds pairs of other stores or settings; choose another folder.")
    return open_pairs(out)


class _Mining:
    """One mining: what is there already, and what is left to do."""

    def __init__(self, job: Job, out: Place, engine: Engine, seed: int, progress: Progress):
        self.job, self.out, self.engine, self.seed, self.report = job, out, engine, seed, progress
        self.there = job.work.names()
        self.rows, self.columns = job.src.blocks, job.trg.blocks
        self.phases = [ANSWERS] if job.scoring is Scoring.COSINE else [NEIGHBOURHOOD, ANSWERS]
        self.total = len(self.phases) * (self.rows * self.columns + self.rows + self.columns) + 2 * self.rows + self.columns
        self.done = self.cells = 0
        self.read_seconds = self.search_seconds = 0.0

    def run(self, key: str) -> MinedStores:
        if self.job.approximate:
            self._train()
        for phase in self.phases:
            self._search(phase)
        self._each(blocks.forward_candidates, [(self.job, i) for i in range(self.rows)], blocks.candidates_name)
        self._each(blocks.pairs_of_target, [(self.job, j) for j in range(self.columns)], blocks.found_name)
        counts: list[PairCounts] = []
        for _, found in self.engine.map(blocks.pairs_of_source, [(self.job, self.out, i) for i in range(self.rows)]):
            counts.append(found)
            self._step()
        pairs = sum(one.pairs for one in counts)
        values: dict[str, Any] = {
            "pairs": pairs,
            "forward": sum(one.forward for one in counts),
            "backward": sum(one.backward for one in counts),
            "mutual": sum(one.mutual for one in counts),
            "mean_similarity": float(np.sum(sorted(one.similarity for one in counts)) / pairs) if pairs else None,
            "recall": self._recall(),
            "src_words": self.job.src.words,
            "trg_words": self.job.trg.words,
            "read_seconds": round(self.read_seconds, 3),
            "search_seconds": round(self.search_seconds, 3),
            "cells": self.cells,
        }
        shards = [blocks.pair_shard_name(i) for i in range(self.rows)]
        self.out.write_json(PAIRS, {"format": FORMAT, "key": key, "shards": shards} | values)
        return MinedStores(self.out, tuple(shards), **values)

    def _step(self, count: int = 1) -> None:
        self.done = min(self.done + count, self.total)
        self.report(self.done, self.total)

    def _each(self, function: Any, tasks: Sequence[tuple[Any, ...]], name: Any) -> None:
        """Do those of the tasks (job, number) whose file is missing."""
        missing = [task for task in tasks if name(task[1]) not in self.there]
        self._step(len(tasks) - len(missing))
        if missing:
            for _ in self.engine.map(function, missing):
                self._step()

    def _train(self) -> None:
        tasks = []
        for name, side in (("src", self.job.src), ("trg", self.job.trg)):
            if blocks.index_name(name) not in self.there:
                rows = rng_for(self.seed, f"index-{name}").choice(side.words, min(side.words, TRAINING_POINTS), replace=False)
                tasks.append((self.job, name, np.sort(rows)))
        if tasks:
            for _ in self.engine.map(blocks.train_index, tasks):
                pass

    def _search(self, phase: str) -> None:
        """Waves of rows of the product: their cells, then the running merge, then their cells are deleted."""
        job = self.job
        final = [blocks.backward_name(phase, j, self.rows) for j in range(self.columns)]
        rows_of = {j: self._merged_rows(phase, j) for j in range(self.columns)}
        first = min(rows_of.values())
        height = max(1, -(-WAVE * self.engine.workers // self.columns))
        self._step(first * (self.columns + 1))
        while first < self.rows:
            after = min(first + height, self.rows)
            cells = list(self._missing_cells(phase, first, after, rows_of))
            self._step((after - first) * self.columns - len(cells))
            if cells:
                for _, (read, searched) in self.engine.map(blocks.cell, cells):
                    self.cells, self.read_seconds, self.search_seconds = (
                        self.cells + 1,
                        self.read_seconds + read,
                        self.search_seconds + searched,
                    )
                    self._step()
            rows = [(job, phase, i) for i in range(first, after) if blocks.forward_name(phase, i) not in self.there]
            self._step(after - first - len(rows))
            if rows:
                for _ in self.engine.map(blocks.merge_forward, rows):
                    self._step()
            merges = [(job, phase, j, rows_of[j], after) for j in range(self.columns) if rows_of[j] < after]
            if merges:
                for _ in self.engine.map(blocks.merge_backward, merges):
                    self._step(int(after == self.rows))
            for i in range(first, after):
                for j in range(self.columns):
                    job.work.delete(blocks.cell_name(phase, i, j))
            for j, before in rows_of.items():
                if before and before < after:
                    job.work.delete(blocks.backward_name(phase, j, before))
                rows_of[j] = max(before, after)
            first = after
        self.there |= {*final, *(blocks.forward_name(phase, i) for i in range(self.rows))}

    def _merged_rows(self, phase: str, j: int) -> int:
        """How many source blocks the answers of target block j are merged over."""
        return max(blocks.merged_rows(self.there, phase, j), default=0)

    def _missing_cells(self, phase: str, first: int, after: int, rows_of: dict[int, int]) -> Iterator[tuple[Any, ...]]:
        for i in range(first, after):
            merged = blocks.forward_name(phase, i) in self.there
            for j in range(self.columns):
                needed = not merged or i >= rows_of[j]
                if needed and blocks.cell_name(phase, i, j) not in self.there:
                    yield self.job, phase, i, j

    def _recall(self) -> float:
        """Share of sampled source words whose first answer is the exact nearest (or as near)."""
        if not self.job.approximate:
            return 1.0
        size = min(RECALL_SAMPLE, self.job.src.words)
        rows = np.sort(rng_for(self.seed, "recall").choice(self.job.src.words, size, replace=False))
        best, cosine = np.full(size, -1, np.int64), np.full(size, -np.inf, np.float32)
        answers: dict[int, tuple[np.ndarray, np.ndarray]] = dict(
            self.engine.map(blocks.sample_answers, [(self.job, rows, j) for j in range(self.columns)])
        )
        for j in range(self.columns):
            index, similarity = answers[j]
            better = similarity > cosine
            best[better], cosine[better] = index[better], similarity[better]
        return float((blocks.nearest_of(self.job, rows) == best).mean())
