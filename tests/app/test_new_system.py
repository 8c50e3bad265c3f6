"""A system is added in one place: registered once, it is on the command line, on the page Launch and in suites."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from lraln_core.alignment import maps
from lraln_core.alignment.maps import LanguageMap, Maps
from lraln_core.cli.main import main
from lraln_core.errors import ConfigError
from lraln_core.files.run_folder import RunFolder
from lraln_core.runs.config import from_json
from lraln_core.runs.estimate import Estimate
from lraln_core.runs.suite import cells as suite_cells
from lraln_core.runs.suite import figures, runner, tables
from lraln_core.runs.suite.config import from_values, sample_suite
from lraln_core.runs.suite.estimate import estimate_suite
from lraln_core.runs.systems import registry
from lraln_core.runs.systems.linear import unchanged
from lraln_core.runs.systems.registry import SystemSpec


def mirror(context, corpora):
    """Every vector is turned round."""
    negative = LanguageMap(-np.eye(context.dimension(), dtype=np.float32))
    return unchanged(Maps(negative, negative))


@pytest.fixture
def toy() -> Iterator[SystemSpec]:
    spec = SystemSpec("toy", "Turn every vector round", "A system of this test.", mirror, cost=lambda config, sizes: Estimate(1234.0))
    registry.register(spec)
    yield spec
    registry.unregister("toy")


def test_on_the_command_line(toy, small_config, workspace, tmp_path, capsys):
    (tmp_path / "run.json").write_text(json.dumps(small_config.to_json()))
    folder = tmp_path / "run"
    command = ["run", "--config", str(tmp_path / "run.json"), "--set", "system=toy", "--run-dir", str(folder), "--quiet"]
    assert main(["--workspace", str(workspace.root), *command]) == 0
    assert json.loads(capsys.readouterr().out)["system"] == "toy"
    found, _ = maps.load(RunFolder(folder).maps)
    np.testing.assert_array_equal(found.src.matrix, -np.eye(16, dtype=np.float32))


def test_on_the_page_launch(toy, open_page, monkeypatch):
    monkeypatch.setattr("lraln_core.runs.jobs.machine._present_load", lambda: 1.0)  # the estimate is multiplied by it
    page = open_page("launch")
    box = next(box for box in page.selectbox if box.key == "launch.system")
    assert "Turn every vector round" in box.options
    box.set_value("toy").run()
    assert any(metric.label == "Estimated time" and "21 min" in metric.value for metric in page.metric)


def test_in_a_suite(toy, small_files, tiny_bert, workspace, tmp_path):
    run = {"encoder": {"name": str(tiny_bert), "device": "cpu"}, "evaluation": {"bootstrap_samples": 10}}
    language = {"code": "mk", "corpus": "src.txt", "english": "trg.txt", "test": "test.tsv", "test_alignments": "test.pharaoh"}
    suite = from_values({"systems": ["base", "toy"], "run": run, "language": [language]}, small_files)
    found = list(suite_cells.cells(suite, tmp_path))
    assert [cell.label for cell in found] == ["base", "toy"]
    assert estimate_suite(suite, found).seconds > 1234
    frame = figures.build(runner.run(suite, tmp_path / "suite", workspace))
    assert "toy" in tables.pivot(frame, "2", "retrieval").index
    assert "toy" in sample_suite().systems  # a suite that names no systems has them all


def test_its_name_is_free_and_can_be_part_of_a_folder_name(toy):
    with pytest.raises(ConfigError, match="already"):
        registry.register(toy)
    with pytest.raises(ConfigError, match="cannot name a system"):
        registry.register(SystemSpec("../x", "", "", mirror))
    with pytest.raises(ConfigError, match="can be removed"):
        registry.unregister("base")


def test_a_function_that_does_not_exist_is_one_sentence():
    with pytest.raises(ConfigError, match="System lost: the function lraln_core.nowhere:f cannot be loaded"):
        SystemSpec("lost", "Lost", "", "lraln_core.nowhere:f").load()


@pytest.mark.parametrize("name", registry.names())
def test_every_system_can_be_loaded_and_says_what_it_needs(name):
    spec = registry.system(name)
    assert callable(spec.load()) and spec.label and spec.explanation.endswith(".")
    with pytest.raises(ConfigError, match=f"System {name} "):
        from_json({"system": name, "src": {"language": "mk"}})
