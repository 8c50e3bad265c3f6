"""Sentence pairs with their links."""

import pytest

from lraln_core.errors import CorpusError, LanguageError
from lraln_core.text import parallel

PAIRS = "Војската дојде.\tThe army came.\nРеката е долга.\tThe river is long.\n"
LINKS = "0-1 1-2\n0-1 1-2 2-3\n"


@pytest.fixture
def load(tmp_path):
    def load(text=PAIRS, links=LINKS, **options):
        path, alignments = tmp_path / "test.tsv", None
        path.write_text(text, encoding="utf-8")
        if links is not None:
            alignments = tmp_path / "test.pharaoh"
            alignments.write_text(links)
        return parallel.load(path, "mk", "en", alignments=alignments, **options)

    return load


def error_of(load, *args, **options):
    with pytest.raises(CorpusError) as error:
        load(*args, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_sentences_are_tokenised_and_links_taken_from_the_file(load):
    text = load()
    assert text.src == (("Војската", "дојде", "."), ("Реката", "е", "долга", "."))
    assert text.trg == (("The", "army", "came", "."), ("The", "river", "is", "long", "."))
    assert text.links == (((0, 1), (1, 2)), ((0, 1), (1, 2), (2, 3)))


def test_tokenised_sentences_keep_every_word(load):
    text = load("а\u200c \u200d б\tDon't  go !\n", "2-2\n", tokenized=True)
    assert text.src == (("а", "\u200d", "б"),) and text.trg == (("Don't", "go", "!"),)


def test_without_a_file_the_words_are_aligned(load):
    text = load("куќа\thouse\nкуќа голема\thouse big\nголема\tbig\n", None)
    assert text.links == (((0, 0),), ((0, 0), (1, 1)), ((0, 0),))


def test_two_of_more_columns(load):
    assert load("1\tда\tyes\n", "0-0\n", columns=(2, 3)).trg == (("yes",),)
    assert load("yes\tда\n", "0-0\n", columns=(2, 1)).src == (("да",),)


def test_empty_lines_at_the_end_do_not_count(load):
    assert len(load(PAIRS + "\n\n", LINKS + "\n\n\n")) == 2


def test_wrong_columns(load):
    assert error_of(load, "да\tyes\nне no\n") == "test.tsv line 2: 1 column where source TAB target is expected."
    assert error_of(load, "1\tда\tyes\n") == "test.tsv line 1: 3 columns where source TAB target is expected."
    assert error_of(load, "1\tда\n", columns=(2, 3)) == "test.tsv line 1: no column 3, the row has 2."
    assert error_of(load, "\n\n") == "test.tsv holds no sentence pair."


def test_an_empty_side_or_line(load):
    assert error_of(load, "да\tyes\n\tno\n") == "test.tsv line 2: the source side is empty."
    assert error_of(load, "да\t \u200b\n") == "test.tsv line 1: the target side is empty."
    assert error_of(load, "да\tyes\n\nне\tno\n") == "test.tsv line 2: empty; every line holds a sentence pair."


def test_another_number_of_alignments(load):
    assert error_of(load, links="0-1\n") == "test.pharaoh aligns 1 sentence pairs, test.tsv has 2."
    assert error_of(load, links=LINKS + "0-0\n") == "test.pharaoh aligns 3 sentence pairs, test.tsv has 2."


def test_a_link_past_the_end(load):
    assert error_of(load, links="0-1\n4-0\n") == ("test.pharaoh line 2: 4-0 points past the source sentence, which has 4 words (0 to 3).")
    assert error_of(load, links="0-1 2-9\n\n") == ("test.pharaoh line 1: 2-9 points past the target sentence, which has 4 words (0 to 3).")


def test_unknown_languages_and_missing_files(tmp_path, load):
    load()
    with pytest.raises(LanguageError):
        parallel.load(tmp_path / "test.tsv", "mk", "xx")
    with pytest.raises(CorpusError, match="Cannot find the file"):
        parallel.load(tmp_path / "no.tsv", "mk", "en")
    with pytest.raises(CorpusError, match="Cannot find the file"):
        parallel.load(tmp_path / "test.tsv", "mk", "en", alignments=tmp_path / "no.pharaoh")
