"""The Suite page: choosing, following, reading its tables; with hostile names and bad links."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import pytest

from lraln_core.files.atomic import write_json
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs.suite import folder as suite_folder
from lraln_core.runs.suite import tables as suite_tables
from lraln_core.runs.suite.cells import cells
from lraln_core.runs.suite.config import SuiteConfig, sample_suite
from lraln_core.runs.suite.figures import Figure
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import write_status

EVIL = "<script>alert(1)</script> **bold** &amp;"


def _small(name: str = "Two systems") -> SuiteConfig:
    whole = sample_suite()
    return replace(
        whole,
        name=name,
        systems=("base", "linear_unsup"),
        languages=whole.languages[:1],
        extended=None,
        studies=replace(whole.studies, mining=False, candidates=(), corpus_sizes=(), languages=()),
    )


def _suite(workspace: Workspace, suite_id: str, state: str, *, name: str = "Two systems", done: int = 2) -> RunFolder:
    folder, config = RunFolder(workspace.suites / suite_id), _small(name)
    write_json(folder.path / "suite.json", config.to_json())
    write_status(folder, state, stage="suite")
    for cell in list(cells(config, folder.path))[:done]:
        run = create(folder.path / "runs" / cell.run_name, cell.config.to_json())
        write_status(run, "finished")
    return folder


def _tables(folder: RunFolder, **changes: Any) -> None:
    at = {"table": "2", "measure": "retrieval", "column": "mk"}
    figures = [Figure(row="base", value=63.0, low=60.0, high=66.0, difference=0.0, difference_low=0.0, difference_high=0.0, holds=False,
                      published=9.17, **at),
               Figure(row="linear_unsup", value=66.8, low=64.0, high=70.0, difference=3.8, difference_low=1.0, difference_high=6.0,
                      holds=True, published=12.83, **at),
               Figure("9", "mined types", "mk", "low_resource", 1234.0, published=8514.0)]  # fmt: skip
    frame = pd.DataFrame([asdict(replace(figure, **changes)) for figure in figures])
    compared = pd.DataFrame(
        [
            {
                "language": "mk",
                "measure": "retrieval",
                "system": "base",
                "other": "linear_unsup",
                "difference": -3.8,
                "low": -6.0,
                "high": -1.0,
                "holds": True,
            }
        ]
    )
    suite_tables.write(frame, compared, folder.path / "tables")


def test_an_empty_workspace_offers_the_samples_and_their_cost(open_page: OpenPage) -> None:
    app = open_page("suite")
    assert_sound(app)
    assert "No suite has been started yet" in sentences(app)
    before = int({metric.label: metric.value for metric in app.metric}["Runs"])
    app.button_group(key="suite_systems").set_value(["base"]).run()
    app.button_group(key="suite_studies").set_value([]).run()
    app.toggle(key="suite_extended").set_value(False).run()
    assert_sound(app)
    assert before > 30 and {metric.label: metric.value for metric in app.metric}["Runs"] == "3"
    app.button_group(key="suite_systems").set_value([]).run()
    assert "at least one language and one system" in sentences(app)


def test_a_suite_is_started_as_chosen(open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[SuiteConfig] = []
    monkeypatch.setattr(suite_folder, "launch", lambda config, workspace: launched.append(config) or _suite(workspace, "s-new", "finished"))
    app = open_page("suite")
    app.number_input(key="suite_seeds").set_value(3).run()
    app.button_group(key="suite_systems").set_value(["base", "normalized"]).run()
    app.button(key="suite_start").click().run()
    assert launched[0].systems == ("base", "normalized") and launched[0].seeds == (1, 2, 3) and launched[0].extended
    assert app.query_params["suite"] in ("s-new", ["s-new"])


def test_a_suite_file_that_cannot_be_read_is_one_sentence(local_files: None, open_page: OpenPage) -> None:
    app = open_page("suite")
    app.button_group(key="suite_source").set_value("A suite file").run()
    app.text_input(key="suite_path").set_value("/no/such/suite.toml").run()
    assert not app.exception and "Cannot read the suite" in app.error[0].value


def test_a_finished_suite_shows_ours_beside_the_published(open_page: OpenPage, app_workspace: Workspace) -> None:
    _tables(_suite(app_workspace, "s-1", "finished"))
    app = open_page("suite", suite="s-1")
    assert_sound(app)
    text = html_text(app)
    assert "66.8*" in text and "64.0 to 70.0" in text and "12.8" in text and "in the paper" in text
    assert "+3.8*" in text and "Row minus column" in text
    app = open_page("suite", suite="s-1", table="9/mined types")
    assert_sound(app)
    assert "1,234" in html_text(app) and "8,514" in html_text(app)


def test_a_suite_at_work_shows_what_is_done_and_is_cancelled(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = _suite(app_workspace, "s-live", "running", name=EVIL, done=1)
    with folder.hold():
        app = open_page("suite")
        assert_sound(app)
        assert "1 of 2 runs done" in "".join(str(element.proto.text) for element in app.get("progress"))
        assert "waiting" in html_text(app)
        app.button(key="suite_s-live_cancel").click().run()
    assert folder.cancel_request.exists()


def test_a_stopped_suite_is_resumed_and_failures_are_told_as_text(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _suite(app_workspace, "s-cut", "cancelled", name=EVIL)
    suite_folder.note_failure(folder.path, "mk-base-1", EVIL)
    started = []
    monkeypatch.setattr(suite_folder, "start", lambda folder, workspace: started.append(folder.id))
    app = open_page("suite", suite="s-cut")
    assert not app.exception and EVIL.split()[0] in app.error[0].value.replace("\\", "")
    html_text(app)  # fails when a tag of theirs is in the page
    app.button(key="stopped_s-cut_resume").click().run()
    assert started == ["s-cut"]


@pytest.mark.parametrize("suite", ["nothing", "../../etc", EVIL])
def test_a_bad_link_is_one_sentence(open_page: OpenPage, app_workspace: Workspace, suite: str) -> None:
    _tables(_suite(app_workspace, "s-1", "finished"))
    app = open_page("suite", suite=suite, table="x/y", language="zz")
    assert not app.exception and "is not in this workspace" in app.warning[0].value.replace("\\", "")


def test_damaged_tables_are_one_sentence(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = _suite(app_workspace, "s-1", "finished")
    (folder.path / "tables").mkdir()
    (folder.path / "tables" / "figures.parquet").write_bytes(b"PAR1 nonsense")
    app = open_page("suite", suite="s-1")
    assert not app.exception and "damaged" in app.error[0].value
