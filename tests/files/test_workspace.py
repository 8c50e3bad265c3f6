"""Files appear whole or not at all; a full disk and a read-only folder are sentences."""

import errno
import os
import socket
from pathlib import Path

import pytest

from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.errors import LralnError, WorkspaceError
from lraln_core.files.atomic import disk_errors, read_json, replacing, write_json
from lraln_core.files.run_folder import State, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs import worker
from tests.runs.conftest import small_config, small_files  # noqa: F401


def test_replacing_is_all_or_nothing(tmp_path):
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"x": 1})
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert read_json(path) == {"x": 1} and [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_only_regular_files_are_replaced(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "dangling").symlink_to(tmp_path / "absent")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # the path of a socket has at most 108 bytes
        listening.bind("socket")
        for name in ("pipe", "link", "dangling", "loop", "folder", "socket"):
            before = os.lstat(tmp_path / name)
            with pytest.raises(WorkspaceError, match="Cannot write to"):
                write_json(tmp_path / name, {})
            assert os.lstat(tmp_path / name) == before
    with pytest.raises(WorkspaceError, match="a device"):
        write_json(Path(os.devnull), {})
    assert Path(os.devnull).is_char_device() and (tmp_path / "target").read_text() == "kept" and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\udce9", "loop/a"], ids=["long", "nul", "not UTF-8", "loop"])
def test_names_that_cannot_be_written_are_a_sentence(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(WorkspaceError, match="Cannot write to"):
        write_json(tmp_path / name, {})


def test_a_replaced_file_keeps_its_permissions_and_a_new_one_gets_those_of_the_process(tmp_path):
    before = os.umask(0o027)
    try:
        write_json(tmp_path / "new", {})
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    (tmp_path / "new").chmod(0o604)
    write_json(tmp_path / "new", {"x": 1})
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o604
    write_json(tmp_path / ("x" * 255), {})  # the longest name


def test_numbers_that_json_lacks_are_refused(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_damaged_json_is_a_sentence(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"x": \xff')
    with pytest.raises(WorkspaceError, match="damaged"):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    "code, sentence",
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
    ],
)
def test_the_systems_refusals_are_sentences(tmp_path, code, sentence):
    with pytest.raises(WorkspaceError, match=sentence), disk_errors(tmp_path):
        raise OSError(code, os.strerror(code), str(tmp_path / "f"))


def _fill_disk(monkeypatch, after: int):
    """From the given write on, every file that is to be put in place meets a full disk."""
    real, left = os.fsync, [after]

    def fsync(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("after", [0, 1, 2, 5, 9, 14])
def test_a_disk_that_fills_up_ends_a_run_in_a_sentence_and_it_resumes(monkeypatch, small_config, workspace, after):  # noqa: F811
    folder = create(workspace.runs / "one", small_config.to_json())
    with monkeypatch.context() as patch:
        _fill_disk(patch, after)
        with pytest.raises(LralnError, match="disk is full"):
            worker.work(small_config, folder, workspace)
        assert not [path for path in workspace.root.rglob("*.part")] and folder.summary() is None
    worker.work(small_config, folder, workspace)
    assert folder.state() is State.FINISHED


def test_a_cache_that_cannot_be_written_is_a_sentence(monkeypatch, tmp_path, fake_encoder):
    _fill_disk(monkeypatch, 0)
    with pytest.raises(WorkspaceError, match="disk is full"):
        CcwrCache(tmp_path).fetch([("a", "b")], fake_encoder)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_file_where_the_workspace_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="in the way"):
        Workspace(tmp_path / "file").require_writable()
    with pytest.raises(WorkspaceError, match="folder of that name"):
        (tmp_path / "folder").mkdir()
        write_json(tmp_path / "folder", {})
