"""Word retrieval against an independent CSLS in plain numpy, and by hand."""

import numpy as np
import pytest

from lraln_core.choices import Candidates, RetrievalScoring
from lraln_core.evaluation.retrieval import retrieve
from lraln_core.evaluation.significance import bootstrap_ratio
from lraln_core.records import ParallelText, from_lengths


def _text(links):
    sentences = len(links)
    words = tuple(tuple(f"w{j}" for j in range(6)) for _ in range(sentences))
    return ParallelText(words, words, tuple(tuple(link) for link in links))


def _plain_accuracy(src, trg, gold, k):
    """Loops only: for each link, the target with the highest CSLS among all targets."""
    cosine = [[float(np.dot(x, y) / np.linalg.norm(x) / np.linalg.norm(y)) for y in trg] for x in src]
    mean_best = lambda values: sum(sorted(values, reverse=True)[:k]) / min(k, len(values))
    r_src = [mean_best(row) for row in cosine]
    r_trg = [mean_best([row[j] for row in cosine]) for j in range(len(trg))]
    csls = [[2 * cosine[i][j] - r_src[i] - r_trg[j] for j in range(len(trg))] for i in range(len(src))]
    forward = sum(max(range(len(trg)), key=lambda j: csls[i][j]) == gold_j for i, gold_j in gold)
    backward = sum(max(range(len(src)), key=lambda i: csls[i][j]) == gold_i for gold_i, j in gold)
    return forward / len(gold), backward / len(gold)


@pytest.mark.parametrize("k", [1, 10])
def test_accuracy_equals_plain_numpy(k):
    rng = np.random.default_rng(k)
    text = _text([[(j, (j + i) % 6) for j in range(0, 6, 2)] for i in range(9)])
    trg = rng.standard_normal((54, 7))
    pairs = text.pairs()
    src = rng.standard_normal((54, 7))
    gold = list(zip(pairs.src_sentence * 6 + pairs.src_word, pairs.trg_sentence * 6 + pairs.trg_word, strict=True))
    for i, j in gold:  # translations are near, but not always nearest
        src[i] = trg[j] + rng.standard_normal(7) * 0.7
    words = lambda v: from_lengths(v.astype(np.float32), [6] * 9, np.ones(54, bool))
    result = retrieve(words(src), words(trg), pairs, csls_k=k, rng=rng)
    assert (result.src2trg_accuracy, result.trg2src_accuracy) == pytest.approx(_plain_accuracy(src, trg, gold, k))
    assert 0.2 < result.mean_accuracy < 1 and result.low < result.mean_accuracy < result.high
    assert result.pairs == 27 and result.src2trg_hits.sum() == pytest.approx(result.src2trg_accuracy * 27)


def _published(src, trg, k):
    """The published formula word for word, one query at a time; src and trg are the gold-linked words, row i linked with row i."""
    whole = lambda matrix: matrix / np.sqrt((matrix**2).sum())
    similarity = whole(src) @ whole(trg).T
    r_src, r_trg = np.sort(similarity, axis=1)[:, -k:].mean(1), np.sort(similarity.T, axis=1)[:, -k:].mean(1)
    forward = [int(np.argmax(2 * whole(trg) @ (x / np.sqrt((x**2).sum())) - r_trg)) for x in src]
    backward = [int(np.argmax(2 * whole(src) @ (y / np.sqrt((y**2).sum())) - r_src)) for y in trg]
    return forward, backward


def test_the_published_scoring_equals_its_formula_on_stored_vectors():
    # Vectors of very different length, so that inner products and cosines rank differently.
    rng = np.random.default_rng(3)
    src, trg = (rng.standard_normal((12, 4)) * rng.uniform(0.2, 3, (12, 1)) for _ in range(2))
    links = [(0, 5), (1, 3), (3, 0), (4, 4)]
    text = _text([links, links])
    rows = [np.array([6 * sentence + link[side] for sentence in (0, 1) for link in links]) for side in (0, 1)]
    words = lambda v: from_lengths(v.astype(np.float32), [6, 6], np.ones(12, bool))
    result = retrieve(words(src), words(trg), text.pairs(), csls_k=3, bootstrap_samples=0, rng=rng, scoring=RetrievalScoring.CSLS_PUBLISHED)
    forward, backward = _published(src[rows[0]], trg[rows[1]], 3)
    np.testing.assert_array_equal(result.src2trg_answers, rows[1][forward])
    np.testing.assert_array_equal(result.trg2src_answers, rows[0][backward])
    assert result.candidates is Candidates.GOLD and np.isnan(result.mean_accuracy_all) and result.figures()["mean_accuracy_all"] is None
    assert result.mean_accuracy == result.mean_accuracy_gold
    cosine = retrieve(words(src), words(trg), text.pairs(), csls_k=3, bootstrap_samples=0, rng=rng, candidates=Candidates.GOLD)
    assert (cosine.src2trg_answers != result.src2trg_answers).any()


