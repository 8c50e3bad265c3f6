"""Configurations: the paper's values by default, one JSON form, errors that name key and value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.errors import ConfigError, LanguageError, LralnError
from lraln_core.runs.config import RunConfig, apply_overrides, from_json, load
from lraln_core.runs.samples import SAMPLES, sample_config

GOOD = {"src": {"language": "mk", "corpus": "a.txt"}, "trg": {"language": "en", "corpus": "b.txt"}}


def test_defaults_are_the_papers_values():
    config = RunConfig()
    assert (config.mining.threshold, config.mining.sample_size, config.mining.mining_k) == (0.2, 1000, 1)
    assert config.mining.method == "forward_backward"
    training = config.training
    assert (training.steps, training.batch_size, training.accumulation, training.warmup_steps) == (5000, 2, 6, 1000)
    assert training.steps * training.batch_size * training.accumulation == 60_000  # "60K extracted sentence pairs"
    assert (training.learning_rate, training.noise, config.evaluation.csls_k) == (5e-5, 0.01, 10)
    assert (config.encoder.layer, config.encoder.pooling) == (-1, "last")


@pytest.mark.parametrize("pair", SAMPLES)
def test_json_round_trip(pair):
    config = sample_config(pair)
    assert from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"colour": "red"}, "Unknown option colour"),
        ({"mining": {"threshhold": 0.2}}, "Unknown option mining.threshhold"),
        ({"mining": {"threshold": 1.5}}, "mining.threshold = 1.5 is above"),
        ({"mining": {"threshold": float("nan")}}, "mining.threshold = nan"),
        ({"mining": {"method": "sideways"}}, "mining.method = 'sideways' is unknown"),
        ({"mining": {"mining_k": 0}}, "mining.mining_k = 0 is below"),
        ({"mining": {"sample_size": True}}, "mining.sample_size = True must be a whole number"),
        ({"mining": 3}, "mining must be a table"),
        ({"seed": "one"}, "seed = 'one' must be a whole number"),
        ({"src": {"language": "mk"}}, "needs two monolingual corpora"),
        ({"system": "linear_sup"}, "needs parallel text"),
        ({"system": "base"}, "set test.parallel"),
        ({"system": "magic"}, "system = 'magic' is unknown; choose one of base, linear_unsup"),
        ({"src": {"language": "mk", "corpus_id": "../x"}}, "src.corpus_id = '../x' is not the id"),
        ({"training": {"select_best": 1}}, "training.select_best = 1 must be true or false"),
    ],
)
def test_bad_values_are_named(change, sentence):
    with pytest.raises(ConfigError, match=sentence):
        from_json(GOOD | change)


def test_unknown_language():
    with pytest.raises(LanguageError):
        from_json(GOOD | {"src": {"language": "xx", "corpus": "a.txt"}})


def test_toml_with_paths_beside_it_and_overrides(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('seed = 3\n[src]\nlanguage = "mk"\ncorpus = "mk.txt"\n[trg]\ncorpus = "/data/en.txt"\n[test]\nparallel = "t.tsv"\n')
    config = load(path, ["training.steps=10", "mining.method=intersection", "name=my run", "mining.threshold=0"])
    assert config.src.corpus == str(tmp_path / "mk.txt") and config.trg.corpus == "/data/en.txt"
    assert config.test.parallel == str(tmp_path / "t.tsv")
    assert (config.seed, config.training.steps, config.mining.method, config.name) == (3, 10, "intersection", "my run")
    assert config.mining.threshold == 0.0


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("seed = ", "not valid TOML"),
        ("\xff", "not valid TOML"),
        ("[src\n", "not valid TOML"),
    ],
)
def test_unreadable_files(tmp_path, text, sentence):
    path = tmp_path / "run.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=sentence):
        load(path)
    with pytest.raises(ConfigError, match="Cannot read"):
        load(tmp_path / "absent.toml")


@pytest.mark.parametrize("item", ["steps", "=3", "src.language.x=1"])
def test_bad_overrides(item):
    with pytest.raises(ConfigError, match="--set"):
        apply_overrides(json.loads(json.dumps(GOOD)), [item])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["src", "trg", "mining", "training", "language", "corpus", "threshold", "steps", "seed"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_anything_is_a_config_or_a_sentence(values):
    try:
        assert isinstance(from_json(values), RunConfig)
    except LralnError as error:
        assert "\n" not in str(error)
