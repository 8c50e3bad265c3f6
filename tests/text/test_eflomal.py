"""Word alignment by eflomal, an extra: what it must do where it is installed, and what is said where it is not."""

import pytest

from lraln_core.errors import LralnError
from lraln_core.text import eflomal

needs_eflomal = pytest.mark.skipif(not eflomal.is_installed(), reason="the extra eflomal is not installed")


def words(*sentences):
    return [tuple(sentence.split()) for sentence in sentences]


SRC = words("kuća velika", "kuća", "velika reka", "reka", "velika kuća .", "") * 20
TRG = words("house big", "house", "big river", "river", "big house .", "nothing") * 20


def written(monkeypatch, forward, backward):
    """Links of both directions as if the program had found them, without it."""
    monkeypatch.setattr(eflomal, "_run", lambda src, trg: (forward, backward))


def test_without_the_extra_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(eflomal, "is_installed", lambda: False)
    with pytest.raises(LralnError, match=r"pip install 'lraln\[eflomal\]'"):
        eflomal.align_with_confidence(SRC, TRG)
    assert eflomal.align_with_confidence(words(""), words("")) == [{}]  # nothing to align needs no program


def test_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match="1 source and 2 target"):
        eflomal.align_with_confidence(words("a"), words("b", "c"))


def test_links_of_both_directions_remain_and_confidence_is_the_share_of_a_words_links(monkeypatch):
    written(monkeypatch, [[(0, 0), (1, 1)], [(0, 0)]], [[(0, 0), (1, 0)], [(0, 0)]])
    found = eflomal.align_with_confidence(words("a b", "a"), words("x y", "z"))
    # a has two links, one to x and one to z; x and z have one each
    assert found == [{(0, 0): pytest.approx(0.5**0.5)}, {(0, 0): pytest.approx(0.5**0.5)}]


def test_empty_sides_keep_their_place_and_signs_are_left_out(monkeypatch):
    written(monkeypatch, [[(0, 0), (1, 1)]], [[(0, 0), (1, 1)]])
    found = eflomal.align_with_confidence(words("", "a ."), words("x", "y ."))
    assert found == [{}, {(0, 0): pytest.approx(1)}]
    written(monkeypatch, [[(0, 0), (1, 1)]], [[(0, 0), (1, 1)]])
    assert list(eflomal.align_with_confidence(words("", "a ."), words("x", "y ."), letters_only=False)[1]) == [(0, 0), (1, 1)]


@needs_eflomal
def test_a_small_text_is_aligned_as_a_person_would():
    found = eflomal.align_with_confidence(SRC, TRG)
    # it samples: most repetitions of a sentence, not each of them, must be right
    right = {0: {(0, 0), (1, 1)}, 2: {(0, 0), (1, 1)}, 4: {(0, 0), (1, 1)}}
    for first, links in right.items():
        assert sum(set(one) == links for one in found[first::6]) >= 15
    assert found[5::6] == [{}] * 20
    assert all(0 < confidence <= 1 for one in found for confidence in one.values())


@needs_eflomal
def test_a_program_that_fails_is_one_sentence(monkeypatch):
    monkeypatch.setattr(eflomal, "_ALIGN", "raise SystemExit('no such thing')")
    with pytest.raises(LralnError, match="eflomal failed .no such thing."):
        eflomal.align_with_confidence(SRC, TRG)
