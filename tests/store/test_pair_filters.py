"""Filters, sorts and pages of mined pairs against the same selection made by brute force in pandas."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.errors import ConfigError, RunError
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.matching import Match
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries.compare import run_figures
from lraln_core.store.queries.pairs import (
    count_pairs,
    one_pair,
    page_of_pairs,
    pair_ids,
    similarity_histogram,
    types_and_facets,
    unique_types,
)
from tests.store.store_folders import pair, write_corpus, write_run

SRC_WORDS = ["Река", "река", "рекава", "Крал", "краот", ".", "1941", "a.b", "axb", "%", "_", "ÉTÉ", "été", "Ж"]
TRG_WORDS = ["River", "river", "rivers", "King", "king", ",", "1941", "a.b", "it's", "$run", "\\", "St", "st", "the"]
COUNT = 400
GROUP = ["iteration", "src_sentence", "trg_sentence"]
PLACE = ["src_sentence", "src_word", "trg_sentence", "trg_word"]


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """(database, all pairs as a DataFrame in pair_id order) of a random run over corpora of ten sentences."""
    rng = np.random.default_rng(5)
    workspace = Workspace(tmp_path_factory.mktemp("mined")).require_writable()
    src = [[str(word) for word in rng.choice(SRC_WORDS, 6)] for _ in range(10)]
    trg = [[str(word) for word in rng.choice(TRG_WORDS, 6)] for _ in range(10)]
    write_corpus(workspace, "c-mk", "mk", src)
    write_corpus(workspace, "c-en", "en", trg)
    places = {tuple(int(n) for n in row) for row in rng.integers([3, 10, 2, 10, 2], size=(COUNT, 5))}
    iterations = [[], [], []]
    for iteration, s, i, t, j in sorted(places):
        forward = bool(rng.random() < 0.6)
        iterations[iteration].append(
            pair(
                iteration,
                (s, i),
                (t, j),
                round(float(rng.choice([0.5, 0.6, 0.7, 0.8, 0.9])), 2),
                forward=forward,
                backward=not forward or bool(rng.random() < 0.4),
                tokens=(src[s][i], trg[t][j]),
            )
        )
    db = open_database(workspace)
    ingest_run(db, write_run(workspace, pairs=iterations))
    frame = pd.DataFrame([row for rows in iterations for row in rows])
    frame = frame.sort_values([*GROUP, "src_word", "trg_word"], ignore_index=True)
    frame["pair_id"] = frame.index
    frame["found_in"] = frame.groupby(PLACE)["pair_id"].transform("size")
    frame["group_size"] = frame.groupby(GROUP)["pair_id"].transform("size")
    for side, sentences in (("src", src), ("trg", trg)):
        around = [(sentences[s][:w], sentences[s][w + 1 :]) for s, w in zip(frame[f"{side}_sentence"], frame[f"{side}_word"], strict=True)]
        frame[f"{side}_before"] = [" ".join(reversed(before[-3:])).lower() for before, _ in around]
        frame[f"{side}_after"] = [" ".join(after[:3]).lower() for _, after in around]
    yield db, frame
    db.close()


def matches(token: str, text: str, match: Match) -> bool:
    token, text = token.lower(), text.lower()
    return {
        Match.EXACT: token == text,
        Match.PREFIX: token.startswith(text),
        Match.CONTAINS: text in token,
        Match.REGEX: bool(match is Match.REGEX and re.search(text, token)),
    }[match]


def by_hand(frame: pd.DataFrame, filter: PairFilter) -> pd.DataFrame:
    chosen = frame
    for column, text in (("src_token", filter.src_token), ("trg_token", filter.trg_token)):
        if text:
            chosen = chosen[np.array([matches(token, text, filter.match) for token in chosen[column]], bool)]
    similarity = chosen["similarity"].astype(np.float32)
    if filter.min_similarity is not None:
        chosen = chosen[similarity.loc[chosen.index] >= np.float32(filter.min_similarity)]
    if filter.max_similarity is not None:
        chosen = chosen[similarity.loc[chosen.index] <= np.float32(filter.max_similarity)]
    if filter.iteration is not None:
        chosen = chosen[chosen["iteration"] == filter.iteration]
    if filter.direction in (Direction.FORWARD, Direction.MUTUAL):
        chosen = chosen[chosen["forward"]]
    if filter.direction in (Direction.BACKWARD, Direction.MUTUAL):
        chosen = chosen[chosen["backward"]]
    if filter.multi_only:
        chosen = chosen[chosen["group_size"] > 1]
    if filter.letters_only:
        tokens = zip(chosen["src_token"], chosen["trg_token"], strict=True)
        chosen = chosen[np.array([all(any(map(str.isalpha, token)) for token in both) for both in tokens], bool)]
    chosen = chosen[chosen["found_in"] >= filter.found_in]
    return chosen.drop_duplicates(PLACE)  # the first of several iterations that found one place


def order_by_hand(chosen: pd.DataFrame, sort: Sort) -> list[int]:
    keys = {
        Sort.CSLS: lambda p: (-p.similarity, p.pair_id),  # without scores
        Sort.MOST_SIMILAR: lambda p: (-p.similarity, p.pair_id),
        Sort.LEAST_SIMILAR: lambda p: (p.similarity, -p.pair_id),
        Sort.SRC_TOKEN: lambda p: (p.src_token.lower(), -p.similarity, p.pair_id),
        Sort.TRG_TOKEN: lambda p: (p.trg_token.lower(), -p.similarity, p.pair_id),
        Sort.SRC_BEFORE: lambda p: (p.src_before, p.src_sentence, p.src_word, -p.similarity, p.pair_id),
        Sort.SRC_AFTER: lambda p: (p.src_after, p.src_sentence, p.src_word, -p.similarity, p.pair_id),
        Sort.TRG_BEFORE: lambda p: (p.trg_before, p.trg_sentence, p.trg_word, -p.similarity, p.pair_id),
        Sort.TRG_AFTER: lambda p: (p.trg_after, p.trg_sentence, p.trg_word, -p.similarity, p.pair_id),
        Sort.ITERATION: lambda p: (p.iteration, -p.similarity, p.pair_id),
    }
    return [p.pair_id for p in sorted(chosen.itertuples(), key=keys[sort])]


SEARCHES = {
    Match.REGEX: (["", "^р", "а$", r"a\.b", r"a.b", "[0-9]+", "É", "^.$"], ["", "^r", "s$", r"a\.b", "(ri|ki)", r"\\", "'"]),
    **{
        match: (["", "река", "РЕКА", "ре", "a.b", "%", "_", "été", "1"], ["", "river", "RI", "king", "'", "$run", "\\", "s"])
        for match in (Match.EXACT, Match.PREFIX, Match.CONTAINS)
    },
}


@st.composite
def filters(draw):
    match = draw(st.sampled_from(list(Match)))
    src, trg = SEARCHES[match]
    similarities = st.none() | st.sampled_from([0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0])
    return draw(
        st.builds(
            PairFilter,
            st.just("run-1"),
            src_token=st.sampled_from(src),
            trg_token=st.just("") | st.sampled_from(trg),
            match=st.just(match),
            min_similarity=similarities,
            max_similarity=similarities,
            iteration=st.none() | st.integers(0, 3),
            direction=st.sampled_from(list(Direction)),
            multi_only=st.booleans(),
            letters_only=st.booleans(),
            found_in=st.integers(1, 3),
            sort=st.sampled_from(list(Sort)),
            seed=st.integers(0, 3),
        )
    )


@settings(max_examples=120, deadline=None)
@given(filters(), st.integers(0, 12), st.integers(0, 12))
def test_counts_and_pages_are_those_of_brute_force(mined, filter, offset, limit):
    db, frame = mined
    chosen = by_hand(frame, filter)
    assert count_pairs(db, filter) == len(chosen)
    ids = pair_ids(db, filter).tolist()
    if filter.sort is Sort.RANDOM:
        assert sorted(ids) == chosen["pair_id"].tolist()
    else:
        assert ids == order_by_hand(chosen, filter.sort)
    assert [p.pair_id for p in page_of_pairs(db, filter, offset, limit)] == ids[offset : offset + limit]


@settings(max_examples=40, deadline=None)
@given(filters())
def test_facets_types_and_histogram_are_those_of_brute_force(mined, filter):
    db, frame = mined
    chosen = by_hand(frame, filter)
    types, facets = types_and_facets(db, filter, limit=1000)
    for found, columns in ((facets.src, ["src_token"]), (facets.trg, ["trg_token"]), (facets.types, ["src_token", "trg_token"])):
        expected = chosen.groupby(columns).size()
        assert {tuple(row[:-1]): row[-1] for row in found.values.tolist()} == {
            (key if isinstance(key, tuple) else (key,)): size for key, size in expected.items()
        }
        assert found["pairs"].is_monotonic_decreasing
    assert unique_types(db, filter) == types
    assert (types.src, types.trg) == (chosen["src_token"].nunique(), chosen["trg_token"].nunique())
    assert types.pairs == len(chosen[["src_token", "trg_token"]].drop_duplicates())
    histogram = similarity_histogram(db, filter, 0.25)
    assert histogram["pairs"].sum() == len(chosen)
    for low, high, pairs in histogram.itertuples(index=False):
        assert pairs == chosen["similarity"].between(low, high, inclusive="left").sum()


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*)*(.*)*(.*)*x", "(x+x+)+y", "(.{1,30}){1,30}x", "(?:a?){500}a{500}"])
def test_patterns_that_hang_other_engines_do_not_hang_here(mined, pattern):
    assert count_pairs(mined[0], PairFilter("run-1", src_token=pattern, match=Match.REGEX)) >= 0


def test_random_order_is_that_of_its_seed(mined):
    db, _ = mined
    one, same, other = (pair_ids(db, PairFilter("run-1", sort=Sort.RANDOM, seed=seed)).tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_a_page_brings_sentences_and_all_pairs_of_its_sentence_pairs(mined):
    db, frame = mined
    for found in page_of_pairs(db, PairFilter("run-1", multi_only=True), 0, 30):
        row = frame.loc[found.pair_id]
        assert (found.link.src_token, found.link.trg_token) == (row.src_token, row.trg_token)
        assert found.src_words[found.link.src_word] == row.src_token and found.trg_words[found.link.trg_word] == row.trg_token
        assert found.src_text.split() == list(found.src_words)
        same = frame[(frame[GROUP] == row[GROUP]).all(axis=1)]
        assert [link.pair_id for link in found.links] == same.sort_values(["src_word", "trg_word"])["pair_id"].tolist()
        assert found.link in found.links


def test_one_pair(mined):
    db, frame = mined
    found, row = one_pair(db, "run-1", 17), frame.loc[17]
    assert (found.iteration, found.src_sentence, found.link.trg_word) == (row.iteration, row.src_sentence, row.trg_word)
    with pytest.raises(RunError, match="no pair 99999"):
        one_pair(db, "run-1", 99999)
    with pytest.raises(RunError, match="no run 'other'"):
        one_pair(db, "other", 1)


def test_sentence_pairs_with_several_words(mined):
    db, frame = mined
    for iteration in (None, 0, 2):
        chosen = frame if iteration is None else frame[frame["iteration"] == iteration]
        in_one_mining = chosen.groupby(["iteration", "src_sentence", "trg_sentence"]).size()
        sizes = in_one_mining.groupby(["src_sentence", "trg_sentence"]).max()
        found = run_figures(db, PairFilter("run-1", iteration=iteration))
        assert (found.sentence_pairs, found.several) == (len(sizes), (sizes > 1).sum())
    assert run_figures(db, PairFilter("run-1", iteration=9)).sentence_pairs == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"src_token": "[a", "match": "regex"}, "missing ]"),
        ({"trg_token": "(?=a)", "match": "regex"}, "invalid perl operator"),
        ({"trg_token": r"(a)\1", "match": "regex"}, "invalid escape sequence"),
        ({"src_token": "((a{100}){100}){100}", "match": "regex"}, "invalid repetition size"),
        ({"src_token": "(" * 999, "match": "regex"}, "not a regular expression"),
        ({"src_token": "x" * 1001}, "at most 1000"),
        ({"src_token": "\ud800"}, "half a character"),
        ({"src_token": 3}, "must be text"),
        ({"match": "fuzzy"}, "exact, prefix, contains, regex"),
        ({"direction": "up"}, "mutual"),
        ({"judged": "perhaps"}, "not yet"),
        ({"sort": "size"}, "most similar"),
        ({"min_similarity": float("nan")}, "not a similarity"),
        ({"max_similarity": float("inf")}, "not a similarity"),
        ({"iteration": -1}, "out of range"),
        ({"seed": 2**63}, "out of range"),
    ],
)
def test_a_filter_that_cannot_be_used_says_why(options, words):
    with pytest.raises(ConfigError) as caught:
        PairFilter("run-1", **options)
    assert words in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 320


@pytest.mark.parametrize(("offset", "limit"), [(-1, 5), (0, -5), (0, 10_001)])
def test_a_page_out_of_range_is_refused(mined, offset, limit):
    with pytest.raises(ConfigError, match="A page"):
        page_of_pairs(mined[0], PairFilter("run-1"), offset, limit)


def test_a_typed_word_is_found_however_it_is_composed(mined):
    db, frame = mined
    tokens = frame.drop_duplicates(PLACE)["src_token"]
    assert count_pairs(db, PairFilter("run-1", src_token="e\u0301te\u0301")) == tokens.isin(["été", "ÉTÉ"]).sum() > 0


@pytest.mark.parametrize("width", [0, -1, float("nan"), 5])
def test_a_histogram_needs_a_sensible_width(mined, width):
    with pytest.raises(ConfigError, match="width of a bin"):
        similarity_histogram(mined[0], PairFilter("run-1"), width)


def test_an_empty_selection_has_an_empty_histogram(mined):
    assert similarity_histogram(mined[0], PairFilter("run-1", src_token="nowhere")).empty
