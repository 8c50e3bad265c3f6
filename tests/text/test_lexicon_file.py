"""Bilingual lexicons."""

import pytest

from lraln_core.errors import CorpusError
from lraln_core.text import lexicon


def read_text(folder, text):
    path = folder / "sw-en.tsv"
    path.write_text(text, encoding="utf-8")
    return lexicon.read(path)


def test_translations_in_lower_case_and_composed(tmp_path):
    text = "Mto\tRiver\nmto\tstream\ncafe\u0301\tcoffee house\n\nbarua pepe \t e-mail\n"
    assert read_text(tmp_path, text) == {
        "mto": {"river", "stream"},
        "caf\u00e9": {"coffee house"},
        "barua pepe": {"e-mail"},
    }


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("mto\triver\nmto river\n", "sw-en.tsv line 2: no tab in 'mto river'; write source TAB target."),
        ("mto\triver\nmto\triver\tnoun\n", "sw-en.tsv line 2: 3 columns in 'mto\\triver\\tnoun'; write source TAB target."),
        ("mto\triver\tnoun\nmto\triver\n", "sw-en.tsv line 2: 2 columns in 'mto\\triver'; the first row has 3."),
        ("mto river\nmto wa mbu\n", "sw-en.tsv line 2: 3 columns in 'mto wa mbu'; write source TAB target."),
        ("mto\t \n", "sw-en.tsv line 1: the target side is empty."),
        ("\triver\n", "sw-en.tsv line 1: the source side is empty."),
        ("\n", "sw-en.tsv holds no entry."),
    ],
)
def test_what_is_wrong_with_a_line(tmp_path, text, sentence):
    with pytest.raises(CorpusError) as error:
        read_text(tmp_path, text)
    assert str(error.value) == sentence
