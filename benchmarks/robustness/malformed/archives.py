"""Archives of runs as untrusted input: path tricks, links, doubles, devices, lying sizes and manifests, bombs, damage with right hashes."""

from __future__ import annotations

import hashlib
import io
import json
import random
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.robustness.malformed.damage import HOSTILE, change_value, damage
from benchmarks.robustness.malformed.entry_points import EntryPoint, as_json, safetensors_draw
from lraln_core.alignment import maps
from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.unpack import unpack_run
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from tests.store.store_folders import write_sample

Files = dict[str, bytes]
NAMES = [
    "../evil.json", "run/../../evil.json", "/etc/evil.json", "run/evil/../../x.json", "run\\..\\evil.json", "C:/evil.json", "C:evil.json",
    "\\\\host\\share\\evil.json", "run/.hidden.json", "run/evil.pkl", "run/evil.py", "run/evil.so", "run/pytorch_model.bin",
    "corpora/../runs/x/report.json", "corpora/c-mk/evil.json", "run/", "run/a\x00.json", "run/deep/folder/x.json", "evil.json",
    "run/encoder/x.bin", "corpora/.hid/report.json", "run/CON.json", "run/nul.txt", "run/aux.json", "run/x.json:stream", "run/x.json ",
    "run/x.json.", "./run/x.json", "run//x.json", "RUN/config.json", "run/Config.json", "run/ｘ.json", "run/..%2fx.json", "~/x.json",
    "run/-rf.json", "run/lock", "run/cancel", "run/jobs/x/status.json", "runs/x/config.json", "lraln.duckdb", "run/" + "x" * 300 + ".json",
    "run/\u202egnp.json", "run/encoder/../../x.json", "run/encoder/encoder/x.json", "corpora/c-mk/../c-en/report.json",
    "judgements/judgements.jsonl",
]  # fmt: skip
MIB = 1 << 20


def zipped(files: Files, manifest: Any = None, *, infos: tuple[tuple[zipfile.ZipInfo, bytes], ...] = (), run: str = "run-1") -> bytes:
    """An archive whose manifest fits its files, unless another one is given."""
    if manifest is None:
        entries = [{"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
        manifest = {"format": "lraln-run", "version": 1, "run": run, "files": entries}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", as_json(manifest))
        for name, data in files.items():
            info = zipfile.ZipInfo("x")
            info.filename = name.encode("utf-8", "replace").decode()[:60_000] or "x"  # the constructor cuts names at a NUL
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
        for info, data in infos:
            archive.writestr(info, data)
    return out.getvalue()


def good_archive(root: Path) -> bytes:
    """An archive of a finished run as the export writes it."""
    path = root / "good" / "run.zip"
    if not path.exists():
        workspace = Workspace(root / "good" / "archived").require_writable()
        run = write_sample(workspace)
        maps.save(run / "maps.safetensors", maps.identity(4), src_language="mk", trg_language="en", encoder="tiny", encoder_fingerprint="x")
        pack_run(RunFolder(run), workspace, path)
    return path.read_bytes()


def entry_points(root: Path) -> Iterator[EntryPoint]:
    """Taking in an archive."""
    good = good_archive(root)
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))

    def take(raw: bytes, place: Path) -> object:
        return unpack_run(io.BytesIO(raw), Workspace(place / "w").require_writable())

    def one_file(rng: random.Random) -> bytes:
        name = rng.choice(list(files))
        return zipped(files | {name: changed_file(name, files[name], rng)})

    def one_name(rng: random.Random) -> bytes:
        name, other = rng.choice(list(files)), rng.choice([*NAMES, *HOSTILE])
        if rng.random() < 0.3:
            return zipped(files, run=other)
        if rng.random() < 0.5:
            return zipped(files | {other: b"{}"})
        return zipped({other if key == name else key: data for key, data in files.items()})

    none = [b"", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04", b"x" * 1000]
    yield EntryPoint("archive, bytes damaged", good, take, lambda rng: damage(good, rng), none)
    yield EntryPoint("archive, names and links", good, take, one_name, list(_names(files)))
    yield EntryPoint(
        "archive, manifest", good, take, lambda rng: zipped(files, change_value(manifest, rng)), list(_headers(good, files)), 0.8
    )
    yield EntryPoint("archive, right hashes, damaged files", good, take, one_file, list(_bombs(files)), 0.8)


def changed_file(name: str, raw: bytes, rng: random.Random) -> bytes:
    """A file of a run with one thing wrong inside."""
    if name.endswith(".json") and rng.random() < 0.7:
        return as_json(change_value(json.loads(raw), rng))
    if name.endswith(".jsonl") and rng.random() < 0.7:
        lines = raw.splitlines()
        at = rng.randrange(len(lines))
        return b"\n".join([*lines[:at], as_json(change_value(json.loads(lines[at]), rng)), *lines[at + 1 :]]) + b"\n"
    if name.endswith(".safetensors"):
        return safetensors_draw(raw)(rng)
    if name.endswith(".parquet") and rng.random() < 0.7:
        return _table_with_changes(raw, rng)
    return damage(raw, rng)


def _table_with_changes(raw: bytes, rng: random.Random) -> bytes:
    """A table that can be read but lacks a column, or has one of another type or with other values."""
    table = pq.read_table(io.BytesIO(raw))
    at = rng.randrange(table.num_columns)
    field, rows = table.schema.field(at), table.num_rows
    columns: list[Callable[[], Any]] = [
        lambda: pa.nulls(rows, field.type), lambda: pa.array([2**62] * rows, pa.int64()), lambda: pa.array([-5] * rows, pa.int32()),
        lambda: pa.array([float("nan")] * rows, pa.float32()), lambda: pa.array(["<script>\x00"] * rows),
        lambda: pa.array([[["x"]]] * rows), lambda: pa.array([{"a": 1}] * rows), lambda: pa.array(["x"] * rows).dictionary_encode(),
        lambda: pa.array([b"\xff\xfe"] * rows, pa.binary()),
    ]  # fmt: skip
    if rng.random() < 0.2:
        table = table.remove_column(at)
    elif rng.random() < 0.2:
        table = pa.concat_tables([table] * 3) if rng.random() < 0.5 else table.slice(0, 0)
    else:
        table = table.set_column(at, field.name, rng.choice(columns)())
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _names(files: Files) -> Iterator[bytes]:
    for name in NAMES:
        yield zipped(files | {name: b"{}"})
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFSOCK, stat.S_IFDIR):
        for target in (b"/etc/passwd", b"../../../outside", b"."):
            info = zipfile.ZipInfo("run/encoder/config.json")
            info.external_attr = (kind | 0o777) << 16
            yield zipped(files, infos=((info, target),))
    for name in ("run/config.json", "run/CONFIG.json", "manifest.json", "corpora/c-mk/report.json"):
        yield zipped(files, infos=((zipfile.ZipInfo(name), b"{}"),))
    inner = zipped(files)
    yield zipped({"run/run.zip": inner})
    yield zipped(files | {"run/inner.json": inner})
    yield inner + inner
    yield b"#!/bin/sh\n" + inner


