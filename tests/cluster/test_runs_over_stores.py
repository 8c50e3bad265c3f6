"""A run over stores: encoded and mined once, trained on samples of the pairs, resumed with the same bits, and read by the app."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from lraln_core.alignment import maps
from lraln_core.errors import Cancelled, ConfigError, RunError, WorkspaceError
from lraln_core.exchange.manifest import is_allowed
from lraln_core.exchange.portable_paths import portable
from lraln_core.files.places import Place
from lraln_core.files.run_folder import State, create
from lraln_core.files.workspace import PROJECT
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.store.database import open_database
from lraln_core.store.matching import Match
from lraln_core.store.queries.pair_shards import PairShards, ShardFilter, count_pairs, page_of_shards, pair_shards
from lraln_core.store.queries.runs import list_runs
from lraln_core.store.sync import sync
from tests.runs.conftest import small_config, small_files  # noqa: F401


@pytest.fixture
def config(small_config, tmp_path):  # noqa: F811
    values = small_config.to_json()
    values["stores"] = {"place": str(tmp_path / "shared"), "shard_sentences": 20, "block_words": 150, "workers": 2}
    values["mining"]["sample_size"] = 5
    values["training"] |= {"steps": 40, "evaluate_every": 10}
    return from_json(values)


def _run(config, workspace, name, **options):
    folder = create(workspace.runs / name, config.to_json())
    return folder, worker.work(config, folder, workspace, **options)


def test_a_run_over_stores_trains_on_samples_of_the_pairs_and_the_app_reads_all(config, workspace, tmp_path, monkeypatch):
    folder, summary = _run(config, workspace, "one")
    assert folder.state() is State.FINISHED and summary["steps"] == 40
    stores = sorted(path.name[:2] for path in (tmp_path / "shared").iterdir())
    assert stores == ["en", "mk", "pa"]
    found = pair_shards(folder)
    assert found is not None and len(found.shards) > 2
    whole = pa.concat_tables([pq.read_table(found.place.path(name)) for name in found.shards]).to_pandas()
    assert len(whole) == found.pairs
    places = ["src_sentence", "src_word", "trg_sentence", "trg_word"]
    known = set(map(tuple, whole[places].to_numpy()))
    samples = [pq.read_table(path).to_pandas() for path in folder.pair_files()]
    assert all(set(map(tuple, sample[places].to_numpy())) < known and len(sample) for sample in samples)
    assert len(samples) > 1 and not samples[0][places].equals(samples[1][places])
    assert [set(sample["iteration"]) for sample in samples] == [{number} for number in range(len(samples))]
    assert all(len(set(sample["src_sentence"])) <= config.mining.sample_size for sample in samples)
    mined = [event for event in folder.events() if event["kind"] == "mining"]
    assert [event["pairs"] for event in mined] == [len(sample) for sample in samples]

    db = open_database(workspace)
    sync(db, workspace)
    assert list_runs(db)["id"].tolist() == ["one"]
    ordered = whole.sort_values(["similarity", *places], ascending=[False, True, True, True, True])
    page = page_of_shards(db, found, ShardFilter(), 5, 20)
    assert page[places].to_numpy().tolist() == ordered[places].to_numpy()[5:25].tolist()
    word = whole["src_token"].mode()[0]
    counts = count_pairs(db, found, ShardFilter(src_token=word.upper(), mutual_only=True))
    assert counts.pairs == counts.mutual == ((whole["src_token"].str.lower() == word.lower()) & whole["forward"] & whole["backward"]).sum()
    low = float(whole["similarity"].median())
    assert count_pairs(db, found, ShardFilter(min_similarity=low)).pairs == (whole["similarity"] >= np.float32(low)).sum()
    assert count_pairs(db, found, ShardFilter(trg_token="e", match=Match.CONTAINS)).pairs == whole["trg_token"].str.contains("e").sum()
    with pytest.raises(ConfigError):
        count_pairs(db, found, ShardFilter(src_token="(", match=Match.REGEX))
    with pytest.raises(WorkspaceError, match="missing or damaged"):
        count_pairs(db, PairShards(Place(str(tmp_path / "gone")), found.shards, 1), ShardFilter())
    db.close()
    monkeypatch.setenv("LRALN_WORKSPACE", str(workspace.root))
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120).run()
    app.switch_page("pages/pairs.py").run()
    app.toggle(key="stored_on").set_value(True).run()
    app.text_input(key="stored_src").set_value(word).run()
    wanted = whole[whole["src_token"].str.lower() == word.lower()]
    assert any(f"**{len(wanted):,} word pairs**" in text.value for text in app.markdown) and not app.exception and not app.error
    shown = next(table.value for table in app.dataframe if "Similarity (cosine)" in table.value)
    assert len(shown) == min(25, len(wanted)) and set(shown["Macedonian"].str.lower()) == {word.lower()}
    assert all(word in sentence for sentence in shown["Sentence of Macedonian"])
    folder.pair_shards.write_text('{"place": "x", "shards": ["../../etc/passwd"], "pairs": 1}')
    with pytest.raises(RunError, match="damaged"):
        pair_shards(folder)


def test_a_cancelled_run_goes_on_and_ends_with_the_same_bits(config, workspace):
    folder, _ = _run(config, workspace, "one")
    calls = 0

    def stop():
        nonlocal calls
        calls += 1
        return calls in (3, 40, 80)

    values = config.to_json()
    values["stores"]["place"] += "-2"
    other = from_json(values)
    again = create(workspace.runs / "two", other.to_json())
    cancelled = 0
    for _ in range(4):
        try:
            worker.work(other, again, workspace, stop=stop)
            break
        except Cancelled:
            cancelled += 1
    assert cancelled >= 2 and again.state() is State.FINISHED
    first, second = (maps.load(one.maps)[0] for one in (folder, again))
    assert (first.src.matrix == second.src.matrix).all() and (first.trg.matrix == second.trg.matrix).all()
    assert [pq.read_table(path) for path in folder.pair_files()] == [pq.read_table(path) for path in again.pair_files()]


def test_stores_are_refused_for_systems_that_cannot_use_them_and_left_out_of_archives(config, small_config):  # noqa: F811
    values = config.to_json()
    with pytest.raises(ConfigError, match="System gloss does not work over stores"):
        from_json(values | {"system": "gloss"})
    with pytest.raises(ConfigError, match="exact or ivf_pq_rerank"):
        from_json(values | {"mining": values["mining"] | {"backend": "ivf"}})
    assert "stores" not in small_config.to_json() and from_json(values) == config
    assert "stores" not in portable("config.json", values)
    assert is_allowed("run/mined.json") and not is_allowed("run/pair-shards.json")
    assert json.dumps(values)
