"""Escaped HTML of sentences with marked words."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.views.highlight import (
    LONG_SENTENCE,
    LONG_WINDOW,
    Mark,
    base_direction,
    plain_markdown,
    sentence_html,
    spaces_before,
    tokens_html,
    word_html,
)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_a_marked_word_is_bold_numbered_and_isolated() -> None:
    assert sentence_html(["the", "army"], {1: Mark((1,))}) == (
        '<bdi class="lr-sentence" dir="ltr"><bdi dir="auto">the</bdi> '
        '<mark class="lr-word lr-c0 lr-strong"><bdi dir="auto">army</bdi><sup>1</sup></mark></bdi>'
    )


def test_a_word_of_two_pairs_has_both_numbers_and_a_faint_one_is_not_filled() -> None:
    html = sentence_html(["be"], {0: Mark((1, 2), colour=7, strong=False, note='a "note"')})
    assert "<sup>1,2</sup>" in html and "lr-c1 lr-faint" in html and 'title="a &quot;note&quot;"' in html


def test_the_language_is_named_for_fonts_and_screen_readers() -> None:
    assert 'lang="mk"' in sentence_html(["војска"], language="mk")


def test_words_are_spaced_as_in_the_text() -> None:
    assert spaces_before(["I", "do", "n't", "(", "know", ")", "."], "I don't (know).") == [
        False,
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_words_that_are_not_in_the_text_fall_back_to_the_habits_of_punctuation() -> None:
    assert spaces_before(["A", "(", "b", ")", ",", "c", "."], "other") == [False, True, False, False, False, True, False]
    assert spaces_before(["ja", "।"], "") == [False, False]


def test_a_window_shows_the_words_around_and_dots_for_the_rest() -> None:
    words = [f"w{at}" for at in range(10)]
    assert read(sentence_html(words, {2: Mark(), 8: Mark()}, window=1)).text == "\u2026 w1 w2 w3 \u2026 w7 w8 w9".replace(
        "\u2026 w1", " \u2026 w1"
    )


def test_an_endless_sentence_is_cut_around_its_words() -> None:
    words = ["word"] * 2000
    shown = read(sentence_html(words, {1000: Mark()})).text.split()
    assert shown.count("word") == 2 * LONG_WINDOW + 1
    assert read(tokens_html(words)).text.count("word") == LONG_SENTENCE + 1  # "more words"


def test_marks_outside_the_sentence_are_left_out() -> None:
    assert "<mark" not in sentence_html(["a"], {5: Mark(), -1: Mark()})


@pytest.mark.parametrize(
    ("words", "direction"), [(["army"], "ltr"), (["1", "سلام"], "rtl"), (["שלום"], "rtl"), (["\u202e", "a"], "ltr"), ([], "ltr")]
)
def test_direction_is_that_of_most_letters(words: list[str], direction: str) -> None:
    assert base_direction(words) == direction


def test_a_foreign_word_at_the_start_does_not_turn_the_sentence() -> None:
    arabic_first = ["قرآن", "എന്ന", "ഗ്രന്ഥം"]
    assert base_direction(arabic_first) == base_direction(arabic_first, "ml") == "ltr"
    assert base_direction(["العربية", "word"], "en") == "ltr"  # the language decides as soon as one letter is of its direction
    assert base_direction(["Wikipedia", "هي"], "ar") == "rtl" and base_direction(["salam"], "ar") == "ltr"
    assert base_direction(["سلام", "a"], "no such language") == "rtl"


def test_every_word_is_isolated() -> None:
    assert sentence_html(["قرآن", "a"], language="ml").count('<bdi dir="auto">') == 2


@given(st.lists(st.text(min_size=1, max_size=12), max_size=8), st.integers(0, 7))
def test_no_text_becomes_markup(words: list[str], at: int) -> None:
    for html in (
        sentence_html(words, {at: Mark((1,), note=" ".join(words))}),
        tokens_html(words),
        "".join(map(word_html, words)),
    ):
        assert read(html).tags <= {"bdi", "mark", "sup", "span"}


@given(st.text(max_size=40))
def test_every_sign_is_escaped_for_markdown(text: str) -> None:
    escaped = plain_markdown(text)
    assert "\n" not in escaped
    rest = escaped.replace("\\\\", "")
    assert all(rest[at - 1] == "\\" for at, sign in enumerate(rest) if sign in "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")
