"""Lexicon figures by hand and against a plain loop over the pairs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.evaluation import lexicon

LEXICON = {"mto": {"river", "stream"}, "maji": {"water"}, "ya": {"of"}}


def _pairs(rows):
    """rows of (iteration, source sentence, source word, target sentence, target word, similarity)."""
    names = ("iteration", "src_sentence", "src_token", "trg_sentence", "trg_token", "similarity")
    return pd.DataFrame(
        {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)} if rows else {name: [] for name in names}
    )


PAIRS = _pairs(
    [
        (0, 1, "Mto", 5, "River", 0.9),  # correct, in another case
        (0, 1, "maji", 5, "sea", 0.8),  # judged and wrong; the lexicon does not know "sea"
        (0, 2, "mto", 6, "water", 0.5),  # judged and wrong, both words known
        (1, 2, "bahari", 6, "water", 0.7),  # source word unknown: not judged
        (1, 1, "mto", 5, "stream", 0.6),  # correct
        (1, 1, "Mto", 5, "river", 1.0),  # correct
    ]
)


def test_precision_by_hand():
    result = lexicon.precision(PAIRS, LEXICON)
    assert (result.pairs, result.judged, result.both_known, result.correct) == (6, 5, 4, 3)
    assert result.coverage == 5 / 6 and result.precision == 3 / 5 and result.precision_both_known == 3 / 4
    assert result.figures() == {
        "pairs": 6,
        "judged": 5,
        "both_known": 4,
        "correct": 3,
        "coverage": 5 / 6,
        "precision": 3 / 5,
        "precision_both_known": 3 / 4,
    }


def test_arrays_serve_as_well_as_a_table():
    arrays = {name: PAIRS[name].to_numpy() for name in PAIRS}
    assert lexicon.precision(arrays, LEXICON) == lexicon.precision(PAIRS, LEXICON)
    assert lexicon.unique_types(arrays) == lexicon.unique_types(PAIRS)
    assert lexicon.sentence_pairs(arrays) == lexicon.sentence_pairs(PAIRS)


def test_by_iteration():
    result = lexicon.precision_by_iteration(PAIRS, LEXICON)
    assert list(result) == [0, 1]
    assert result[0].precision == 1 / 3 and result[1].precision == 1.0 and result[1].coverage == 2 / 3


def test_by_similarity():
    bands = lexicon.precision_by_similarity(PAIRS, LEXICON, [0.5, 0.6, 0.8, 1.0])
    assert [(low, high) for low, high, _ in bands] == [(0.5, 0.6), (0.6, 0.8), (0.8, 1.0)]
    # a pair on an edge belongs to the band above, but 1.0 to the last
    assert [result.pairs for *_, result in bands] == [1, 2, 3]
    assert [result.correct for *_, result in bands] == [0, 1, 2]


def test_single_precision_similarities_stay_in_their_band():
    pairs = PAIRS.assign(similarity=PAIRS["similarity"].astype(np.float32))
    assert lexicon.precision_by_similarity(pairs, LEXICON, [0.5, 0.6, 0.8, 1.0]) == lexicon.precision_by_similarity(
        PAIRS, LEXICON, [0.5, 0.6, 0.8, 1.0]
    )


@pytest.mark.parametrize("edges", [[0.5], [0.5, 0.5], [0.6, 0.5]])
def test_edges_must_rise(edges):
    with pytest.raises(ValueError, match="must rise"):
        lexicon.precision_by_similarity(PAIRS, LEXICON, edges)


def test_edges_of_equal_bands():
    assert lexicon.similarity_edges(PAIRS, 5) == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    same = PAIRS.assign(similarity=np.float32(0.7))
    ((*_, result),) = lexicon.precision_by_similarity(same, LEXICON, lexicon.similarity_edges(same))
    assert result.pairs == 6
    assert lexicon.similarity_edges(_pairs([])) == []


def test_unique_types():
    # Mto, maji, mto, bahari; River, sea, water, stream, river; six different pairs
    assert lexicon.unique_types(PAIRS) == lexicon.UniqueTypes(4, 5, 6)
    assert lexicon.unique_types(PAIRS, lower=True) == lexicon.UniqueTypes(3, 4, 5)


def test_sentence_pairs():
    # iteration 0: (1, 5) twice, (2, 6) once; iteration 1: (2, 6) once, (1, 5) twice
    result = lexicon.sentence_pairs(PAIRS)
    assert result == lexicon.SentencePairs(4, 2) and result.several_share == 0.5


def test_no_pairs():
    empty = _pairs([])
    result = lexicon.precision(empty, LEXICON)
    assert result.pairs == 0 and result.coverage is None and result.precision is None
    assert lexicon.precision_by_iteration(empty, LEXICON) == {}
    assert lexicon.precision_by_similarity(empty, LEXICON, [0, 1])[0][2].pairs == 0
    assert lexicon.unique_types(empty) == lexicon.UniqueTypes(0, 0, 0)
    assert lexicon.sentence_pairs(empty).several_share is None


def test_no_pair_in_the_lexicon():
    result = lexicon.precision(PAIRS, {"hakuna": {"nothing"}})
    assert result.coverage == 0 and result.precision is None


WORD = st.sampled_from(["a", "A", "b", "c", "d"])
ROW = st.tuples(st.integers(0, 2), st.integers(0, 2), WORD, st.integers(0, 2), WORD, st.floats(0, 1, width=32))


@given(st.lists(ROW, max_size=30), st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from("abcd"), min_size=1), min_size=1))
@settings(deadline=None, max_examples=80)
def test_equals_a_plain_loop(rows, entries):
    pairs = _pairs(rows)
    judged = [row for row in rows if row[2].lower() in entries]
    correct = [row for row in judged if row[4].lower() in entries[row[2].lower()]]
    known = [row for row in judged if any(row[4].lower() in translations for translations in entries.values())]
    whole = lexicon.precision(pairs, entries)
    assert (whole.pairs, whole.judged, whole.both_known, whole.correct) == (len(rows), len(judged), len(known), len(correct))
    parts = list(lexicon.precision_by_iteration(pairs, entries).values())
    parts_by_similarity = [part for *_, part in lexicon.precision_by_similarity(pairs, entries, [0, 0.25, 0.5, 1])]
    for split in (parts, parts_by_similarity):
        for name in ("pairs", "judged", "both_known", "correct"):
            assert sum(getattr(part, name) for part in split) == getattr(whole, name)
    groups = {}
    for row in rows:
        groups.setdefault((row[0], row[1], row[3]), []).append(row)
    assert lexicon.sentence_pairs(pairs) == lexicon.SentencePairs(len(groups), sum(len(group) > 1 for group in groups.values()))
    types = lexicon.unique_types(pairs)
    assert (types.src, types.trg, types.pairs) == (len({r[2] for r in rows}), len({r[4] for r in rows}), len({(r[2], r[4]) for r in rows}))
