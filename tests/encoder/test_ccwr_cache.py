"""The cache: one encoding a sentence, identical bits after an interruption, two processes, bounded size."""

import itertools
import multiprocessing
import os

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lraln_core.encoder import ccwr_cache
from lraln_core.encoder.ccwr_cache import CcwrCache
from lraln_core.errors import Cancelled, WorkspaceError
from tests.conftest import FakeEncoder

SENTENCES = [tuple(f"w{i}" for i in range(n, n + 1 + n % 7)) for n in range(100)]


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(ccwr_cache, "SEGMENT_SENTENCES", 8)


def test_vectors_come_back_in_order(tmp_path, fake_encoder):
    wanted = [SENTENCES[i] for i in (5, 3, 5, 99)]
    result = CcwrCache(tmp_path).fetch(wanted, fake_encoder)
    direct = fake_encoder.encode(wanted)
    np.testing.assert_array_equal(result.vectors, direct.vectors.astype(np.float16))
    assert result.offsets.tolist() == direct.offsets.tolist()


def test_each_sentence_is_encoded_once(tmp_path, fake_encoder):
    CcwrCache(tmp_path).fetch(SENTENCES[:60], fake_encoder)
    cache = CcwrCache(tmp_path)
    cache.fetch(SENTENCES[30:] + SENTENCES[:10], fake_encoder)
    encoded = [sentence for call in fake_encoder.calls for sentence in call]
    assert sorted(encoded) == sorted(set(SENTENCES))
    assert cache.sentences_encoded == 40


def test_encoders_do_not_share(tmp_path):
    one, two = FakeEncoder(8), FakeEncoder(4)
    cache = CcwrCache(tmp_path)
    assert cache.fetch(SENTENCES[:3], one).dimension == 8
    assert cache.fetch(SENTENCES[:3], two).dimension == 4
    assert cache.fetch(SENTENCES[:3], one).dimension == 8


