"""Word alignments in Pharaoh format."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lraln_core.errors import CorpusError
from lraln_core.text import pharaoh

LINKS = st.lists(st.tuples(st.integers(0, 999_999), st.integers(0, 999_999)), unique=True, max_size=8).map(tuple)


def read_text(folder, text):
    path = folder / "test.pharaoh"
    path.write_text(text)
    return pharaoh.read(path)


def test_links_of_every_line(tmp_path):
    assert read_text(tmp_path, "0-0 2-1\n\n 10-3\t1-1 \n") == [((0, 0), (2, 1)), (), ((10, 3), (1, 1))]


def test_a_repeated_link_counts_once(tmp_path):
    assert read_text(tmp_path, "1-2 0-0 1-2\n") == [((1, 2), (0, 0))]


@pytest.mark.parametrize("item", ["1_2", "1-", "-1-2", "a-b", "1-2-3", "१-२", "1.0-2", "1234567-0"])
def test_what_is_no_link(tmp_path, item):
    with pytest.raises(CorpusError) as error:
        read_text(tmp_path, f"0-0\n0-1 {item}\n")
    assert str(error.value) == f"test.pharaoh line 2: {item!r} is not a pair of word numbers such as 0-1."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alignments=st.lists(LINKS, min_size=1, max_size=6))
def test_what_was_written_is_read(tmp_path, alignments):
    path = tmp_path / "links"
    pharaoh.write(path, alignments)
    assert pharaoh.read(path) == alignments


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=60))
def test_arbitrary_bytes_are_links_or_a_corpus_error(tmp_path, data):
    path = tmp_path / "links"
    path.write_bytes(data)
    try:
        pharaoh.read(path)
    except CorpusError as error:
        assert "\n" not in str(error)
