"""The four mining methods against the paper's definition, written out word by word."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment.mining import mine, sentence_pair_groups
from lraln_core.choices import MiningMethod
from lraln_core.records import WordPairs, from_lengths


def _words(rng, lengths, d=5, lost=0.0):
    n = sum(lengths)
    valid = rng.random(n) >= lost
    return from_lengths(np.where(valid[:, None], rng.standard_normal((n, d)), 0).astype(np.float32), lengths, valid)


def _cosine(x, y):
    return float(x.astype(np.float64) @ y.astype(np.float64) / np.sqrt((x.astype(np.float64) @ x) * (y.astype(np.float64) @ y)))


def _brute_force(src, trg, method, threshold, k):
    """Equation 1 with loops: the k most similar words, in both directions, as a set of row pairs."""
    s_rows, t_rows = np.flatnonzero(src.valid), np.flatnonzero(trg.valid)
    cosine = {(s, t): _cosine(src.vectors[s], trg.vectors[t]) for s in s_rows for t in t_rows}
    forward = {(s, t) for s in s_rows for t in sorted(t_rows, key=lambda t, s=s: -cosine[s, t])[:k]}
    backward = {(s, t) for t in t_rows for s in sorted(s_rows, key=lambda s, t=t: -cosine[s, t])[:k]}
    chosen = {"forward": forward, "backward": backward, "forward_backward": forward | backward, "intersection": forward & backward}
    return {pair for pair in chosen[method] if cosine[pair] > threshold}, forward, backward


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.sampled_from(list(MiningMethod)),
    st.sampled_from([-1.0, 0.2, 0.6]),
    st.integers(1, 3),
    st.integers(0, 10**6),
)
@settings(deadline=None, max_examples=150)
def test_every_method_equals_its_definition(src_lengths, trg_lengths, method, threshold, k, seed):
    rng = np.random.default_rng(seed)
    src, trg = _words(rng, src_lengths, lost=0.2), _words(rng, trg_lengths, lost=0.2)
    whole = mine(src, trg, method=method, threshold=threshold, mining_k=k)
    pairs = whole.pairs
    chunks = [trg.take(np.array(part, int)) for part in np.array_split(np.arange(len(trg_lengths)), 3)]
    chunked = mine(src, chunks, method=method, threshold=threshold, mining_k=k)
    for name in ("src_sentence", "src_word", "trg_sentence", "trg_word", "forward", "backward"):
        np.testing.assert_array_equal(getattr(chunked.pairs, name), getattr(pairs, name))
    assert (whole.src_words, whole.trg_words, whole.recall) == (src.valid.sum(), trg.valid.sum(), 1.0)
    found = list(
        zip(src.rows(pairs.src_sentence, pairs.src_word).tolist(), trg.rows(pairs.trg_sentence, pairs.trg_word).tolist(), strict=True)
    )
    expected, forward, backward = _brute_force(src, trg, method, threshold, k)
    assert len(found) == len(set(found)) and set(found) == expected
    for pair, is_forward, is_backward, value in zip(found, pairs.forward, pairs.backward, pairs.similarity, strict=True):
        assert is_forward == (pair in forward) and is_backward == (pair in backward)
        assert value == pytest.approx(_cosine(src.vectors[pair[0]], trg.vectors[pair[1]]), abs=1e-5)


def test_by_hand():
    src = from_lengths(np.array([[1, 0], [0.8, 0.6], [0, 2]], np.float32), [2, 1], np.ones(3, bool))
    trg = from_lengths(np.array([[3, 0], [-1, 0]], np.float32), [1, 1], np.ones(2, bool))
    # forward: a->A (1.0), b->A (0.8), c->A (0.0, below the threshold); backward: A->a, B->c (0.0)
    union = mine(src, trg, method=MiningMethod.FORWARD_BACKWARD, threshold=0.2).pairs
    assert list(zip(union.src_sentence, union.src_word, union.trg_sentence, union.trg_word, strict=True)) == [(0, 0, 0, 0), (0, 1, 0, 0)]
    assert union.similarity.tolist() == pytest.approx([1.0, 0.8])
    assert union.backward.tolist() == [True, False]
    assert len(mine(src, trg, method=MiningMethod.INTERSECTION, threshold=0.2).pairs) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_vectors_that_are_no_vectors_take_no_part(bad):
    src = from_lengths(np.array([[1, 0], [bad, bad]], np.float32), [2], np.ones(2, bool))
    trg = from_lengths(np.array([[1, 0]], np.float32), [1], np.ones(1, bool))
    pairs = mine(src, trg, method=MiningMethod.FORWARD_BACKWARD, threshold=-1.0).pairs
    assert pairs.src_word.tolist() == [0]


def test_nothing_to_mine():
    empty = from_lengths(np.zeros((0, 2), np.float32), [0, 0], np.zeros(0, bool))
    assert len(mine(empty, empty, method=MiningMethod.INTERSECTION, threshold=0.2).pairs) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=30, unique=True))
def test_groups_hold_each_pair_once_by_sentence_pair(rows):
    columns = np.array(rows, np.int32).reshape(-1, 4)
    flags = np.ones(len(rows), bool)
    pairs = WordPairs(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3], np.ones(len(rows), np.float32), flags, flags)
    order, offsets = sentence_pair_groups(pairs)
    groups = [[(rows[i][0], rows[i][2]) for i in order[a:b]] for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert all(len(set(group)) == 1 for group in groups)
    assert len(groups) == len({(row[0], row[2]) for row in rows})
