"""Several annotators on the page Pairs: queues, guidelines, review of disagreements, and a sample that filters narrow."""

from __future__ import annotations

import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.store.judging.judgements import judge
from pages.components.shared.store import open_store
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run


@pytest.fixture(autouse=True)
def loaded(app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")


def test_each_of_a_team_has_a_queue(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-one", view="judge", by="ana", team="ana, ben, cem", each="1")
    assert_sound(app)
    assert "Pair 1 of 2." in sentences(app)  # 6 pairs among three
    app.text_input(key="by").set_value("dan").run()
    assert "dan is not among" in app.error[0].value


def test_guidelines_are_shown_and_can_be_changed(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-one", view="judge")
    assert "not translations of each other: only the two marked words are in question" in sentences(app)
    app.text_area(key="guidelines_text").set_value("Only **nouns**.").run()
    app.button(key="guidelines_save").click().run()
    assert_sound(app)
    assert "Only **nouns**." in sentences(app)


def test_a_disagreement_is_decided_and_counts(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-one", view="review")
    assert_sound(app)
    assert "No two annotators have judged a pair differently" in sentences(app)
    db = open_store().db
    judge(db, "run-one", 0, "right", annotator="ana", note="sure <b>")
    judge(db, "run-one", 0, "wrong", annotator="ben")
    app.run()
    assert "**1 pair** judged differently, 0 of them decided." in sentences(app)
    assert "sure <b>" in html_text(app)
    app.button(key="verdict_similar").click().run()
    assert_sound(app)
    assert "1 of them decided." in sentences(app)
    app = open_page("pairs", run="run-one", view="results", counted="the whole run", judged_by="adjudicated set")
    assert_sound(app)
    assert [option for option in app.selectbox(key="judged_by").options] == ["everybody", "adjudicated set", "ana", "ben"]


def test_filters_that_narrow_the_sample_are_said_and_cleared(open_page: OpenPage) -> None:
    app = open_page("pairs", run="run-one", view="judge", src="книга", found="both directions")
    assert "drawn from a part of the pairs only: first word книга; both directions" in sentences(app)
    assert "Pair 1 of 1." in sentences(app)
    app.button(key="sample_clear").click().run()
    assert "Pair 1 of 6." in sentences(app) and "a part of the pairs only" not in sentences(app)
