"""Judging on the page Pairs: by button and key, blind, stored at once, withdrawn; and the precision they give."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from lraln_core.files.workspace import Workspace
from lraln_core.store.judging import judgements
from pages.components.pairs.results import in_words
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run

VERDICTS = ("right", "similar", "wrong", "unsure")


@pytest.fixture(autouse=True)
def loaded(app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")


def kept(workspace: Workspace) -> list[dict]:
    path = judgements.judgements_file(workspace)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def press(app: AppTest, verdict: str) -> AppTest:
    app.button(key=f"verdict_{verdict}").click().run()
    assert_sound(app)
    return app


def test_verdicts_need_a_name(open_page: OpenPage) -> None:
    app = open_page("pairs", view="judge")
    assert_sound(app)
    assert all(app.button(key=f"verdict_{verdict}").disabled for verdict in VERDICTS)
    assert "Type your name" in sentences(app)
    app.text_input(key="by").set_value("ana").run()
    assert not any(app.button(key=f"verdict_{verdict}").disabled for verdict in VERDICTS)
    assert [app.button(key=f"verdict_{verdict}").proto.shortcut for verdict in VERDICTS] == ["1", "2", "3", "4"]


def test_a_verdict_is_kept_at_once_and_the_next_pair_comes(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("pairs", view="judge", by="ana", sample="4")
    app.text_input(key="judging_note").set_value("a <b>note</b>").run()
    press(app, "similar")
    (line,) = kept(app_workspace)
    assert (line["verdict"], line["annotator"], line["note"]) == ("similar", "ana", "a <b>note</b>")
    assert json.loads(line["sample"])["size"] == 4
    assert app.query_params["item"] == "2" and app.text_input(key="judging_note").value == ""
    for verdict in ("right", "wrong", "unsure"):
        press(app, verdict)
    assert [line["verdict"] for line in kept(app_workspace)] == ["similar", "right", "wrong", "unsure"]
    assert "4 of 4" in app.get("progress")[0].proto.text and "whole sample" in app.success[0].value


def test_how_a_pair_was_found_is_hidden_until_it_is_judged(open_page: OpenPage) -> None:
    app = open_page("pairs", view="judge", by="ana")
    told = ("similarity 0", "found in both directions", "only", "iteration")
    assert not any(word in html_text(app) for word in told)
    assert "more word pair" not in html_text(app)
    press(app, "right")
    app.button(key="judge_back").click().run()
    assert "similarity 0" in html_text(app) and "✓ correct" in html_text(app)


def test_a_verdict_can_be_taken_back(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = press(open_page("pairs", view="judge", by="ana", item="2"), "right")
    app.query_params["item"] = "2"
    app.run()
    assert app.text_input(key="by").value == "ana"
    press(app, "withdrawn")
    assert [line["verdict"] for line in kept(app_workspace)] == ["right", "withdrawn"]
    assert "0 of 6" in app.get("progress")[0].proto.text


def test_two_runs_are_judged_blind(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-two", name="The other one", minutes=1)
    app = open_page("pairs", run="run-one", view="judge", against="run-two", by="ana", sample="8")
    assert_sound(app)
    assert "The other one" not in html_text(app) and "Made by hand" not in html_text(app)
    press(app, "right")
    app.button(key="judge_back").click().run()
    assert "The other one" in html_text(app) or "Made by hand" in html_text(app)
    app = open_page("pairs", run="run-one", view="results", against="run-two", sample="8")
    assert_sound(app)


def test_a_second_run_that_is_not_there_is_said(open_page: OpenPage) -> None:
    app = open_page("pairs", view="judge", against="<script>")
    assert not app.exception and "second run" in app.warning[0].value


@pytest.mark.parametrize(
    "parameters",
    [{"item": "99"}, {"item": "x"}, {"sample": "0"}, {"sample": "many"}, {"drawseed": "-3"}, {"drawn": "by luck"}, {"view": "dance"}],
)
def test_addresses_that_make_no_sense(open_page: OpenPage, parameters: dict[str, str]) -> None:
    assert_sound(open_page("pairs", **({"view": "judge", "by": "ana"} | parameters)))


def test_no_pair_to_judge(open_page: OpenPage) -> None:
    app = open_page("pairs", view="judge", src="nowhere")
    assert_sound(app)
    assert "select no pair to judge" in sentences(app)


def test_a_full_disk_is_one_sentence(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, app_workspace: Workspace) -> None:
    app = open_page("pairs", view="judge", by="ana")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    app.button(key="verdict_right").click().run()
    assert not app.exception and "disk is full" in app.error[0].value
    assert "0 of 6" in app.get("progress")[0].proto.text


def test_nothing_judged_yet(open_page: OpenPage) -> None:
    app = open_page("pairs", view="results")
    assert_sound(app)
    assert "No pair of this run has been judged" in sentences(app)


def test_what_the_judgements_say(open_page: OpenPage) -> None:
    for annotator, verdicts in (("ana", ("right", "right", "wrong", "unsure")), ("ben", ("right", "wrong", "wrong", "wrong"))):
        app = open_page("pairs", view="judge", by=annotator, sample="4")
        for verdict in verdicts:
            press(app, verdict)
    app = open_page("pairs", view="results", sample="4")
    assert_sound(app)
    # both: right; right and wrong, so unsure; wrong; wrong and unsure, so unsure. 1 of 2.
    said = html_text(app)
    assert "50.0\u00a0%" in said and "From 2 judged pairs of 6" in said and "2 pairs with the verdict unsure" in said
    # observed 2/4; expected 2/4 * 1/4 + 1/4 * 3/4 = 5/16; kappa (8 - 5) / (16 - 5) = 0.27
    assert "ana and ben: 4 pairs judged by both" in sentences(app) and "**0.27** (fair agreement)" in sentences(app)
    app.selectbox(key="judged_by").set_value("ana").run()
    assert "66.7\u00a0%" in html_text(app)
    app.segmented_control(key="counted").set_value("the whole run").run()
    assert_sound(app)
    assert "Every band of similarity is weighted" in html_text(app)


def test_a_stratified_sample_says_that_it_is_weighted(open_page: OpenPage) -> None:
    app = open_page("pairs", view="judge", by="ana", drawn="equal per similarity band", sample="3")
    press(app, "right")
    app = open_page("pairs", view="results", drawn="equal per similarity band", sample="3")
    assert_sound(app)
    assert "equal numbers from every band" in html_text(app) and "the estimate does not cover these" in html_text(app)


def test_a_sample_that_was_begun_can_be_taken_up(open_page: OpenPage) -> None:
    press(open_page("pairs", view="judge", by="ana", sample="3", drawseed="5", found="both directions"), "right")
    app = open_page("pairs", view="judge", by="ana")
    app.button(key="sample_begun_0").click().run()
    assert_sound(app)
    assert (app.number_input(key="sample").value, app.number_input(key="drawseed").value) == (3, 5)
    assert app.selectbox(key="found").value == "both directions"
    assert "1 of 3" in app.get("progress")[0].proto.text


def test_verdicts_show_in_the_list_and_filter_it(open_page: OpenPage) -> None:
    app = open_page("pairs", pair="0", by="ana")
    press(app, "wrong")
    app = open_page("pairs")
    assert "✕ wrong" in html_text(app)
    app = open_page("pairs", judged="not judged yet")
    assert "**5 word pairs**" in sentences(app) and "wrong" not in html_text(app)
    app = open_page("pairs", judged="judged wrong", view="kwic")
    assert "**1 word pair**" in sentences(app) and "✕" in html_text(app)


@pytest.mark.parametrize(
    ("kappa", "words"),
    [
        (-0.1, "less than by chance"),
        (0.0, "slight agreement"),
        (0.41, "moderate agreement"),
        (1.0, "almost perfect agreement"),
    ],
)
def test_kappa_in_words(kappa: float, words: str) -> None:
    assert in_words(kappa) == words
