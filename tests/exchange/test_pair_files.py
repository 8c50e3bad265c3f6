"""Pairs in the formats of other programs: read back with plain readers, they give the pairs that the filter selects."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ET
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.errors import ConfigError, RunError
from lraln_core.exchange import line_files, tmx
from lraln_core.exchange.pair_files import KINDS, PairFormat, file_name, write_pairs
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.pair_filter import Direction, PairFilter, Sort
from lraln_core.store.queries.pair_rows import export_pairs
from lraln_core.store.queries.runs import one_run
from lraln_core.text import pharaoh
from tests.store.store_folders import pair, write_corpus, write_run

ODD = ["<b>", "a b", "c\nd", "\x00\x08", "e\u2028f", "&amp;", "]]>", "\ufffe", "\u202eрека", "g\r\nh", "\x85", "plain"]
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def odd(db, workspace):
    """A run over one sentence of odd words, a pair for each word; sentence texts hold them too."""
    write_corpus(workspace, "o-src", "mk", [ODD], texts=["\t".join(ODD)])
    write_corpus(workspace, "o-trg", "en", [ODD[::-1]])
    pairs = [[pair(0, (0, i), (0, i), 0.5 + i / 100, tokens=(ODD[i], ODD[::-1][i])) for i in range(len(ODD))]]
    ingest_run(db, write_run(workspace, "run-odd", pairs=pairs, src_corpus="o-src", trg_corpus="o-trg"))
    return db


def unzip(path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def test_pharaoh_holds_each_sentence_pair_once_with_all_its_links(db, run, tmp_path):
    path = tmp_path / "p.zip"
    write_pairs(db, PairFilter("run-1"), path, "pharaoh")
    files = unzip(path)
    first, second, third = "Војската марширала кон реката .", "кралот ја нападнал војската", "Реката е голема ."
    attack = "the king attacked the army ."
    assert files["sentences.mk-en.mk"].splitlines() == [first, second, third, third]
    assert files["sentences.mk-en.en"].splitlines() == ["the Army marched", attack, attack, "a big river"]
    links = tmp_path / "links"
    links.write_text(files["sentences.mk-en.links"])
    assert pharaoh.read(links) == [((0, 1), (1, 2)), ((3, 4),), ((3, 5),), ((0, 2),)]


def test_every_link_points_at_its_words(db, run, tmp_path):
    write_pairs(db, PairFilter("run-1"), tmp_path / "p.zip", "pharaoh")
    files = unzip(tmp_path / "p.zip")
    found = set()
    for src, trg, links in zip(*(files[f"sentences.mk-en.{end}"].splitlines() for end in ("mk", "en", "links")), strict=True):
        found |= {(src.split(" ")[int(i)], trg.split(" ")[int(j)]) for i, j in (link.split("-") for link in links.split())}
    wanted = {tuple(row) for row in db.rows("SELECT src_token, trg_token FROM mined_pairs")}
    assert found == wanted


def test_pharaoh_without_corpora_is_one_sentence_and_leaves_no_file(db, workspace, tmp_path):
    ingest_run(db, write_run(workspace, "run-bare", src_corpus="gone", trg_corpus="gone2"))
    with pytest.raises(RunError, match="not in the workspace"):
        write_pairs(db, PairFilter("run-bare"), tmp_path / "p.zip", "pharaoh")
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]
    write_pairs(db, PairFilter("run-bare"), tmp_path / "p.tmx", "tmx")
    assert len(ET.parse(tmp_path / "p.tmx").findall(".//tu")) == 5


def test_moses_files_are_line_aligned_and_follow_the_order(odd, tmp_path):
    write_pairs(odd, PairFilter("run-odd", sort=Sort.LEAST_SIMILAR), tmp_path / "m.zip", "moses")
    files = unzip(tmp_path / "m.zip")
    src, trg = files["pairs.mk-en.mk"], files["pairs.mk-en.en"]
    assert len(src.splitlines()) == len(trg.splitlines()) == len(ODD)  # no word makes a line, for any program
    assert src.split("\n")[:5] == ["<b>", "a_b", "c_d", "_", "e_f"]
    assert trg.split("\n")[0] == "plain"
    assert all(len(line.split()) == 1 for line in src.splitlines())


def test_odd_words_stay_one_token_in_pharaoh(odd, tmp_path):
    write_pairs(odd, PairFilter("run-odd"), tmp_path / "p.zip", "pharaoh")
    (src,) = unzip(tmp_path / "p.zip")["sentences.mk-en.mk"].splitlines()
    assert len(src.split()) == len(ODD)


def test_tmx_is_xml_with_the_parts_that_tmx_asks_for(odd, tmp_path):
    path = tmp_path / "p.tmx"
    write_pairs(odd, PairFilter("run-odd", sort=Sort.LEAST_SIMILAR), path, "tmx")
    root = ET.parse(path).getroot()
    assert (root.tag, root.get("version")) == ("tmx", "1.4")
    header = root.find("header")
    assert set(header.keys()) == {"creationtool", "creationtoolversion", "segtype", "o-tmf", "adminlang", "srclang", "datatype"}
    units = root.findall("body/tu")
    assert len(units) == len(ODD)
    for unit, word in zip(units, ODD, strict=False):
        src, trg = unit.findall("tuv")
        assert (src.get(XML_LANG), trg.get(XML_LANG)) == ("mk", "en")
        assert (src.find("seg").text or "") == re.sub("[\x00\x08\ufffe]", "", word).replace("\x85", "\x85")
        order = [child.tag for child in unit]
        assert order == sorted(order, key=["note", "prop", "tuv"].index)  # note and prop before tuv
    properties = {prop.get("type"): prop.text for prop in units[0].findall("prop")}
    assert properties == {"x-similarity": "0.5000", "x-iteration": "1", "x-found": "source to target"}
    assert units[0].find("note").text.startswith("<b>\ta b")


@given(st.text())
def test_any_text_is_well_formed_in_tmx_and_loses_only_what_xml_forbids(text):
    read = ET.fromstring(f"<seg>{tmx.xml_text(text)}</seg>").text or ""
    allowed = [c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"]
    assert read == "".join(allowed)


@given(st.text())
def test_any_word_is_one_token(word):
    token = line_files.one_token(word)
    assert token.split() == [token] and len(f"{token}\n".splitlines()) == 1


def test_all_formats_follow_the_filter(db, run, tmp_path):
    wanted = PairFilter("run-1", direction=Direction.MUTUAL)
    for format in PairFormat:
        write_pairs(db, wanted, tmp_path / format, format)
    assert len(ET.parse(tmp_path / "tmx").findall(".//tu")) == 2
    assert len(unzip(tmp_path / "moses")["pairs.mk-en.mk"].splitlines()) == 2
    assert len((tmp_path / "tsv").read_text().splitlines()) == 3
    export_pairs(db, wanted, tmp_path / "same", "tsv")
    assert (tmp_path / "same").read_bytes() == (tmp_path / "tsv").read_bytes()


def test_nothing_selected_is_an_empty_file_of_each_format(db, run, tmp_path):
    for format in PairFormat:
        write_pairs(db, PairFilter("run-1", src_token="none"), tmp_path / format, format)
    assert ET.parse(tmp_path / "tmx").findall(".//tu") == []
    assert unzip(tmp_path / "pharaoh")["sentences.mk-en.links"] == ""


def test_text_can_be_packed(db, run, tmp_path):
    write_pairs(db, PairFilter("run-1"), tmp_path / "a", "tmx")
    write_pairs(db, PairFilter("run-1"), tmp_path / "b", "tmx", packed=True)
    assert gzip.decompress((tmp_path / "b").read_bytes()) == (tmp_path / "a").read_bytes()
    record = one_run(db, "run-1")
    assert file_name(record, PairFormat.TMX, packed=True) == "run-1-pairs.tmx.gz"
    assert file_name(record, PairFormat.MOSES, packed=True) == "run-1-pairs.moses.zip"


def test_the_same_pairs_make_the_same_zip(db, run, tmp_path):
    for name in "ab":
        write_pairs(db, PairFilter("run-1"), tmp_path / name, "pharaoh")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_unknown_formats_and_runs_are_refused(db, run, tmp_path):
    with pytest.raises(ConfigError, match="choose one of"):
        write_pairs(db, PairFilter("run-1"), tmp_path / "x", "docx")
    with pytest.raises(RunError):
        write_pairs(db, PairFilter("run-none"), tmp_path / "x", "tmx")
    assert set(KINDS) == set(PairFormat)
