"""The tasks of mining over stores, done by the workers of an engine. Each writes one file of the work folder, whole or not at all.

The usable words of a side are numbered through its store and cut into blocks of a fixed number of words, whatever the shards are. A cell
is the product of a source block with a target block; it leaves the best answers of its words in both directions. Lists of best answers
are merged by score, and of equal scores the smaller word number comes first, so the order in which cells are done changes nothing.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load, save

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment import search
from lraln_core.alignment.maps import LanguageMap
from lraln_core.alignment.neighbours import Products, ranked, with_cosines
from lraln_core.alignment.similarity import unit_rows
from lraln_core.choices import MiningMethod, Scoring
from lraln_core.errors import WorkspaceError
from lraln_core.files import schemas
from lraln_core.files.places import Place
from lraln_core.text.characters import has_letter

from .shards import Sample, Store, open_store, vectors_of

SLACK = np.float32(1e-5)  # below the threshold, so that rounding of a similarity in one direction loses no pair
NEIGHBOURHOOD, ANSWERS = "r", "k"  # the two passes of CSLS and ratio; cosine has the second only


@dataclass(frozen=True)
class Side:
    """A store, or a sample of its sentences, as mining reads it: in blocks of words, mapped."""

    place: Place
    digest: str  # of the store's content
    words: int  # usable ones
    block_words: int
    map_file: str = ""  # in the work folder
    sample_file: str = ""  # in the work folder; "" for all sentences

    @property
    def blocks(self) -> int:
        return -(-self.words // self.block_words)

    def span(self, block: int) -> tuple[int, int]:
        """First word of a block, and the one after its last."""
        return block * self.block_words, min((block + 1) * self.block_words, self.words)


@dataclass(frozen=True)
class Job:
    """What all tasks of a mining share."""

    work: Place  # folder of intermediate files
    src: Side
    trg: Side
    method: MiningMethod
    threshold: float
    mining_k: int
    scoring: Scoring
    csls_k: int
    approximate: bool
    letters_only: bool
    iteration: int = 0

    def turned(self) -> Job:
        """The same job from the target to the source."""
        return Job(**(vars(self) | {"src": self.trg, "trg": self.src}))


@lru_cache(4)
def _store(place: Place, digest: str) -> Store:
    store = open_store(place)
    if store.digest != digest:
        raise WorkspaceError(f"The store {place.url} has changed while it was mined; start again.")
    return store


@lru_cache(4)
def _sample(work: Place, side: Side) -> Sample:
    arrays = load(work.read(side.sample_file))
    return Sample(_store(side.place, side.digest), arrays["sentences"], arrays["starts"])


def _read(work: Place, side: Side) -> Store | Sample:
    return _sample(work, side) if side.sample_file else _store(side.place, side.digest)


def write_sample(work: Place, name: str, sample: Sample) -> None:
    """Write which sentences are mined, for the workers."""
    work.write(name, save({"sentences": sample.sentences, "starts": sample.usable_starts}))


@lru_cache(4)
def _map(work: Place, name: str) -> LanguageMap:
    arrays = load(work.read(name))
    return LanguageMap(arrays["matrix"], arrays.get("mean"))


def write_map(work: Place, name: str, language_map: LanguageMap) -> None:
    """Write a map for the workers."""
    arrays = {"matrix": language_map.matrix} | ({} if language_map.mean is None else {"mean": language_map.mean})
    work.write(name, save({key: np.ascontiguousarray(value, np.float32) for key, value in arrays.items()}))


class _Recent(threading.local):
    """The last block of each side, of each thread: neighbouring cells share one."""

    def __init__(self) -> None:
        self.blocks: dict[str, tuple[Any, np.ndarray]] = {}
        self.index: tuple[Any, faiss.Index] | None = None


_recent = _Recent()


def _vectors(work: Place, side: Side, block: int, role: str) -> np.ndarray:
    """Unit rows of a block, (n, d) float32."""
    key = (work, side, block)
    if role not in _recent.blocks or _recent.blocks[role][0] != key:
        _recent.blocks.pop(role, None)  # two blocks of a role are never in memory together
        _recent.blocks[role] = (key, _mapped(work, side, _read(work, side).usable_table(*side.span(block))))
    return _recent.blocks[role][1]


def _mapped(work: Place, side: Side, table: pa.Table) -> np.ndarray:
    vectors = vectors_of(table)
    return unit_rows(maps_module.apply(_map(work, side.map_file), vectors) if side.map_file else vectors)


def cell_name(phase: str, i: int, j: int) -> str:
    """File of a cell of the product: both lists of best answers."""
    return f"cell-{phase}-{i}-{j}.safetensors"


def forward_name(phase: str, i: int) -> str:
    """File of the merged answers of a source block."""
    return f"forward-{phase}-{i}.safetensors"


def backward_name(phase: str, j: int, rows: int) -> str:
    """File of the merged answers of a target block among the first `rows` source blocks."""
    return f"backward-{phase}-{j}-{rows}.safetensors"


def merged_rows(names: set[str], phase: str, j: int) -> list[int]:
    """The numbers of source blocks over which there are merged answers of a target block, from the names of files."""
    pattern = re.compile(rf"backward-{phase}-{j}-([0-9]+)\.safetensors")
    return [int(found[1]) for name in names if (found := pattern.fullmatch(name))]


def cell(job: Job, phase: str, i: int, j: int) -> tuple[float, float]:
    """Task: the best answers of source block i and target block j among each other. -> (seconds of reading, of the search)."""
    began = time.perf_counter()
    src, trg = _vectors(job.work, job.src, i, "src"), _vectors(job.work, job.trg, j, "trg")
    means = None
    if phase == ANSWERS and job.scoring is not Scoring.COSINE:
        means = (
            load(job.work.read(forward_name(NEIGHBOURHOOD, i)))["mean"],
            load(job.work.read(backward_name(NEIGHBOURHOOD, j, job.src.blocks)))["mean"],
        )
    read = time.perf_counter()
    ratio = job.scoring is Scoring.RATIO
    k = job.csls_k if phase == NEIGHBOURHOOD else job.mining_k
    if job.approximate:
        forward = search.reranked(_index(job, job.trg, j, trg, "trg"), trg, src, k)
        backward = search.reranked(_index(job, job.src, i, src, "src"), src, trg, k)
    else:
        forward, backward = ranked([Products(src, trg)], len(src), k, means, ratio=ratio)
    first_src, first_trg = job.src.span(i)[0], job.trg.span(j)[0]
    arrays: dict[str, np.ndarray] = {}
    for name, found, first in (("forward", forward, first_trg), ("backward", backward, first_src)):
        exact = found
        if means is not None:
            exact = with_cosines(found, *(means if name == "forward" else means[::-1]), ratio=ratio)
        arrays |= {
            f"{name}.index": np.where(found.index < 0, -1, found.index + first),
            f"{name}.score": found.similarity,
            f"{name}.cosine": exact.similarity,
        }
    job.work.write(cell_name(phase, i, j), save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    return read - began, time.perf_counter() - read


def index_name(side: str) -> str:
    """File of the trained, empty index of a side."""
    return f"index-{side}.faiss"


def train_index(job: Job, side: str, rows: np.ndarray) -> int:
    """Task: train the index of a side on a sample of its words. -> how many."""
    of = job.src if side == "src" else job.trg
    sample = _rows(job.work, of, rows)
    index = search.trained(sample, min(of.block_words, of.words))
    job.work.write(index_name(side), faiss.serialize_index(index).tobytes())
    return len(sample)


def _rows(work: Place, side: Side, rows: np.ndarray) -> np.ndarray:
    """Unit rows of some words (sorted numbers)."""
    store, parts = _read(work, side), []
    for number in np.unique(np.searchsorted(store.usable_starts, rows, side="right") - 1):
        first, after = (int(value) for value in store.usable_starts[number : number + 2])
        inside = rows[(rows >= first) & (rows < after)]
        parts.append(vectors_of(store.usable_table(first, after))[inside - first])
    vectors = np.concatenate(parts)
    return unit_rows(maps_module.apply(_map(work, side.map_file), vectors) if side.map_file else vectors)


def _index(job: Job, side: Side, block: int, vectors: np.ndarray, role: str) -> faiss.Index:
    """The index of a block: the trained one with the block's words added."""
    key = (job.work, side, block)
    if role == "trg" and _recent.index and _recent.index[0] == key:
        return _recent.index[1]
    index = faiss.deserialize_index(np.frombuffer(job.work.read(index_name(role)), np.uint8))
    index.add(vectors)
    if role == "trg":
        _recent.index = (key, index)
    return index


