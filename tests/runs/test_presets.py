"""Presets lie under what a configuration says, and name existing options only."""

import json

import pytest

from lraln_core.errors import ConfigError
from lraln_core.runs import config as run_config
from lraln_core.runs import presets
from lraln_core.runs.options import options
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config

TEXTS = {"src": {"language": "mk", "corpus": "mk.txt"}, "trg": {"corpus": "en.txt"}, "train": {"parallel": "train.tsv"}}


def _file(tmp_path, values):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(values))
    return path


@pytest.mark.parametrize("name", Preset)
def test_every_key_is_an_option_and_has_an_allowed_value(name):
    assert set(presets.by_path(name)) <= set(options(run_config.RunConfig))
    run_config.from_json(presets.under(name, TEXTS))


def test_the_file_comes_before_the_preset_and_set_before_both(tmp_path):
    values = TEXTS | {"mining": {"scoring": "cosine"}}
    config = run_config.load(_file(tmp_path, values), ["system=cca_sup"], preset="recommended")
    assert (config.system, config.encoder.pooling, config.normalization.whitening) == ("cca_sup", "mean", 0.5)
    assert (config.mining.scoring, config.mining.method) == ("cosine", "intersection")
    assert presets.VALUES[Preset.RECOMMENDED]["mining"]["scoring"] == "csls"


def test_a_file_without_a_preset_takes_the_recommended_one_unless_it_names_a_system(tmp_path):
    config = run_config.load(_file(tmp_path, TEXTS))
    assert (config.system, config.encoder.pooling, config.encoder.inner_depth) == ("gloss", "mean", 0.67)
    config = run_config.load(_file(tmp_path, TEXTS | {"system": "linear_unsup"}))
    assert (config.system, config.encoder.pooling, config.training.schedule) == ("linear_unsup", "last", "constant")
    config = run_config.load(_file(tmp_path, TEXTS), preset=presets.NONE)
    assert (config.system, config.encoder.pooling, config.encoder.inner_depth) == ("linear_unsup", "last", 0.0)


def test_a_file_may_name_its_preset_and_the_command_line_comes_first(tmp_path):
    path = _file(tmp_path, TEXTS | {"preset": "recommended"})
    assert run_config.load(path).system == "gloss"
    assert run_config.load(path, preset="paper").system == "linear_unsup"


def test_an_unknown_preset_is_named(tmp_path):
    with pytest.raises(ConfigError, match="preset = 'best' is unknown; choose one of paper, recommended"):
        run_config.load(_file(tmp_path, TEXTS | {"preset": "best"}))


def test_the_paper_preset_is_the_published_script():
    config = sample_config("mk-en", Preset.PAPER)
    assert (config.system, config.encoder.pooling, config.training.schedule, config.training.select_best) == (
        "linear_unsup",
        "last",
        "linear",
        False,
    )
    assert config.vecmap.orthogonal and config.mining.method == "forward_backward" and config.mining.scoring == "cosine"


def test_samples_take_the_recommended_preset():
    config = sample_config("sw-en")
    assert (config.system, config.encoder.pooling, config.mining.scoring) == ("gloss", "mean", "csls")
