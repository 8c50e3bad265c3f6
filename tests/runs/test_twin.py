"""The twin of a run is the same run with the other mining method."""

from __future__ import annotations

import copy

import pytest

from lraln_core.errors import ConfigError
from lraln_core.runs.counterpart import differences, find_twin, twin_config, twin_method
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config

CONFIG = sample_config("mk-en", Preset.PAPER).to_json()


def changed(**sections) -> dict:
    config = copy.deepcopy(CONFIG)
    for section, values in sections.items():
        config[section] = config[section] | values if isinstance(values, dict) else values
    return config


def test_the_twin_differs_in_the_method_and_the_name_only():
    twin = twin_config(CONFIG)
    assert twin.mining.method == "intersection" and twin.name == "Sample: Macedonian and English (both ways)"
    assert [name for name, *_ in differences(CONFIG, twin.to_json())] == ["name", "mining.method"]
    assert twin_config(twin.to_json()).mining.method == "forward_backward"


def test_a_twin_is_found_whatever_its_name_and_threads():
    twin = twin_config(CONFIG).to_json() | {"name": "other", "threads": 3}
    others = [("a", CONFIG), ("b", changed(seed=2, mining={"method": "intersection"})), ("c", twin)]
    assert find_twin(CONFIG, others) == "c" and find_twin(twin, others) == "a"
    assert find_twin(CONFIG, others[:2]) is None


def test_defaults_that_a_configuration_leaves_out_are_no_difference():
    short = {key: CONFIG[key] for key in ("name", "src", "trg", "test", "evaluation")}
    assert differences(short, CONFIG) == [] and twin_method(short) == "intersection"
    assert differences(short, changed(training={"steps": 7})) == [("training.steps", 5000, 7)]


@pytest.mark.parametrize(
    "config",
    [
        changed(system="base"),
        changed(system="linear_sup"),
        changed(system="nonsense"),
        changed(mining={"method": "x"}),
        changed(system=["a"]),
    ],
)
def test_runs_that_do_not_mine_have_no_twin(config):
    assert twin_method(config) is None and find_twin(config, [("a", CONFIG)]) is None
    with pytest.raises(ConfigError):
        twin_config(config)


def test_a_text_that_is_not_here_is_said():
    with pytest.raises(ConfigError, match="not on this computer"):
        twin_config(changed(src={"corpus": "mk.txt"}))
