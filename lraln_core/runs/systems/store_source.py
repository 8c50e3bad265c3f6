"""Training pairs of a run over sharded stores: both corpora are encoded and mined whole, once; an iteration takes a sample of the pairs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.alignment.maps import Maps, identity
from lraln_core.alignment.mining import sentence_pair_groups
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import Engine, open_engine
from lraln_core.cluster.mining import MinedStores, Wanted, key_of, mine_stores, open_pairs
from lraln_core.cluster.shards import MANIFEST, Store, open_store
from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files import schemas
from lraln_core.files.atomic import write_json
from lraln_core.files.places import Place
from lraln_core.files.randomness import rng_for
from lraln_core.records import WordPairs
from lraln_core.runs.config import RunConfig
from lraln_core.runs.context import RunContext
from lraln_core.runs.pair_source import Iteration, shuffled_groups
from lraln_core.text.corpus import Corpus


def store_source(context: RunContext, src: Corpus, trg: Corpus, pools: tuple[np.ndarray, np.ndarray], start: Maps) -> StoreSource:
    """Encode and mine both corpora, or what is missing of that, and note where the pairs are. start: the maps that words are mined under.

    Raises ConfigError, RunError, WorkspaceError, Cancelled.
    """
    config = context.config
    root = Place(config.stores.place or str(context.workspace.root / "stores"))
    with _Engines(context) as engines:
        sides = [_store(context, corpus, root, engines) for corpus in (src, trg)]
        same = identity(start.dimension)
        is_identity = all(
            side.mean is None and np.array_equal(side.matrix, plain.matrix)
            for side, plain in ((start.src, same.src), (start.trg, same.trg))
        )
        mined = _mine(context, sides[0], sides[1], root, None if is_identity else start, engines)
    write_json(
        context.folder.pair_shards, {"place": mined.place.url, "shards": list(mined.shards), "pairs": mined.pairs, "recall": mined.recall}
    )
    return StoreSource(sides[0], sides[1], mined, pools[0], pools[1], config)


class _Engines:
    """The engine of the run, opened when the first piece of work is found to be missing."""

    def __init__(self, context: RunContext):
        self.context = context
        self._engine: Engine | None = None

    def __enter__(self) -> _Engines:
        return self

    def __exit__(self, *_: object) -> None:
        if self._engine:
            self._engine.close()

    def get(self, *, gpus: bool) -> Engine:
        """The engine; gpus: one worker a GPU, where there are some. Raises ConfigError, RunError."""
        if self._engine is not None and self._engine.on_gpus and not gpus:
            self._engine.close()
            self._engine = None
        if self._engine is None:
            options, reporter = self.context.config.stores, self.context.reporter
            reporter.stage("encode", f"Starting the engine {options.engine}")
            self._engine = open_engine(
                options.engine,
                address=options.address,
                workers=options.workers,
                gpus=gpus,
                spill=self.context.workspace.root / "ray-spill",
                check=reporter.check,
            )
            if self._engine.dashboard:
                reporter.note(dashboard=self._engine.dashboard)
        return self._engine


def _store(context: RunContext, corpus: Corpus, root: Place, engines: _Engines) -> Store:
    """The store of a corpus; encoded where it is not whole."""
    options, encoder = context.config.encoder, context.encoder
    place = root.inside(f"{corpus.language}-{corpus.id}-{len(corpus)}-{encoder.fingerprint[:12]}")
    if place.exists(MANIFEST):
        return open_store(place)
    engine = engines.get(gpus=True)
    context.reporter.stage(
        "encode", f"Encoding the {corpus.language} corpus with {engine.workers} workers", total=len(corpus), unit="sentences"
    )
    choice = EncoderChoice(
        options.name, options.layer, options.pooling, options.device, options.precision, options.inner_depth, options.inner_weight
    )
    return encode_corpora(
        [corpus], place, choice, engine, shard_sentences=context.config.stores.shard_sentences, progress=context.reporter.progress
    ).store


def _mine(context: RunContext, src: Store, trg: Store, root: Place, maps: Maps | None, engines: _Engines) -> MinedStores:
    """The pairs of two stores; mined where they are not whole."""
    options = context.config.mining
    wanted = Wanted(
        options.method,
        options.threshold,
        options.mining_k,
        options.scoring,
        options.backend,
        letters_only=options.letters_only,
        block_words=context.config.stores.block_words,
        seed=context.config.seed,
    )
    place = root.inside(f"pairs-{key_of(src, trg, wanted, maps)}")
    if place.exists("pairs.json"):
        return open_pairs(place)
    engine = engines.get(gpus=False)
    what = f"Mining {src.usable_words:,} and {trg.usable_words:,} words with {engine.workers} workers"
    context.reporter.stage("mine", what, unit="tasks")
    return mine_stores(src, trg, place, wanted, engine, maps=maps, progress=context.reporter.progress)


@dataclass(frozen=True)
class StoreSource:
    """Algorithm 1 over stores: in every iteration source sentences are drawn, and their pairs are trained on."""

    gold = False
    src: Store
    trg: Store
    mined: MinedStores
    src_pool: np.ndarray  # sentences that may be trained on
    trg_pool: np.ndarray
    config: RunConfig

    @cached_property
    def _groups(self) -> list[tuple[str, int, int, int]]:
        """Shard, number, first and last source sentence of every row group that holds pairs."""
        found = []
        for name in self.mined.shards:
            with _opened(self.mined.place, name) as file:
                column = file.schema_arrow.names.index("src_sentence")
                for number in range(file.num_row_groups):
                    statistics = file.metadata.row_group(number).column(column).statistics
                    if statistics is not None and statistics.has_min_max:
                        found.append((name, number, int(statistics.min), int(statistics.max)))
        return found

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, dict[str, Any] | None]:
        """As `MonolingualSource.iteration`; the pairs are those that were mined under the first maps. Raises RunError, WorkspaceError."""
        began = time.perf_counter()
        seed, figures, is_new = self.config.seed, None, not pairs_file.exists()
        if not is_new:
            try:
                table = schemas.read(pairs_file, schemas.PAIRS)
            except (pa.ArrowException, KeyError, OSError) as error:
                raise RunError(f"{pairs_file} is damaged; delete the run folder and start again.") from error
        else:
            size = min(self.config.mining.sample_size, len(self.src_pool))
            table = self._drawn(np.sort(rng_for(seed, "sample-src", number).choice(self.src_pool, size, replace=False)))
            table = table.set_column(0, schemas.PAIRS.field(0), pa.array(np.full(len(table), number, np.int32)))
            schemas.write(pairs_file, {name: table[name] for name in schemas.PAIRS.names}, schemas.PAIRS)
        columns = {name: table[name].to_numpy() for name in schemas.PAIR_COLUMNS}
        pairs = WordPairs(
            *(column.astype(np.int32) if name in schemas.PLACE else column for name, column in columns.items()),
        )
        if not len(pairs):
            raise RunError(
                f"Iteration {number + 1} drew no word pair above the threshold {self.config.mining.threshold}: lower mining.threshold, "
                "raise mining.sample_size, or choose an encoder that knows both languages."
            )
        if is_new:
            sizes = np.diff(sentence_pair_groups(pairs)[1])
            figures = {
                "src_words": self.mined.src_words,
                "trg_words": self.mined.trg_words,
                "candidates": self.trg.sentences,
                "pairs": len(pairs),
                "forward": int(pairs.forward.sum()),
                "backward": int(pairs.backward.sum()),
                "mutual": int((pairs.forward & pairs.backward).sum()),
                "sentence_pairs": len(sizes),
                "multi_pair_share": float((sizes > 1).mean()),
                "mean_similarity": float(pairs.similarity.mean()),
                "recall": self.mined.recall,
                "seconds": round(time.perf_counter() - began, 3),
            }
        order, offsets = shuffled_groups(pairs, needed, rng_for(seed, "shuffle", number))
        pairs = pairs.take(order)
        sides = []
        for store, sentence, word in ((self.src, pairs.src_sentence, pairs.src_word), (self.trg, pairs.trg_sentence, pairs.trg_word)):
            wanted, place = np.unique(sentence, return_inverse=True)
            words = store.fetch(wanted)
            sides.append(words.vectors[words.rows(place, word)].astype(np.float32))
        return Iteration(sides[0], sides[1], offsets), figures

    def _drawn(self, sampled: np.ndarray) -> pa.Table:
        """The pairs of the sampled source sentences with target sentences that may be trained on."""
        parts = [schemas.PAIRS.empty_table()]
        for name, number, first, last in self._groups:
            inside = sampled[np.searchsorted(sampled, first) : np.searchsorted(sampled, last, side="right")]
            if not len(inside):
                continue
            with _opened(self.mined.place, name) as file:
                table = file.read_row_group(number, columns=schemas.PAIRS.names).cast(schemas.PAIRS)
            wanted = _among(table["src_sentence"].to_numpy(), inside) & _among(table["trg_sentence"].to_numpy(), self.trg_pool)
            parts.append(table.filter(pa.array(wanted)))
        return pa.concat_tables(parts).combine_chunks()


def _among(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Which values are in a sorted array that is not empty."""
    found: np.ndarray = ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values
    return found


@contextmanager
def _opened(place: Place, name: str) -> Iterator[pq.ParquetFile]:
    """A shard of pairs. Raises WorkspaceError when it is missing or damaged."""
    try:
        with place.open(name) as raw, pq.ParquetFile(raw) as file:
            yield file
    except (pa.ArrowException, OSError, KeyError) as error:
        raise WorkspaceError(f"{place.url}/{name} is damaged ({error}); delete {place.url}, and the pairs are mined again.") from error
