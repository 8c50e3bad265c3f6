"""The page Space: what is missing is computed in a process of its own; a word is found, shown with its neighbours, and linked."""

from __future__ import annotations

import os

import numpy as np
import pytest

from lraln_core.files import projection_files as files
from lraln_core.files.projection_files import Method, ProjectionOptions
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background, queue
from lraln_core.views import space_chart
from pages.components.space.table import table_key
from pages.components.space.words import selected_points
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_job, add_maps, add_projection
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run

SRC = [["вода", "тече"], ["река", "расте"], ["вода", "и", "леб"]]
TRG = [["water", "flows"], ["bread", "is", "here"]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been started."""
    commands: list[list[str]] = []

    def start(folder: RunFolder, workspace: Workspace, command: list[str]) -> None:
        commands.append(command)
        add_job(RunFolder(folder.path.parents[1]), folder.id, "queued")

    monkeypatch.setattr(background, "start", start)
    return commands


def test_without_a_finished_run_it_says_what_to_do(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("space")
    assert_sound(app)
    assert "Run a sample on the page Home" in sentences(app)


def test_a_run_without_maps_is_said(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("space")
    assert_sound(app)
    assert "has no maps" in sentences(app) and not started


def test_what_is_missing_is_started_once_and_followed(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    assert_sound(open_page("space", run="run-one", draw="201"))
    app = open_page("space", run="run-one")
    assert_sound(app)
    assert not started  # an address starts nothing: links are opened by browsers without anybody's wish
    app.button(key="space_compute").click().run()
    app.run()
    assert len(started) == 1 and started[0][0] == "project" and "--umap" not in started[0]
    assert any(button.label == "Cancel" for button in app.button)
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert (app_workspace.runs / "run-one" / "jobs" / ProjectionOptions().job / "cancel").exists()


@pytest.mark.parametrize("state", ["failed", "cancelled", "running"])
def test_a_job_that_stopped_is_not_started_again_by_itself(state, open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    folder = add_run(app_workspace, "run-one")
    add_maps(folder)
    add_job(folder, ProjectionOptions().job, state, error="Bad ![x](http://evil.invalid) thing." if state == "failed" else None)
    app = open_page("space", run="run-one")
    assert not app.exception and not started
    if state == "failed":
        assert "Bad" in app.error[0].value and "![x](" not in app.error[0].value
    else:
        assert {"cancelled": "was cancelled", "running": "ended from outside"}[state] in sentences(app)
    next(button for button in app.button if button.label == "Try again").click().run()
    assert len(started) == 1


def test_the_figures_and_the_controls(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one")
    assert_sound(app)
    text = html_text(app)
    assert "0.25" in text and "0.75" in text and "50\xa0%" in text and "40\xa0%" in text
    assert not started


def test_words_and_vectors_can_be_saved(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    run = add_run(app_workspace, "run-one")
    options = add_projection(run, SRC, TRG)
    app = open_page("space", run="run-one")
    next(button for button in app.button if button.label == "Compute the vectors").click().run()
    assert_sound(app)
    assert started[0][0] == "project" and started[0][-1] == "--vectors"
    points = len(SRC) + len(TRG)
    files.save_vectors(run, options, {moment: np.ones((points, 3)) for moment in ("before", "after")})
    app = open_page("space", run="run-one")
    assert_sound(app)
    labels = [one.proto.label for one in app.get("download_button")]
    assert [one for one in labels if "Embedding" in one] == ["Parquet, for Embedding Atlas", "TSV, for the Embedding Projector"]


def test_readers_of_one_picture_share_it_until_it_is_another(
    open_page: OpenPage, app_workspace: Workspace, started: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = [], space_chart.space_figure
    monkeypatch.setattr(space_chart, "space_figure", lambda *values: drawn.append(values[2]) or draw(*values))
    run = add_run(app_workspace, "run-one")
    add_projection(run, SRC, TRG)
    for _ in range(2):
        assert_sound(open_page("space", run="run-one"))
    assert len(drawn) == 1
    assert_sound(open_page("space", run="run-one", word="src:река"))
    assert len(drawn) == 2 and drawn[1].ringed  # a ring around the word
    facts = run.projection(ProjectionOptions().key)
    os.utime(facts, ns=(1, facts.stat().st_mtime_ns + 1))  # computed again
    assert_sound(open_page("space", run="run-one"))
    assert len(drawn) == 3


def test_umap_is_started_when_asked_for_and_pca_is_shown_meanwhile(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one", plane="UMAP")
    assert_sound(app)
    assert not started
    app.button(key="space_compute").click().run()
    assert_sound(app)
    assert started[0][-1] == "--umap"
    assert "PCA is shown" in sentences(app) and "0.25" in html_text(app)


def test_umap_that_is_ready_is_shown(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG, umap=True)
    app = open_page("space", run="run-one", plane="UMAP")
    assert_sound(app)
    assert not started and "PCA is shown" not in sentences(app)


def test_a_word_is_found_with_its_places_its_match_and_neighbours(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one")
    app.selectbox(key="space_word").set_value("src:вода").run()
    assert_sound(app)
    assert app.query_params["word"] == "src:вода" and app.query_params["at"] == "0"
    text = html_text(app)
    assert "вода тече" in text and "water flows" in text and "\N{CHECK MARK} 0.90" in text
    app.selectbox(key="space_at_src:вода").set_value(2).run()
    assert app.query_params["at"] == "2" and "вода и леб" in html_text(app)


def test_neighbours_of_the_own_language_before_and_after(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    run = add_run(app_workspace, "run-one")
    options = add_projection(run, SRC, TRG)
    app = open_page("space", run="run-one", word="src:река")
    assert "vectors of these words are not kept" in sentences(app)
    before = np.array([[0.0, 1], [1, 0], [1, 1], [1, 0], [0, 1]])  # вода, река, вода, water, bread
    files.save_vectors(run, options, {"before": before, "after": before[[0, 0, 2, 3, 4]]})
    app = open_page("space", run="run-one", word="src:река")
    assert_sound(app)
    assert "**Nearest Macedonian words**" in sentences(app) and "not kept" not in sentences(app)
    own = [one.value for one in app.html if 'class="lr-link"' in one.value][-2:]
    assert "0.71" in own[0] and "1.00" in own[1] and all("вода" in one and "water" not in one for one in own)


def test_clusters_are_named_in_the_table_and_density_has_no_selection(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one")
    table = app.dataframe[0].value
    assert list(table["Word"]) == ["вода", "река", "вода", "water", "bread"] and "Cluster" not in table
    assert list(table["Matched words"]) == ["water", "", "", "вода", ""] and table["Nearest after"][0] == "water"
    app = open_page("space", run="run-one", shown="clusters", groups="4")
    assert_sound(app)
    assert set(app.dataframe[0].value["Cluster"]) >= {"вода", "река"}
    app = open_page("space", run="run-one", shown="density", word="src:река")
    assert_sound(app)
    assert "25, 50 and 75 %" in sentences(app)


def test_a_row_of_the_table_shows_its_word(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one")
    table = app.dataframe[0].value
    app.session_state[table_key("run-one", range(len(table)), list(table.columns))] = {
        "selection": {"rows": [2], "columns": [], "cells": []}
    }
    app.run()
    assert_sound(app)
    assert app.query_params["word"] == "src:вода" and app.query_params["at"] == "2"
    assert app.selectbox(key="space_word").value == "src:вода"
    app.selectbox(key="space_word").set_value("src:река").run()  # the row that stays chosen does not take it back
    assert app.query_params["word"] == "src:река"


def test_a_link_to_a_word(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one", word="src:вода", at="2")
    assert_sound(app)
    assert app.selectbox(key="space_word").value == "src:вода" and app.selectbox(key="space_at_src:вода").value == 2


@pytest.mark.parametrize("parameters", [
    {"word": "src:<script>"}, {"word": "src:вода", "at": "9" * 30}, {"word": "src:вода", "at": "x"}, {"plane": "3d"}, {"source": "x"},
    {"points": "x"}, {"points": "-4"}, {"draw": "x"}, {"draw": "-3"}, {"lines": "many"}, {"moment": "never"}, {"near": "?"},
])  # fmt: skip
def test_a_bad_address_is_no_traceback(parameters, open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_projection(add_run(app_workspace, "run-one"), SRC, TRG)
    app = open_page("space", run="run-one", **parameters)
    assert_sound(app)


def test_a_damaged_projection_can_be_computed_again(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    folder = add_run(app_workspace, "run-one")
    options = add_projection(folder, SRC, TRG)
    folder.projection_plane(options.key, Method.PCA).write_bytes(b"x")
    app = open_page("space", run="run-one")
    assert not app.exception and "damaged" in app.error[0].value
    next(button for button in app.button if button.label == "Compute again").click().run()
    assert not folder.projection(options.key).exists() and not started
    app.button(key="space_compute").click().run()
    assert len(started) == 1


def test_hostile_words_are_text(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    src, trg = ([sentence.split() for sentence in side] for side in (HOSTILE.src, HOSTILE.trg))
    add_projection(add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME), src, trg)
    app = open_page("space", run="run-one", word=f"src:{src[0][0]}")
    assert_sound(app)
    assert src[0][0] in html_text(app)  # fails on a tag that is not ours


def test_a_selection_is_read_as_point_numbers() -> None:
    points = [{"customdata": 3}, {"customdata": [1]}, {"customdata": 3}, {}, {"customdata": None}, {"customdata": 99}, {"customdata": "x"}]
    assert selected_points({"selection": {"points": points}}, 5) == [1, 3]
    assert selected_points(None, 5) == selected_points({}, 5) == []


def test_the_queue_is_shown_and_can_be_cancelled(open_page: OpenPage, app_workspace: Workspace) -> None:
    folders = [RunFolder(app_workspace.runs / name) for name in ("run-first", "run-second")]
    locks = []
    for folder in folders:
        folder.path.mkdir(parents=True)
        locks.append(queue._draw(app_workspace, folder)[1])
    app = open_page("corpora")
    assert not app.exception
    assert [expander.label for expander in app.sidebar.expander] == ["Waiting (1)"]
    next(button for button in app.sidebar.button if button.key and button.key.startswith("waiting_")).click().run()
    assert folders[1].cancel_request.exists() and not folders[0].cancel_request.exists()
    for lock in locks:
        lock.release()
