"""Verdicts on tagged sentences by hand, and against the counts of the scores; marked sentences hold nothing but their words."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.evaluation.ner.errors import Kind, errors, judge
from lraln_core.evaluation.ner.scores import TAGS, count, spans, tag_labels
from lraln_core.views.ner_sentence import Entity, tagged_html


@pytest.mark.parametrize("gold, predicted, kinds", [
    ("O O", "O O", []),
    ("B-PER I-PER O", "B-PER I-PER O", ["right"]),
    ("B-PER I-PER O", "B-ORG I-ORG O", ["wrong class"]),
    ("B-PER I-PER O", "B-PER O O", ["wrong ends"]),
    ("B-PER I-PER O", "B-LOC B-LOC O", ["wrong ends", "invented"]),
    ("B-PER O O", "O O O", ["missed"]),
    ("O O B-LOC", "B-LOC O B-LOC", ["invented", "right"]),
    ("B-ORG B-ORG I-ORG", "B-ORG I-ORG I-ORG", ["wrong ends", "missed"]),
])  # fmt: skip
def test_verdicts_by_hand(gold, predicted, kinds):
    verdicts = judge(gold.split(), predicted.split())
    assert [verdict.kind for verdict in verdicts] == kinds
    assert errors(verdicts) == sum(kind != "right" for kind in kinds)


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=12))
def test_every_entity_has_one_verdict_and_right_ones_are_those_that_count(pairs):
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    verdicts = judge(gold, predicted)
    assert sorted((v.gold.start, v.gold.stop) for v in verdicts if v.gold) == [(s.start, s.stop) for s in spans(gold)]
    assert sorted((v.predicted.start, v.predicted.stop) for v in verdicts if v.predicted) == [(s.start, s.stop) for s in spans(predicted)]
    counted = count(tag_labels(gold), tag_labels(predicted), np.array([0, len(gold)]))
    assert sum(v.kind is Kind.RIGHT for v in verdicts) == counted.correct.sum()
    for verdict in verdicts:
        assert (verdict.gold is None) == (verdict.kind is Kind.INVENTED)
        assert (verdict.predicted is None) == (verdict.kind is Kind.MISSED)


class _Reader(HTMLParser):
    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.sup = "", set(), 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.sup += tag == "sup"

    def handle_endtag(self, tag):
        self.sup -= tag == "sup"

    def handle_data(self, data):
        self.text += "" if self.sup else data


@given(st.lists(st.text(st.characters(exclude_characters=" \n\r\t\x0b\x0c\x00", codec="utf-8"), min_size=1, max_size=8), min_size=1,
                max_size=10), st.data())  # fmt: skip
def test_a_marked_sentence_shows_its_words_and_only_our_tags(words, data):
    start = data.draw(st.integers(0, len(words) - 1))
    stop = data.draw(st.integers(start + 1, len(words)))
    html = tagged_html(words, [Entity(start, stop, "PER", right=False, note='<b>"')], language="mk")
    reader = _Reader(html)
    assert reader.tags <= {"bdi", "mark", "sup"}
    assert "".join(reader.text.split()) == "".join("".join(words).split())


def test_a_sign_tells_right_from_wrong_and_gold_has_none():
    words = ["Ana", "Kim", "left"]
    assert "PER \N{CHECK MARK}" in tagged_html(words, [Entity(0, 2, "PER", right=True)])
    assert "PER \N{MULTIPLICATION X}" in tagged_html(words, [Entity(0, 2, "PER", right=False)])
    gold = tagged_html(words, [Entity(0, 2, "PER")])
    assert "<sup>PER</sup>" in gold and "Ana Kim" in gold


def test_of_a_very_long_sentence_only_the_surroundings_of_entities_are_shown():
    words = [f"w{number}" for number in range(2000)]
    html = tagged_html(words, [Entity(1000, 1002, "LOC")])
    assert "w1000 w1001" in html and "w500" not in html and html.count("\N{HORIZONTAL ELLIPSIS}") == 2
