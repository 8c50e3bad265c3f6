"""Training pairs of a run over sharded stores: both corpora are encoded once, and every iteration mines a sample of them under its maps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.alignment.maps import Maps
from lraln_core.alignment.mining import sentence_pair_groups
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import Engine, open_engine
from lraln_core.cluster.mining import Drawn, MinedStores, Wanted, key_of, mine_stores, open_pairs
from lraln_core.cluster.shards import MANIFEST, Store, open_store
from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files import schemas
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.places import Place
from lraln_core.files.randomness import rng_for
from lraln_core.records import WordPairs
from lraln_core.runs.context import RunContext, Sides
from lraln_core.runs.loop import PairSource
from lraln_core.runs.pair_source import Iteration, MonolingualSource, Split, draw, shuffled_groups
from lraln_core.text.corpus import Corpus

PAIRS_KEPT = 500_000  # of an iteration, about, that the run holds and trains on; of more, those of so many source sentences


@contextmanager
def open_pair_source(context: RunContext, corpora: Sides, parts: tuple[Split, Split]) -> Iterator[PairSource]:
    """Where a run gets the pairs of its iterations from: mined on this machine, or by the engine of its section `stores`, which is open
    as long as the context lasts.

    Raises ConfigError, RunError, WorkspaceError, Cancelled.
    """
    config, (src, trg) = context.config, corpora.both()
    if not config.stores.used:
        yield MonolingualSource(src, trg, parts[0].pool, parts[1].pool, config.mining, config.seed, context.fetch)
        return
    root = Place(config.stores.place or str(context.workspace.root / "stores"))
    with _Engines(context) as engines:
        stores = [_store(context, corpus, root, engines) for corpus in (src, trg)]
        yield StoreSource(stores[0], stores[1], root, parts[0].pool, parts[1].pool, context, engines)


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
            self.context.reporter.note(dashboard="")  # it shows this run no more

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


@dataclass(frozen=True)
class StoreSource:
    """Algorithm 1 over stores: the sentences of both corpora that an iteration samples are mined under its maps by an engine, and the
    shards of all iterations are noted in the run folder. Sample, pairs and order are those of `MonolingualSource`."""

    gold = False
    src: Store
    trg: Store
    root: Place
    src_pool: np.ndarray  # sentences that may be trained on
    trg_pool: np.ndarray
    context: RunContext
    engines: _Engines

    def iteration(self, number: int, maps: Maps, pairs_file: Path, needed: int) -> tuple[Iteration, dict[str, Any] | None]:
        """As `MonolingualSource.iteration`. Raises ConfigError, RunError, WorkspaceError, Cancelled."""
        began = time.perf_counter()
        config, figures, mined = self.context.config, None, None
        if pairs_file.exists():
            try:
                table = schemas.read(pairs_file, schemas.PAIRS)
            except (pa.ArrowException, KeyError, OSError) as error:
                raise RunError(f"{pairs_file} is damaged; delete the run folder and start again.") from error
        else:
            drawn = Drawn(number, *draw(config.mining, config.seed, number, self.src_pool, self.trg_pool))
            mined = self._mine(drawn, maps)
            table = _kept(mined, drawn.src, rng_for(config.seed, "kept-pairs", number))
            self._note(number, mined)
            schemas.write(pairs_file, {name: table[name] for name in schemas.PAIRS.names}, schemas.PAIRS)
        columns = {name: table[name].to_numpy() for name in schemas.PAIR_COLUMNS}
        pairs = WordPairs(
            *(column.astype(np.int32) if name in schemas.PLACE else column for name, column in columns.items()),
        )
        if not len(pairs):
            raise RunError(
                f"Iteration {number + 1} mined no word pair above the threshold {config.mining.threshold}: lower mining.threshold, "
                "raise mining.sample_size, or choose an encoder that knows both languages."
            )
        if mined:
            sizes = np.diff(sentence_pair_groups(pairs)[1])
            figures = {
                "src_words": mined.src_words,
                "trg_words": mined.trg_words,
                "candidates": min(config.mining.candidates or config.mining.sample_size, len(self.trg_pool)),
                "pairs": len(pairs),
                "forward": int(pairs.forward.sum()),
                "backward": int(pairs.backward.sum()),
                "mutual": int((pairs.forward & pairs.backward).sum()),
                "sentence_pairs": len(sizes),
                "multi_pair_share": float((sizes > 1).mean()),
                "mean_similarity": float(pairs.similarity.mean()),
                "recall": mined.recall,
                "seconds": round(time.perf_counter() - began, 3),
            }
        order, offsets = shuffled_groups(pairs, needed, rng_for(config.seed, "shuffle", number))
        pairs = pairs.take(order)
        sides = []
        for store, sentence, word in ((self.src, pairs.src_sentence, pairs.src_word), (self.trg, pairs.trg_sentence, pairs.trg_word)):
            wanted, place = np.unique(sentence, return_inverse=True)
            words = store.fetch(wanted)
            sides.append(words.vectors[words.rows(place, word)].astype(np.float32))
        return Iteration(sides[0], sides[1], offsets), figures

    def _mine(self, drawn: Drawn, maps: Maps) -> MinedStores:
        """The pairs of the sampled sentences; mined where they are not whole."""
        config, reporter = self.context.config, self.context.reporter
        options = config.mining
        wanted = Wanted(
            options.method,
            options.threshold,
            options.mining_k,
            options.scoring,
            options.backend,
            letters_only=options.letters_only,
            block_words=config.stores.block_words,
            seed=config.seed,
        )
        place = self.root.inside(f"pairs-{key_of(self.src, self.trg, wanted, maps, drawn)}")
        if place.exists("pairs.json"):
            return open_pairs(place)
        engine = self.engines.get(gpus=False)
        what = f"Mining word pairs, iteration {drawn.iteration + 1}, with {engine.workers} workers"
        reporter.stage("mine", what, unit="tasks")
        return mine_stores(self.src, self.trg, place, wanted, engine, maps=maps, drawn=drawn, progress=reporter.progress)

    def _note(self, number: int, mined: MinedStores) -> None:
        """Write down where the pairs of an iteration are; a later one of an interrupted process is mined again."""
        file = self.context.folder.pair_shards
        known: list[dict[str, Any]] = []
        if number and file.exists():
            known = [one for one in read_json(file).get("iterations", []) if one["iteration"] < number]
        one = {"iteration": number, "place": mined.place.url, "shards": list(mined.shards), "pairs": mined.pairs, "recall": mined.recall}
        write_json(file, {"iterations": [*known, one]})


def _kept(mined: MinedStores, src_sentences: np.ndarray, rng: np.random.Generator) -> pa.Table:
    """All pairs or, of very many, those of some of the source sentences."""
    if mined.pairs > PAIRS_KEPT:
        count = max(1, len(src_sentences) * PAIRS_KEPT // mined.pairs)
        src_sentences = np.sort(rng.choice(src_sentences, count, replace=False))
    parts = [schemas.PAIRS.empty_table()]
    for name in mined.shards:
        with _opened(mined.place, name) as file:
            column = file.schema_arrow.names.index("src_sentence")
            for number in range(file.num_row_groups):
                found = file.metadata.row_group(number).column(column).statistics
                first, last = (int(found.min), int(found.max)) if found is not None and found.has_min_max else (0, 2**62)
                inside = src_sentences[np.searchsorted(src_sentences, first) : np.searchsorted(src_sentences, last, side="right")]
                if len(inside):
                    table = file.read_row_group(number, columns=schemas.PAIRS.names).cast(schemas.PAIRS)
                    parts.append(table.filter(pa.array(np.isin(table["src_sentence"].to_numpy(), inside))))
    return pa.concat_tables(parts).combine_chunks()


@contextmanager
def _opened(place: Place, name: str) -> Iterator[pq.ParquetFile]:
    """A shard of pairs. Raises WorkspaceError when it is missing or damaged."""
    try:
        with place.open(name) as raw, pq.ParquetFile(raw) as file:
            yield file
    except (pa.ArrowException, OSError, KeyError) as error:
        raise WorkspaceError(f"{place.url}/{name} is damaged ({error}); delete {place.url}, and the pairs are mined again.") from error
