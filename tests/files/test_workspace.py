"""Files appear whole or not at all; a full disk and a read-only folder are sentences."""

import errno
import os

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