class BatchDependent(FakeEncoder):
    """Like a real encoder, whose last bits depend on what else is in the batch."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.stop_after = stop_after

    def encode(self, sentences, *, progress=None):
        if self.stop_after == len(self.calls):
            raise Cancelled("stop")
        words = super().encode(sentences)
        return words.replace_vectors(words.vectors + len(sentences))


def test_an_interrupted_request_ends_with_the_same_bits(tmp_path):
    whole = CcwrCache(tmp_path / "whole").fetch(SENTENCES, BatchDependent())
    for stop in range(1, 13):
        with pytest.raises(Cancelled):
            CcwrCache(tmp_path / str(stop)).fetch(SENTENCES, BatchDependent(stop))
        again = CcwrCache(tmp_path / str(stop)).fetch(SENTENCES, BatchDependent())
        np.testing.assert_array_equal(again.vectors, whole.vectors)


def test_damaged_segments_are_encoded_again(tmp_path, fake_encoder):
    before = CcwrCache(tmp_path).fetch(SENTENCES, fake_encoder)
    for i, path in enumerate(sorted(tmp_path.glob("*/*.safetensors"))):
        data = path.read_bytes()
        path.write_bytes((data[: len(data) // 2], b"", b"\xff" * 50)[i % 3])
    after = CcwrCache(tmp_path).fetch(SENTENCES, fake_encoder)
    np.testing.assert_array_equal(before.vectors, after.vectors)


def test_every_changed_bit_is_found_and_encoded_again(tmp_path, fake_encoder):
    before = CcwrCache(tmp_path).fetch(SENTENCES[:8], fake_encoder)
    (path,) = tmp_path.glob("*/*.safetensors")
    good, rng = path.read_bytes(), np.random.default_rng(0)
    for at in rng.integers(0, 8 * len(good), 300):
        raw = bytearray(good)
        raw[at // 8] ^= 1 << at % 8
        path.write_bytes(raw)
        after = CcwrCache(tmp_path).fetch(SENTENCES[:8], fake_encoder)
        np.testing.assert_array_equal(before.vectors, after.vectors)
        np.testing.assert_array_equal(before.valid, after.valid)
        assert after.offsets.tolist() == before.offsets.tolist()


def test_a_segment_that_changes_while_it_is_open_is_encoded_again(tmp_path, fake_encoder):
    cache = CcwrCache(tmp_path)
    before = cache.fetch(SENTENCES, fake_encoder)
    path = sorted(tmp_path.glob("*/*.safetensors"))[0]
    with open(path, "r+b") as file:
        file.seek(-3, os.SEEK_END)
        byte = file.read(1)
        file.seek(-3, os.SEEK_END)
        file.write(bytes([byte[0] ^ 4]))
    np.testing.assert_array_equal(cache.fetch(SENTENCES, fake_encoder).vectors, before.vectors)


def test_a_disk_that_keeps_changing_what_is_written_is_a_sentence(tmp_path, fake_encoder, monkeypatch):
    tick = itertools.count()
    monkeypatch.setattr(ccwr_cache, "_check", lambda *arrays: next(tick) if len(arrays) == 2 else 0)
    with pytest.raises(WorkspaceError, match="disk may be failing"):
        CcwrCache(tmp_path).fetch(SENTENCES[:3], fake_encoder)


def test_segments_of_the_first_version_have_no_checksums_and_are_read(tmp_path, fake_encoder):
    before = CcwrCache(tmp_path).fetch(SENTENCES[:8], fake_encoder)
    (path,) = tmp_path.glob("*/*.safetensors")
    save_file({name: array for name, array in load_file(path).items() if name != "checks"}, path)
    np.testing.assert_array_equal(CcwrCache(tmp_path).fetch(SENTENCES[:8], fake_encoder).vectors, before.vectors)
    assert len(fake_encoder.calls) == 1


@pytest.mark.parametrize("lie", [
    {"offsets": np.array([0, 2, 1, 3])}, {"offsets": np.array([0, 1, 2])}, {"offsets": np.array([0, 1, 2, 99])},
    {"offsets": np.array([1, 1, 2, 3])}, {"valid": np.ones(2, bool)}, {"vectors": np.zeros(3, np.float16)},
    {"keys": np.zeros((3, 8), np.uint8)}, {"valid": np.ones(3, np.float32)},
])  # fmt: skip
def test_segments_that_contradict_themselves_are_encoded_again(tmp_path, fake_encoder, lie):
    sentences = [("a",), ("b",), ("c",)]
    before = CcwrCache(tmp_path).fetch(sentences, fake_encoder)
    (path,) = tmp_path.glob("*/*.safetensors")
    save_file(load_file(path) | lie, path)
    after = CcwrCache(tmp_path).fetch(sentences, fake_encoder)
    np.testing.assert_array_equal(before.vectors, after.vectors)
    assert len(fake_encoder.calls) == 2


def test_the_least_recently_used_go_first(tmp_path, fake_encoder):
    CcwrCache(tmp_path).fetch(SENTENCES[:50], fake_encoder)
    old = sorted(tmp_path.glob("*/*.safetensors"))
    for path in old:
        os.utime(path, (1, 1))
    size = sum(path.stat().st_size for path in old)
    cache = CcwrCache(tmp_path, limit_bytes=3 * size // 2)
    cache._scan = lambda folder: None  # a process that has not opened the old segments
    cache.fetch(SENTENCES[50:], fake_encoder)
    left = list(tmp_path.glob("*/*.safetensors"))
    assert sum(path.stat().st_size for path in left) <= 3 * size // 2
    assert 0 < len(set(old) - set(left)) < len(old)


def _fetch_in_process(root, queue):
    queue.put(CcwrCache(root).fetch(SENTENCES, FakeEncoder()).vectors)


def test_two_processes_at_once(tmp_path, fake_encoder):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=_fetch_in_process, args=(tmp_path, queue)) for _ in range(2)]
    for worker in workers:
        worker.start()
    results = [queue.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    expected = fake_encoder.encode(SENTENCES).vectors.astype(np.float16)
    for result in results:
        np.testing.assert_array_equal(result, expected)


def test_progress_counts_missing_sentences_only(tmp_path, fake_encoder):
    cache, seen = CcwrCache(tmp_path), []
    cache.fetch(SENTENCES[:20], fake_encoder)
    cache.fetch(SENTENCES[:50], fake_encoder, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (30, 30)
    seen.clear()
    cache.fetch(SENTENCES[:50], fake_encoder, progress=lambda done, total: seen.append((done, total)))
    assert seen == []
