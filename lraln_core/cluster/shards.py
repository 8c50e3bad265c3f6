"""A sharded store of CCWRs: immutable Arrow files named after their content, and a manifest that lists them.

A shard holds the words of some consecutive sentences, one row a word, with their vectors in float16. Its name is a hash of the encoder
and the sentences, so a shard that exists is the right one; it exists whole or not at all. The manifest is written last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from lraln_core.alignment.similarity import usable
from lraln_core.encoder.ccwr_cache import SentenceEncoder, sentence_key
from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.files.places import Place
from lraln_core.records import Words, WordVectors, from_lengths

MANIFEST = "store.json"
FORMAT = "lraln-store-1"
BATCH_WORDS = 8192  # words in a record batch: what a reader of a few sentences reads at a time
ENCODED_AT_ONCE = 1024  # sentences; their vectors are in memory in float32


@dataclass(frozen=True)
class Shard:
    """One file of a store."""

    name: str
    sentences: int
    words: int
    usable: int  # words with a vector that mining can use


@dataclass(frozen=True)
class Store:
    """A whole store: its shards in the order of the sentences. Sentences and words are numbered through all shards, from 0."""

    place: Place
    language: str
    encoder: str
    fingerprint: str
    dimension: int
    corpora: tuple[dict[str, Any], ...]  # id, file and sentences of each
    shards: tuple[Shard, ...]

    @cached_property
    def digest(self) -> str:
        """Hash of the content."""
        text = json.dumps([self.fingerprint, self.language, [asdict(shard) for shard in self.shards]])
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @cached_property
    def sentence_starts(self) -> np.ndarray:
        """First sentence of each shard and the number of sentences, (shards + 1,) int64."""
        return _starts([shard.sentences for shard in self.shards])

    @cached_property
    def usable_starts(self) -> np.ndarray:
        """First usable word of each shard and the number of usable words, (shards + 1,) int64."""
        return _starts([shard.usable for shard in self.shards])

    @property
    def sentences(self) -> int:
        return int(self.sentence_starts[-1])

    @property
    def words(self) -> int:
        return sum(shard.words for shard in self.shards)

    @property
    def usable_words(self) -> int:
        return int(self.usable_starts[-1])

    def usable_table(self, first: int, after: int, columns: Sequence[str] = ("vector",)) -> pa.Table:
        """The usable words from number `first` to before `after`, with these columns and `sentence` numbered through the store."""
        return self._table(self.usable_starts, first, after, columns, None)

    def _table(self, starts: np.ndarray, first: int, after: int, columns: Sequence[str], sentences: np.ndarray | None) -> pa.Table:
        """starts: number of the first word of each shard, and of all words; sentences: the only ones whose words are numbered."""
        parts = []
        for number, (start, stop) in enumerate(zip(starts[:-1], starts[1:], strict=True)):
            if start < after and first < stop and start < stop:
                wanted = None if sentences is None else self.inside(number, sentences)
                table = _usable(self.place, self.shards[number].name, columns, wanted)
                table = table.slice(max(first - start, 0), min(after, stop) - max(first, start))
                parts.append(_numbered(table, columns, int(self.sentence_starts[number])))
        return pa.concat_tables(parts) if parts else _numbered(no_words(self.dimension), columns, 0)

    def inside(self, number: int, sentences: np.ndarray) -> np.ndarray:
        """Those of some sentences (sorted numbers) that lie in shard `number`, numbered from its first."""
        first, after = np.searchsorted(sentences, self.sentence_starts[number : number + 2])
        return np.asarray(sentences[first:after] - self.sentence_starts[number], np.int64)

    def fetch(self, sentences: np.ndarray) -> WordVectors:
        """The CCWRs of some sentences in the given order, float16; only the parts of the shards that hold them are read."""
        sentences = np.asarray(sentences, np.int64)
        vectors: list[np.ndarray | None] = [None] * len(sentences)
        valid: list[np.ndarray | None] = [None] * len(sentences)
        shard_of = np.searchsorted(self.sentence_starts, sentences, side="right") - 1
        for number in np.unique(shard_of):
            places = np.flatnonzero(shard_of == number)
            wanted = sentences[places] - self.sentence_starts[number]
            for sentence, rows, ok in _sentences(self.place, self.shards[number].name, np.unique(wanted)):
                for place in places[wanted == sentence]:
                    vectors[place], valid[place] = rows, ok
        if any(rows is None for rows in vectors):
            raise WorkspaceError(f"The store {self.place.url} lacks sentences that its manifest names; encode the text again.")
        flat = [rows for rows in vectors if rows is not None]
        return from_lengths(
            np.concatenate(flat) if flat else np.empty((0, self.dimension), np.float16),
            [len(rows) for rows in flat],
            np.concatenate([ok for ok in valid if ok is not None]) if flat else np.empty(0, bool),
        )

    def write_manifest(self) -> None:
        """Write the list of shards; the store is whole from then on."""
        self.place.write_json(
            MANIFEST,
            {
                "format": FORMAT,
                "language": self.language,
                "encoder": self.encoder,
                "fingerprint": self.fingerprint,
                "dimension": self.dimension,
                "sentences": self.sentences,
                "words": self.words,
                "usable_words": self.usable_words,
                "corpora": list(self.corpora),
                "shards": [asdict(shard) for shard in self.shards],
            },
        )


@dataclass(frozen=True)
class Sample:
    """Some sentences of a store, read where they lie; their usable words are numbered from 0."""

    store: Store
    sentences: np.ndarray  # sorted, each once, numbered through the store
    usable_starts: np.ndarray  # as `Store.usable_starts`, of the words of these sentences

    def usable_table(self, first: int, after: int, columns: Sequence[str] = ("vector",)) -> pa.Table:
        """As `Store.usable_table`; only the parts of the shards that hold the sentences are read."""
        return self.store._table(self.usable_starts, first, after, columns, self.sentences)


def count_usable(place: Place, name: str, sentences: np.ndarray) -> int:
    """Usable words of some sentences of a shard (sorted numbers, from its first sentence)."""
    return len(_usable(place, name, (), sentences))


def open_store(place: Place) -> Store:
    """A whole store. Raises ConfigError when there is none (yet), WorkspaceError when its manifest is damaged."""
    if not place.exists(MANIFEST):
        raise ConfigError(f"{place.url} is no whole store of word vectors: it has no {MANIFEST}; make it with the command encode.")
    values = place.read_json(MANIFEST)
    try:
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r}")
        shards = tuple(
            Shard(str(one["name"]), *(_count(one[name]) for name in ("sentences", "words", "usable"))) for one in values["shards"]
        )
        for shard in shards:
            if not (shard.name.startswith("shard-") and shard.name.endswith(".arrow")) or "/" in shard.name:
                raise ValueError(f"shard {shard.name!r}")
        language, encoder, fingerprint = (str(values[name]) for name in ("language", "encoder", "fingerprint"))
        corpora = tuple(dict(one) for one in values["corpora"])
        return Store(place, language, encoder, fingerprint, _count(values["dimension"]), corpora, shards)
    except (KeyError, TypeError, ValueError) as error:
        raise WorkspaceError(f"{place.url}/{MANIFEST} is damaged and cannot be read ({error}).") from error


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is not a count")
    return value


def shard_name(fingerprint: str, sentences: Sequence[Words]) -> str:
    """The name of the shard that holds these sentences as this encoder gives them."""
    digest = hashlib.blake2b(f"{FORMAT}/{fingerprint}/{len(sentences)}".encode(), digest_size=16)
    for words in sentences:
        digest.update(sentence_key(words))
    return f"shard-{digest.hexdigest()}.arrow"


def schema(dimension: int) -> pa.Schema:
    """The columns of a shard; sentences are numbered in the shard."""
    return pa.schema(
        [
            ("sentence", pa.int32()),
            ("position", pa.int32()),
            ("token", pa.string()),
            ("valid", pa.bool_()),
            ("usable", pa.bool_()),
            ("vector", pa.list_(pa.float16(), dimension)),
        ]
    )


def encode(place: Place, name: str, sentences: Sequence[Words], encoder: SentenceEncoder) -> Shard:
    """Encode sentences and write their shard. Long sentences are encoded first, ENCODED_AT_ONCE at a time."""
    lengths = np.array([len(words) for words in sentences], np.int64)
    starts = _starts(lengths)
    vectors, valid = np.empty((0, 0), np.float16), np.zeros(starts[-1], bool)
    order = np.argsort([-sum(map(len, words)) for words in sentences], kind="stable")
    for first in range(0, len(order), ENCODED_AT_ONCE):
        chosen = order[first : first + ENCODED_AT_ONCE]
        part = encoder.encode([sentences[i] for i in chosen])
        if not len(vectors):
            vectors = np.zeros((starts[-1], part.dimension), np.float16)
        with np.errstate(over="ignore"):  # such words are marked as not usable
            rows = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in chosen]) if len(chosen) else np.empty(0, np.int64)
            vectors[rows] = part.vectors.astype(np.float16)
        valid[rows] = part.valid
    words = from_lengths(vectors, lengths, valid)
    good = usable(words)
    table = pa.table(
        {
            "sentence": words.sentence,
            "position": words.position,
            "token": [token for sentence in sentences for token in sentence],
            "valid": valid,
            "usable": good,
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1), pa.float16()), words.dimension),
        },
        schema=schema(words.dimension),
    )
    shard = Shard(name, len(sentences), len(words), int(good.sum()))
    counts = asdict(shard) | {"dimension": words.dimension}
    notes = {"lraln": json.dumps(counts), "batches": json.dumps(words.sentence[::BATCH_WORDS].tolist())}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema.with_metadata(notes)) as writer:
        writer.write_table(table, max_chunksize=BATCH_WORDS)
    place.write(name, sink.getvalue())
    return shard


def read_counts(place: Place, name: str) -> tuple[Shard, int]:
    """Counts and dimension of a shard that exists, from its header. Raises WorkspaceError when it is damaged."""
    try:
        with place.open(name) as file:
            opened = pa.ipc.open_file(file)
            counts = json.loads(opened.schema.metadata[b"lraln"])
            dimension = _count(counts.pop("dimension"))
            shard = Shard(**counts)
        if shard.name != name:
            raise ValueError(shard.name)
        return shard, dimension
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(f"{place.url}/{name} is damaged ({error}); delete it, and the same command makes it again.") from error


def no_words(dimension: int) -> pa.Table:
    """A table of no words."""
    return schema(dimension).empty_table()


def vectors_of(table: pa.Table) -> np.ndarray:
    """The vectors of `usable_table` as (n, d) float16."""
    column = table["vector"].combine_chunks()
    array = column if isinstance(column, pa.FixedSizeListArray) else pa.concat_arrays(column.chunks)
    dimension = array.type.list_size
    flat = array.values[array.offset * dimension : (array.offset + len(array)) * dimension]
    return flat.to_numpy(zero_copy_only=False).reshape(-1, dimension)


def _starts(sizes: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)


def _numbered(table: pa.Table, columns: Sequence[str], first_sentence: int) -> pa.Table:
    """The columns alone, with sentences numbered through the store as int64."""
    out = {}
    for name in columns:
        column = table[name]
        out[name] = pa.array(column.to_numpy().astype(np.int64) + first_sentence) if name == "sentence" else column
    return pa.table(out)


def _usable(place: Place, name: str, columns: Sequence[str], sentences: np.ndarray | None) -> pa.Table:
    """Usable words of a shard: of all its sentences, or of some (sorted numbers, from its first), whose record batches alone are read."""
    names = [*columns, "usable"] if sentences is None else [*columns, "usable", "sentence"]
    try:
        file = place.open(name)
        opened = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=_fields(file, names)))
        if sentences is None:
            table = opened.read_all()
            return table.filter(table["usable"])
        parts = []
        for number in _batches(opened, sentences):
            batch = opened.get_batch(number)
            kept = np.isin(batch.column("sentence").to_numpy(), sentences) & batch.column("usable").to_numpy(zero_copy_only=False)
            parts.append(batch.filter(pa.array(kept)))
        return pa.Table.from_batches(parts, opened.schema)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise WorkspaceError(f"{place.url}/{name} is damaged ({error}); delete it and encode the text again.") from error


def _batches(opened: pa.RecordBatchFileReader, sentences: np.ndarray) -> list[int]:
    """The record batches of a shard that hold a word of these sentences (sorted); a sentence may lie in two."""
    firsts = json.loads(opened.schema.metadata[b"batches"])  # first sentence of each batch
    lasts = [*firsts, 2**31][1:]
    return [
        number
        for number, (first, last) in enumerate(zip(firsts, lasts, strict=True))
        if np.searchsorted(sentences, first) < np.searchsorted(sentences, last, side="right")
    ]


def _fields(file: pa.NativeFile, columns: Sequence[str]) -> list[int]:
    found = pa.ipc.open_file(file).schema
    return sorted(found.get_field_index(name) for name in dict.fromkeys(columns))


def _sentences(place: Place, name: str, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(sentence, vectors, valid) of some sentences of a shard; only record batches that hold one of them are decoded."""
    try:
        with place.open(name) as file:
            opened = pa.ipc.open_file(file)
            parts: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {int(sentence): [] for sentence in wanted}
            for number in _batches(opened, wanted):
                batch = opened.get_batch(number)
                sentence = batch.column("sentence").to_numpy()
                vectors = vectors_of(pa.table({"vector": batch.column("vector")}))
                valid = batch.column("valid").to_numpy(zero_copy_only=False)
                for one in wanted[(wanted >= sentence[0]) & (wanted <= sentence[-1])]:
                    rows = slice(*np.searchsorted(sentence, [one, one + 1]))
                    parts[int(one)].append((np.array(vectors[rows]), np.array(valid[rows])))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise WorkspaceError(f"{place.url}/{name} is damaged ({error}); delete it and encode the text again.") from error
    for one, found in parts.items():
        if found:
            yield one, np.concatenate([rows for rows, _ in found]), np.concatenate([ok for _, ok in found])
