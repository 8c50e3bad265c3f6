"""One column of .tsv and .csv files."""

import gzip

import pytest

from lraln_core.errors import CorpusError
from lraln_core.text.formats.detect import detect
from lraln_core.text.formats.sentences import ReadOptions, read_sentences


def sentences(folder, name, data, column=""):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return [tuple(line)[:2] for line in read_sentences(path, "en", ReadOptions(column=column))]


def error_of(folder, name, data, column=""):
    with pytest.raises(CorpusError) as error:
        sentences(folder, name, data, column)
    return str(error.value)


def test_plain_text_is_one_column_with_its_tabs(tmp_path):
    assert sentences(tmp_path, "a.txt", "one\ttwo\n") == [(1, "one\ttwo")]


@pytest.mark.parametrize("column", ["2", "text"])
def test_a_column_by_number_or_by_name(tmp_path, column):
    rows = sentences(tmp_path, "a.tsv", 'id\ttext\n1\tThe river.\n2\t"quoted\n', column)
    data = [(2, "The river."), (3, '"quoted')]
    assert rows == ([(1, "text"), *data] if column == "2" else data)


def test_csv_follows_quotation_marks_over_lines(tmp_path):
    data = 'id,text\n1,"He said ""go"", twice"\n2,"two\nlines"\n3,plain\n'
    assert sentences(tmp_path, "a.csv", data, "text") == [(2, 'He said "go", twice'), (3, "two\nlines"), (5, "plain")]


def test_csv_with_semicolons(tmp_path):
    assert sentences(tmp_path, "a.csv", "id;text\n1;a, b\n", "text") == [(2, "a, b")]


def test_one_column_needs_no_choice(tmp_path):
    assert sentences(tmp_path, "a.tsv", "one\ntwo\n") == [(1, "one"), (2, "two")]


def test_packed_tables_and_other_names(tmp_path):
    assert sentences(tmp_path, "a.tsv.gz", gzip.compress(b"1\tone\n"), "2") == [(1, "one")]
    assert sentences(tmp_path, "a.txt", "1\tone\n", "2") == [(1, "one")]
    for name, column, format in [("a.TSV.gz", "", "tsv"), ("a.csv", "1", "csv"), ("a", "1", "tsv"), ("a", "", "plain")]:
        (tmp_path / name).write_bytes(gzip.compress(b"1\tone\n") if name.endswith(".gz") else b"1\tone\n")
        assert detect(tmp_path / name, column=column).format == format


def test_an_empty_row_is_an_empty_sentence(tmp_path):
    assert sentences(tmp_path, "a.tsv", "1\tone\n\n2\ttwo\n", "2") == [(1, "one"), (2, ""), (3, "two")]


def test_a_column_that_is_missing(tmp_path):
    data = "id\ttext\n1\tone\n"
    assert error_of(tmp_path, "a.tsv", data, "sentence") == "a.tsv has no column 'sentence'; it has 2 columns: 'id', 'text'."
    assert error_of(tmp_path, "a.tsv", data, "3") == "a.tsv has no column '3'; it has 2 columns: 'id', 'text'."
    assert error_of(tmp_path, "a.tsv", data, "0") == "a.tsv has no column '0'; it has 2 columns: 'id', 'text'."
    assert error_of(tmp_path, "a.txt", "one two\n", "2") == "a.txt has no column '2'; it has 1 column: 'one two'."


def test_a_table_needs_a_choice(tmp_path):
    assert error_of(tmp_path, "a.tsv", "id\ttext\n") == (
        "a.tsv has 2 columns: 'id', 'text'; choose the one with the sentences by its number from 1, or by its name."
    )


def test_a_row_that_ends_too_early(tmp_path):
    assert error_of(tmp_path, "a.tsv", "id\ttext\n1\tone\n2\n", "text") == ("a.tsv line 3: no column 2, the row ends after column 1.")


def test_damaged_quotation_marks(tmp_path):
    remedy = "check the quotation marks of this row."
    assert error_of(tmp_path, "a.csv", 'id,text\n1,"one\n2,two\n', "text") == f"a.csv line 2: unexpected end of data; {remedy}"
    endless = 'id,text\n1,"' + "word\n" * 30_000
    assert error_of(tmp_path, "a.csv", endless, "2") == f"a.csv line 2: field larger than field limit (131072); {remedy}"


@pytest.mark.parametrize("name, mark", [("a.tsv", "\t"), ("a.csv", ",")])
def test_a_long_row_is_none(tmp_path, name, mark):
    data = f"1{mark}one\n2{mark}{'x' * 1_000_000}\n3{mark}three\n"
    assert sentences(tmp_path, name, data, "2") == [(1, "one"), (2, None), (3, "three")]
