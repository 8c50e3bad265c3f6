"""Small archives with huge contents are refused before they take memory."""

from __future__ import annotations

import io
import resource
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.errors import RunError
from lraln_core.exchange import contents
from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.unpack import unpack_run
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from tests.exchange.test_archive import rewritten
from tests.store.store_folders import write_sample

MIB = 1 << 20


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> bytes:
    workspace = Workspace(tmp_path_factory.mktemp("there")).require_writable()
    pack_run(RunFolder(write_sample(workspace)), workspace, workspace.root / "out.zip")
    return (workspace.root / "out.zip").read_bytes()


def peak() -> float:
    """Most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def refused(raw: bytes, place: Path, most: float) -> str:
    """The sentence; memory must not have risen by more than `most` MB."""
    workspace, before = Workspace(place / "here").require_writable(), peak()
    with pytest.raises(RunError) as caught:
        unpack_run(io.BytesIO(raw), workspace)
    assert peak() - before < most and not list(workspace.root.iterdir())
    return str(caught.value)


def one_word(rows: int, size: int, column: str) -> bytes:
    """A table of one word in every row: stored once."""
    words = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * size]))
    table = pa.table({"position": pa.array(range(rows), pa.int64()), column: words, "words": pa.array([["x"]] * rows)})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=False)
    return out.getvalue()


@pytest.mark.parametrize(("rows", "size"), [(1024, 4 * MIB), (300_000, 5_000), (20, 60 * MIB)])
def test_one_word_in_every_row_of_a_table(packed, tmp_path, rows, size):
    bomb = one_word(rows, size, "text")
    assert len(bomb) < MIB
    raw = rewritten(packed, lambda files, _: files.update({"corpora/c-mk/sentences.parquet": bomb}))
    assert "larger than those of a run can be" in refused(raw, tmp_path, 300)


@pytest.mark.parametrize("name", ["run/status.json", "run/summary.json", "run/events.jsonl", "run/encoder/tokenizer.json", "run/zeros.txt"])
def test_files_that_unpack_to_more_than_a_run_has(packed, tmp_path, name):
    raw = rewritten(packed, lambda files, _: files.update({name: b"[" * (80 * MIB)}))
    assert len(raw) < MIB and "more than a run's file can have" in refused(raw, tmp_path, 250)


def test_limits_by_kind_of_file():
    assert contents.most_bytes("run/status.json", 10**9) == contents.MAX_JSON[".json"]
    assert contents.most_bytes("run/encoder/tokenizer.json", 10**9) == contents.MAX_ENCODER_JSON
    assert contents.most_bytes("run/maps.safetensors", 10**6) == contents.MAX_RATIO * 10**6
    assert contents.most_bytes("run/maps.safetensors", 10) == contents.SMALL


@pytest.mark.parametrize("name", ["../../../etc", "/etc", "..", "a/b", ".hidden"])
def test_a_summary_that_names_a_corpus_outside_is_refused(tmp_path, name):
    there = Workspace(tmp_path / "there").require_writable()
    folder = RunFolder(write_sample(there))
    write_json(folder.summary_file, read_json(folder.summary_file) | {"src_corpus": name})
    pack_run(folder, there, tmp_path / "out.zip")
    assert "is not the id of a corpus" in refused((tmp_path / "out.zip").read_bytes(), tmp_path, 200)
