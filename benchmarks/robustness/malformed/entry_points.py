"""The entry points of text, configurations and maps, each with a good input and with what takes a damaged one."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from benchmarks.robustness.malformed.damage import HOSTILE, VALUES, change_value, damage
from lraln_core.alignment import maps
from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.runs import config
from lraln_core.runs.suite import config as suite_config
from lraln_core.text import iob2, lexicon, parallel, pharaoh
from lraln_core.text.corpus import prepare_corpus


@dataclass(frozen=True)
class EntryPoint:
    """A place where something from outside comes in."""

    name: str
    good: Any  # an input that is taken
    take: Callable[[Any, Path], object]  # (input, an empty folder: the only place that may be written)
    draw: Callable[[random.Random], Any]  # a malformed input
    special: Sequence[Any] = ()  # malformed inputs that chance would not find; all are sent
    share: float = 1.0  # how many inputs it gets, as a share of those of a quick one
    roots: tuple[Path, ...] = field(default=())  # folders that it may write to as well
    pickles: bool = False  # Streamlit keeps what it caches as pickles of its own
    processes: bool = False  # fast_align works in a process of its own


def lines_of(name: str, count: int = 40) -> bytes:
    """The first lines of a file of the sample data."""
    return b"".join((SAMPLE_DATA / name).read_bytes().splitlines(keepends=True)[:count])


def written(raw: bytes, place: Path, name: str) -> Path:
    """The input as a file."""
    path = place / name
    path.write_bytes(raw)
    return path


def gzip_bomb(repeats: int = 512 << 20, piece: bytes = b"a") -> bytes:
    """Half a gigabyte in half a megabyte."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        each = max(1, (1 << 20) // len(piece))
        for _ in range(max(1, repeats // each)):
            file.write(piece * each)
    return packed.getvalue()


def as_json(value: Any) -> bytes:
    """JSON with what JSON does not have: NaN, half characters, numbers without end."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def text_entry_points(root: Path) -> list[EntryPoint]:
    """Corpora, parallel text, links, tagged text, lexicons."""
    plain, pairs, links = lines_of("corpora/mk.txt"), lines_of("parallel/mk-en.tsv"), lines_of("parallel/mk-en.pharaoh")
    tsv = b"".join(b"%d\t%s\n" % (i, line) for i, line in enumerate(plain.splitlines()))
    foreign = [plain.decode().encode(code, "replace") for code in ("utf-16", "utf-32", "cp1251", "cp437", "utf-7", "koi8-r")]
    wrong = [
        *foreign, b"", b"\n", b"\x00" * 5000, b"PK\x03\x04" + plain, b"\x1f\x8b", b"\x1f\x8b\x08\x00" + plain, b"%PDF-1.7",
        b"a" * (4 << 20), b"a b c\r" * 9000, b"\xe2\x80\xa8" * 9000, b"\n" * 900_000, ("е\u0301" * 9000 + "\n").encode(), b"\xff" * 4096,
        ("\u202e" * 9000 + " a b c d\n").encode(), b"a b c d\n" * 30_000,
    ]  # fmt: skip
    packed = gzip.compress(plain)
    bombs = [
        gzip_bomb(), gzip_bomb(100, b"a b c d " * 60_000 + b"\n"), gzip.compress(gzip_bomb()), packed[:-8] + b"\xff" * 8,
        packed[:-4] + b"\xff" * 4, packed + packed[:40], packed * 20, packed + b"\x00" * 9000,
    ]  # fmt: skip

    def corpus(name: str, column: str = "") -> Callable[[bytes, Path], object]:
        return lambda raw, place: prepare_corpus(written(raw, place, name), "mk", place / "corpora", column=column)

    def named(choice: tuple[str, str, str], place: Path) -> object:
        language, column, path = choice
        written(tsv, place, "a.tsv")
        return prepare_corpus(place / path if path else place / "a.tsv", language, place / "corpora", column=column)

    def linked(raw: bytes, place: Path) -> object:
        return parallel.load(written(pairs, place, "a.tsv"), "mk", "en", alignments=written(raw, place, "p.pharaoh"), tokenized=True)

    def both(raw: bytes, place: Path) -> object:
        return parallel.load(written(raw, place, "p.tsv"), "mk", "en", alignments=written(links, place, "a.pharaoh"), tokenized=True)

    def aligned(raw: bytes, place: Path) -> object:
        return parallel.load(written(raw, place, "p.tsv"), "mk", "en")

    def files(name: str, good: bytes, take: Callable[[bytes, Path], object], more: Sequence[bytes] = (), **options: Any) -> EntryPoint:
        return EntryPoint(name, good, take, lambda rng: damage(good, rng), [*wrong, *more], **options)

    return [
        files("corpus .txt", plain, corpus("a.txt")),
        files("corpus .txt.gz", packed, corpus("a.txt.gz"), bombs),
        EntryPoint("corpus .txt.gz, text damaged", packed, corpus("b.txt.gz"), lambda rng: gzip.compress(damage(plain, rng), 1), share=0.5),
        files("corpus .tsv", tsv, corpus("a.tsv", "2")),
        files("corpus .csv", tsv.replace(b"\t", b","), corpus("a.csv", "2")),
        EntryPoint("corpus: language, column, path", ("mk", "2", ""), named,
             lambda rng: tuple(good if rng.random() < 0.5 else rng.choice(HOSTILE) for good in ("mk", "2", ""))),
        files("parallel text", pairs, both),
        files("parallel text, to be aligned", pairs, aligned, share=0.3, roots=(root / "tmp",), processes=True),
        files("Pharaoh", links, lambda raw, place: pharaoh.read(written(raw, place, "p.pharaoh"))),
        files("Pharaoh of a text", links, linked),
        files("IOB2", lines_of("ner/mk.test.conll"), lambda raw, place: iob2.read(written(raw, place, "a.conll"), types=iob2.ENTITY_TYPES)),
        files("lexicon", lines_of("lexicon/mk-en.tsv"), lambda raw, place: lexicon.read(written(raw, place, "l.tsv"))),
    ]  # fmt: skip


SUITE = {
    "name": "x", "systems": ["base", "linear_unsup"], "seeds": [1], "run": {"training": {"steps": 3}}, "full": {}, "keep_encoders": False,
    "language": [{"code": "mk", "corpus": "a", "english": "b", "test": "c", "test_lines": "1-5", "tokenized": True}],
    "studies": {"candidates": [10], "mining": True, "languages": ["mk"]}, "ner": {"train": "t", "development": "d"},
    "extended": {"systems": ["base"], "new_pieces": 5, "steps": 2},
}  # fmt: skip


def configuration_entry_points() -> list[EntryPoint]:
    """Run and suite files, and --set on the command line."""
    values = config.RunConfig(src=config.CorpusConfig("mk", "a"), trg=config.CorpusConfig("en", "b")).to_json()
    toml = b'name = "x"\nseed = 3\n[src]\nlanguage = "mk"\ncorpus = "a"\n[trg]\nlanguage = "en"\ncorpus = "b"\n[mining]\nthreshold = 0.2\n'
    suite = (
        b'systems = ["base", "linear_unsup"]\nseeds = [1]\n[[language]]\ncode = "mk"\ncorpus = "a"\nenglish = "b"\ntest = "c"\n'
        b"[studies]\ncandidates = [10]\n"
    )
    keys = [f"{section}.{key}" for section, table in values.items() if isinstance(table, dict) for key in table] + list(values)

    def load(name: str, loader: Callable[[Path], object]) -> Callable[[bytes, Path], object]:
        return lambda raw, place: loader(written(raw, place, name))

    def override(item: str, place: Path) -> object:
        return config.load(written(toml, place, "c.toml"), [item])

    def set_one(rng: random.Random) -> str:
        key = rng.choice([*keys, "", ".", "..", "src", "a.b.c.d", "seed.x", "__class__.x"])
        return f"{key}={rng.choice([*HOSTILE, *map(str, VALUES)])}"

    nested = [b"[" * 100_000, b'{"a":' * 100_000, b"a = " + b"[" * 100_000, b"a." * 100_000 + b"b = 1", b"[a" + b".a" * 50_000 + b"]",
              b'"a".' * 40_000 + b"b = 1", b"'a' . " * 30_000 + b"b = 1", b"[" + b'"a".' * 40_000 + b"b]", b"[[a]]\n" * 160_000,
              b"\n".join(b"[%s]" % b".".join(b"k%d_%d" % (i, j) for j in range(19)) for i in range(7_000)), b'a = "' + b'\\"' * 400_000,
              b"\xef\xbb\xbf" + b"a = {" * 100_000,
              b"seed = " + b"9" * 9000]  # fmt: skip
    return [
        EntryPoint("configuration .toml", toml, load("c.toml", config.load), lambda rng: damage(toml, rng), nested),
        EntryPoint("configuration .json", as_json(values), load("c.json", config.load), lambda rng: damage(as_json(values), rng), nested),
        EntryPoint("configuration, one value wrong", as_json(values), load("d.json", config.load),
                   lambda rng: as_json(change_value(values, rng)), share=3),
        EntryPoint("configuration, --set", "seed=4", override, set_one, share=2),
        EntryPoint("suite .toml", suite, load("s.toml", suite_config.load), lambda rng: damage(suite, rng), nested),
        EntryPoint("suite, one value wrong", as_json(SUITE), load("s.json", suite_config.load),
                   lambda rng: as_json(change_value(SUITE, rng)), share=2),
    ]  # fmt: skip


def safetensors_special(good: bytes) -> list[bytes]:
    """Files whose header lies about its own length, or about the data."""
    (size,) = struct.unpack("<Q", good[:8])
    header, data = json.loads(good[8 : 8 + size]), good[8 + size :]
    lengths = [0, 1, 2, size - 1, size + 1, len(good), 10**8, 2**31, 2**40, 2**63, 2**64 - 1]
    found = [struct.pack("<Q", length) + good[8:] for length in lengths]
    for name in (name for name in header if name != "__metadata__"):
        for offsets in ([0, 2**60], [2**40, 2**41], [-1, 4], [8, 0], [0, len(data)], [], ["0", "4"]):
            found.append(with_header(header | {name: header[name] | {"data_offsets": offsets}}, data))
        for shape in ([2**31, 2**31], [2**40], [-1, -1], [], [0, 0], [1] * 99):
            found.append(with_header(header | {name: header[name] | {"shape": shape}}, data))
        for dtype in ("F64", "BF16", "F8_E4M3", "O", "BOOL", ""):
            found.append(with_header(header | {name: header[name] | {"dtype": dtype}}, data))
    found.append(with_header({f"../{name}" if name != "__metadata__" else name: one for name, one in header.items()}, data))
    found.append(with_header(header | {"__metadata__": {"format": 3}}, data))
    return found


def with_header(header: Any, data: bytes) -> bytes:
    """A safetensors file with this header."""
    raw = as_json(header)
    return struct.pack("<Q", len(raw)) + raw + data


def safetensors_draw(good: bytes) -> Callable[[random.Random], bytes]:
    """Bytes damaged, or one value of the header, or NaN."""
    (size,) = struct.unpack("<Q", good[:8])
    header, data = json.loads(good[8 : 8 + size]), good[8 + size :]

    def draw(rng: random.Random) -> bytes:
        kind = rng.randrange(3)
        if kind == 0:
            return damage(good, rng)
        if kind == 1:
            return with_header(change_value(header, rng), data)
        numbers = np.frombuffer(data[: len(data) // 4 * 4], np.float32).copy()
        numbers[rng.randrange(len(numbers))] = rng.choice((np.nan, np.inf, -np.inf))
        return good[: 8 + size] + numbers.tobytes()

    return draw


def maps_entry_points() -> list[EntryPoint]:
    """The maps file of a run."""
    arrays = {"src": np.eye(8, dtype=np.float32), "trg": np.eye(8, dtype=np.float32), "src_mean": np.zeros(8, np.float32)}
    good = save(arrays, {"format": maps.FORMAT, "src_language": "mk", "trg_language": "en", "encoder": "x", "encoder_fingerprint": "f"})
    others = [
        save({"src": np.eye(n, m, dtype=kind), "trg": np.eye(8, dtype=np.float32)})
        for n, m, kind in ((8, 9, np.float32), (8, 8, np.float16), (8, 8, np.float64), (0, 0, np.float32), (3, 3, np.float32))
    ]

    def take(raw: bytes, place: Path) -> object:
        return maps.load(written(raw, place, "m.safetensors"), dimension=8, encoder_fingerprint="f")

    return [EntryPoint("maps file", good, take, safetensors_draw(good), [*safetensors_special(good), *others, b"", b"\x80\x04N."], 1.5)]
