"""Files of arrays: equal bytes for equal content, readable by the library, a full disk is a sentence."""

import errno
import os

import numpy as np
import pytest
from safetensors import SafetensorError, safe_open

from lraln_core.errors import WorkspaceError
from lraln_core.files import tensor_files
from lraln_core.files.tensor_files import safetensors_errors, save_arrays

ARRAYS = {"src": np.arange(6, dtype=np.float32).reshape(2, 3).T, "trg": np.ones(5, np.float16), "on": np.array([True, False])}
METADATA = {name: f"\u043c\u0430\u043a {name}" for name in "hgfedcba"}


def test_equal_content_is_equal_bytes(tmp_path):
    written = set()
    for number in range(8):  # the library's own order of eight texts changes nearly every time
        save_arrays(tmp_path / f"{number}", ARRAYS, METADATA)
        written.add((tmp_path / f"{number}").read_bytes())
    assert len(written) == 1
    with safe_open(tmp_path / "0", framework="numpy") as file:
        assert file.metadata() == METADATA
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(file.get_tensor(name), array)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    save_arrays(tmp_path / "a", ARRAYS)
    before = (tmp_path / "a").read_bytes()

    def full(raw):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tensor_files, "_with_sorted_header", full)
    with pytest.raises(WorkspaceError, match="the disk is full"):
        save_arrays(tmp_path / "a", {"src": np.zeros(3, np.float32)})
    assert (tmp_path / "a").read_bytes() == before and os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    "said, sentence",
    [
        ("Error while serializing: I/O error: No space left on device (os error 28)", "the disk is full"),
        ("Error while serializing: I/O error: Read-only file system (os error 30)", "read-only"),
        ("something else", "something else"),
    ],
)
def test_what_the_library_says_of_the_disk(tmp_path, said, sentence):
    with pytest.raises(WorkspaceError, match=sentence), safetensors_errors(tmp_path):
        raise SafetensorError(said)
