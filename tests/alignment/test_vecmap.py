"""VecMap against the second implementation in reference_vecmap.py, and its parts against figures by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.alignment import dictionaries, maps, vecmap
from lraln_core.alignment.similarity import unit_rows
from lraln_core.alignment.vecmap import VecMapOptions
from lraln_core.errors import Cancelled, ConfigError, RunError
from tests.alignment import reference_vecmap as reference

RNG = np.random.default_rng


def _rotation(d, seed):
    return np.linalg.qr(RNG(seed).standard_normal((d, d)))[0]


def _spaces(n=1000, d=40, noise=0.7, seed=0):
    """Two views of one cloud of words: turned, moved off the origin, noisier the rarer the word (Zipf order). Unit rows."""
    rng = RNG(seed)
    topics = rng.standard_normal((50, d))
    words = (0.7 * topics[rng.integers(0, 50, n)] + rng.standard_normal((n, d))) * np.arange(1, d + 1) ** -0.4
    size = noise * np.linalg.norm(words, axis=1).mean() / d**0.5 * (0.3 + 0.7 * np.sqrt(np.arange(n)[:, None] / n))
    src = words + size * rng.standard_normal((n, d)) + 0.8
    trg = words @ _rotation(d, seed + 100) + size * rng.standard_normal((n, d)) - 0.5
    return unit_rows(src), unit_rows(trg)


def _vocabularies(n, shared):
    """A share of the words is spelled the same on both sides."""
    same = set(RNG(7).permutation(n)[:shared].tolist())
    return tuple(tuple(f"w{i}" if i in same else f"{side}{i}" for i in range(n)) for side in ("s", "t"))


@pytest.mark.parametrize("mode", ["id", "sup"])
def test_dictionary_accuracy_is_that_of_the_reference(mode):
    src, trg = _spaces()
    gold = np.stack([np.arange(len(src))] * 2, 1)
    if mode == "id":
        seed = dictionaries.identical(*_vocabularies(len(src), 60))
        assert len(seed) == 60
        result = vecmap.learn(src, trg, seed, VecMapOptions(patience=10), rng=RNG(1))
        *expected, objectives = reference.vecmap(src, trg, seed, RNG(1), interval=10)
        assert result.iterations[-1].objective == pytest.approx(objectives[-1], abs=2e-3)
    else:
        seed = gold[RNG(3).permutation(len(src))[:300]]
        result = vecmap.learn(src, trg, seed, VecMapOptions(self_learning=False), rng=RNG(1))
        *expected, _ = reference.vecmap(src, trg, seed, RNG(1), self_learning=False)
        assert not result.iterations
    mapped = maps.apply(result.src, src), maps.apply(result.trg, trg)
    untrained = reference.accuracy(src, trg, gold, csls=True)
    for csls in (False, True):
        ours, theirs = reference.accuracy(*mapped, gold, csls), reference.accuracy(*expected, gold, csls)
        assert untrained < 0.05 < 0.8 < theirs < 0.995  # neither trivial nor hopeless
        assert abs(ours - theirs) <= 0.005


def test_without_chance_the_embeddings_equal_the_reference():
    src, trg = _spaces(n=200, d=10)
    seed = np.stack([np.arange(0, 200, 4)] * 2, 1)
    result = vecmap.learn(src, trg, seed, VecMapOptions(keep_probability=1.0, patience=3), rng=RNG(0))
    *expected, objectives = reference.vecmap(src, trg, seed, RNG(0), keep=1.0, interval=3)
    np.testing.assert_allclose([i.objective for i in result.iterations], objectives, atol=1e-5)
    # the signs of singular vectors are free, cosines are not
    for ours, theirs in zip(
        (vecmap.normalize(src) @ result.src.matrix.T, vecmap.normalize(trg) @ result.trg.matrix.T), expected, strict=True
    ):
        np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-4)


def test_a_rotation_is_found_from_few_seeds():
    src, _ = _spaces(n=400, d=20)
    turn = _rotation(20, 5)
    trg = unit_rows(vecmap.normalize(src) @ turn)
    seed = np.stack([np.arange(10)] * 2, 1)
    result = vecmap.learn(src, trg, seed, VecMapOptions(patience=5, orthogonal=True), rng=RNG(0))
    np.testing.assert_allclose(result.src.matrix, turn.T, atol=2e-3)
    assert result.iterations[-1].objective == pytest.approx(1, abs=1e-3) and not result.reweighted
    np.testing.assert_array_equal(result.trg.matrix, np.eye(20))


def test_normalisation_by_hand():
    # unit rows (1, 0), (0, 1), (0.6, 0.8); their mean (1.6, 1.8) / 3
    rows = np.array([[2, 0], [0, 5], [3, 4]], np.float32)
    centred = np.array([[1.4, -1.8], [-1.6, 1.2], [0.2, 0.6]]) / 3
    np.testing.assert_allclose(vecmap.normalize(rows), centred / np.linalg.norm(centred, axis=1, keepdims=True), rtol=1e-5)


@given(st.integers(1, 20), st.integers(2, 6), st.integers(0, 10**6))
@settings(deadline=None, max_examples=50)
def test_the_map_is_orthogonal_and_no_rotation_is_better(n, d, seed):
    rng = RNG(seed)
    src, trg = rng.standard_normal((n, d)), rng.standard_normal((n, d))
    matrix = vecmap.orthogonal_map(src, trg)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(d), atol=1e-9)
    loss = lambda w: ((src @ w.T - trg) ** 2).sum()
    assert all(loss(matrix) <= loss(matrix @ _rotation(d, seed + i)) + 1e-9 for i in range(5))


@given(st.integers(2, 6), st.integers(0, 10**6))
@settings(deadline=None, max_examples=50)
def test_whitening_gives_the_identity_covariance(d, seed):
    rows = RNG(seed).standard_normal((4 * d, d)) * np.arange(1, d + 1)
    white, back = vecmap.whitening(rows)
    np.testing.assert_allclose((rows @ white).T @ (rows @ white), np.eye(d), atol=1e-8)
    np.testing.assert_allclose(white @ back, np.eye(d), atol=1e-8)


def test_whitening_leaves_out_what_is_not_spanned():
    white, back = vecmap.whitening(np.array([[2.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(white, [[0.5, 0], [0, 0]])
    np.testing.assert_allclose(back, [[2, 0], [0, 0]])


def test_reweighting_by_hand():
    # Both sides are white already (X'X = Z'Z = 2 I) and correlate with 1 along the first axis and 0.5 along the second:
    # the maps then scale by the root of the correlation and differ by a common rotation only.
    root = 0.75**0.5
    src = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    trg = np.array([[1.0, 0], [1, 0], [0, 0.5 + root], [0, 0.5 - root]])
    src_map, trg_map = vecmap.reweighted_maps(src, trg, 0.5, 0.5)
    for matrix in (src_map, trg_map):
        np.testing.assert_allclose(matrix.T @ matrix, np.diag([1, 0.5]), atol=1e-12)
    np.testing.assert_allclose(src_map, trg_map, atol=1e-12)


@given(st.integers(2, 6), st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_without_reweighting_both_maps_are_orthogonal(d, seed):
    rng = RNG(seed)
    src, trg = rng.standard_normal((2, 5 * d, d)) * np.arange(1, d + 1)
    for matrix in vecmap.reweighted_maps(src, trg, 0, 0):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(d), atol=1e-8)


def test_too_few_pairs_for_whitening():
    src, trg = _spaces(n=100, d=20)
    for count, reweighted in ((19, False), (20, True)):
        result = vecmap.learn(src, trg, np.stack([np.arange(count)] * 2, 1), VecMapOptions(self_learning=False), rng=RNG(0))
        assert result.reweighted is reweighted and np.isfinite(result.src.matrix).all()


def test_a_direction_without_variance_does_no_harm():
    src, trg = _spaces(n=100, d=10)
    src, trg = (np.hstack([side, np.full((100, 1), 0.5, np.float32)]) for side in (src, trg))
    result = vecmap.learn(src, trg, np.stack([np.arange(100)] * 2, 1), VecMapOptions(self_learning=False), rng=RNG(0))
    assert np.abs(result.src.matrix).max() < 3 and np.abs(maps.apply(result.trg, trg)).max() < 3


def test_more_is_seen_when_the_objective_stops_rising():
    src, trg = _spaces(n=150, d=10)
    seed, seen = np.stack([np.arange(20)] * 2, 1), []
    result = vecmap.learn(src, trg, seed, VecMapOptions(patience=3), rng=RNG(0), progress=seen.append)
    assert tuple(seen) == result.iterations
    assert [i.number for i in seen] == list(range(1, len(seen) + 1))
    assert sorted({i.keep_probability for i in seen}) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])
    assert [i.keep_probability for i in seen] == sorted(i.keep_probability for i in seen)
    best = -1
    for iteration in seen:
        assert iteration.improved == (iteration.objective >= best + 1e-6)
        best = max(best, iteration.objective) if iteration.improved else best
    # it ends after `patience` iterations with everything seen and no improvement
    assert len(result.dictionary) == 300 and seen[-1].keep_probability == 1 and not any(i.improved for i in seen[-3:])


def test_the_same_seed_gives_the_same_maps():
    src, trg = _spaces(n=150, d=10)
    one, two = (vecmap.learn(src, trg, [[0, 0], [1, 1], [2, 2]], VecMapOptions(patience=2), rng=RNG(4)) for _ in range(2))
    np.testing.assert_array_equal(one.src.matrix, two.src.matrix)
    assert one.iterations == two.iterations


def test_rare_words_take_no_part_in_induction():
    src, trg = _spaces(n=150, d=10)
    result = vecmap.learn(src, trg, [[140, 140], [1, 1]], VecMapOptions(patience=2, vocabulary_cutoff=60), rng=RNG(4))
    assert result.dictionary.max() == 59 and len(result.dictionary) == 120


def test_cancelling():
    def stop(_):
        raise Cancelled("stopped")

    src, trg = _spaces(n=60, d=10)
    with pytest.raises(Cancelled):
        vecmap.learn(src, trg, [[0, 0]], rng=RNG(0), progress=stop)


def test_the_papers_layers_are_an_orthogonal_source_map_and_the_identity():
    src, _ = _spaces(n=200, d=12)
    gold = np.stack([np.arange(200)] * 2, 1)
    trg = src @ _rotation(12, 1)  # the rotation moves the mean as well, so no bias is needed
    layers = vecmap.paper_layers(vecmap.learn(src, trg, gold, VecMapOptions(self_learning=False, orthogonal=True), rng=RNG(0)))
    np.testing.assert_allclose(maps.apply(layers.src, src), trg, atol=2e-3)
    np.testing.assert_allclose(layers.src.matrix @ layers.src.matrix.T, np.eye(12), atol=1e-5)
    np.testing.assert_array_equal(layers.trg.matrix, np.eye(12))
    assert layers.src.mean is None and layers.trg.mean is None
    with pytest.raises(ValueError, match="orthogonal"):
        vecmap.paper_layers(vecmap.learn(src, trg, gold, VecMapOptions(self_learning=False), rng=RNG(0)))


def test_no_seed():
    src, trg = _spaces(n=60, d=10)
    with pytest.raises(RunError, match="no seed dictionary"):
        vecmap.learn(src, trg, dictionaries.identical(("a",), ("b",)), rng=RNG(0))


@pytest.mark.parametrize("wrong", [{"csls_k": 0}, {"keep_probability": 0.0}, {"keep_growth": 1.0}, {"patience": 0}, {"src_reweight": 2}])
def test_options_out_of_range(wrong):
    with pytest.raises(ConfigError, match=f"{next(iter(wrong))} = "):
        VecMapOptions(**wrong)
