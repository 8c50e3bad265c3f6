"""Each rule finds a text that breaks it and lets a good one pass."""

from __future__ import annotations

import pytest

from tests.sample import checks


def test_words_are_lower_case_without_outer_punctuation() -> None:
    assert checks.words("Ng'ombe wa Ali, e.g. 40% - नेपाल ।") == ["ng'ombe", "wa", "ali", "e.g", "40", "नेपाल"]


def test_wrong_lengths() -> None:
    sentences = ["one two .", "one two three", "one two three four"]
    assert checks.wrong_lengths(sentences, low=3, high=3) == ["one two .", "one two three four"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\u00a0b", ["U+00A0"]),  # no-break space
        ("\ufeffa", ["U+FEFF"]),  # byte order mark
        ("a\r\n", ["U+000D"]),
        ("so\u00adft", ["U+00AD"]),
        ("a\u200db", ["U+200D"]),  # a joiner outside Devanagari
        ("a\ufffd", ["U+FFFD"]),
        ("गर्\u200dयो\n", []),
        ("good text\tfine\n", []),
    ],
)
def test_hidden_characters(text: str, found: list[str]) -> None:
    assert checks.hidden_characters(text) == found


def test_is_nfc() -> None:
    assert checks.is_nfc("é")
    assert not checks.is_nfc("e\u0301")


def test_foreign_letters() -> None:
    assert checks.foreign_letters("Вардар, 1963", "CYRILLIC") == []
    assert checks.foreign_letters("Bардар", "CYRILLIC") == ["B"]  # the first letter is Latin
    assert checks.foreign_letters("নেপাল", "DEVANAGARI") != []  # Bengali, marks too


def test_letters_outside() -> None:
    assert checks.letters_outside("Ѝ рече: Џез!", checks.MACEDONIAN_ALPHABET) == []
    assert checks.letters_outside("объявить", checks.MACEDONIAN_ALPHABET) == ["ъ", "ь", "я"]


def test_duplicates_ignore_case_and_punctuation() -> None:
    assert checks.duplicates({"a": ["The sea, calm."], "b": ["x y", "the sea calm ."]}) == [["a:1", "b:2"]]
    assert checks.duplicates({"a": ["the sea", "the sea calm"]}) == []


def test_near_copies() -> None:
    corpus = ["in the old town the bells rang at noon"]
    copy = "In the old town the bells rang twice ."  # 4 of its 5 word 4-grams recur
    half = "the old town the bells fell silent"  # 2 of 4
    assert checks.near_copies([copy], corpus) == [(copy, corpus[0])]
    assert checks.near_copies([half], corpus) == []


def test_repeated_ngrams() -> None:
    assert checks.repeated_ngrams(["a b c", "x a b", "a b y"], size=2, at_most=2) == [("a", "b")]
    assert checks.repeated_ngrams(["a b c", "x a b a b"], size=2, at_most=2) == []


def test_distinct_share() -> None:
    assert checks.distinct_share(["a b c", "a b d"], size=2) == 3 / 4  # ab bc ab bd


def test_one_word_apart() -> None:
    assert checks.one_word_apart(["The cat sat .", "A dog ran", "the dog sat"]) == [(1, 3)]
    assert checks.one_word_apart(["the cat sat", "the dog ran", "the cat sat down"]) == []


def test_frequent_openings() -> None:
    sentences = ["It is late", "it is cold", "We went", "They came", "She sang"]
    assert checks.frequent_openings(sentences, most=0.3) == [("it", "is")]
    assert checks.frequent_openings(sentences, most=0.4) == []


def test_read_links() -> None:
    assert checks.read_links("0-0 2-1") == [(0, 0), (2, 1)]
    with pytest.raises(ValueError):
        checks.read_links("0:1")


@pytest.mark.parametrize(
    ("links", "faults"),
    [
        ([(0, 1), (1, 0)], []),
        ([(3, 0)], ["source word 3 of 3"]),
        ([(0, -1)], ["target word -1 of 2"]),
        ([(0, 0), (0, 1)], ["source word 0 linked twice"]),
        ([(0, 0), (1, 0)], ["target word 0 linked twice"]),
        ([(2, 0)], ["source word 2 is punctuation: ."]),
    ],
)
def test_wrong_links(links: list[checks.Link], faults: list[str]) -> None:
    assert checks.wrong_links(["mto", "mkubwa", "."], ["large", "river"], links) == faults


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [
        ("O B-PER I-PER O B-LOC B-LOC", []),
        ("O I-PER", ["O I-PER"]),
        ("I-ORG", ["O I-ORG"]),
        ("B-LOC I-ORG", ["B-LOC I-ORG"]),
        ("B-MISC", ["B-MISC"]),
        ("B-per", ["B-per"]),
    ],
)
def test_wrong_tags(tags: str, wrong: list[str]) -> None:
    assert checks.wrong_tags(tags.split()) == wrong


def test_entity_shares() -> None:
    assert checks.entity_shares("B-PER I-PER O B-PER B-LOC B-PER".split()) == {"PER": 0.75, "LOC": 0.25, "ORG": 0.0}


def test_wrong_entries() -> None:
    assert checks.wrong_entries(["mto\triver", "ng'ombe\tcow", "ng'ombe\tcattle"]) == []
    for line in ["mto", "mto\tRiver", "mto\tbig river", "mto\t", "mto,\triver", "mto\triver\twater"]:
        assert checks.wrong_entries([line]) == [line]
    assert checks.wrong_entries(["mto\triver", "mto\triver"]) == ["mto\triver"]


def test_coverage() -> None:
    assert checks.coverage(["Mto ni mrefu .", "Mto 1963"], known=["mto"]) == 0.5  # two of mto ni mrefu mto
