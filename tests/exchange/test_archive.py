"""A run goes to another computer and is the same there; nothing that is no run comes in."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lraln_core.alignment import maps
from lraln_core.choices import BUILT_IN
from lraln_core.errors import LralnError, RunError
from lraln_core.exchange import unpack
from lraln_core.exchange.archive import pack_run
from lraln_core.exchange.unpack import Limits, unpack_run
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.store.database import open_database
from lraln_core.store.pair_filter import PairFilter
from lraln_core.store.queries.pairs import page_of_pairs
from lraln_core.store.sync import problems, sync
from tests.store.store_folders import write_sample, write_status


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> tuple[bytes, Workspace]:
    """The archive of a small run, and the workspace it comes from."""
    workspace = Workspace(tmp_path_factory.mktemp("there")).require_writable()
    folder = write_sample(workspace)
    maps.save(folder / "maps.safetensors", maps.identity(4), src_language="mk", trg_language="en", encoder="tiny", encoder_fingerprint="x")
    config = read_json(folder / "config.json")
    config["src"]["corpus"] = str(SAMPLE_DATA / "corpora" / "mk.txt")
    write_json(folder / "config.json", config)
    (folder / "log.txt").write_text("a path: /home/somebody/secret\n")
    (folder / "lock").touch()
    path = workspace.root / "out.zip"
    pack_run(RunFolder(folder), workspace, path)
    return path.read_bytes(), workspace


@pytest.fixture
def here(tmp_path) -> Workspace:
    return Workspace(tmp_path / "here").require_writable()


def take(raw: bytes, workspace: Workspace, limits: Limits = Limits()):
    return unpack_run(io.BytesIO(raw), workspace, limits)


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def rewritten(raw: bytes, change, *, fix_hashes: bool = True, infos=()) -> bytes:
    """The archive with other contents; the manifest is made to fit unless told otherwise."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    if fix_hashes:
        manifest["files"] = [{"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
        for info, data in infos:
            archive.writestr(info, data)
    return out.getvalue()


def refused(raw: bytes, workspace: Workspace, limits: Limits = Limits()) -> str:
    """The sentence with which an archive is refused; nothing is left behind, in the workspace or beside it."""
    before = everything(workspace.root.parent)
    with pytest.raises(RunError) as caught:
        take(raw, workspace, limits)
    assert everything(workspace.root.parent) == before
    assert not list(workspace.root.glob(".import-*"))
    sentence = str(caught.value)
    assert "\n" not in sentence and len(sentence) < 600
    return sentence


def test_a_run_is_the_same_on_another_computer(packed, here):
    raw, there = packed
    found = take(raw, here)
    assert (found.run_id, found.is_new, found.corpora) == ("run-1", True, ("c-en", "c-mk"))
    original, copy = (everything(place.runs / "run-1") for place in (there, here))
    changed = {"config.json", "summary.json"}
    assert set(copy) == set(original) - {"log.txt", "lock"}
    assert all(copy[name] == original[name] for name in set(copy) - changed)
    assert everything(here.corpora) == everything(there.corpora)
    db = open_database(here)
    try:
        sync(db, here)
        assert problems(db).empty
        pair = page_of_pairs(db, PairFilter("run-1"), 0, 1)[0]
        assert pair.src_words[pair.link.src_word] == pair.link.src_token  # with its sentence
    finally:
        db.close()


def test_paths_of_the_other_computer_are_not_in_it(packed, here):
    raw, there = packed
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            assert str(there.root).encode() not in archive.read(name) and b"/data/" not in archive.read(name), name
    take(raw, here)
    config = read_json(here.runs / "run-1" / "config.json")
    assert config["src"]["corpus"] == str(SAMPLE_DATA / "corpora" / "mk.txt")  # a sample is a sample here too
    assert config["trg"]["corpus"] == "en.txt"
    assert read_json(here.runs / "run-1" / "summary.json")["run_dir"] == str(here.runs / "run-1")


def test_the_same_run_is_said_to_be_here_and_an_export_of_the_copy_is_the_same_archive(packed, here, tmp_path):
    raw, there = packed
    take(raw, here)
    assert take(raw, here).is_new is False
    assert take(raw, there).is_new is False  # also where it came from
    pack_run(RunFolder(here.runs / "run-1"), here, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == raw


def test_a_run_to_which_work_here_added_a_file_is_still_the_same(packed, here):
    take(packed[0], here)
    write_json(here.runs / "run-1" / "ner.json", {})
    assert take(packed[0], here).is_new is False
    assert (here.runs / "run-1" / "ner.json").exists()


def test_another_run_of_that_name_is_not_touched(packed, here):
    raw, _ = packed
    take(raw, here)
    write_json(here.runs / "run-1" / "metrics.json", [])
    assert "was not changed" in refused(raw, here)


def test_a_corpus_that_is_here_stays_as_it_is(packed, here):
    raw, there = packed
    shutil.copytree(there.corpora / "c-mk", here.corpora / "c-mk")
    (here.corpora / "c-mk" / "note").write_text("mine")
    assert take(raw, here).corpora == ("c-en",)
    assert (here.corpora / "c-mk" / "note").read_text() == "mine"


def test_two_imports_of_one_archive_at_once_leave_the_run_with_its_corpora(packed, here, monkeypatch):
    raw, there = packed
    moved, second, threads = os.rename, [], []

    def rename(source, target):
        moved(source, target)
        if not threads:  # the first corpus is in its place: another process takes in the same archive
            threads.append(threading.Thread(target=lambda: second.append(take(raw, here))))
            threads[0].start()
            threads[0].join(2)

    monkeypatch.setattr(unpack.os, "rename", rename)
    assert take(raw, here).is_new
    threads[0].join()
    assert second[0].is_new is False
    assert everything(here.corpora) == everything(there.corpora)
    assert sorted(path.name for path in here.root.iterdir() if path.is_dir()) == ["corpora", "runs"]


def test_a_run_at_work_is_not_packed(workspace, tmp_path):
    folder = write_sample(workspace)
    write_status(folder, "queued", updated="2999-01-01T10:00:00.000+00:00")
    with pytest.raises(RunError, match="when it has ended"):
        pack_run(RunFolder(folder), workspace, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_a_run_that_failed_travels_too(workspace, here, tmp_path):
    folder = write_sample(workspace)
    (folder / "summary.json").unlink()
    write_status(folder, "failed", error="Nothing was mined.", src_corpus="c-mk", trg_corpus="c-en")
    pack_run(RunFolder(folder), workspace, tmp_path / "a.zip")
    assert unpack_run(tmp_path / "a.zip", here).corpora == ("c-en", "c-mk")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "run/../../evil.json",
        "/etc/evil.json",
        "run/evil/../../x.json",
        "run\\..\\evil.json",
        "C:/evil.json",
        "run/.hidden.json",
        "run/evil.pkl",
        "run/evil.py",
        "run/evil.so",
        "corpora/../runs/x/report.json",
        "corpora/c-mk/evil.json",
        "run/",
        "run/a\x00.json",
        "run/deep/folder/x.json",
        "evil.json",
        "run/encoder/x.bin",
        "corpora/.hid/report.json",
    ],
)
def test_names_that_no_run_has_are_refused(packed, here, name):
    sentence = refused(rewritten(packed[0], lambda files, manifest: files.update({name: b"{}"})), here)
    assert "no run has" in sentence or "not a plain file" in sentence or "does not hold" in sentence


def test_links_folders_and_doubles_are_refused(packed, here):
    link = zipfile.ZipInfo("run/link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "not a plain file" in refused(rewritten(packed[0], lambda *_: None, infos=[(link, "/etc/passwd")]), here)
    assert "not a plain file" in refused(rewritten(packed[0], lambda *_: None, infos=[(zipfile.ZipInfo("run/encoder/"), "")]), here)
    with pytest.warns(UserWarning):
        double = rewritten(packed[0], lambda *_: None, infos=[(zipfile.ZipInfo("run/config.json"), "{}")])
    assert "two files" in refused(double, here)
    assert "two files" in refused(rewritten(packed[0], lambda *_: None, infos=[(zipfile.ZipInfo("run/Config.json"), "{}")]), here)


def test_a_file_that_the_manifest_does_not_know_or_lacks_is_refused(packed, here):
    extra = rewritten(packed[0], lambda files, _: files.update({"run/more.json": b"{}"}), fix_hashes=False)
    assert "does not hold the files" in refused(extra, here)
    missing = rewritten(packed[0], lambda files, _: files.pop("run/metrics.json"), fix_hashes=False)
    assert "does not hold the files" in refused(missing, here)


def test_wrong_sizes_and_hashes_are_refused(packed, here):
    longer = rewritten(packed[0], lambda files, _: files.update({"run/metrics.json": b"[]  "}), fix_hashes=False)
    assert "another size" in refused(longer, here)

    def flip(files, _):
        data = files["run/metrics.json"]
        files["run/metrics.json"] = data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]

    assert "differs from" in refused(rewritten(packed[0], flip, fix_hashes=False), here)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda files, manifest: manifest.update(version=2), "format version"),
        (lambda files, manifest: manifest.update(version="1"), "format version"),
        (lambda files, manifest: manifest.update(format="other"), "not an archive"),
        (lambda files, manifest: manifest.update(run="../x"), "cannot be used"),
        (lambda files, manifest: manifest.update(run=".hidden"), "cannot be used"),
        (lambda files, manifest: manifest.update(run=7), "cannot be used"),
        (lambda files, manifest: files.pop("run/config.json"), "no configuration"),
    ],
)
def test_manifests_that_cannot_be_used_are_refused(packed, here, change, said):
    assert said in refused(rewritten(packed[0], change), here)


