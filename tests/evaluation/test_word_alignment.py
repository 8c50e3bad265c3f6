"""Word alignment figures by hand, the intervals, and what each link is judged to be."""

from __future__ import annotations

import numpy as np
import pytest

from lraln_core.evaluation.word_alignment import Judgement, count, difference, judge, score
from lraln_core.text.pharaoh import AlignedSentence

GOLD = [AlignedSentence(((0, 0), (1, 1)), ((1, 2),)), AlignedSentence(((0, 1),))]
PREDICTED = [AlignedSentence(((0, 0), (1, 2), (2, 2))), AlignedSentence((), ((0, 1),))]


def rng():
    return np.random.default_rng(1)


def test_figures_by_hand():
    # A = 4 links, S = 3, A and S = {0-0, second 0-1} = 2, A and P = these and 1-2 = 3.
    counts = count(GOLD, PREDICTED)
    assert counts.tolist() == [[3, 2, 1, 2], [1, 1, 1, 1]]
    found = score(counts, bootstrap_samples=0, rng=rng())
    assert found.precision.value == 3 / 4 and found.recall.value == pytest.approx(2 / 3)
    assert found.f1.value == pytest.approx(2 * (3 / 4) * (2 / 3) / (3 / 4 + 2 / 3))
    assert found.aer.value == pytest.approx(1 - (2 + 3) / (4 + 3))


def test_with_sure_links_alone_f1_is_1_less_aer():
    gold = [AlignedSentence(((0, 0), (1, 1), (2, 2)))] * 3
    predicted = [AlignedSentence(((0, 0), (1, 2)))] * 3
    found = score(count(gold, predicted), bootstrap_samples=0, rng=rng())
    assert found.f1.value == pytest.approx(1 - found.aer.value)


def test_nothing_predicted_and_nothing_gold():
    empty = score(count(GOLD, [AlignedSentence(())] * 2), bootstrap_samples=10, rng=rng())
    assert (empty.precision.value, empty.recall.value, empty.f1.value, empty.aer.value) == (0, 0, 0, 1)
    assert score(count([AlignedSentence(())], [AlignedSentence(())]), bootstrap_samples=10, rng=rng()).aer.value == 0


def test_intervals_enclose_the_value_and_narrow_with_more_sentences():
    random = np.random.default_rng(5)

    def interval(sentences):
        gold = [AlignedSentence(tuple((i, i) for i in range(10)))] * sentences
        predicted = [AlignedSentence(tuple((i, i if random.random() < 0.7 else i + 1) for i in range(10))) for _ in range(sentences)]
        return score(count(gold, predicted), bootstrap_samples=500, rng=rng()).aer

    few, many = interval(20), interval(500)
    assert few.low < few.value < few.high and many.low < many.value < many.high
    assert many.high - many.low < (few.high - few.low) / 2


def test_paired_difference_is_narrower_than_the_intervals_and_0_with_itself():
    gold = [AlignedSentence(tuple((i, i) for i in range(n % 7 + 1))) for n in range(100)]
    one = [AlignedSentence(sentence.sure[: max(1, len(sentence.sure) // 2)]) for sentence in gold]
    two = [AlignedSentence(sentence.sure[: max(1, len(sentence.sure) // 2 - 1)]) for sentence in gold]
    a, b = count(gold, one), count(gold, two)
    found = difference(b, a, "aer", bootstrap_samples=500, rng=rng())
    scores = [score(counts, bootstrap_samples=0, rng=rng()).aer.value for counts in (b, a)]
    assert found.value == pytest.approx(scores[0] - scores[1]) and found.holds and found.value > 0
    same = difference(a, a, "f1", bootstrap_samples=100, rng=rng())
    assert (same.value, same.low, same.high, same.holds) == (0, 0, 0, False)


def test_other_gold_links_cannot_be_compared():
    with pytest.raises(ValueError, match="same gold"):
        difference(count(GOLD, PREDICTED), count(PREDICTED, PREDICTED), "aer", bootstrap_samples=0, rng=rng())
    with pytest.raises(ValueError, match="2 gold and 1 predicted"):
        count(GOLD, PREDICTED[:1])


def test_judged_links():
    assert judge(GOLD[0], PREDICTED[0]) == {
        (0, 0): Judgement.RIGHT,
        (1, 1): Judgement.MISSED,
        (1, 2): Judgement.RIGHT,
        (2, 2): Judgement.WRONG,
    }


def test_aer_by_its_definition():
    """Och and Ney 2003, section 4.2, written with sets alone."""
    random = np.random.default_rng(3)
    for _ in range(20):
        links = lambda share: tuple((i, j) for i in range(6) for j in range(6) if random.random() < share)
        sure = links(0.1)
        gold, predicted = AlignedSentence(sure, tuple(set(links(0.1)) - set(sure))), AlignedSentence(links(0.2))
        a, s = set(predicted.sure), set(gold.sure)
        p = s | set(gold.possible)
        expected = 1 - (len(a & s) + len(a & p)) / (len(a) + len(s)) if a or s else 0
        assert score(count([gold], [predicted]), bootstrap_samples=0, rng=rng()).aer.value == pytest.approx(expected)
