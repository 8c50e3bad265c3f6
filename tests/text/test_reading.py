"""Lines of files, and one sentence for every way a file can be wrong."""

import errno
import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lraln_core.errors import Cancelled, CorpusError
from lraln_core.text import reading
from lraln_core.text.formats.sentences import ReadOptions, read_sentences
from lraln_core.text.reading import read_lines


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def texts(path: Path, **options) -> list[str | None]:
    return [line.text for line in read_lines(path, **options)]


def error_of(path: Path, **options) -> str:
    with pytest.raises(CorpusError) as error:
        texts(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_every_line_end_counts_as_one(tmp_path):
    path = write(tmp_path, "a.txt", b"one\r\ntwo\rthree\n\n five")
    assert list(read_lines(path)) == [(1, "one"), (2, "two"), (3, "three"), (4, ""), (5, " five")]


def test_a_line_end_may_fall_between_two_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_CHUNK", 3)
    assert texts(write(tmp_path, "a.txt", b"ab\r\ncd\r\r\nef\n")) == ["ab", "cd", "", "ef"]


def test_a_byte_order_mark_of_utf8_is_no_part_of_the_text(tmp_path):
    assert texts(write(tmp_path, "a.txt", b"\xef\xbb\xbfone\n")) == ["one"]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt"])
def test_gzip_is_known_by_its_content(tmp_path, name):
    assert texts(write(tmp_path, name, gzip.compress("реката\nмост\n".encode()))) == ["реката", "мост"]


def test_several_gzip_members_are_one_file(tmp_path):
    assert texts(write(tmp_path, "a.gz", gzip.compress(b"one\n") + gzip.compress(b"two\n"))) == ["one", "two"]


def test_a_missing_file(tmp_path):
    assert error_of(tmp_path / "no.txt") == f"Cannot find the file {tmp_path / 'no.txt'}."


def test_a_folder(tmp_path):
    assert error_of(tmp_path) == f"{tmp_path} is a folder; choose one text file."


def test_a_device():
    assert error_of(Path("/dev/zero")) == "/dev/zero is not a regular file."


def test_a_name_that_no_file_can_have(tmp_path):
    assert "embedded null" in error_of(Path("a\0b"))
    assert error_of(tmp_path / ("x" * 1000)).endswith("File name too long.")


def test_no_permission(tmp_path, monkeypatch):
    path = write(tmp_path, "a.txt", b"one\n")

    def refuse(*args):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(reading, "open", refuse, raising=False)
    assert error_of(path) == f"Cannot read {path}: permission denied."


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", gzip.compress(b"")])
def test_an_empty_file(tmp_path, data):
    assert error_of(write(tmp_path, "a.txt", data)) == "a.txt is empty; choose a file that holds text."


def test_a_byte_that_is_not_utf8_is_found_by_line_and_column(tmp_path):
    data = "абв\n".encode() * 16 + "абвгдежзијк".encode() + b"\xe9\n"
    assert error_of(write(tmp_path, "news.mk.txt", data)).startswith(
        "news.mk.txt line 17: not UTF-8 (byte 0xe9 at column 12); save the file as UTF-8."
    )


def test_a_character_that_ends_too_early(tmp_path):
    data = "река".encode()[:-1]
    assert error_of(write(tmp_path, "a.txt", data)) == "a.txt line 1: not UTF-8 (byte 0xd0 at column 4); save the file as UTF-8."


def test_utf_16_with_its_mark_is_read_and_utf_32_is_called_by_name(tmp_path):
    for coding in ("utf-16", "utf-16-le", "utf-16-be"):
        mark = "" if coding == "utf-16" else "\ufeff"
        assert texts(write(tmp_path, "a.txt", f"{mark}река\nмост\n".encode(coding))) == ["река", "мост"]
    assert error_of(write(tmp_path, "a.txt", "river".encode("utf-32"))) == "a.txt is UTF-32; save the file as UTF-8."


def test_utf_16_that_ends_inside_a_character(tmp_path):
    path = write(tmp_path, "a.txt", "река\n".encode("utf-16")[:-1])
    assert error_of(path) == "a.txt: the last character is incomplete in utf-16-le; copy or download the file again."


def test_a_binary_file(tmp_path):
    path = write(tmp_path, "a.txt", b"one\nab\x00c")
    assert error_of(path) == "a.txt line 2: a NUL byte at column 3; this is no text in UTF-8."


def test_an_office_document(tmp_path):
    assert error_of(write(tmp_path, "a.txt", b"PK\x03\x04rest")) == (
        "a.txt is a zip archive or an office document; save its text as UTF-8."
    )


def test_gzip_that_ends_too_early_or_is_damaged(tmp_path):
    packed = gzip.compress(b"".join(b"line %d\n" % number for number in range(5000)))
    damaged = packed[:2000] + bytes(byte ^ 0xFF for byte in packed[2000:2050]) + packed[2050:]
    remedy = "copy or download the file again."
    assert error_of(write(tmp_path, "a.gz", packed[:-30])) == f"a.gz: the gzip data ends too early; {remedy}"
    assert error_of(write(tmp_path, "b.gz", damaged)) == f"b.gz: the gzip data is damaged; {remedy}"
    assert error_of(write(tmp_path, "c.gz", packed + b"rest")) == f"c.gz: the gzip data is damaged; {remedy}"


def test_a_name_that_promises_gzip(tmp_path):
    assert error_of(write(tmp_path, "a.gz", b"one\n")) == ("a.gz is not packed with gzip although its name says so; rename it.")


def test_a_gzip_bomb_is_cut(tmp_path):
    path = write(tmp_path, "a.gz", gzip.compress(b"word\n" * 40_000))
    assert error_of(path, max_unpacked_bytes=150_000) == ("a.gz unpacks to more than 150,000 bytes; unpack it yourself if that is right.")
    bomb = write(tmp_path, "b.gz", gzip.compress(b"a" * 30_000_000))
    assert error_of(bomb) == "b.gz unpacks to more than 16,777,216 bytes; unpack it yourself if that is right."


def test_a_long_line_is_none_and_the_others_stay(tmp_path):
    path = write(tmp_path, "a.txt", b"one\n" + b"x" * 1_000_001 + b"\n" + b"y" * 1_000_000 + b"\ntwo\n")
    assert [text and len(text) for text in texts(path)] == [3, None, 1_000_000, 3]


def test_a_file_that_is_one_endless_line(tmp_path):
    assert error_of(write(tmp_path, "x.txt", b"word " * 300_000)) == (
        "x.txt line 1: longer than 1,000,000 bytes; is this one sentence a line?"
    )


def test_an_endless_line_never_lies_in_memory(tmp_path):
    path = write(tmp_path, "x.txt", b"first\n" + b"word " * 2_000_000 + b"\nlast\n")
    tracemalloc.start()
    assert texts(path) == ["first", None, "last"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_progress_counts_the_bytes_on_disk_and_may_stop_the_work(tmp_path):
    path = write(tmp_path, "a.txt", b"one two\n" * 50_000)
    calls = []
    texts(path, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (400_000, 400_000) and calls == sorted(calls)

    def stop(done, total):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        texts(path, progress=stop)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300),
    name=st.sampled_from(["a.txt", "a.txt.gz", "a.tsv", "a.csv"]),
    packed=st.booleans(),
    column=st.sampled_from(["", "1", "2", "text"]),
)
@example(data=b'a,"b\n', name="a.csv", packed=False, column="1")
@example(data=b"text\ttext\n\n\t\n", name="a.tsv", packed=True, column="text")
def test_arbitrary_bytes_are_lines_or_a_corpus_error(tmp_path, data, name, packed, column):
    path = write(tmp_path, name, gzip.compress(data) if packed else data)
    try:
        lines = list(read_sentences(path, "en", ReadOptions(column=column)))
    except CorpusError as error:
        assert "\n" not in str(error)
    else:
        assert all(text is None or isinstance(text, str) for _, text, _, _ in lines)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"])), min_size=1),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    chunk=st.integers(1, 7),
)
def test_lines_come_back_as_they_were_written(tmp_path, lines, end, chunk):
    data = "".join(line + end for line in lines).encode()
    if data[:3] == b"\xef\xbb\xbf" or data[:4] in (b"PK\x03\x04", b"%PDF"):
        return
    path = write(tmp_path, "a.txt", data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_CHUNK", chunk + 8)
        assert texts(path) == lines