def test_limits_on_files_and_bytes(packed, here):
    assert "at most 3" in refused(packed[0], here, Limits(files=3))
    assert "unpacked" in refused(packed[0], here, Limits(unpacked_bytes=1000))
    bomb = rewritten(packed[0], lambda files, _: files.update({"run/zeros.txt": b"\0" * 50_000_000}))
    assert len(bomb) < 200_000 and "unpacked" in refused(bomb, here, Limits(unpacked_bytes=20_000_000))


def test_tables_that_unpack_to_more_than_they_say_are_refused(packed, here):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def bomb(files, _):
        words = pa.array(["x" * 10_000]).take(pa.array(np.zeros(20_000, np.int64)))  # 200 MB from one word in a dictionary
        out = io.BytesIO()
        pq.write_table(pa.table({"position": pa.array(range(20_000), pa.int64()), "text": words, "words": pa.array([["x"]] * 20_000)}), out)
        files["corpora/c-mk/sentences.parquet"] = out.getvalue()

    assert "larger than" in refused(rewritten(packed[0], bomb), here, Limits(unpacked_bytes=50_000_000))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("run/config.json", b"[]"),
        ("run/config.json", b"{"),
        ("run/config.json", b"[" * 100_000),
        ("run/status.json", b"[]"),
        ("run/summary.json", b'{"a": NaN}'),
        ("run/pairs-0000.parquet", b"PAR1"),
        ("run/maps.safetensors", b"\xff" * 8 + b"{}"),
        ("run/metrics.json", b'{"a": 1}'),
        ("corpora/c-mk/report.json", b"{}"),
        ("corpora/c-mk/sentences.parquet", b""),
        ("run/retrieval.parquet", b"x" * 100),
        ("run/status.json", b"\xff\xfe"),
    ],
)
def test_a_damaged_run_with_right_hashes_is_refused(packed, here, name, data):
    assert "damaged" in refused(rewritten(packed[0], lambda files, _: files.update({name: data})), here)


