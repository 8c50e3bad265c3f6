"""Texts of the hub, from a folder with its layout; without a network one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lraln_core.errors import CorpusError
from lraln_core.text import iob2, parallel
from lraln_core.text.corpus import prepare_corpus
from lraln_core.text.fetch import DATA_SETS, fetch

SWAHILI = ["Mto unapita katikati ya kijiji.", "Watoto wanacheza karibu na daraja."]
ENGLISH = ["The river runs through the village.", "The children play near the bridge."]


def table(folder: Path, data_set: str, name: str, **columns: list) -> None:
    path = folder / DATA_SETS[data_set].repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    table(folder, "flores", "devtest/swh_Latn.parquet", text=SWAHILI)
    table(folder, "flores", "devtest/eng_Latn.parquet", text=ENGLISH)
    tagged = {"tokens": [["Dar", "es", "Salaam", "kubwa"]], "ner_tags": [[5, 6, 6, 0]]}
    for split in ("train", "validation", "test"):
        table(folder, "masakhaner2", f"luo/{split}/0000.parquet", **tagged)
        table(folder, "wikiann", f"sw/{split}-00000-of-00001.parquet", **tagged)
    table(
        folder,
        "wikipedia",
        "20231101.tpi/train-00000-of-00001.parquet",
        text=["Wara i bikpela. Em i ran i go.\n\nPikinini i pilai.", "Ren."],
    )
    table(folder, "tatoeba", "swh-eng/test/0000.parquet", sentence1=SWAHILI, sentence2=ENGLISH)
    return folder


def test_flores_is_two_files_that_are_read_as_parallel_text(hub, tmp_path):
    for language in ("swh_Latn", "sw"):
        src, trg = fetch("flores", language, tmp_path / "out", source=hub)
        assert (src.name, trg.name) == ("flores.devtest.swh_Latn.txt", "flores.devtest.eng_Latn.txt")
    links = tmp_path / "links"
    links.write_text("0-0\n\n", encoding="utf-8")
    assert len(parallel.load(src, "sw", "en", trg_path=trg, alignments=links)) == 2


@pytest.mark.parametrize(("name", "language"), [("masakhaner2", "luo"), ("masakhaner2", "luo_Latn"), ("wikiann", "swh")])
def test_entities_are_three_files_in_iob2(name, language, hub, tmp_path):
    paths = fetch(name, language, tmp_path / "out", source=hub)
    assert [path.suffix for path in paths] == [".iob2"] * 3
    assert iob2.read(paths[0])[0].tags == ("B-LOC", "I-LOC", "I-LOC", "O")


def test_wikipedia_is_cut_into_sentences_up_to_the_limit(hub, tmp_path):
    (path,) = fetch("wikipedia", "tpi", tmp_path / "out", sentences=2, source=hub)
    assert path.read_text(encoding="utf-8") == "Wara i bikpela.\nEm i ran i go.\n"
    assert len(prepare_corpus(path, "tpi", tmp_path / "corpora")) == 2


def test_tatoeba_is_a_table_of_pairs_and_source_and_licence_lie_beside_it(hub, tmp_path):
    (path,) = fetch("tatoeba", "Swahili", tmp_path / "out", source=hub)
    assert path.read_text(encoding="utf-8").splitlines() == [f"{src}\t{trg}" for src, trg in zip(SWAHILI, ENGLISH, strict=True)]
    origin = json.loads(path.with_name(f"{path.name}.source.json").read_text(encoding="utf-8"))
    assert (origin["repository"], origin["licence"], origin["language"]) == ("mteb/tatoeba-bitext-mining", "CC BY 2.0 FR", "sw")


def test_what_is_missing_or_damaged_is_one_sentence(hub, tmp_path):
    with pytest.raises(CorpusError, match="Unknown data set 'opus'; choose one of flores, masakhaner2"):
        fetch("opus", "sw", tmp_path / "out", source=hub)
    with pytest.raises(CorpusError, match="Cannot find .*devtest/luo_Latn.parquet; check the language and the folder."):
        fetch("flores", "luo", tmp_path / "out", source=hub)
    table(hub, "tatoeba", "luo-eng/test/0000.parquet", other=["a"])
    with pytest.raises(CorpusError, match="luo-eng/test/0000.parquet of mteb/tatoeba-bitext-mining has no column 'sentence1'."):
        fetch("tatoeba", "luo", tmp_path / "out", source=hub)
    path = hub / DATA_SETS["flores"].repository / "devtest" / "swh_Latn.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CorpusError, match="is damaged .*fetch it again"):
        fetch("flores", "sw", tmp_path / "out", source=hub)
    assert not list((tmp_path / "out").glob("*.txt"))


def test_without_a_network_it_is_one_sentence(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        CorpusError, match="Cannot reach the hub for devtest/luo_Latn.parquet of openlanguagedata/flores_plus; fetching needs"
    ):
        fetch("flores", "luo", tmp_path / "out")