def test_candidates_are_all_words_or_only_linked_ones():
    east, near, north = (1.0, 0.0), (0.9, 0.43589), (0.0, 1.0)
    src = from_lengths(np.array([east, north], np.float32), [2], np.ones(2, bool))
    trg = from_lengths(np.array([near, north, (0.99, 0.14)], np.float32), [3], np.ones(3, bool))  # the third is linked to nothing
    text = ParallelText((("a", "b"),), (("c", "d", "e"),), (((0, 0), (1, 1)),))
    every = retrieve(src, trg, text.pairs(), csls_k=1, bootstrap_samples=0, rng=np.random.default_rng(0))
    gold = retrieve(src, trg, text.pairs(), csls_k=1, bootstrap_samples=0, rng=np.random.default_rng(0), candidates=Candidates.GOLD)
    assert every.src2trg_answers.tolist() == [2, 1] and gold.src2trg_answers.tolist() == [0, 1]
    assert every.mean_accuracy == 0.75 and gold.mean_accuracy == 1
    for result in (every, gold):
        assert (result.mean_accuracy_all, result.mean_accuracy_gold) == (0.75, 1)
    assert every.figures()["candidates"] == "all" and gold.figures()["candidates"] == "gold"


def test_no_usable_word_in_a_pool_is_a_miss():
    none = from_lengths(np.zeros((6, 3), np.float32), [6], np.zeros(6, bool))
    words = from_lengths(np.eye(6, 3, dtype=np.float32) + 1, [6], np.ones(6, bool))
    for scoring in RetrievalScoring:
        result = retrieve(words, none, _text([[(0, 0)]]).pairs(), bootstrap_samples=0, rng=np.random.default_rng(0), scoring=scoring)
        assert result.mean_accuracy == 0 and result.src2trg_answers.tolist() == [-1]


def test_a_word_without_vector_is_a_miss_and_no_candidate():
    vectors = np.eye(6, dtype=np.float32)
    words = from_lengths(vectors, [6], np.ones(6, bool))
    lost = from_lengths(vectors * (np.arange(6) != 2)[:, None], [6], np.arange(6) != 2)
    text = _text([[(j, j) for j in range(6)]])
    result = retrieve(words, lost, text.pairs(), csls_k=2, bootstrap_samples=0, rng=np.random.default_rng(0))
    assert result.src2trg_hits.tolist() == [True, True, False, True, True, True]
    assert result.trg2src_hits.tolist() == [True, True, False, True, True, True]
    assert 2 not in result.src2trg_answers


def test_same_seed_same_interval():
    hits, counts = np.array([1, 0, 2, 3.0]), np.array([2, 2, 2, 3.0])
    one = bootstrap_ratio(hits, counts, 200, np.random.default_rng(5))
    assert one == bootstrap_ratio(hits, counts, 200, np.random.default_rng(5))
    assert one.value == pytest.approx(6 / 9) and 0 <= one.low <= one.value <= one.high <= 1


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        counts = rng.integers(1, 10, 80)
        interval = bootstrap_ratio(rng.binomial(counts, 0.6), counts, 300, rng)
        inside += interval.low <= 0.6 <= interval.high
    assert 0.88 <= inside / 200 <= 0.99


def test_without_variation_the_interval_is_a_point():
    interval = bootstrap_ratio(np.ones(5), np.ones(5), 100, np.random.default_rng(0))
    assert (interval.value, interval.low, interval.high) == (1, 1, 1)
    assert bootstrap_ratio(np.zeros(0), np.zeros(0), 100, np.random.default_rng(0)).value == 0
