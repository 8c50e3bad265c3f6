"""Lines below a sentence: meanings from a lexicon in its order, and Latin letters for other scripts."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lraln_core.errors import CorpusError
from lraln_core.text.lexicon import glosses, read_glossary, sample_lexicon
from lraln_core.text.romanisation import needs_romanising, romanise


def test_meanings_keep_the_order_of_the_file(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("на\tto\nРека\tRiver\nна\ton\nна\tto\n", encoding="utf-8")
    glossary = read_glossary(path)
    assert glossary == {"на": ("to", "on"), "река": ("river",)}
    assert glosses(["На", "реката", "РЕКА"], glossary) == [("to", "on"), (), ("river",)]


def test_a_file_that_is_no_lexicon_is_refused(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("на to the\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="x.tsv line 1: no tab"):
        read_glossary(path)


def test_the_samples_bring_their_lexicon():
    assert "river" in read_glossary(sample_lexicon("mk", "en"))["река"]
    assert sample_lexicon("xx", "en") is None and sample_lexicon("../corpora/mk", "en") is None


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("mk", ["Војската", "марширала", "кон", "Ѓорче", "."], ["Vojskata", "marshirala", "kon", "Gjorche", "."]),
        ("gu", ["ગુજરાતી"], ["gujaraatii"]),
        ("ml", ["മലയാളം"], ["malayaallam"]),
        ("", ["Rio", "1941", ""], ["Rio", "1941", ""]),
    ],
)
def test_words_in_latin_letters(language, words, expected):
    assert list(romanise(words, language)) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=4), st.sampled_from(["", "ne", "ar", "xx"]))
def test_every_word_has_its_counterpart(words, language):
    found = romanise(words, language)
    assert len(found) == len(words)
    assert all(bool(word) == bool(latin) for word, latin in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["Река", "Rio"], True),
        (["river", "река"], False),
        (["kitabu", "."], False),
        (["1", "."], False),
        (["العربية"], True),
        ([], False),
    ],
)
def test_which_sentences_need_it(words, needed):
    assert needs_romanising(words) is needed


def test_nothing_is_loaded_before_it_is_needed():
    import subprocess

    code = "import lraln_core.text.romanisation, sys; print('uroman' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
