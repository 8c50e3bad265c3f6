"""Differences between runs, with answers counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lraln_core.evaluation.comparison import retrieval_differences

RNG = lambda: np.random.default_rng(0)


def hits(src2trg: str, trg2src: str) -> pd.DataFrame:
    """'110 01': hits of the links of each sentence."""
    rows = []
    for direction, text in (("src2trg", src2trg), ("trg2src", trg2src)):
        link = 0
        for sentence, part in enumerate(text.split()):
            for hit in part:
                rows.append({"direction": direction, "link": link, "src_sentence": sentence, "hit_after": hit == "1"})
                link += 1
    return pd.DataFrame(rows)


def test_differences_by_hand():
    found = retrieval_differences(hits("110 01", "100 00"), hits("100 00", "110 11"), RNG(), 200)
    assert found["src2trg"].value == pytest.approx((3 - 1) / 5)
    assert found["trg2src"].value == pytest.approx((1 - 4) / 5)
    assert found["mean"].value == pytest.approx((2 - 2.5) / 5)
    assert found["mean"].low <= found["mean"].value <= found["mean"].high


def test_a_run_against_itself_does_not_differ():
    same = hits("110 01 1", "100 00 1")
    for part in retrieval_differences(same, same, RNG()).values():
        assert (part.value, part.low, part.high, part.holds) == (0, 0, 0, False)


def test_a_run_that_is_better_in_every_sentence_holds_and_turns_its_sign_when_swapped():
    better, worse = hits("11 11 11 11", "11 11 11 11"), hits("10 01 10 01", "10 10 01 01")
    assert retrieval_differences(better, worse, RNG())["mean"].holds
    back = retrieval_differences(worse, better, RNG())["mean"]
    assert back.holds and back.value == pytest.approx(-0.5)


def test_no_links_no_difference():
    empty = pd.DataFrame({"direction": [], "link": [], "src_sentence": [], "hit_after": []})
    assert retrieval_differences(empty, empty, RNG())["mean"].value == 0