def _headers(good: bytes, files: Files) -> Iterator[bytes]:
    """Lists of contents that lie about sizes, offsets, packing and numbers of files."""
    entries = [{"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
    whole = {"format": "lraln-run", "version": 1, "run": "run-1", "files": entries}
    for size in (-1, 0, 1, 2**31, 2**63, 10**30, 1.5, "5", None, True):
        yield zipped(files, whole | {"files": [entries[0] | {"size": size}, *entries[1:]]})
    for value in ([], {}, None, 5, "x", [whole], whole | {"files": entries * 2000}, whole | {"files": [[]] * 100}):
        yield zipped(files, value)
    central = good.index(b"PK\x01\x02")
    sizes = (0, 1, 2**31, 2**32 - 1)
    for place, form, values in (
        (20, "<I", sizes),
        (24, "<I", sizes),
        (42, "<I", sizes),
        (10, "<H", (1, 9, 12, 14, 93, 99)),
        (8, "<H", (1, 8, 2**11, 2**16 - 1)),
        (16, "<I", (0, 2**32 - 1)),
    ):
        for value in values:
            raw = bytearray(good)
            struct.pack_into(form, raw, central + place, value)
            yield bytes(raw)
    end = good.rindex(b"PK\x05\x06")
    for place in (4, 6, 8, 10, 12, 16, 20):
        raw = bytearray(good)
        struct.pack_into("<H", raw, end + place, 2**16 - 1)
        yield bytes(raw)


def _bombs(files: Files) -> Iterator[bytes]:
    """Small archives with huge contents: zeros, JSON, lines, dictionary-coded tables, a text of one endless word."""
    yield zipped(files | {"run/zeros.txt": b"\0" * (300 * MIB)})
    yield zipped(files | {"run/status.json": b'{"state": "finished", "x": "' + b"a" * (200 * MIB) + b'"}'})
    yield zipped(files | {"run/summary.json": b"[" + b"[]," * (20 * MIB) + b"[]]"})
    yield zipped(files | {"run/metrics.json": b"[" + b"{}," * (20 * MIB) + b"{}]"})
    yield zipped(files | {"run/encoder/tokenizer.json": b"[" + b"[]," * (20 * MIB) + b"[]]"})
    yield zipped(files | {"run/events.jsonl": b'{"kind": "guard", "time": 1}\n' * (8 * MIB)})
    yield zipped(files | {"run/config.json": b'{"a":' * 100_000})
    yield zipped(files | {"run/big.safetensors": struct.pack("<Q", 90 * MIB) + b" " * (90 * MIB)})
    for name, rows, size in (
        ("corpora/c-mk/sentences.parquet", 1024, 4 * MIB),
        ("corpora/c-mk/sentences.parquet", 400_000, 5_000),
        ("run/test.parquet", 100, 30 * MIB),
        ("run/pairs-0000.parquet", 70_000, 30_000),
    ):
        yield zipped(files | {name: _dictionary_bomb(files[name], rows, size)})
    yield zipped(files | {f"run/x{number}.json": b"{}" for number in range(6_000)})


def _dictionary_bomb(raw: bytes, rows: int, size: int) -> bytes:
    """The table with one word of `size` bytes in every row: stored once, huge when unpacked."""
    table = pq.read_table(io.BytesIO(raw)).slice(0, 1)
    table = table.take(pa.array([0] * rows))
    for at, field in enumerate(table.schema):
        if field.type == pa.string():
            words = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * size]))
            table = table.set_column(at, field.name, words)
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=False)
    return out.getvalue()
