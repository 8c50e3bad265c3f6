"""The Ray engine on a cluster of node processes: the same files as on one machine, also when a node is killed."""

import pytest

from lraln_core.choices import Engine, Scoring
from lraln_core.cluster.encoding import EncoderChoice, encode_corpora
from lraln_core.cluster.engine import open_engine, require_private
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
            stop = True
            with pytest.raises(Cancelled):
                mine_stores(*stores, Place(str(tmp_path / "cancelled")), wanted, engine, progress=lambda d, t: None)
            assert not (tmp_path / "cancelled" / "pairs.json").exists()
        finally:
            engine.close()


@pytest.mark.parametrize("address", ["8.8.8.8:6379", "ray://1.1.1.1:10001", "[2606:4700:4700::1111]:6379"])
def test_a_public_address_is_refused(address):
    with pytest.raises(ConfigError, match="public address"):
        require_private(address)


@pytest.mark.parametrize("address", ["", "auto", "127.0.0.1:6379", "10.1.2.3:6379", "192.168.0.5", "[::1]:6379"])
def test_private_addresses_are_taken(address):
    require_private(address)
