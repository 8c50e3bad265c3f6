"""The systems of the recommended recipe on a tiny encoder of 16 dimensions: nothing is tied to the built-in one."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from lraln_core.alignment import maps
from lraln_core.files.run_folder import create
from lraln_core.runs import presets, worker
from lraln_core.runs.config import from_json
from lraln_core.runs.presets import Preset


def _run(config, workspace, name, **changes):
    values = config.to_json()
    for table, change in changes.items():
        values[table] = values[table] | change if isinstance(change, dict) else change
    folder = create(workspace.runs / name, from_json(values).to_json())
    return folder, worker.work(from_json(values), folder, workspace)


def test_gloss_leaves_pairs_maps_and_maps_for_taggers(small_config, workspace):
    recommended = presets.VALUES[Preset.RECOMMENDED]
    changes = {key: value for key, value in recommended.items() if key != "system"} | {"system": "gloss"}
    folder, summary = _run(small_config, workspace, "gloss", **changes)
    assert summary["iterations"] == 1 and summary["steps"] == 0 and summary["mined_pairs"] > 0
    kinds = [event["kind"] for event in folder.events()]
    assert kinds.count("mining") == 1 and kinds.count("gloss") == 1
    made, _ = maps.load(folder.maps)
    tagging, _ = maps.load(folder.tagging_maps)
    assert made.dimension == 32 and made.src.mean is not None
    np.testing.assert_array_equal(tagging.trg.matrix, np.eye(32))  # two layers of 16
    assert folder.maps_for_tagging == folder.tagging_maps
    types = pq.read_table(folder.type_pairs).to_pandas()
    assert types["src_word"].is_unique and types["mutual"].any() and types["csls"].is_monotonic_decreasing
    assert types["expected_precision"].isna().all()  # two scripts: no word is spelled alike
    after = summary["retrieval"]["after"]
    assert after["candidates"] == "all" and after["mean_accuracy"] == after["mean_accuracy_all"]
    assert 0 <= after["mean_accuracy_gold"] <= 1
    again, second = _run(small_config, workspace, "again", **changes)
    assert json.dumps(second["retrieval"]) == json.dumps(summary["retrieval"])
    np.testing.assert_array_equal(maps.load(again.maps)[0].src.matrix, made.src.matrix)


@pytest.mark.parametrize("corpora", [True, False])
def test_cca_sup_beats_the_encoder_on_its_own_training_words(small_config, workspace, corpora):
    values = small_config.to_json() | {"system": "cca_sup"}
    values["test"] = values["train"]
    if not corpora:
        values["src"]["corpus"] = values["trg"]["corpus"] = ""
    folder = create(workspace.runs / "cca", from_json(values).to_json())
    summary = worker.work(from_json(values), folder, workspace)
    assert summary["retrieval"]["after"]["mean_accuracy"] > summary["retrieval"]["before"]["mean_accuracy"]
    assert not folder.tagging_maps.exists() and folder.maps_for_tagging == folder.maps


def test_coloured_leaves_the_target_alone(small_config, workspace):
    folder, _ = _run(small_config, workspace, "coloured", system="coloured")
    made, _ = maps.load(folder.maps)
    np.testing.assert_array_equal(made.trg.matrix, np.eye(16))
    assert made.trg.mean is None and made.src.mean is not None


def test_gold_candidates_are_an_option_of_a_run(small_config, workspace):
    _, summary = _run(small_config, workspace, "gold", system="base", evaluation={"candidates": "gold"})
    after = summary["retrieval"]["after"]
    assert after["candidates"] == "gold" and after["mean_accuracy"] == after["mean_accuracy_gold"]
