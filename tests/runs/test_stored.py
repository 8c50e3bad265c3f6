"""Configurations of run folders keep the meaning they had when they were written."""

import dataclasses
import json

import pytest

from lraln_core.choices import Precision
from lraln_core.encoder import precision as precisions
from lraln_core.errors import RunError
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs import counterpart, presets, worker
from lraln_core.runs.config import RunConfig, from_json
from lraln_core.runs.stored import open_or_create, stored_config


def write(path, values) -> RunFolder:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(values))
    return RunFolder(path)


def values(**encoder):
    return {"src": {"language": "mk", "corpus": "/a"}, "trg": {"language": "en", "corpus": "/b"}, "encoder": encoder}


def test_a_new_configuration_means_auto():
    assert RunConfig().encoder.precision is Precision.AUTO and from_json(values()).encoder.precision is Precision.AUTO


@pytest.mark.parametrize("left_out", [values(), {name: table for name, table in values().items() if name != "encoder"}])
def test_a_stored_configuration_without_precision_meant_float32(tmp_path, left_out):
    assert stored_config(write(tmp_path / "run", left_out)).encoder.precision is Precision.FLOAT32


def test_auto_becomes_what_the_run_noted(tmp_path):
    folder = write(tmp_path / "run", values(precision="auto"))
    assert stored_config(folder).encoder.precision is Precision.AUTO
    folder.summary_file.write_text(json.dumps({"precision": "bfloat16"}))
    assert stored_config(folder).encoder.precision is Precision.BFLOAT16


def test_a_folder_of_an_earlier_version_is_continued_as_it_was(tmp_path):
    write(tmp_path / "run", values(name="x"))
    wanted = from_json(values(name="x"))
    folder, config = open_or_create(tmp_path / "run", wanted)
    assert config.encoder.precision is Precision.FLOAT32 and config != wanted
    for other in (from_json(values(name="y")), from_json(values(name="x", precision="bfloat16"))):
        with pytest.raises(RunError, match="another configuration"):
            open_or_create(folder.path, other)


def test_counterparts_of_earlier_runs_are_found_and_compute_alike():
    old, new = values(), values(precision="float32") | {"mining": {"method": "intersection"}}
    assert counterpart.find_counterpart(old, [("auto", new | values(precision="auto")), ("same", new)]) == "same"
    assert ("encoder.precision", "float32", "auto") in counterpart.differences(old, values(precision="auto"))


def test_a_run_notes_what_auto_was(small_config, tmp_path, workspace, monkeypatch):
    monkeypatch.setattr(precisions, "offered", lambda device: [Precision.FLOAT32, Precision.BFLOAT16])
    config = dataclasses.replace(
        small_config,
        encoder=dataclasses.replace(small_config.encoder, precision=Precision.AUTO),
        training=dataclasses.replace(small_config.training, steps=5),
    )
    folder, config = open_or_create(tmp_path / "run", config)
    assert worker.work(config, folder, workspace)["precision"] == "bfloat16"
    assert folder.status()["precision"] == "bfloat16" and stored_config(folder).encoder.precision is Precision.BFLOAT16


def test_a_run_that_an_earlier_version_began_without_a_preset_goes_on(tmp_path):
    texts = {"src": {"language": "mk", "corpus": "a.txt"}, "trg": {"corpus": "b.txt"}}
    now, then = (from_json(presets.fill(texts, name)) for name in ("", presets.NONE))
    assert now != then
    folder, _ = open_or_create(tmp_path / "run", then)
    assert open_or_create(folder.path, now, then) == (folder, then)
    with pytest.raises(RunError):
        open_or_create(folder.path, now)