def sample_answers(job: Job, rows: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
    """Task: the nearest of some source words in target block j, exactly. -> (index, cosine), each (n,)."""
    name = "sample.safetensors"
    if not job.work.exists(name):
        job.work.write(name, save({"vectors": _rows(job.work, job.src, rows)}))
    forward, _ = ranked([Products(load(job.work.read(name))["vectors"], _vectors(job.work, job.trg, j, "trg"))], len(rows), 1)
    return forward.index[:, 0] + job.trg.span(j)[0], forward.similarity[:, 0]


def merge_forward(job: Job, phase: str, i: int) -> None:
    """Task: the best answers of source block i, from its cells."""
    parts = [load(job.work.read(cell_name(phase, i, j))) for j in range(job.trg.blocks)]
    _write_merged(job, phase, forward_name(phase, i), [{k: part[f"forward.{k}"] for k in _COLUMNS} for part in parts])


def merge_backward(job: Job, phase: str, j: int, before: int, rows: int) -> None:
    """Task: the best answers of target block j among the first `rows` source blocks, from those among the first `before` and the
    cells of the others."""
    parts = [load(job.work.read(backward_name(phase, j, before)))] if before else []
    for i in range(before, rows):
        found = load(job.work.read(cell_name(phase, i, j)))
        parts.append({k: found[f"backward.{k}"] for k in _COLUMNS})
    _write_merged(job, phase, backward_name(phase, j, rows), parts)


_COLUMNS = ("index", "score", "cosine")


def _write_merged(job: Job, phase: str, name: str, parts: list[dict[str, np.ndarray]]) -> None:
    k = job.csls_k if phase == NEIGHBOURHOOD else job.mining_k
    columns = {key: np.concatenate([part[key] for part in parts], axis=1) for key in _COLUMNS}
    # The parts come in the order of the word numbers, so that a stable sort puts the smaller of equal ones first.
    order = np.argsort(-columns["score"], axis=1, kind="stable")[:, :k]
    merged = {key: np.ascontiguousarray(np.take_along_axis(column, order, 1)) for key, column in columns.items()}
    if phase == NEIGHBOURHOOD:
        merged["mean"] = merged["cosine"].mean(1)
    job.work.write(name, save(merged))


def candidates_name(i: int) -> str:
    """File of the pairs found from source block i, one record batch a target block."""
    return f"candidates-{i}.arrow"


_CANDIDATES = pa.schema([("src", pa.int64()), ("trg", pa.int64()), ("cosine", pa.float32())])


def forward_candidates(job: Job, i: int) -> None:
    """Task: the pairs that the words of source block i found, sorted into the target blocks."""
    found = load(job.work.read(forward_name(ANSWERS, i)))
    row, column = np.nonzero(found["cosine"] > np.float32(job.threshold) - SLACK)
    src, trg, cosine = row + job.src.span(i)[0], found["index"][row, column], found["cosine"][row, column]
    order = np.lexsort((src, trg))
    table = {"src": src[order], "trg": trg[order], "cosine": cosine[order]}
    _write_batches(job.work, candidates_name(i), table, _CANDIDATES, table["trg"] // job.trg.block_words, job.trg.blocks)


def found_name(j: int) -> str:
    """File of the pairs with target block j, with its tokens, one record batch a source block."""
    return f"found-{j}.arrow"


_FOUND = pa.schema(
    [
        ("src", pa.int64()),
        ("trg", pa.int64()),
        ("trg_sentence", pa.int64()),
        ("trg_word", pa.int32()),
        ("trg_token", pa.string()),
        ("similarity", pa.float32()),
        ("forward", pa.bool_()),
        ("backward", pa.bool_()),
    ]
)


def pairs_of_target(job: Job, j: int) -> None:
    """Task: the pairs with target block j that the mining method wants, as `alignment.mining` has them, sorted into the source blocks."""
    parts = [_batch(job.work, candidates_name(i), j) for i in range(job.src.blocks)]
    there = pa.Table.from_batches(parts, _CANDIDATES)
    src, trg, cosine = (there[name].to_numpy() for name in ("src", "trg", "cosine"))
    back = load(job.work.read(backward_name(ANSWERS, j, job.src.blocks)))
    first = job.trg.span(j)[0]
    mutual = (back["index"][trg - first] == src[:, None]).any(1)
    threshold = np.float32(job.threshold)
    row, column = np.nonzero(back["cosine"] > threshold)
    back_src, back_trg, back_cosine = back["index"][row, column], row + first, back["cosine"][row, column]
    known = np.isin(back_src * job.trg.words + back_trg, src * job.trg.words + trg)
    is_above = cosine > threshold
    columns = {
        "src": np.concatenate([src[is_above], back_src[~known]]),
        "trg": np.concatenate([trg[is_above], back_trg[~known]]),
        "similarity": np.concatenate([cosine[is_above], back_cosine[~known]]),
        "forward": np.arange(is_above.sum() + (~known).sum()) < is_above.sum(),
        "backward": np.concatenate([mutual[is_above], np.ones((~known).sum(), bool)]),
    }
    wanted = {
        MiningMethod.FORWARD: columns["forward"],
        MiningMethod.BACKWARD: columns["backward"],
        MiningMethod.INTERSECTION: columns["forward"] & columns["backward"],
        MiningMethod.FORWARD_BACKWARD: np.ones(len(columns["src"]), bool),
    }[job.method]
    columns = {name: column[wanted] for name, column in columns.items()}
    order = np.lexsort((columns["trg"], columns["src"]))
    columns = {name: column[order] for name, column in columns.items()}
    words = _read(job.work, job.trg).usable_table(*job.trg.span(j), ("sentence", "position", "token"))
    words = words.take(pa.array(columns["trg"] - first))
    table = columns | {"trg_sentence": words["sentence"], "trg_word": words["position"], "trg_token": words["token"]}
    _write_batches(job.work, found_name(j), table, _FOUND, columns["src"] // job.src.block_words, job.src.blocks)


@dataclass(frozen=True)
class PairCounts:
    """What a shard of pairs holds."""

    pairs: int
    forward: int
    backward: int
    mutual: int
    similarity: float  # summed


def pair_shard_name(i: int) -> str:
    """File of the pairs of source block i."""
    return f"pairs-{i:05d}.parquet"


def pairs_of_source(job: Job, out: Place, i: int) -> PairCounts:
    """Task: the shard of pairs of source block i, sorted by source word, then target word."""
    found = pa.Table.from_batches([_batch(job.work, found_name(j), i) for j in range(job.trg.blocks)], _FOUND)
    src = found["src"].to_numpy()
    order = pa.array(np.lexsort((found["trg"].to_numpy(), src)))
    found, src = found.take(order), src[order.to_numpy()]
    words = _read(job.work, job.src).usable_table(*job.src.span(i), ("sentence", "position", "token"))
    words = words.take(pa.array(src - job.src.span(i)[0]))
    table = schemas.build(
        {
            "iteration": np.full(len(src), job.iteration, np.int32),
            "src_sentence": words["sentence"],
            "src_word": words["position"],
            "src_token": words["token"],
            **{name: found[name] for name in ("trg_sentence", "trg_word", "trg_token", "similarity", "forward", "backward")},
        },
        schemas.PAIRS,
    )
    if job.letters_only:
        letters = zip(table["src_token"].to_pylist(), table["trg_token"].to_pylist(), strict=True)
        table = table.filter(pa.array([has_letter(s) and has_letter(t) for s, t in letters], pa.bool_()))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=schemas.COMPRESSION, row_group_size=PAIRS_A_GROUP)
    out.write(pair_shard_name(i), sink.getvalue())
    return counts_of(table)


PAIRS_A_GROUP = 65_536


def counts_of(table: pa.Table) -> PairCounts:
    """The counts of a shard of pairs."""
    forward, backward = table["forward"].to_numpy(), table["backward"].to_numpy()
    return PairCounts(
        len(table),
        int(forward.sum()),
        int(backward.sum()),
        int((forward & backward).sum()),
        float(table["similarity"].to_numpy().sum(dtype=np.float64)),
    )


def _write_batches(work: Place, name: str, columns: dict[str, Any], schema: pa.Schema, block: np.ndarray, blocks: int) -> None:
    """A file with one record batch a block; the rows are sorted by block."""
    table = pa.table(columns, schema=schema)
    edges = np.searchsorted(block, np.arange(blocks + 1))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        for first, after in zip(edges[:-1], edges[1:], strict=True):
            part = table.slice(first, after - first).combine_chunks()
            writer.write_batch(part.to_batches()[0] if len(part) else pa.RecordBatch.from_pylist([], schema))
    work.write(name, sink.getvalue())


def _batch(work: Place, name: str, number: int) -> pa.RecordBatch:
    with work.open(name) as file:
        return pa.ipc.open_file(file).get_batch(number)


def nearest_of(job: Job, rows: np.ndarray) -> np.ndarray:
    """The first answer of some source words (sorted numbers) in the merged lists, (n,)."""
    out = np.empty(len(rows), np.int64)
    for i in np.unique(rows // job.src.block_words):
        inside = rows // job.src.block_words == i
        out[inside] = load(job.work.read(forward_name(ANSWERS, int(i))))["index"][rows[inside] - job.src.span(int(i))[0], 0]
    return out
