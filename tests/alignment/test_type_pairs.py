"""Type pairs by CSLS, and expected precision, on figures worked out by hand."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from lraln_core.alignment import type_pairs
from lraln_core.alignment.similarity import unit_rows


def test_pairs_are_ranked_by_csls_and_mutual_where_both_agree():
    src = np.array([(1, 0), (0, 1), (0.8, 0.6)], np.float32)
    trg = np.array([(1, 0), (0, 1)], np.float32)
    found = type_pairs.best_pairs(src, trg, csls_k=1)
    # r of the sources 1, 1, 0.8; of the targets 1, 1: scores 2 - 2, 2 - 2 and 1.6 - 1.8
    assert found.src.tolist() == [0, 1, 2] and found.trg.tolist() == [0, 1, 0]
    np.testing.assert_allclose(found.score, [0, 0, -0.2], atol=1e-6)
    np.testing.assert_allclose(found.margin, [2, 2, 0.4], atol=1e-6)
    np.testing.assert_allclose(found.similarity, [1, 1, 0.8], atol=1e-6)
    assert found.mutual.tolist() == [True, True, False]


def test_scores_equal_a_direct_computation():
    rng = np.random.default_rng(3)
    src, trg = (unit_rows(rng.standard_normal((n, 8))) for n in (60, 90))
    cosine = src @ trg.T
    r_src, r_trg = np.sort(cosine, 1)[:, -10:].mean(1), np.sort(cosine, 0)[-10:].mean(0)
    csls = 2 * cosine - r_src[:, None] - r_trg
    found = type_pairs.best_pairs(src, trg)
    np.testing.assert_array_equal(found.trg, csls.argmax(1)[found.src])
    np.testing.assert_allclose(found.score, csls.max(1)[found.src], atol=1e-5)
    assert (np.diff(found.score) <= 1e-6).all()
    np.testing.assert_array_equal(found.mutual, csls.argmax(0)[found.trg] == found.src)


def test_no_words_no_pairs():
    assert len(type_pairs.best_pairs(np.zeros((0, 3), np.float32), np.ones((2, 3), np.float32))) == 0


def test_known_pairs_are_numbers_and_longer_words_spelled_alike():
    assert type_pairs.known_pairs(("opera", "na", "1969", "rana"), ("na", "rana", "opera", "1969")).tolist() == [[0, 2], [2, 3], [3, 1]]
    assert type_pairs.known_pairs(("a",), ("b",)).shape == (0, 2)
    across = type_pairs.known_pairs(("опера", "на", "војска", "марс", "1969"), ("mars", "opera", "na", "1969"), languages=("mk", "en"))
    assert across.tolist() == [[0, 1], [3, 0], [4, 3]]


@pytest.mark.parametrize("seed", range(5))
def test_isotonic_fit_equals_scikit_learn(seed):
    values = np.random.default_rng(seed).random(40)
    expected = IsotonicRegression().fit_transform(np.arange(40), values)
    np.testing.assert_allclose(type_pairs.isotonic(values), expected)


def _ranked(score, right):
    n = len(score)
    trg = np.where(right, np.arange(n), (np.arange(n) + 1) % n)
    return type_pairs.TypePairs(np.arange(n), trg, np.ones(n), np.array(score, np.float32), np.ones(n), np.ones(n, bool))


def test_expected_precision_rises_with_the_score_and_is_never_certain():
    score = np.linspace(1, -1, 100)
    pairs = _ranked(score, score > 0)
    fitted = type_pairs.calibrate(pairs, np.stack([np.arange(100)] * 2, 1))
    assert fitted.known == 100
    high, low = fitted.expected(np.array([0.9, -0.9]))
    # the upper half holds 50 right answers and the added wrong and right one, the lower half the opposite: 51/52 and 1/52
    assert high == pytest.approx(51 / 52) and low == pytest.approx(1 / 52)
    assert (np.diff(fitted.expected(np.linspace(-2, 2, 50))) >= 0).all()


def test_too_few_known_pairs_give_no_expectation():
    pairs = _ranked(np.linspace(1, 0, 30), np.ones(30, bool))
    fitted = type_pairs.calibrate(pairs, np.stack([np.arange(10)] * 2, 1))
    assert fitted.known == 10 and np.isnan(fitted.expected(np.array([0.5]))).all()


def test_pairs_that_are_not_mutual_do_not_calibrate():
    pairs = _ranked(np.linspace(1, 0, 40), np.ones(40, bool))
    half = type_pairs.TypePairs(pairs.src, pairs.trg, pairs.similarity, pairs.score, pairs.margin, np.arange(40) < 25)
    assert type_pairs.calibrate(half, np.stack([np.arange(40)] * 2, 1)).known == 25
