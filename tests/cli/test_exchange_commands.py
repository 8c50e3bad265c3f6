"""export, import and report as commands, while the app may have the workspace's database open."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from importlib import import_module

import pytest

from lraln_core.alignment import maps
from lraln_core.choices import BUILT_IN
from lraln_core.cli.main import main
from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from tests.store.store_folders import write_sample


@pytest.fixture
def call(workspace, capsys):
    """call("export", ...) -> (exit code, JSON of stdout, stderr)."""
    write_sample(workspace)

    def call(*arguments: object, where: Workspace = workspace):
        code = main(["--workspace", str(where.root), *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return call


@pytest.mark.parametrize("format", ["tsv", "parquet", "pharaoh", "tmx", "moses"])
def test_pairs_are_exported_while_the_app_has_the_database(call, workspace, tmp_path, format):
    db = open_database(workspace)
    try:
        code, said, _ = call("export", "--run", "run-1", "--format", format, "--out", tmp_path / "pairs", "--direction", "mutual")
    finally:
        db.close()
    assert code == 0 and said["pairs"] == 2 and (tmp_path / "pairs").stat().st_size > 0


def test_filters_and_packing(call, workspace, tmp_path):
    wanted = ("--src-word", "река", "--match", "prefix", "--iteration", "2", "--min-similarity", "0.6")
    code, said, _ = call("export", "--run", workspace.runs / "run-1", "--out", tmp_path / "p.tsv.gz", *wanted)
    assert code == 0 and said["pairs"] == 1
    lines = gzip.decompress((tmp_path / "p.tsv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 2 and "Реката" in lines[1]


def test_an_archive_goes_to_another_workspace(call, tmp_path):
    there = Workspace(tmp_path / "there")
    code, said, _ = call("export", "--run", "run-1", "--format", "archive", "--out", tmp_path / "a.zip")
    assert code == 0 and said["corpora"] == ["c-en", "c-mk"] and zipfile.is_zipfile(tmp_path / "a.zip")
    code, said, _ = call("import", tmp_path / "a.zip", where=there)
    assert code == 0 and said["new"] and (there.runs / "run-1" / "config.json").exists()
    assert call("import", tmp_path / "a.zip", where=there)[1]["new"] is False


def test_an_archive_whose_maps_do_not_fit_its_encoder_is_refused(call, workspace, tmp_path):
    there, run = Workspace(tmp_path / "there"), workspace.runs / "run-1"
    write_json(run / "config.json", read_json(run / "config.json") | {"encoder": {"name": BUILT_IN}})
    for dimension, code in ((10, 2), (384, 0)):
        maps.save(
            run / "maps.safetensors", maps.identity(dimension), src_language="mk", trg_language="en", encoder="x", encoder_fingerprint="x"
        )
        assert call("export", "--run", "run-1", "--format", "archive", "--out", tmp_path / f"{dimension}.zip")[0] == 0
        found, said, err = call("import", tmp_path / f"{dimension}.zip", where=there)
        assert found == code and (said is None) == bool(code)
        assert not code or (err.count("\n") == 1 and "maps of its encoder" in err and not (there.runs / "run-1").exists())


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("lraln_core.exchange.run_database", "ingest_run", ("export",)),
        ("lraln_core.exchange.run_database", "ingest_run", ("report",)),
        ("lraln_core.exchange.archive", "corpus_sources", ("export", "--format", "archive")),
    ],
)
def test_a_run_that_is_removed_while_it_is_read_is_told_so(call, workspace, tmp_path, monkeypatch, module, name, arguments):
    reader = getattr(import_module(module), name)

    def too_late(*values):
        shutil.rmtree(workspace.runs / "run-1")
        return reader(*values)

    monkeypatch.setattr(f"{module}.{name}", too_late)
    code, _, complaint = call(*arguments, "--run", "run-1", "--out", tmp_path / "out")
    assert (code, complaint) == (2, "Error: The run run-1 was removed while it was read.\n")
    assert not (tmp_path / "out").exists()


def test_a_report_is_written(call, tmp_path):
    code, _, _ = call("report", "--run", "run-1", "--out", tmp_path / "r.html")
    assert code == 0 and (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "--run", "none", "--out", "x"),
        ("report", "--run", "../..", "--out", "x"),
        ("import", "none.zip"),
        ("import", "/dev/null"),
        ("export", "--run", "run-1", "--out", "x", "--src-word", "(", "--match", "regex"),
        ("import", __file__),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(call, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    code, said, err = call(*arguments)
    assert code == 2 and said is None and err.startswith("Error: ") and err.count("\n") == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("export", "--run", "run-1", "--out", "x", "--iteration", "0"), "--iteration: '0' is not a whole number from 1"),
        (("import", __file__, "--max-gigabytes", "nan"), "--max-gigabytes: 'nan' is not a number from 0"),
    ],
)
def test_a_number_out_of_bounds_is_one_sentence_and_writes_nothing(call, tmp_path, monkeypatch, capsys, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        call(*arguments)
    err = capsys.readouterr().err
    assert complaint in err and err.count("\n") == 1
    assert not (tmp_path / "x").exists()
