"""Seed dictionaries by hand; induced ones against CSLS written out in numpy and against a mask drawn in full."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import dictionaries, neighbours


def test_identical_strings():
    src, trg = ("ya", "2019", "Kenya", "1a", "OK"), ("the", "Kenya", "OK", "ok", "2019", "1a")
    assert dictionaries.identical(src, trg).tolist() == [[1, 4], [2, 1], [3, 5], [4, 2]]
    assert dictionaries.identical(src, trg, numerals_only=True).tolist() == [[1, 4]]
    assert dictionaries.identical(("a",), ("b",)).shape == (0, 2)


def test_numerals_are_the_same_in_every_script():
    src, trg = ("\u0967\u096f\u096b\u0966", "\u0967\u096e\u092e\u093e", ","), (",", "1950", "18")  # 1950 and "in 18" in Devanagari
    assert dictionaries.identical(src, trg).tolist() == [[0, 1], [2, 0]]
    assert dictionaries.identical(src, trg, numerals_only=True).tolist() == [[0, 1]]


def test_from_lexicon():
    lexicon = {"mto": {"river", "stream"}, "maji": {"water"}, "jua": {"sun"}}
    # "Mto" comes first, so it is the more frequent spelling; "sun" is not in the vocabulary
    pairs = dictionaries.from_lexicon(lexicon, ("Mto", "maji", "mto", "jua"), ("stream", "Water", "River", "water"))
    assert pairs.tolist() == [[0, 0], [0, 2], [1, 1]]


def _unit(n, d, seed):
    rows = np.random.default_rng(seed).standard_normal((n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(2, 30), st.integers(2, 30), st.integers(1, 12), st.sampled_from([7, 100, 10**6]), st.booleans(), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_everything_kept_is_plain_csls_both_ways(n, m, csls_k, block, whole, seed):
    src, trg = _unit(n, 5, seed), _unit(m, 5, seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK_ELEMENTS", block)
        patch.setattr(neighbours, "KEPT_ELEMENTS", 10**6 if whole else 0)
        induced = dictionaries.induce(src, trg, csls_k=csls_k, keep_probability=1.0, rng=np.random.default_rng(0))
    cosine = src @ trg.T
    r_src = np.sort(cosine, axis=1)[:, -csls_k:].mean(1)
    r_trg = np.sort(cosine, axis=0)[-csls_k:].mean(0)
    csls = 2 * cosine - r_src[:, None] - r_trg
    expected = [(i, csls[i].argmax()) for i in range(n)] + [(csls[:, j].argmax(), j) for j in range(m)]
    chosen, best = (np.array([csls[i, j] for i, j in pairs]) for pairs in (induced.pairs, expected))
    np.testing.assert_allclose(chosen, best, atol=1e-5)  # compared by score: equal scores may be swapped
    assert induced.pairs[:n, 0].tolist() == list(range(n)) and induced.pairs[n:, 1].tolist() == list(range(m))
    assert induced.objective == pytest.approx((cosine.max(1).mean() + cosine.max(0).mean()) / 2, abs=1e-6)


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_hidden_entries_are_as_frequent_as_under_a_mask(keep):
    src, trg = _unit(1, 6, 0), _unit(8, 6, 1)
    trg = trg * np.sign(trg @ src[0])[:, None]  # all scores positive, as a mask of zeros supposes
    cosine = src @ trg.T
    scores = (cosine - cosine.T.ravel() / 2)[0]  # one source word: r of a target word is its only cosine
    rng = np.random.default_rng(2)
    draws = [dictionaries.induce(src, trg, csls_k=1, keep_probability=keep, rng=rng).pairs[0, 1] for _ in range(4000)]
    masks = np.where(rng.random((400_000, 8)) < keep, scores, -1)
    expected = np.bincount(masks[(masks > 0).any(1)].argmax(1), minlength=8) / 400_000
    found = np.bincount(draws, minlength=8) / 4000
    worst = scores.argmin()  # it also stands in where everything is hidden
    expected[worst] += 1 - expected.sum()
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_few_and_many_ranks_agree(monkeypatch):
    src, trg = _unit(60, 5, 3), _unit(70, 5, 4)
    results = []
    for few in (1, 4, 16, 100):
        monkeypatch.setattr(dictionaries, "FEW_RANKS", few)
        results.append(dictionaries.induce(src, trg, csls_k=10, keep_probability=0.1, rng=np.random.default_rng(5)).pairs)
    for other in results[1:]:
        np.testing.assert_array_equal(results[0], other)


def test_a_seed_of_punctuation_or_few_words_is_warned_of():
    words = [f"word{number}" for number in range(100)] + [",", ".", "!"] * 50
    rows = lambda count, start=0: np.stack([np.arange(start, start + count)] * 2, 1)
    assert dictionaries.seed_warning(words, rows(100)) == ""
    assert "150 pairs, of which 0 are words" in dictionaries.seed_warning(words, rows(150, 100))
    assert "99 pairs, of which 99 are words" in dictionaries.seed_warning(words, rows(99))
