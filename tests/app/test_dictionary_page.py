"""The page Dictionary: table, entry, accepting and adding translations, export. The pairs are those of workspaces.PAIRS."""

from __future__ import annotations

import shutil

import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.store.judging.dictionary_entries import entries_file
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run


@pytest.fixture(autouse=True)
def loaded(app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")


def test_every_word_with_its_first_translation(open_page: OpenPage) -> None:
    app = open_page("dictionary", run="run-one")
    assert_sound(app)
    table = app.dataframe[0].value
    assert dict(zip(table["Macedonian"], table["English"], strict=True))["книга"] == "book"
    assert "**6 words**" in sentences(app) and "The lexicon of the sample data" in sentences(app)
    assert "1 place" in html_text(app) and "why?" in html_text(app)


def test_a_search_and_an_order(open_page: OpenPage) -> None:
    app = open_page("dictionary", run="run-one", entry="boo")
    assert app.dataframe[0].value["Macedonian"].tolist() == ["книга"]
    assert "**книга**" in sentences(app)
    app.text_input(key="entry").set_value("zzz").run()
    assert "No word matches" in sentences(app)


def test_accepting_rejecting_and_adding_are_kept_in_a_file(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("dictionary", run="run-one", entry="книга")
    app.button(key="entry_accepted_0").click().run()
    assert_sound(app)
    assert "accepted" in html_text(app)
    app.text_input(key="dictionary_new").set_value("volume").run()
    assert "volume" in html_text(app)
    app.button(key="entry_accepted_0").click().run()  # once more takes it back
    text = entries_file(app_workspace).read_text(encoding="utf-8")
    assert text.count("\n") == 3 and '"withdrawn"' in text
    assert app.selectbox(key="edited").set_value("not looked at").run().dataframe == []


def test_the_export_offers_every_format(open_page: OpenPage) -> None:
    app = open_page("dictionary", run="run-one")
    assert [option for option in app.selectbox(key="dictionary_format").options] == [
        "Table (TSV)",
        "MUSE",
        "StarDict",
        "DSL",
        "LIFT, for FLEx",
    ]


def test_an_empty_workspace_says_what_to_do(open_page: OpenPage, app_workspace: Workspace) -> None:
    shutil.rmtree(app_workspace.runs)
    app = open_page("dictionary")
    assert not app.exception and "There are no word pairs yet" in sentences(app)
