"""A run over stores: mined in every iteration as on one machine, resumed with the same bits, and read by the app from the shards."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from lraln_core.alignment import maps
from lraln_core.cluster.engine import LocalEngine
from lraln_core.errors import Cancelled, ConfigError, RunError, WorkspaceError
from lraln_core.exchange.manifest import is_allowed
from lraln_core.exchange.portable_paths import portable
from lraln_core.files import events
from lraln_core.files.places import Place
from lraln_core.files.run_folder import RunFolder, State, create
from lraln_core.files.workspace import PROJECT
from lraln_core.runs import worker
from lraln_core.runs.config import from_json
from lraln_core.runs.systems import store_source
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


def _pairs(folder) -> list[pa.Table]:
    return [pq.read_table(path) for path in folder.pair_files()]


def _shards(found) -> pa.Table:
    return pa.concat_tables([pq.read_table(place.path(name)) for place, name in found.shards])


def _matrices(folder) -> list:
    learned = maps.load(folder.maps)[0]
    return [learned.src.matrix, learned.trg.matrix]


@pytest.mark.parametrize("system", ["linear_unsup", "normalized_unsup", "gloss"])
def test_a_run_over_stores_is_that_of_one_machine(config, small_config, workspace, tmp_path, system):  # noqa: F811
    values = {**small_config.to_json(), "system": system}
    values["training"] |= {"steps": 40, "evaluate_every": 10}
    values["mining"] |= {"sample_size": 6, "candidates": 12}
    plain, summary = _run(from_json(values), workspace, "plain")
    sharded, other = _run(from_json(values | {"stores": config.to_json()["stores"]}), workspace, "sharded")
    assert (len(_pairs(plain)) == 1) == (system == "gloss") and _pairs(sharded) == _pairs(plain)
    assert sum(map(len, _pairs(plain))) == pair_shards(sharded).pairs > 50
    for one, two in zip(_matrices(plain), _matrices(sharded), strict=True):
        assert (one == two).all()
    assert {key: value for key, value in summary.items() if "step" in key} == {key: value for key, value in other.items() if "step" in key}
    mined = [[event for event in folder.events() if event["kind"] in ("mining", "guard")] for folder in (plain, sharded)]
    for one, two in zip(*mined, strict=True):
        assert one | {"time": 0, "seconds": 0} == two | {"time": 0, "seconds": 0}
    assert sorted(path.name[:2] for path in (tmp_path / "shared").iterdir())[:2] == ["en", "mk"]
    assert not list((tmp_path / "shared").glob("pairs-*/work-*"))


def test_of_very_many_pairs_the_run_holds_those_of_some_source_sentences(config, workspace, monkeypatch):
    monkeypatch.setattr(store_source, "PAIRS_KEPT", 40)
    folder, _ = _run(config, workspace, "one")
    found = pair_shards(folder)
    kept, whole = pa.concat_tables(_pairs(folder)).to_pandas(), _shards(found).to_pandas()
    assert found.iterations == len(folder.pair_files()) > 1 and len(whole) == found.pairs > 2 * len(kept)
    key = ["iteration", "src_sentence"]
    drawn = whole.merge(kept[key].drop_duplicates(), on=key)
    assert drawn.sort_values(list(kept)).values.tolist() == kept.sort_values(list(kept)).values.tolist()


def test_the_app_reads_the_pairs_of_a_run_over_stores_from_their_shards(config, workspace, tmp_path, monkeypatch):
    folder, summary = _run(config, workspace, "one")
    assert folder.state() is State.FINISHED and summary["steps"] == 40
    found = pair_shards(folder)
    assert found is not None and len(found.shards) > 2
    whole = _shards(found).to_pandas()
    assert len(whole) == found.pairs and sorted(set(whole["iteration"])) == list(range(found.iterations))
    places = ["src_sentence", "src_word", "trg_sentence", "trg_word", "iteration"]

    db = open_database(workspace)
    sync(db, workspace)
    assert list_runs(db)["id"].tolist() == ["one"]
    ordered = whole.sort_values(["similarity", *places], ascending=[False, True, True, True, True, True])
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
        count_pairs(db, PairShards(((Place(str(tmp_path / "gone")), found.shards[0][1]),), 1, 1), ShardFilter())
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
    earlier = {"place": str(found.shards[0][0].url), "shards": [found.shards[0][1]], "pairs": 1, "recall": 1.0}
    folder.pair_shards.write_text(json.dumps(earlier))  # as version 1 wrote it
    assert pair_shards(folder).shards == found.shards[:1]
    folder.pair_shards.write_text('{"place": "x", "shards": ["../../etc/passwd"], "pairs": 1}')
    with pytest.raises(RunError, match="damaged"):
        pair_shards(folder)


def test_the_status_names_the_dashboard_and_counts_the_tasks_of_all_workers(config, workspace, monkeypatch):
    seen = []

    class Engine(LocalEngine):
        dashboard = "http://127.0.0.1:8265"

        def map(self, function, tasks):
            for done in super().map(function, tasks):
                yield done
                seen.append(RunFolder(workspace.runs / "one").status())

    monkeypatch.setattr(store_source, "open_engine", lambda name, *, workers, check, **_: Engine(workers, check))
    monkeypatch.setattr(events, "STATUS_EVERY", 0)
    folder, _ = _run(config, workspace, "one")
    encoding, mining = ([one for one in seen if one["stage"] == stage] for stage in ("encode", "mine"))
    assert {one["dashboard"] for one in encoding + mining} == {"http://127.0.0.1:8265"} and folder.status()["dashboard"] == ""
    assert max(one["done"] for one in encoding) >= 60 and {one["unit"] for one in encoding} == {"sentences"}
    assert all("with 2 workers" in one["message"] for one in mining) and max(one["done"] / max(1, one["total"]) for one in mining) > 0.9


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
    assert _pairs(folder) == _pairs(again) and pair_shards(again).pairs == pair_shards(folder).pairs


def test_stores_are_refused_for_systems_that_cannot_use_them_and_left_out_of_archives(config, small_config):  # noqa: F811
    values = config.to_json()
    with pytest.raises(ConfigError, match="System full_unsup does not work over stores.*; choose linear_unsup or .* or gloss, or"):
        from_json(values | {"system": "full_unsup"})
    with pytest.raises(ConfigError, match="exact or ivf_pq_rerank"):
        from_json(values | {"mining": values["mining"] | {"backend": "ivf"}})
    assert "stores" not in small_config.to_json() and from_json(values) == config
    assert "stores" not in portable("config.json", values)
    assert is_allowed("run/mined.json") and not is_allowed("run/pair-shards.json")
    assert json.dumps(values)
