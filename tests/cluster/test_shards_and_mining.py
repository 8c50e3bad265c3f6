"""Sharded stores and mining over them: the pairs of blocks and shards are those of one machine, bit by bit."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.alignment import mining as one_machine
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.choices import Backend, Engine, MiningMethod, Scoring
from lraln_core.cluster import shards
from lraln_core.cluster.engine import open_engine
from lraln_core.cluster.mining import Drawn, Wanted, mine_stores, open_pairs
from lraln_core.cluster.shards import MANIFEST, encode, open_store, read_counts, shard_name
from lraln_core.errors import Cancelled, ConfigError, WorkspaceError
from lraln_core.files.places import Place

from .stores import RandomEncoder, sentences, store

SRC, TRG = sentences(120, seed=1), sentences(150, seed=2)


@pytest.fixture
def engine(tmp_path):
    opened = open_engine(Engine.LOCAL, workers=2, spill=tmp_path, check=lambda: None)
    yield opened
    opened.close()


def _place(path) -> Place:
    return Place(str(path))


def _stores(folder, shard_sentences: int = 1000):
    return (
        store(_place(folder / f"src{shard_sentences}"), SRC, shard_sentences=shard_sentences, language="mk"),
        store(_place(folder / f"trg{shard_sentences}"), TRG, shard_sentences=shard_sentences),
    )


def _mine(stores, out, engine, **options):
    maps = options.pop("maps", None)
    return mine_stores(*stores, _place(out), Wanted(**options), engine, maps=maps, progress=lambda done, total: None)


def _table(mined) -> pa.Table:
    return pa.concat_tables([pq.read_table(mined.place.path(name)) for name in mined.shards])


def _files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("pairs-")}


def test_a_store_gives_back_the_vectors_of_any_sentences(tmp_path):
    whole = store(_place(tmp_path / "s"), SRC, shard_sentences=50)
    wanted = np.array([119, 0, 51, 51, 7])
    direct = RandomEncoder().encode([SRC[i] for i in wanted])
    found = open_store(whole.place).fetch(wanted)
    assert (found.vectors == direct.vectors.astype(np.float16)).all() and (found.valid == direct.valid).all()
    assert (found.offsets == direct.offsets).all()
    table = whole.usable_table(0, whole.usable_words, ("sentence", "position", "token"))
    expected = RandomEncoder().encode(SRC)
    rows = np.flatnonzero(expected.valid)
    assert (table["sentence"].to_numpy() == expected.sentence[rows]).all()
    assert table["token"].to_pylist() == [SRC[s][w] for s, w in zip(expected.sentence[rows], expected.position[rows], strict=True)]
    part = whole.usable_table(100, 400, ("token",))
    assert part["token"].to_pylist() == table["token"].to_pylist()[100:400]


@pytest.mark.parametrize("scoring", list(Scoring))
@pytest.mark.parametrize("method", list(MiningMethod))
@pytest.mark.parametrize("k", [1, 3])
def test_pairs_are_those_of_one_machine(tmp_path, engine, scoring, method, k):
    expected = one_machine.mine(
        RandomEncoder().encode(SRC).replace_vectors(RandomEncoder().encode(SRC).vectors.astype(np.float16)),
        RandomEncoder().encode(TRG).replace_vectors(RandomEncoder().encode(TRG).vectors.astype(np.float16)),
        method=method,
        threshold=0.6,
        mining_k=k,
        scoring=scoring,
    ).pairs
    mined = _mine(_stores(tmp_path), tmp_path / "out", engine, method=method, threshold=0.6, mining_k=k, scoring=scoring)
    table = _table(mined)
    for name in ("src_sentence", "src_word", "trg_sentence", "trg_word", "forward", "backward"):
        assert (table[name].to_numpy() == getattr(expected, name)).all(), name
    assert (table["similarity"].to_numpy() == expected.similarity).all()
    assert table["src_token"].to_pylist() == [SRC[s][w] for s, w in zip(expected.src_sentence, expected.src_word, strict=True)]
    assert mined.pairs == len(expected) > 50
    assert mined.mutual == int((expected.forward & expected.backward).sum())


@pytest.mark.parametrize("scoring", list(Scoring))
def test_one_and_four_shards_and_many_blocks_give_the_same_bits(tmp_path, engine, scoring):
    results = []
    for shard_sentences in (1000, 38):
        out = tmp_path / f"out{shard_sentences}"
        _mine(_stores(tmp_path, shard_sentences), out, engine, threshold=0.3, scoring=scoring, block_words=128, mining_k=2)
        results.append(_files(out))
    assert len(results[0]) == 6 and results[0] == results[1]
    whole = _mine(_stores(tmp_path), tmp_path / "whole", engine, threshold=0.3, scoring=scoring, mining_k=2)
    blocked = _table(open_pairs(_place(tmp_path / "out38")))
    places = ["src_sentence", "src_word", "trg_sentence", "trg_word", "forward", "backward"]
    assert blocked.select(places).equals(_table(whole).select(places))
    assert np.allclose(blocked["similarity"].to_numpy(), _table(whole)["similarity"].to_numpy(), atol=1e-6)


@pytest.mark.parametrize(("scoring", "block_words"), [(Scoring.COSINE, 100), (Scoring.CSLS, 65_536)])
def test_drawn_sentences_are_mined_as_if_they_were_all(tmp_path, engine, scoring, block_words, monkeypatch):
    monkeypatch.setattr(shards, "BATCH_WORDS", 64)  # so that sentences lie in several batches of a shard
    rng = np.random.default_rng(5)
    drawn = Drawn(3, *(np.sort(rng.choice(size, 60, replace=False)) for size in (len(SRC), len(TRG))))
    sides = []
    for text, chosen in ((SRC, drawn.src), (TRG, drawn.trg)):
        words = RandomEncoder().encode([text[i] for i in chosen])
        sides.append(words.replace_vectors(words.vectors.astype(np.float16)))
    options = {"threshold": 0.3, "scoring": scoring, "mining_k": 2}
    expected = one_machine.mine(*sides, method=MiningMethod.FORWARD_BACKWARD, **options).pairs
    wanted, quiet = Wanted(**options, block_words=block_words), lambda done, total: None
    for shard_sentences in (1000, 38):
        out = _place(tmp_path / f"out{shard_sentences}")
        table = _table(mine_stores(*_stores(tmp_path, shard_sentences), out, wanted, engine, drawn=drawn, progress=quiet))
        assert table["src_sentence"].to_pylist() == drawn.src[expected.src_sentence].tolist()
        assert table["trg_sentence"].to_pylist() == drawn.trg[expected.trg_sentence].tolist()
        assert table["src_word"].to_pylist() == expected.src_word.tolist() and table["trg_word"].to_pylist() == expected.trg_word.tolist()
        assert np.allclose(table["similarity"].to_numpy(), expected.similarity, atol=1e-6) and set(table["iteration"].to_pylist()) == {3}
        places = zip(table["trg_sentence"].to_pylist(), table["trg_word"].to_pylist(), strict=True)
        assert table["trg_token"].to_pylist() == [TRG[sentence][word] for sentence, word in places] and len(table) > 500
    with pytest.raises(ConfigError, match="other stores or settings"):
        mine_stores(*_stores(tmp_path), out, wanted, engine, drawn=replace(drawn, trg=drawn.trg[1:]), progress=quiet)


def test_maps_are_applied(tmp_path, engine):
    rng = np.random.default_rng(3)
    maps = Maps(*(LanguageMap(rng.standard_normal((16, 16)).astype(np.float32), rng.standard_normal(16).astype(np.float32)) for _ in "st"))
    from lraln_core.alignment.maps import apply

    src, trg = RandomEncoder().encode(SRC), RandomEncoder().encode(TRG)
    expected = one_machine.mine(
        src.replace_vectors(apply(maps.src, src.vectors.astype(np.float16))),
        trg.replace_vectors(apply(maps.trg, trg.vectors.astype(np.float16))),
        method=MiningMethod.INTERSECTION,
        threshold=0.2,
    ).pairs
    table = _table(_mine(_stores(tmp_path), tmp_path / "out", engine, method=MiningMethod.INTERSECTION, maps=maps))
    # A word without a vector has zeros, which the mean of a map moves: the store leaves it out by its mark.
    assert table["src_sentence"].to_pylist() == expected.src_sentence.tolist()
    assert table["trg_word"].to_pylist() == expected.trg_word.tolist()


def test_an_interrupted_mining_goes_on_and_gives_the_same_files(tmp_path, engine):
    stores = _stores(tmp_path)
    options = {"threshold": 0.3, "block_words": 128, "scoring": Scoring.CSLS}
    _mine(stores, tmp_path / "whole", engine, **options)
    for stop in (1, 9, 23, 40, 61, 95, 110):
        left = stop

        def report(done, total):
            nonlocal left
            left -= 1
            if left == 0:
                raise Cancelled("stop")

        out = _place(tmp_path / "resumed")
        try:
            mine_stores(*stores, out, Wanted(**options), engine, progress=report)
        except Cancelled:
            assert not out.exists("pairs.json")
    mined = mine_stores(*stores, out, Wanted(**options), engine, progress=lambda done, total: None)
    assert _files(tmp_path / "resumed") == _files(tmp_path / "whole")
    assert mined.cells < 2 * 6 * 8 and not list((tmp_path / "resumed").glob("work-*"))


def test_approximate_mining_measures_its_recall(tmp_path, engine):
    src = store(_place(tmp_path / "s"), sentences(900, seed=4), shard_sentences=300)
    trg = store(_place(tmp_path / "t"), sentences(1000, seed=5), shard_sentences=300)
    options = {"threshold": 0.5, "block_words": 3000, "method": MiningMethod.FORWARD}
    exact = _table(mine_stores(src, trg, _place(tmp_path / "e"), Wanted(**options), engine, progress=lambda d, t: None))
    found = mine_stores(
        src, trg, _place(tmp_path / "a"), Wanted(**options, backend=Backend.IVF_PQ_RERANK), engine, progress=lambda d, t: None
    )
    assert 0.3 < found.recall <= 1
    places = ["src_sentence", "src_word", "trg_sentence", "trg_word"]
    wanted = {tuple(row.values()) for row in exact.select(places).to_pylist()}
    got = {tuple(row.values()) for row in _table(found).select(places).to_pylist()}
    assert len(wanted & got) / len(wanted) == pytest.approx(found.recall, abs=0.1)


def test_other_pairs_other_encoders_and_no_store_are_refused(tmp_path, engine):
    stores = _stores(tmp_path)
    _mine(stores, tmp_path / "out", engine)
    with pytest.raises(ConfigError, match="other stores or settings"):
        _mine(stores, tmp_path / "out", engine, threshold=0.5)
    assert _mine(stores, tmp_path / "out", engine) == open_pairs(_place(tmp_path / "out"))
    with pytest.raises(ConfigError, match="no whole store"):
        open_store(_place(tmp_path / "nothing"))
    (tmp_path / "src1000" / MANIFEST).write_text("{")
    with pytest.raises(WorkspaceError, match="damaged"):
        open_store(_place(tmp_path / "src1000"))


def test_a_shard_is_named_after_its_content_and_damage_is_one_sentence(tmp_path):
    place = _place(tmp_path)
    names = {shard_name("a", SRC[:5]), shard_name("b", SRC[:5]), shard_name("a", SRC[:4]), shard_name("a", SRC[1:5])}
    assert len(names) == 4
    name = shard_name("random", SRC[:5])
    made = encode(place, name, SRC[:5], RandomEncoder())
    assert read_counts(place, name) == (made, 16)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-40])
    with pytest.raises(WorkspaceError, match="delete it"):
        read_counts(place, name)


def test_a_store_lies_on_any_file_system(tmp_path, engine):
    memory = store(Place("memory://lraln-test/src"), SRC, shard_sentences=40)
    disk = store(_place(tmp_path / "trg"), TRG, shard_sentences=40)
    mined = mine_stores(memory, disk, Place("memory://lraln-test/out"), Wanted(threshold=0.3), engine, progress=lambda d, t: None)
    local = _mine(_stores(tmp_path), tmp_path / "out", engine, threshold=0.3)
    assert [mined.place.read(name) for name in mined.shards] == [local.place.read(name) for name in local.shards]
    assert not {name for name in mined.place.names() if "part" in name}
