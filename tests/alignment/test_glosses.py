"""Type anchors, glosses and the choice of pairs, on vectors whose answers a person can see."""

import numpy as np

from lraln_core.alignment import glosses
from lraln_core.records import from_lengths

EAST, NORTH, WEST = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)


def _words(sentences, vectors, valid=None):
    lengths = [len(words) for words in sentences]
    return from_lengths(np.array(vectors, np.float32), lengths, np.ones(sum(lengths), bool) if valid is None else np.array(valid))


def _anchors(**vectors):
    return glosses.TypeAnchors(tuple(vectors), np.array(list(vectors.values()), np.float32), np.ones(len(vectors), np.int64))


def test_anchors_average_directions_of_lower_cased_types_with_a_letter():
    sentences = [("Sun", ",", "moon"), ("sun", "7")]
    found = glosses.type_anchors(sentences, _words(sentences, [(3, 0), (1, 1), (0, 2), (0, 5), (1, 0)]))
    assert found.words == ("moon", "sun")
    assert found.counts.tolist() == [1, 2]
    np.testing.assert_allclose(found.vectors, [NORTH, (0.5**0.5, 0.5**0.5)], atol=1e-6)


def test_rare_types_and_words_without_a_vector_have_no_anchor():
    sentences = [("sun", "sun", "moon", "star")]
    words = _words(sentences, [EAST, EAST, NORTH, (0, 0)], [True, True, True, False])
    assert glosses.type_anchors(sentences, words, least_count=2).words == ("sun",)
    assert glosses.type_anchors(sentences, words).words == ("moon", "sun")
    assert len(glosses.type_anchors([], _words([], np.zeros((0, 2))))) == 0


def test_words_with_letters_are_replaced_by_the_nearest_type():
    sentences = [("Jua", ",", "mwezi"), ("1969",)]
    found = glosses.gloss(
        sentences, _words(sentences, [EAST, EAST, NORTH, WEST]), _anchors(jua=EAST, mwezi=NORTH), _anchors(moon=NORTH, sun=EAST)
    )
    assert found.sentences == [("Sun", ",", "moon"), ("1969",)]
    assert found.replaced.tolist() == [True, False, True, False]
    assert found.types.tolist() == [0, -1, 1, -1]


def test_a_words_own_anchor_outweighs_an_odd_context():
    sentences = [("jua",)]
    odd = (-0.6, 0.8)  # nearer to north than to east
    words, other = _words(sentences, [odd]), _anchors(moon=NORTH, sun=EAST)
    assert glosses.gloss(sentences, words, _anchors(), other).sentences == [("moon",)]
    # mean of (-0.6, 0.8) and (0.8, -0.6): (0.1, 0.1), a tie before the penalty r, which the crowded east-south side pays
    own = _anchors(jua=(0.9, -0.436))
    assert glosses.gloss(sentences, words, own, _anchors(moon=(-0.8, 0.6), sun=(0.8, 0.6))).sentences == [("sun",)]


def test_neighbourhoods_keep_a_hub_from_answering():
    # Three of four source types lie near the hub, so it pays for them: 2 cos - r.
    own = _anchors(a=(0.8, 0.6), b=(0.96, 0.28), c=(0.96, -0.28), d=NORTH)
    other = _anchors(hub=(0.98, 0.199), rare=(0.3, 0.954))
    sentences = [("a",)]
    found = glosses.gloss(sentences, _words(sentences, [(0.8, 0.6)]), own, other, csls_k=2)
    # cos(a, hub) = 0.903 and cos(a, rare) = 0.812; r(hub) = (0.9965 + 0.9033) / 2 = 0.95, r(rare) = (0.954 + 0.8124) / 2 = 0.883
    assert found.sentences == [("hub",)]
    found = glosses.gloss(sentences, _words(sentences, [(0.7, 0.714)]), own, other, csls_k=1)
    # query (0.7503, 0.6573) after its anchor: 2 * 0.866 - 0.9965 = 0.736 for the hub, 2 * 0.852 - 0.954 = 0.750 for rare
    assert found.sentences == [("rare",)]


def test_nothing_is_replaced_without_the_other_vocabulary():
    sentences = [("jua",)]
    found = glosses.gloss(
        sentences, _words(sentences, [EAST]), _anchors(jua=EAST), glosses.TypeAnchors((), np.zeros((0, 2), np.float32), np.zeros(0, int))
    )
    assert found.sentences == sentences and not found.replaced.any()


def test_each_type_gives_a_bounded_number_of_pairs():
    sentences = [("a", "b", "a", "a", "c", "a")]
    real = _words(sentences, np.tile(EAST, (6, 1)))
    other = _words(sentences, np.tile(NORTH, (6, 1)), [True, True, True, True, False, True])
    found = glosses.gloss(sentences, real, _anchors(a=EAST), _anchors(x=EAST))
    rows = glosses.pair_rows(found, real, other, most_per_type=2, rng=np.random.default_rng(0))
    assert 1 in rows and 4 not in rows
    assert len(rows) == 3 and set(rows) - {1} <= {0, 2, 3, 5}
    assert (np.diff(rows) > 0).all()
    everything = glosses.pair_rows(found, real, other, most_per_type=10, rng=np.random.default_rng(0))
    assert everything.tolist() == [0, 1, 2, 3, 5]
