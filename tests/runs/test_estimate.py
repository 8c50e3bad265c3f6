"""Estimates of run time, computed by hand."""

import dataclasses

import pytest

from lraln_core.runs import estimate
from lraln_core.runs.config import RunConfig, from_json
from lraln_core.runs.estimate import Sizes
from lraln_core.runs.suite.cells import cells
from lraln_core.runs.suite.config import sample_suite
from lraln_core.runs.suite.estimate import estimate_suite
from lraln_core.runs.systems import registry

SIZES = Sizes(src_sentences=100, trg_sentences=200, test_pairs=50)


@pytest.fixture(autouse=True)
def a_processor_without_bfloat16(monkeypatch):
    monkeypatch.setattr(estimate, "processor_has_bfloat16", lambda: False)


def test_short_numbers_are_encoded_faster(monkeypatch):
    values = {"src": {"language": "mk", "corpus": "a"}, "trg": {"corpus": "b"}}
    cost = registry.system("linear_unsup").cost
    slow, fast = (cost(from_json(values | {"encoder": {"precision": name}}), SIZES).encoding for name in ("float32", "bfloat16"))
    assert slow == pytest.approx(2.9 * fast)
    assert cost(from_json(values), SIZES).encoding == slow
    monkeypatch.setattr(estimate, "processor_has_bfloat16", lambda: True)
    assert cost(from_json(values), SIZES).encoding == fast


def test_mining_and_training_by_hand():
    # 100 + 200 sentences give 3,000 sentence pairs an iteration; 1,000 steps of 12 use 12,000: 4 iterations.
    # Encoded are 300 sentences and 2 x 50 of the test.
    config = from_json({"src": {"language": "mk", "corpus": "a"}, "trg": {"corpus": "b"}, "training": {"steps": 1000}})
    found = registry.system("linear_unsup").cost(config, SIZES)
    assert found.encoding == pytest.approx(4.0)
    assert found.mining == pytest.approx(4 * (0.5 + 0.02))
    assert found.training == pytest.approx(1.1 + 0.1 * 5)
    assert found.total == pytest.approx(6 + 4 + 2.08 + 1.6)


def test_mutual_pairs_take_more_iterations():
    either = RunConfig()
    both = dataclasses.replace(either, mining=dataclasses.replace(either.mining, method="intersection"))
    cost = registry.system("linear_unsup").cost
    assert cost(both, SIZES).mining > 5 * cost(either, SIZES).mining


def test_without_corpora_and_test_nothing_is_encoded():
    for name in ("base", "linear_unsup", "linear_sup", "normalized", "vecmap_id"):
        found = registry.system(name).cost(RunConfig(), Sizes())
        assert found.encoding == 0 and found.mining == 0, name


def test_a_suite_costs_the_sum_of_its_runs(tmp_path):
    suite = dataclasses.replace(sample_suite(), systems=("base",), extended=None)
    studies = dataclasses.replace(suite.studies, mining=False, candidates=(), corpus_sizes=())
    suite = dataclasses.replace(suite, studies=studies)
    # Three languages: 20 s to encode each, 2 s to open a run that only measures, 5 s of tagging.
    found = estimate_suite(suite, list(cells(suite, tmp_path)))
    assert found.runs == 3 and found.seconds == pytest.approx(3 * (20 + 2 + 5))
