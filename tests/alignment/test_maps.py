"""Maps: start, application, norm and effective rank, and a file format that says what it is for."""

import json
import math
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from lraln_core.alignment import maps
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.errors import MapsError

LABELS = dict(src_language="mk", trg_language="en", encoder="e", encoder_fingerprint="f1")


def test_start_is_identity_plus_noise_below_the_bound():
    start = maps.add_noise(maps.identity(50), 0.01, np.random.default_rng(0))
    for side in (start.src.matrix, start.trg.matrix):
        noise = side - np.eye(50)
        assert noise.min() >= 0 and 0.009 < noise.max() < 0.01
    assert not np.array_equal(start.src.matrix, start.trg.matrix)


def test_apply_is_the_matrix_times_each_vector():
    matrix = np.array([[0, 2], [1, 1]], np.float32)
    np.testing.assert_array_equal(maps.apply(LanguageMap(matrix), np.array([[3, 5]])), [[10, 8]])
    np.testing.assert_array_equal(maps.apply(LanguageMap(matrix, np.array([1, 1], np.float32)), np.array([[3, 5]])), [[8, 6]])


def test_norm_and_rank_by_hand():
    assert maps.norm(np.eye(7)) == pytest.approx(1) and maps.effective_rank(np.eye(7)) == pytest.approx(7)
    assert maps.norm(np.diag([3.0, 4.0])) == pytest.approx(np.sqrt(12.5))
    assert maps.effective_rank(np.outer([1, 2], [3, 4])) == pytest.approx(1)
    # singular values 3 and 1: shares 3/4 and 1/4
    assert maps.effective_rank(np.diag([3.0, 1.0])) == pytest.approx(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25))))
    assert maps.effective_rank(np.zeros((3, 3))) == 0


@pytest.mark.parametrize("mean", [None, np.arange(6, dtype=np.float32)])
def test_round_trip(tmp_path, mean):
    noisy = maps.add_noise(maps.identity(6), 0.5, np.random.default_rng(1))
    start = Maps(LanguageMap(noisy.src.matrix, mean), noisy.trg)
    maps.save(tmp_path / "m.safetensors", start, **LABELS)
    loaded, metadata = maps.load(tmp_path / "m.safetensors", dimension=6, encoder_fingerprint="f1")
    np.testing.assert_array_equal(loaded.src.matrix, start.src.matrix)
    np.testing.assert_array_equal(loaded.trg.matrix, start.trg.matrix)
    np.testing.assert_array_equal(loaded.src.mean, mean)
    assert metadata["src_language"] == "mk" and loaded.trg.mean is None


def test_wrong_files_are_refused_in_a_sentence(tmp_path):
    path = tmp_path / "m.safetensors"
    maps.save(path, maps.identity(6), **LABELS)
    with pytest.raises(MapsError, match="do not fit an encoder of 8"):
        maps.load(path, dimension=8)
    with pytest.raises(MapsError, match="other weights, layer, pooling or precision"):
        maps.load(path, encoder_fingerprint="f2")
    for arrays, sentence in [
        ({"src": np.eye(2, dtype=np.float32)}, "expected src and trg"),
        ({"src": np.eye(2, dtype=np.float32), "trg": np.ones((2, 3), np.float32)}, "two square float32 matrices"),
        ({"src": np.eye(2), "trg": np.eye(2)}, "two square float32 matrices"),
        ({"src": np.full((2, 2), np.nan, np.float32), "trg": np.eye(2, dtype=np.float32)}, "not finite"),
    ]:
        save_file(arrays, path)
        with pytest.raises(MapsError, match=sentence):
            maps.load(path)


def _file(path, dtype, shape, metadata, data_type_bytes):
    """A safetensors file by hand, with data types that numpy lacks."""
    size = math.prod(shape) * data_type_bytes
    tensor = {name: {"dtype": dtype, "shape": shape, "data_offsets": [i * size, (i + 1) * size]} for i, name in enumerate(("src", "trg"))}
    header = json.dumps({"__metadata__": metadata} | tensor).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(2 * size))
    return path


@pytest.mark.parametrize(
    "dtype, shape, width", [("BF16", [4, 4], 2), ("F8_E4M3", [4, 4], 1), ("F64", [4, 4], 8), ("F32", [0, 0], 4), ("F32", [], 4)]
)
def test_other_data_types_and_shapes_are_refused(tmp_path, dtype, shape, width):
    path = _file(tmp_path / "m.safetensors", dtype, shape, LABELS | {"format": maps.FORMAT}, width)
    with pytest.raises(MapsError, match="two square float32 matrices|cannot be read"):
        maps.load(path)


def test_vectors_of_another_encoder_are_refused():
    with pytest.raises(MapsError, match="do not fit word vectors of 3"):
        maps.apply(maps.identity(2).src, np.ones((5, 3)))


@pytest.mark.parametrize("key", [*LABELS, "format"])
def test_maps_that_do_not_say_what_they_are_for_are_refused(tmp_path, key):
    metadata = LABELS | {"format": maps.FORMAT}
    maps.load(_file(tmp_path / "m.safetensors", "F32", [4, 4], metadata, 4), encoder_fingerprint="f1")
    with pytest.raises(MapsError, match="does not say"):
        maps.load(_file(tmp_path / "m.safetensors", "F32", [4, 4], {k: v for k, v in metadata.items() if k != key}, 4))


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", b"\xff" * 100, b'{"a": 1}'])
def test_other_bytes_are_refused(tmp_path, data):
    path = tmp_path / "m.safetensors"
    path.write_bytes(data)
    with pytest.raises(MapsError, match="cannot be read as a maps file"):
        maps.load(path)
    with pytest.raises(MapsError):
        maps.load(tmp_path / "absent")
