"""Exports: what is offered where, and that the files behind the buttons are what they say."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from lraln_core.alignment import maps
from lraln_core.exchange.archive import pack_run
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """{key: what makes the file} of all download buttons that were drawn."""
    found: dict[str, object] = {}

    def button(label: str, *, data: object, file_name: str, key: str = "", **_: object) -> bool:
        found[key or label] = SimpleNamespace(name=file_name, data=data)
        return False

    monkeypatch.setattr(st, "download_button", button)
    return found


def made(file: SimpleNamespace) -> bytes:
    data = file.data() if callable(file.data) else file.data
    return data if isinstance(data, bytes) else data.encode()


def test_a_run_offers_report_archive_tables_and_configuration(open_page: OpenPage, app_workspace: Workspace, files: dict) -> None:
    add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME)
    app = open_page("launch", run="run-one")
    assert_sound(app)
    assert made(files["launch_result_report"]).startswith(b"<!DOCTYPE html>")
    with zipfile.ZipFile(io.BytesIO(made(files["launch_result_archive"]))) as archive:
        assert "run/config.json" in archive.namelist() and len([n for n in archive.namelist() if n.startswith("corpora/")]) == 4
    assert made(files["launch_result_csv"]).splitlines()[0] == b"Test,Direction,When,Accuracy,Low,High"
    assert b"\\begin{tabular}" in made(files["launch_result_tex"])
    assert files["launch_result_report"].name == "run-one-report.html"


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_run_that_stopped_can_be_taken_along_too(open_page: OpenPage, app_workspace: Workspace, files: dict, state: str) -> None:
    add_run(app_workspace, "run-one", state=state, error="It broke." if state == "failed" else None)
    app = open_page("launch", run="run-one")
    assert not app.exception
    assert b"It broke." in made(files["launch_result_report"]) or state != "failed"
    assert made(files["launch_result_archive"])[:2] == b"PK"


def test_maps_come_with_their_three_lines(open_page: OpenPage, app_workspace: Workspace, files: dict) -> None:
    from lraln_core.alignment import maps

    folder = add_run(app_workspace, "run-one")
    maps.save(folder.maps, maps.identity(2), src_language="mk", trg_language="en", encoder="x", encoder_fingerprint="y")
    app = open_page("launch", run="run-one")
    assert_sound(app)
    assert made(files["launch_result_maps"]) == folder.maps.read_bytes()
    assert len(app.code[0].value.splitlines()) == 3 and "load_file" in app.code[0].value


def test_figures_of_retrieval_and_compare_are_files(open_page: OpenPage, app_workspace: Workspace, files: dict) -> None:
    add_run(app_workspace, "run-one", minutes=1)
    add_run(app_workspace, "run-two")
    assert_sound(open_page("retrieval"))
    assert made(files["retrieval_intervals_svg"]).startswith(b"<svg") and made(files["retrieval_intervals_png"])[:4] == b"\x89PNG"
    assert b"Direction" in made(files["retrieval_numbers_csv"])
    assert_sound(open_page("compare"))
    for key in ("compare_overlap_svg", "compare_similarities_svg"):
        assert made(files[key]).startswith(b"<svg")
    assert b"Word pairs (distinct places)" in made(files["compare_numbers_tex"])


@pytest.mark.parametrize(
    ("format", "start"),
    [
        ("tsv", b"run_id\t"),
        ("parquet", b"PAR1"),
        ("pharaoh", b"PK"),
        ("tmx", b"<?xml"),
        ("moses", b"PK"),
    ],
)
def test_pairs_in_five_formats_follow_the_filters(
    open_page: OpenPage, app_workspace: Workspace, files: dict, format: str, start: bytes
) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("pairs", src="книга")
    app.selectbox(key="pairs_format").set_value(format).run()
    assert not app.exception
    raw = made(files["pairs_download"])
    assert raw.startswith(start)
    if format == "tsv":
        assert len(raw.splitlines()) == 2
    if format == "tmx":
        assert raw.count(b"<tu ") == 1


def archive_of(tmp_path: Path) -> bytes:
    """The archive of a run in another workspace."""
    there = Workspace(tmp_path / "there").require_writable()
    folder = add_run(there, "run-elsewhere", name="From elsewhere")
    pack_run(RunFolder(folder.path), there, tmp_path / "a.zip")
    return (tmp_path / "a.zip").read_bytes()


def test_a_run_comes_in_over_the_page_and_its_sentences_are_shown(open_page: OpenPage, app_workspace: Workspace, tmp_path: Path) -> None:
    raw = archive_of(tmp_path)
    app = open_page()
    app.file_uploader(key="run_import_file").set_value(("a.zip", raw, "application/zip")).run()
    app.button(key="run_import").click().run()
    assert_sound(app)
    assert "was imported with 2 corpora" in sentences(app) and "From elsewhere" in html_text(app)
    app.file_uploader(key="run_import_file").set_value(("a.zip", raw, "application/zip")).run()
    app.button(key="run_import").click().run()
    assert_sound(app)
    assert "with the same content" in sentences(app)
    pairs = open_page("pairs", run="run-elsewhere", src="книга")
    assert "Децата читаат" in html_text(pairs)


@pytest.mark.parametrize("raw", [b"", b"PK", b"x" * 100])
def test_a_bad_archive_is_one_sentence(open_page: OpenPage, app_workspace: Workspace, raw: bytes) -> None:
    app = open_page()
    app.file_uploader(key="run_import_file").set_value(("a.zip", raw, "application/zip")).run()
    app.button(key="run_import").click().run()
    assert not app.exception and len(app.error) == 1


def test_an_archive_whose_maps_do_not_fit_its_encoder_is_one_sentence(
    open_page: OpenPage, app_workspace: Workspace, tmp_path: Path
) -> None:
    there = Workspace(tmp_path / "there").require_writable()
    folder = add_run(there, "run-elsewhere")
    maps.save(folder.maps, maps.identity(10), src_language="mk", trg_language="en", encoder="x", encoder_fingerprint="x")
    pack_run(RunFolder(folder.path), there, tmp_path / "a.zip")
    app = open_page()
    app.file_uploader(key="run_import_file").set_value(("a.zip", (tmp_path / "a.zip").read_bytes(), "application/zip")).run()
    app.button(key="run_import").click().run()
    assert not app.exception and len(app.error) == 1 and "maps of its encoder" in app.error[0].value
    assert not list(app_workspace.runs.glob("*"))
