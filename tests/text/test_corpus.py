"""A corpus is prepared once, whole or not at all, and read by position."""

import gzip
import os
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from lraln_core.errors import Cancelled, ConfigError, CorpusError, LanguageError, WorkspaceError
from lraln_core.text import corpus as corpora
from lraln_core.text import preparation
from lraln_core.text.corpus import open_corpus, prepare_corpus
from lraln_core.text.report import CorpusLimits

TEXT = """\
The army crossed the river.

Too short
12 34 56 78
The army crossed the river.
A caf\u0065\u0301 by the river\u00a0bank.
The  army crossed the river.
one two three four five six seven eight nine ten
"""
LIMITS = CorpusLimits(min_words=4, max_words=9)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "news.en.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def root(tmp_path):
    return tmp_path / "corpora"


def numbered(path, count):
    path.write_text("".join(f"Sentence number {number} is here.\n" for number in range(count)))
    return path


def test_lines_are_cleaned_tokenised_and_counted(path, root):
    corpus = prepare_corpus(path, "en", root, limits=LIMITS)
    assert len(corpus) == 2
    assert corpus.texts([0, 1]) == ["The army crossed the river.", "A caf\u00e9 by the river bank."]
    assert corpus.words([1]) == [("A", "caf\u00e9", "by", "the", "river", "bank", ".")]
    report = corpus.report
    assert (report.lines, report.kept, report.words, report.types) == (8, 2, 13, 10)
    assert report.dropped == {"duplicate": 2, "empty": 1, "too short": 1, "no letters": 1, "too long": 1}
    assert report.examples == {"empty": [2], "too short": [3], "no letters": [4], "too long": [8], "duplicate": [5, 7]}
    assert report.letters == {"LATIN": 41}


def test_the_parquet_file_has_positions_and_line_numbers(path, root):
    table = pq.read_table(prepare_corpus(path, "en", root, limits=LIMITS).sentences_path)
    assert table.column_names == ["position", "line", "text", "words"]
    assert table.column("position").to_pylist() == [0, 1]
    assert table.column("line").to_pylist() == [1, 6]


def test_tokenised_text_and_a_column(tmp_path, root):
    path = tmp_path / "a.tsv"
    path.write_text("id\ttext\n7\tdon't stop , Tom\n")
    corpus = prepare_corpus(path, "en", root, tokenized=True, column="text")
    assert corpus.words([0]) == [("don't", "stop", ",", "Tom")]


def test_the_same_file_is_not_prepared_twice(path, root, monkeypatch):
    first = prepare_corpus(path, "en", root)
    monkeypatch.setattr(corpora, "write_sentences", lambda *a, **k: pytest.fail("prepared again"))
    again = prepare_corpus(path, "en", root)
    assert again == first and [folder.name for folder in root.iterdir()] == [first.id]


def test_the_id_follows_content_and_settings_and_not_the_name(path, root, tmp_path):
    same = tmp_path / "other.txt"
    same.write_bytes(path.read_bytes())
    ids = [
        prepare_corpus(path, "en", root).id,
        prepare_corpus(path, "sw", root).id,
        prepare_corpus(path, "en", root, tokenized=True).id,
        prepare_corpus(path, "en", root, column="1").id,
        prepare_corpus(path, "en", root, limits=LIMITS).id,
        prepare_corpus(path, "en", root, limit=1).id,
    ]
    assert prepare_corpus(same, "en", root).id == ids[0]
    same.write_text(TEXT + "A new line is here.\n")
    ids.append(prepare_corpus(same, "en", root).id)
    assert len(set(ids)) == 7


def test_positions_are_read_in_any_order_with_repeats(tmp_path, root, monkeypatch):
    monkeypatch.setattr(preparation, "ROW_GROUP", 10)
    corpus = prepare_corpus(numbered(tmp_path / "a.txt", 37), "en", root)
    assert pq.ParquetFile(corpus.sentences_path).num_row_groups == 4
    wanted = [36, 0, 10, 9, 10, 25]
    assert corpus.texts(wanted) == [f"Sentence number {number} is here." for number in wanted]
    assert [words[2] for words in corpus.words(wanted)] == [str(number) for number in wanted]
    assert corpus.words([]) == []


@pytest.mark.parametrize("index", [-1, 2])
def test_a_position_outside_the_corpus(path, root, index):
    corpus = prepare_corpus(path, "en", root, limits=LIMITS)
    with pytest.raises(IndexError, match="sentences 0 to 1"):
        corpus.words([0, index])


def test_a_limit_keeps_the_first_sentences_and_reads_no_further(path, root, tmp_path):
    corpus = prepare_corpus(numbered(tmp_path / "a.txt", 30), "en", root, limit=7)
    assert len(corpus) == corpus.report.lines == 7
    with_repeats = prepare_corpus(path, "en", root, limits=LIMITS, limit=2)
    assert (len(with_repeats), with_repeats.report.lines) == (2, 6)
    assert len(prepare_corpus(path, "en", root, limits=LIMITS, limit=99)) == 2


