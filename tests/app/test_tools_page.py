"""The page Corpus tools: counts of a corpus in four views, words as text, addresses that cannot break it."""

from __future__ import annotations

import pytest

from lraln_core.files.workspace import Workspace
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run


def test_without_a_corpus_it_says_what_to_do(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("tools")
    assert_sound(app)
    assert "no corpus yet" in sentences(app)


def test_the_four_views_of_a_corpus(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    mk = folder.summary()["src_corpus"]
    app = open_page("tools", corpus=mk)
    assert_sound(app)
    frame = app.dataframe[0].value
    assert "книга" in set(frame["Word"]) and "kniga" in set(frame["Latin letters"]) and set(frame["Direction"]) == {"left to right"}
    assert frame.loc[frame["Word"] == "книга", "Count"].item() == 1
    app.text_input(key="tools_word").set_value("книга").run()
    assert list(app.dataframe[0].value["Word"]) == ["книга"]
    app.segmented_control(key="tool").set_value("Concordance").run()
    assert_sound(app)
    assert "1 occurrence" in sentences(app) and "Децата читаат нова" in html_text(app).replace("  ", " ")
    for view in ("Collocates", "N-grams"):
        app.segmented_control(key="tool").set_value(view).run()
        assert_sound(app)
        assert "Nothing was found" in sentences(app)  # every sequence of this small corpus occurs once


@pytest.mark.parametrize("view", ["Frequency", "Concordance", "Collocates", "N-grams"])
def test_hostile_words_are_text(view: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-hostile", texts=HOSTILE, name=NAME)
    app = open_page("tools", tool=view, tools_word="<script>")
    assert_sound(app)
    html_text(app)  # fails on a tag that is not ours
