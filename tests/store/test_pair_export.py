"""Exported pairs hold the text exactly, in the order of the filter, and a file is whole or not there."""

from __future__ import annotations

import re

import pyarrow.parquet as pq
import pytest

from lraln_core.errors import ConfigError, RunError
from lraln_core.files.schemas import EXPORTED_PAIRS
from lraln_core.store.ingest.runs import ingest_run
from lraln_core.store.pair_filter import PairFilter, Sort
from lraln_core.store.queries import pair_rows as export
from lraln_core.store.queries.pair_rows import export_pairs
from tests.store.store_folders import pair, write_corpus, write_run

ODD = ["a\tb", "c\nd", "e\r\nf", "g\\n", "\\", "h\u2028i", "j\x0bk\x85", "=SUM(A1)", '"q"', "\u202eрека", "\x00", "plain"]
NAMES = ["\\", "t", "n", "r"]


def unescape(cell: str) -> str:
    plain = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(r"\\(?:u([0-9a-f]{4})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else plain[found[2]], cell)


def read_tsv(path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    header, *lines = text.removesuffix("\n").split("\n")
    assert len(text.splitlines()) == len(lines) + 1  # no cell holds anything that any program takes for a line end
    rows = [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
    return rows


@pytest.fixture
def odd(db, workspace):
    """A run over one sentence of odd words, a pair for each word."""
    write_corpus(workspace, "o-src", "mk", [ODD], texts=["\t".join(ODD)])
    write_corpus(workspace, "o-trg", "en", [ODD[::-1]])
    pairs = [[pair(0, (0, i), (0, i), 0.5 + i / 100, tokens=(ODD[i], ODD[::-1][i])) for i in range(len(ODD))]]
    ingest_run(db, write_run(workspace, pairs=pairs, src_corpus="o-src", trg_corpus="o-trg"))
    return db


def test_tsv_cells_are_exact_and_unbroken(odd, tmp_path):
    path = tmp_path / "pairs.tsv"
    assert export_pairs(odd, PairFilter("run-1", sort=Sort.LEAST_SIMILAR), path, "tsv") == len(ODD)
    rows = read_tsv(path)
    assert [unescape(row["src_token"]) for row in rows] == ODD
    assert [unescape(row["trg_token"]) for row in rows] == ODD[::-1]
    assert unescape(rows[0]["src_words"]) == " ".join(ODD) and unescape(rows[0]["src_text"]) == "\t".join(ODD)
    assert rows[3]["similarity"] == "0.53" and rows[3]["forward"] == "true" and rows[3]["src_word"] == "3"


def test_parquet_holds_lists_of_words(odd, tmp_path):
    path = tmp_path / "pairs.parquet"
    export_pairs(odd, PairFilter("run-1"), path, "parquet")
    table = pq.read_table(path)
    assert table.schema.equals(EXPORTED_PAIRS)
    rows = table.to_pylist()
    assert [row["src_token"] for row in rows] == ODD[::-1]  # the most similar first
    assert rows[0]["src_words"] == ODD and rows[0]["trg_words"] == ODD[::-1]
    assert rows[0]["pair_id"] == len(ODD) - 1 and rows[0]["multi"] is True


def test_only_the_selection_is_exported_in_its_order_across_chunks(odd, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 3)
    seen = []
    filter = PairFilter("run-1", min_similarity=0.52, sort=Sort.LEAST_SIMILAR)
    path = tmp_path / "pairs.tsv"
    assert export_pairs(odd, filter, path, "tsv", progress=lambda done, total: seen.append((done, total))) == 10
    assert [int(row["pair_id"]) for row in read_tsv(path)] == list(range(2, 12))
    assert seen == [(3, 10), (6, 10), (9, 10), (10, 10)]


@pytest.mark.parametrize("format", ["tsv", "parquet"])
def test_an_empty_selection_is_a_file_without_rows(odd, tmp_path, format):
    path = tmp_path / f"none.{format}"
    assert export_pairs(odd, PairFilter("run-1", iteration=5), path, format) == 0
    assert (read_tsv(path) if format == "tsv" else pq.read_table(path).to_pylist()) == []


def test_without_its_corpora_a_run_is_exported_without_sentences(db, workspace, tmp_path):
    ingest_run(db, write_run(workspace, src_corpus=None, trg_corpus=None))
    export_pairs(db, PairFilter("run-1"), tmp_path / "x.tsv", "tsv")
    assert {row["src_text"] + row["src_words"] for row in read_tsv(tmp_path / "x.tsv")} == {""}


def test_a_refused_or_failing_export_leaves_no_file(odd, tmp_path):
    target = tmp_path / "out" / "pairs.tsv"
    with pytest.raises(ConfigError, match="tsv, parquet"):
        export_pairs(odd, PairFilter("run-1"), target, "xlsx")
    with pytest.raises(RunError, match="no run 'x'"):
        export_pairs(odd, PairFilter("x"), target, "tsv")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_pairs(odd, PairFilter("run-1"), target, "tsv", progress=stop)
    assert list(target.parent.iterdir()) == []