def test_gzip_and_plain_text_give_the_same_sentences(path, root, tmp_path):
    packed = tmp_path / "news.txt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    plain, unpacked = prepare_corpus(path, "en", root), prepare_corpus(packed, "en", root)
    assert plain.texts(range(len(plain))) == unpacked.texts(range(len(unpacked)))


def test_nothing_kept_says_why(tmp_path, root):
    path = tmp_path / "a.txt"
    path.write_text("one\n\ntwo words\n")
    with pytest.raises(CorpusError) as error:
        prepare_corpus(path, "en", root)
    assert str(error.value) == (
        "a.txt: cannot use any of its 3 lines (2 too short, 1 empty); a sentence has 3 to 100 words. Give a text with one whole "
        "sentence a line."
    )
    assert list(root.iterdir()) == []


def test_wrong_settings_and_files(path, root, tmp_path):
    with pytest.raises(LanguageError):
        prepare_corpus(path, "xx", root)
    with pytest.raises(ConfigError, match="limit = -1"):
        prepare_corpus(path, "en", root, limit=-1)
    with pytest.raises(CorpusError, match="Cannot find the file"):
        prepare_corpus(tmp_path / "no.txt", "en", root)
    with pytest.raises(CorpusError, match="is a folder"):
        prepare_corpus(tmp_path, "en", root)
    assert not root.exists()


def test_a_damaged_file_leaves_nothing_behind(tmp_path, root):
    path = tmp_path / "a.txt"
    path.write_bytes(b"This line is good.\n" * 3 + b"\xff\n")
    with pytest.raises(CorpusError, match="a.txt line 4: not UTF-8"):
        prepare_corpus(path, "en", root)
    assert list(root.iterdir()) == []


def test_the_work_can_be_stopped_and_leaves_nothing_behind(path, root):
    def stop(done, total):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        prepare_corpus(path, "en", root, progress=stop)
    assert list(root.iterdir()) == []


def test_a_file_that_changes_meanwhile_is_not_taken(path, root):
    def change(done, total):
        path.write_text(TEXT + "More.\n")

    with pytest.raises(CorpusError, match="news.en.txt changed while it was read"):
        prepare_corpus(path, "en", root, progress=change)
    assert list(root.iterdir()) == []


def test_another_process_may_finish_first(path, root):
    first = []
    corpus = prepare_corpus(path, "en", root, progress=lambda *_: first.append(prepare_corpus(path, "en", root)))
    assert corpus == first[0]
    assert [folder.name for folder in root.iterdir()] == [corpus.id]


def test_two_processes_at_once(tmp_path, root):
    path = numbered(tmp_path / "a.txt", 4000)
    code = (
        "import sys; from pathlib import Path; from lraln_core.text.corpus import prepare_corpus; "
        "print(prepare_corpus(Path(sys.argv[1]), 'en', Path(sys.argv[2])).id)"
    )
    command = [sys.executable, "-c", code, str(path), str(root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0] == outputs[1]
    assert [folder.name for folder in root.iterdir()] == [outputs[0][0].strip()]
    assert len(open_corpus(root / outputs[0][0].strip())) == 4000


def test_a_damaged_folder_is_prepared_anew(path, root):
    corpus = prepare_corpus(path, "en", root, limits=LIMITS)
    corpus.sentences_path.write_bytes(b"PAR1 no more")
    with pytest.raises(WorkspaceError, match="missing or damaged; add the corpus again"):
        corpus.words([0])
    with pytest.raises(WorkspaceError, match="damaged"):
        open_corpus(corpus.folder)
    assert len(prepare_corpus(path, "en", root, limits=LIMITS).words([0, 1])) == 2


def test_a_report_that_does_not_fit_is_damage(path, root):
    corpus = prepare_corpus(path, "en", root)
    report = corpus.folder / "report.json"
    report.write_text(report.read_text().replace('"kept": 3', '"kept": 4'))
    with pytest.raises(WorkspaceError, match="holds 3 sentences, its report says 4"):
        open_corpus(corpus.folder)
    report.write_text("{}")
    with pytest.raises(WorkspaceError, match="report cannot be read"):
        open_corpus(corpus.folder)


def test_no_corpus_to_open(tmp_path):
    with pytest.raises(CorpusError, match="There is no prepared corpus in"):
        open_corpus(tmp_path / "none")


def test_a_full_disk_is_a_sentence(path, root, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corpora, "write_sentences", full)
    with pytest.raises(WorkspaceError, match="the disk is full"):
        prepare_corpus(path, "en", root)
    assert list(root.iterdir()) == []


def test_what_a_killed_process_left_is_removed_after_two_days(path, root):
    old, young = root / ".abc.1.part", root / ".abc.2.part"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 3 * 24 * 3600,) * 2)
    prepare_corpus(path, "en", root)
    assert not old.exists() and young.exists()


def test_a_name_that_says_gzip_is_checked_where_the_content_was_prepared_before(path, root, tmp_path):
    prepare_corpus(path, "en", root)
    (tmp_path / "notgz.gz").write_bytes(path.read_bytes())
    with pytest.raises(CorpusError, match="not packed with gzip"):
        prepare_corpus(tmp_path / "notgz.gz", "en", root)
