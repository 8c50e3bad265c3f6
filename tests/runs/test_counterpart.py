"""The counterpart of a run is the same run with the other mining method."""

from __future__ import annotations

import copy

import pytest

from lraln_core.errors import ConfigError
from lraln_core.runs.counterpart import counterpart_config, counterpart_method, differences, find_counterpart
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config

CONFIG = sample_config("mk-en", Preset.PAPER).to_json()


def changed(**sections) -> dict:
    config = copy.deepcopy(CONFIG)
    for section, values in sections.items():
        config[section] = config[section] | values if isinstance(values, dict) else values
    return config


def test_the_counterpart_differs_in_the_method_and_the_name_only():
    counterpart = counterpart_config(CONFIG)
    assert counterpart.mining.method == "intersection" and counterpart.name == "Sample: Macedonian and English (both ways)"
    assert [name for name, *_ in differences(CONFIG, counterpart.to_json())] == ["name", "mining.method"]
    assert counterpart_config(counterpart.to_json()).mining.method == "forward_backward"


def test_a_counterpart_is_found_whatever_its_name_and_threads():
    counterpart = counterpart_config(CONFIG).to_json() | {"name": "other", "threads": 3}
    others = [("a", CONFIG), ("b", changed(seed=2, mining={"method": "intersection"})), ("c", counterpart)]
    assert find_counterpart(CONFIG, others) == "c" and find_counterpart(counterpart, others) == "a"
    assert find_counterpart(CONFIG, others[:2]) is None


def test_defaults_that_a_configuration_leaves_out_are_no_difference():
    short = {key: value for key, value in CONFIG.items() if key not in ("mining", "normalization")}  # all defaults
    assert differences(short, CONFIG) == [] and counterpart_method(short) == "intersection"
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
def test_runs_that_do_not_mine_have_no_counterpart(config):
    assert counterpart_method(config) is None and find_counterpart(config, [("a", CONFIG)]) is None
    with pytest.raises(ConfigError):
        counterpart_config(config)


def test_a_text_that_is_not_here_is_said():
    with pytest.raises(ConfigError, match="not on this computer"):
        counterpart_config(changed(src={"corpus": "mk.txt"}))
