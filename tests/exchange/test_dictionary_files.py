"""The dictionary as files: read back by a small reader of each format."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

from lraln_core.errors import ConfigError
from lraln_core.exchange.dictionary_files import DictionaryFormat, write_dictionary
from lraln_core.store.database import Database, open_database
from lraln_core.store.judging.dictionary_entries import EntryVerdict, edit_entry
from lraln_core.store.queries.dictionary import DictionaryFilter, EntrySort
from lraln_core.store.sync import sync
from tests.store.store_folders import pair, write_corpus, write_run

RUN = "run-1"
BY_WORD = DictionaryFilter(RUN, sort=EntrySort.WORD)


@pytest.fixture
def db(workspace):
    write_corpus(workspace, "c-mk", "mk", [["а<b", "река", "е", "~[x]"], ["ЖЕНА", "тука", "и", "таму"]])
    write_corpus(workspace, "c-en", "en", [["River", "&", "sea", "x"], ["woman", "the", "here", "."]])
    pairs = [
        pair(0, (0, 1), (0, 0), 0.9, tokens=("река", "River")),
        pair(0, (0, 1), (0, 2), 0.8, tokens=("река", "sea")),
        pair(0, (0, 3), (0, 3), 0.8, tokens=("~[x]", "x")),
        pair(0, (1, 0), (1, 0), 0.8, tokens=("ЖЕНА", "woman")),
    ]
    write_run(workspace, pairs=[pairs])
    database = open_database(workspace)
    sync(database, workspace)
    edit_entry(database, ("mk", "en"), "жена", "the\twife", EntryVerdict.ADDED, note="A & B")
    edit_entry(database, ("mk", "en"), "река", "sea", EntryVerdict.REJECTED)
    yield database
    database.close()


def written(db: Database, tmp_path: Path, format: str, **options) -> Path:
    path = tmp_path / "file"
    write_dictionary(db, BY_WORD, path, format, **options)
    return path


def test_tsv(db, tmp_path) -> None:
    lines = written(db, tmp_path, "tsv").read_text(encoding="utf-8").splitlines()
    head, *rows = (line.split("\t") for line in lines)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["word"], row["translation"], row["rank"]) for row in table] == [
        ("~[x]", "x", "1"),
        ("жена", "the wife", "1"),
        ("жена", "woman", "2"),
        ("река", "river", "1"),
    ]
    assert table[1]["verdict"] == "added" and table[1]["note"] == "A & B" and table[1]["word_sentence"] == ""
    assert table[3]["word_sentence"] == "а<b река е ~[x]" and table[3]["places"] == "1"


def test_muse_has_single_words_only(db, tmp_path) -> None:
    assert written(db, tmp_path, "muse").read_text(encoding="utf-8") == "~[x] x\nжена woman\nрека river\n"


def test_only_accepted_and_at_most_so_many(db, tmp_path) -> None:
    assert write_dictionary(db, BY_WORD, tmp_path / "one", "muse", most=1) == 3
    assert write_dictionary(db, BY_WORD, tmp_path / "two", "tsv", accepted_only=True) == 1


def test_dsl_escapes_its_marks(db, tmp_path) -> None:
    text = written(db, tmp_path, "dsl").read_text(encoding="utf-16")
    assert text.startswith('#NAME "first try (Macedonian-English)"\n#INDEX_LANGUAGE "Macedonian"')
    assert "\n\\~\\[x\\]\n\t[m1]1) [trn]x[/trn]" in text
    assert "[ex]а\\<b река е \\~\\[x\\][/ex]" in text


def test_lift_is_well_formed(db, tmp_path) -> None:
    root = ElementTree.fromstring(written(db, tmp_path, "lift").read_bytes())
    assert root.tag == "lift" and root.get("version") == "0.13"
    found = {entry.findtext("lexical-unit/form/text"): [one.findtext("gloss/text") for one in entry.iter("sense")] for entry in root}
    assert found == {"~[x]": ["x"], "жена": ["the wife", "woman"], "река": ["river"]}
    assert root.find("entry/lexical-unit/form").get("lang") == "mk" and root.find("entry/sense/gloss").get("lang") == "en"
    assert [note.text for note in root.findall(".//example/form/text")] == ["а<b река е ~[x]", "ЖЕНА тука и таму", "а<b река е ~[x]"]


def test_stardict_index_points_at_its_articles_in_order(db, tmp_path) -> None:
    with zipfile.ZipFile(written(db, tmp_path, "stardict")) as archive:
        info = dict(line.split("=", 1) for line in archive.read("mk-en.ifo").decode().splitlines()[1:])
        index, content = archive.read("mk-en.idx"), archive.read("mk-en.dict")
    assert int(info["idxfilesize"]) == len(index) and info["sametypesequence"] == "m"
    words, at = [], 0
    while at < len(index):
        end = index.index(b"\0", at)
        offset, size = struct.unpack(">II", index[end + 1 : end + 9])
        words.append((index[at:end].decode(), content[offset : offset + size].decode().splitlines()))
        at = end + 9
    assert int(info["wordcount"]) == len(words) == 3
    assert [word for word, _ in words] == ["~[x]", "жена", "река"]
    assert words[1][1] == ["1. the wife (added)", "2. woman (1 places)"]


def test_an_unknown_format_is_refused(db, tmp_path) -> None:
    with pytest.raises(ConfigError, match="tsv, muse"):
        write_dictionary(db, BY_WORD, tmp_path / "file", "xls")
    assert {format.value for format in DictionaryFormat} == {"tsv", "muse", "stardict", "dsl", "lift"}
