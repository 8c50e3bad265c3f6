"""A run can name a prepared corpus by its id: its text file is neither read nor needed."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from lraln_core.errors import Cancelled, CorpusError, RunError
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.runs import context, worker
from lraln_core.runs.config import RunConfig
from lraln_core.text.corpus import open_corpus, prepare_corpus


@pytest.fixture
def ids(small_config, workspace) -> dict[str, str]:
    sides = {"src": small_config.src, "trg": small_config.trg}
    prepare = lambda side: prepare_corpus(Path(side.corpus), side.language, workspace.corpora, tokenized=side.tokenized)
    return {name: prepare(side).id for name, side in sides.items()}


def by_id(config: RunConfig, ids: dict[str, str], **changes: object) -> RunConfig:
    """The same run, with its corpora named by their ids alone."""
    side = lambda name: dataclasses.replace(getattr(config, name), **({"corpus": "", "corpus_id": ids[name]} | changes))
    return dataclasses.replace(config, src=side("src"), trg=side("trg"))


def execute(config: RunConfig, workspace, name: str) -> RunFolder:
    folder = create(workspace.runs / name, config.to_json())
    worker.work(config, folder, workspace)
    return folder


def test_it_gives_the_same_maps_without_the_file(small_config, workspace, small_files, ids, monkeypatch):
    by_path = execute(small_config, workspace, "path")
    (small_files / "src.txt").unlink()
    (small_files / "trg.txt").unlink()
    monkeypatch.setattr(context, "prepare_corpus", None)  # would raise if it were called
    found = execute(by_id(small_config, ids), workspace, "id")
    assert found.maps.read_bytes() == by_path.maps.read_bytes()
    assert [found.status()[f"{side}_corpus"] for side in ("src", "trg")] == [ids["src"], ids["trg"]]


def test_a_limit_takes_the_first_sentences_of_it(small_config, workspace, ids):
    limited = lambda config: dataclasses.replace(config, src=dataclasses.replace(config.src, limit=60))
    by_path = execute(limited(small_config), workspace, "path")
    assert execute(limited(by_id(small_config, ids)), workspace, "id").maps.read_bytes() == by_path.maps.read_bytes()
    corpus = open_corpus(workspace.corpora / ids["src"])
    assert len(corpus.first(60)) == 60 and len(corpus.first(1000)) == len(corpus) == 80


def test_one_that_is_not_there_is_prepared_from_its_file(small_config, workspace, small_files, ids):
    shutil.rmtree(workspace.corpora / ids["src"])
    with pytest.raises(CorpusError, match="no prepared corpus"):
        execute(by_id(small_config, ids), workspace, "alone")
    both = dataclasses.replace(small_config, src=dataclasses.replace(small_config.src, corpus_id=ids["src"]))
    assert execute(both, workspace, "both").status()["src_corpus"] == ids["src"]
    shutil.rmtree(workspace.corpora / ids["src"])
    with open(small_files / "src.txt", "a", encoding="utf-8") as file:
        file.write("реката градот зимата лебот .\n")
    with pytest.raises(RunError, match="now has another content"):
        execute(both, workspace, "changed")


def test_one_in_another_language_is_refused(small_config, workspace, ids):
    swapped = {"src": ids["trg"], "trg": ids["src"]}
    with pytest.raises(RunError, match="is a text in 'en', the configuration says 'mk'"):
        execute(by_id(small_config, swapped), workspace, "swapped")


def test_a_resumed_run_keeps_its_corpora_when_the_files_change(small_config, workspace, small_files):
    whole = execute(small_config, workspace, "whole")
    folder = create(workspace.runs / "stopped", small_config.to_json())
    with pytest.raises(Cancelled):
        worker.work(small_config, folder, workspace, stop=lambda: any(event["kind"] == "training" for event in folder.events()))
    (small_files / "src.txt").write_text("", encoding="utf-8")
    worker.work(small_config, folder, workspace)
    assert folder.maps.read_bytes() == whole.maps.read_bytes()
