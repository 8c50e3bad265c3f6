"""Cohen's kappa and precision from judgements: by hand, against scikit-learn, and the undefined cases."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.evaluation.judged import Stratum, Verdict, agreements, cohens_kappa, covered, judged_precision, majority, weighted, wilson

VERDICTS = st.sampled_from(["right", "similar", "wrong", "unsure"])


def spread(table: list[list[int]]) -> tuple[list[str], list[str]]:
    """Verdicts of two annotators from their table of counts, rows for the first."""
    cells = [(str(row), str(column)) for row, counts in enumerate(table) for column, count in enumerate(counts) for _ in range(count)]
    return [row for row, _ in cells], [column for _, column in cells]


def test_the_textbook_example():
    # 20 twice yes, 15 twice no, of 50: observed 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5; kappa 0.2 / 0.5 = 0.4
    observed, expected, kappa = cohens_kappa(*spread([[20, 5], [10, 15]]))
    assert (observed, expected, kappa) == (0.7, 0.5, pytest.approx(0.4))


@pytest.mark.parametrize(
    ("first", "second", "kappa"),
    [
        ("rw", "rw", 1.0),  # always alike
        ("rw", "wr", -1.0),  # never alike: (0 - 1/2) / (1 - 1/2)
        ("rrww", "rwrw", 0.0),  # half alike, as chance would have it
        ("rrrw", "rrrr", 0.0),  # observed 3/4, expected 3/4
        ("r", "w", 0.0),  # observed 0, expected 0
        ("rrr", "rrr", None),  # nothing but one verdict
    ],
)
def test_small_cases_by_hand(first, second, kappa):
    assert cohens_kappa(first, second)[2] == (None if kappa is None else pytest.approx(kappa))


@settings(deadline=None)
@given(st.lists(st.tuples(VERDICTS, VERDICTS), min_size=1, max_size=60))
def test_it_is_that_of_scikit_learn(pairs):
    metrics = pytest.importorskip("sklearn.metrics")
    first, second = [one for one, _ in pairs], [two for _, two in pairs]
    kappa = cohens_kappa(first, second)[2]
    if len(set(first) | set(second)) == 1:
        assert kappa is None
    else:
        assert kappa == pytest.approx(metrics.cohen_kappa_score(first, second), abs=1e-12)
        assert kappa == cohens_kappa(second, first)[2]


@pytest.mark.parametrize(("first", "second"), [([], []), (["r"], [])])
def test_lists_that_do_not_fit_are_refused(first, second):
    with pytest.raises(ValueError, match="same length"):
        cohens_kappa(first, second)


def test_every_two_annotators_on_what_both_judged():
    ab, ac, bc = agreements({"a": {1: "right", 2: "wrong", 3: "right"}, "c": {9: "right"}, "b": {2: "wrong", 3: "right", 4: "wrong"}})
    assert (ab.first, ab.second, ab.both, ab.observed, ab.kappa) == ("a", "b", 2, 1.0, 1.0)
    assert (ac.both, ac.kappa) == (0, None) and "no pair in common" in ac.reason
    assert bc.both == 0
    (same,) = agreements({"a": {1: "right"}, "b": {1: "right"}})
    assert same.kappa is None and same.observed == 1.0 and "undefined" in same.reason
    assert agreements({"a": {1: "right"}}) == []


def test_wilson_by_hand():
    # n = 10, 8 right: (0.8 + 3.8415/20) / 1.38415 = 0.7168; half = 1.95996 / 1.38415 * sqrt(0.016 + 3.8415/400) = 0.2265
    found = wilson(8, 10)
    assert found.value == 0.8
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 0) is None
    # 0 of 10: from 0 to 3.8415 / (10 + 3.8415)
    assert (wilson(0, 10).low, wilson(0, 10).high) == (0.0, pytest.approx(0.27753, abs=1e-5))
    assert wilson(10, 10).high == 1.0


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_holds_its_value_and_mirrors(right, more):
    judged = right + more - 1 or 1
    right = min(right, judged)
    found, mirrored = wilson(right, judged), wilson(judged - right, judged)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-12)


def test_bands_count_as_in_the_population():
    # 900 pairs at 9 of 10, 100 pairs at 1 of 10: 0.9 * 0.9 + 0.1 * 0.1 = 0.82, where the plain share would be 0.5
    strata = [Stratum(900, 10, 9), Stratum(100, 10, 1)]
    found = weighted(strata)
    assert found.value == pytest.approx(0.82)
    # at 10/12 and 2/12: variance (0.81 + 0.01) * (5/36) / 10 = 0.0113889, mean 0.766667: 0.178889 / 0.0113889 = 15.7073 judgements
    assert (found.low, found.high) == (
        pytest.approx(wilson(0.82 * 15.70732, 15.70732).low, abs=1e-6),
        pytest.approx(wilson(0.82 * 15.70732, 15.70732).high, abs=1e-6),
    )
    assert covered(strata) == 1.0


def test_bands_without_judgements_are_left_out_and_said():
    strata = [Stratum(300, 4, 3), Stratum(100, 0, 0)]
    assert weighted(strata).value == 0.75
    assert covered(strata) == 0.75
    assert weighted([Stratum(5, 0, 0)]) is None and weighted([]) is None and covered([]) == 0.0


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(1, 80), st.integers(0, 80))
def test_a_single_band_has_the_interval_of_wilson(population, judged, right):
    right = min(right, judged)
    one, plain = weighted([Stratum(population, judged, right)]), wilson(right, judged)
    assert (one.value, one.low, one.high) == pytest.approx((plain.value, plain.low, plain.high))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 30), st.floats(0, 1)), min_size=1, max_size=6))
def test_the_interval_holds_the_value(parts):
    found = weighted([Stratum(population, judged, round(share * judged)) for population, judged, share in parts])
    assert 0 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1


R, S, W, U = Verdict.RIGHT, Verdict.SIMILAR, Verdict.WRONG, Verdict.UNSURE


def test_the_majority_decides_and_a_tie_is_unsure():
    assert majority([W, R, R]) is R and majority([R, W]) is U and majority([S]) is S


def test_precision_of_a_random_sample_by_hand():
    found = judged_precision([(0.6, 0.7), (0.7, 0.8)], [40, 60], [(0, R), (0, W), (1, R), (1, S), (1, U)], is_weighted=False)
    assert found.overall.strict == wilson(2, 4) and found.overall.lenient == wilson(3, 4)
    assert (found.overall.judged, found.overall.population, found.overall.counts) == (4, 100, {R: 2, W: 1, S: 1, U: 1})
    assert found.bands[1].strict == wilson(1, 2) and (found.bands[1].low, found.bands[1].high) == (0.7, 0.8)


def test_precision_of_a_stratified_sample_is_weighted_by_population():
    verdicts = [(0, R)] * 9 + [(0, W), (1, R)] + [(1, W)] * 9
    found = judged_precision([(0.6, 0.7), (0.7, 0.8), None], [900, 100, 10], verdicts, is_weighted=True)
    assert found.overall.strict.value == pytest.approx(0.82)  # 0.9 * 0.9 + 0.1 * 0.1
    assert found.overall.strict == weighted([Stratum(900, 10, 9), Stratum(100, 10, 1)])
    assert found.covered == pytest.approx(1000 / 1010) and found.bands[2].strict is None and found.bands[2].low is None


@pytest.mark.parametrize("verdicts", [[], [(0, U)]])
def test_without_a_decided_verdict_nothing_is_claimed(verdicts):
    for is_weighted in (False, True):
        found = judged_precision([(0.6, 0.7)], [5], verdicts, is_weighted=is_weighted)
        assert found.overall.strict is None and found.overall.lenient is None and found.overall.judged == 0
