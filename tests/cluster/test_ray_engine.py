"""The Ray engine on a cluster of node processes: the same files as on one machine, also when a node is killed."""

import sys
import time
from types import SimpleNamespace

import pytest

from lraln_core.choices import Engine, Scoring
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import _start, open_engine, require_private
from lraln_core.cluster.mining import Wanted, mine_stores
from lraln_core.errors import Cancelled, ConfigError, WorkspaceError
from lraln_core.files.places import Place
from lraln_core.text.corpus import prepare_corpus

from .nodes import add_node, kill_node, nodes
from .stores import sentences, store

pytest.importorskip("ray")


def _choice(folder) -> EncoderChoice:
    from lraln_core.choices import Pooling, Precision

    return EncoderChoice(str(folder), -1, Pooling.LAST, "cpu", Precision.FLOAT32)


def _text(path, count, seed):
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [
        " ".join(letters[int(w[1:]) % 26] * (int(w[1:]) % 7 + 1) for w in words) + f" {i}"
        for i, words in enumerate(sentences(count, seed=seed))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _wait_and_write(path: str, seconds: float) -> None:
    time.sleep(seconds)
    with open(path, "w") as file:
        file.write("whole")


def _files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".arrow", ".parquet", ".part")}


def test_files_are_those_of_one_machine_also_when_a_node_is_killed(tmp_path, tiny_bert):
    corpus = prepare_corpus(_text(tmp_path / "a.txt", 300, 7), "en", tmp_path / "corpora", tokenized=True)
    stores = (
        store(Place(str(tmp_path / "s")), sentences(90, seed=1), shard_sentences=30),
        store(Place(str(tmp_path / "t")), sentences(90, seed=2), shard_sentences=30),
    )
    wanted = Wanted(threshold=0.3, block_words=128, scoring=Scoring.CSLS)

    def work(engine, name, lose=lambda: None):
        calls = 0

        def progress(done, total):
            nonlocal calls
            calls += 1
            if calls == 3:
                lose()

        encode_corpora([corpus], Place(str(tmp_path / f"{name}-store")), _choice(tiny_bert), engine, shard_sentences=20, progress=progress)
        calls = -20
        mine_stores(*stores, Place(str(tmp_path / f"{name}-pairs")), wanted, engine, progress=progress)
        return _files(tmp_path / f"{name}-store"), _files(tmp_path / f"{name}-pairs")

    local = open_engine(Engine.LOCAL, workers=1, spill=tmp_path, check=lambda: None)
    expected = work(local, "local")
    local.close()
    assert len(expected[0]) >= 12 and len(expected[1]) >= 4
    with nodes(2) as cluster:
        stop = False

        def check():
            if stop:
                raise Cancelled("stop")

        engine = open_engine(Engine.RAY, address=cluster.address, spill=tmp_path, check=check)
        try:
            left = list(cluster.worker_nodes)

            def lose():
                add_node(cluster)
                kill_node(left.pop())

            assert work(engine, "ray", lose) == expected
            assert not left

            full = Place("/dev/full/store")
            with pytest.raises(WorkspaceError, match="^Cannot write to .*: a part of that path is a file, not a folder."):
                encode_corpora([corpus], full, _choice(tiny_bert), engine, shard_sentences=20, progress=lambda d, t: None)
            assert sum(1 for _ in engine.map(_wait_and_write, [(str(tmp_path / "whole"), 0.0)])) == 1 and (tmp_path / "whole").exists()
            stop = True
            with pytest.raises(Cancelled):
                mine_stores(*stores, Place(str(tmp_path / "cancelled")), wanted, engine, progress=lambda d, t: None)
            assert not (tmp_path / "cancelled" / "pairs.json").exists()
            began = time.monotonic()
            with pytest.raises(Cancelled):
                for _ in engine.map(_wait_and_write, [(str(tmp_path / f"late-{number}"), 4.0) for number in range(6)]):
                    pass
            assert time.monotonic() - began < 3.5
            time.sleep(5)
            assert not list(tmp_path.glob("late-*"))  # the tasks that were at work have ended too
        finally:
            engine.close()


def test_ray_without_an_address_starts_a_cluster_of_its_own_on_loopback(tmp_path, monkeypatch):
    asked = {}

    def init(**options):
        asked.update(options)
        return SimpleNamespace(dashboard_url="127.0.0.1:8265")

    fake = SimpleNamespace(is_initialized=lambda: False, init=init)
    monkeypatch.setitem(sys.modules, "ray", fake)
    assert _start("", 2, tmp_path / "spill") == (fake, "http://127.0.0.1:8265")
    assert (asked["address"], asked["_node_ip_address"], asked["num_cpus"]) == ("local", "127.0.0.1", 2)
    assert asked["object_spilling_directory"] == str(tmp_path / "spill")
    assert _start("10.0.0.1:6379", 2, tmp_path)[1] == "http://127.0.0.1:8265" and asked["address"] == "10.0.0.1:6379"


@pytest.mark.parametrize("address", ["8.8.8.8:6379", "ray://1.1.1.1:10001", "[2606:4700:4700::1111]:6379"])
def test_a_public_address_is_refused(address):
    with pytest.raises(ConfigError, match="public address"):
        require_private(address)


@pytest.mark.parametrize("address", ["", "auto", "127.0.0.1:6379", "10.1.2.3:6379", "192.168.0.5", "[::1]:6379"])
def test_private_addresses_are_taken(address):
    require_private(address)