def with_maps(raw: bytes, place: Path, dimension: int, *, name: str = "maps", encoder: str = BUILT_IN, fingerprint: str = "x") -> bytes:
    """The archive with maps of that many dimensions, for a run on that encoder."""
    labels = dict(src_language="mk", trg_language="en", encoder=encoder, encoder_fingerprint=fingerprint)
    maps.save(place / "wrong.safetensors", maps.identity(dimension), **labels)

    def change(files, _):
        files["run/config.json"] = json.dumps(json.loads(files["run/config.json"]) | {"encoder": {"name": encoder}}).encode()
        files["run/maps.safetensors"] = (place / "right.safetensors").read_bytes()
        files[f"run/{name}.safetensors"] = (place / "wrong.safetensors").read_bytes()

    maps.save(place / "right.safetensors", maps.identity(384 if encoder == BUILT_IN else dimension), **labels)
    return rewritten(raw, change)


@pytest.mark.parametrize("name", ["maps", "maps-last", "maps-tagging"])
def test_maps_of_other_dimensions_than_their_encoder_are_refused(packed, here, tmp_path, name):
    assert "does not hold maps of its encoder" in refused(with_maps(packed[0], tmp_path, 10, name=name), here)
    assert take(with_maps(packed[0], tmp_path, 384, name=name), here).is_new


def test_maps_of_one_run_have_one_size_whatever_its_encoder_is(packed, here, tmp_path):
    raw = with_maps(packed[0], tmp_path, 16, encoder="somebody/model")
    other = with_maps(packed[0], tmp_path, 10, encoder="somebody/model")
    with zipfile.ZipFile(io.BytesIO(other)) as archive:
        small = archive.read("run/maps.safetensors")
    assert "does not hold maps of its encoder" in refused(
        rewritten(raw, lambda files, _: files.update({"run/maps-last.safetensors": small})), here
    )
    assert take(raw, here).is_new


@pytest.mark.parametrize("raw", [b"", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04", b"x" * 1000])
def test_what_is_no_archive_is_refused(here, raw):
    assert "archive" in refused(raw, here)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_archives_never_end_in_a_traceback_or_outside(packed, tmp_path_factory, data):
    raw = bytearray(packed[0])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            raw[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del raw[at : at + data.draw(st.integers(1, 40))]
        else:
            raw[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        if not raw:
            break
    place = tmp_path_factory.mktemp("fuzz")
    workspace = Workspace(place / "here").require_writable()
    try:
        take(bytes(raw), workspace)
    except LralnError:
        assert not list(workspace.root.iterdir())
    outside = [path for path in place.rglob("*") if path.is_file() and not path.is_relative_to(workspace.root)]
    assert not outside
    shutil.rmtree(place)
