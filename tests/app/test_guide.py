"""The Guide: ten steps on a lesson made by hand, its address, the game, the handout, and preparing it."""

from __future__ import annotations

import pytest

from lraln_core.files.run_folder import State
from lraln_core.files.workspace import Workspace
from lraln_core.lesson import choose, data
from lraln_core.runs.jobs import background
from lraln_core.text.romanisation import romanise
from pages.components.guide.texts import COUNT, STEPS
from tests.app.conftest import OpenPage
from tests.app.lessons import add_lesson
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run, write_status


def test_an_unprepared_lesson_is_prepared_by_one_button(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(folder, workspace, command):
        started.append(command)
        folder.path.mkdir(parents=True, exist_ok=True)
        write_status(folder, "queued", message="Starting", done=0, total=0)

    monkeypatch.setattr(background, "start", start)
    app = open_page("guide", pair="sw-en")
    assert_sound(app)
    assert "Swahili" in html_text(app)
    app.button(key="guide_prepare").click().run()
    assert_sound(app)
    assert started == [["lesson", "--pair", "sw-en", "--quiet"]]
    assert app.button(key="guide_cancel")


def test_a_failed_preparation_shows_its_sentence_and_can_be_tried_again(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = data.folder_of("mk-en", app_workspace)
    folder.path.mkdir(parents=True)
    write_status(folder, State.FAILED, error="The built-in encoder is not installed.")
    app = open_page("guide")
    assert not app.exception
    assert "not installed" in app.error[0].value
    assert app.button(key="guide_prepare")


@pytest.mark.parametrize("step", range(1, COUNT + 1))
@pytest.mark.parametrize("pair", ["mk-en", "ne-en"])
def test_every_step_has_a_text_a_widget_and_a_question(step: int, pair: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace, pair)
    app = open_page("guide", step=str(step), pair=pair)
    assert_sound(app)
    assert f"{step}. {STEPS[step - 1].title}" in sentences(app)
    assert f"Question: {STEPS[step - 1].question}" in [expander.label for expander in app.expander]
    text = html_text(app)
    assert "{" not in text  # every figure is filled in
    assert text.count("Question.") == COUNT  # the handout has all of them


def test_a_step_is_reached_by_the_buttons_and_stands_in_the_address(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    app = open_page("guide")
    assert app.button(key="guide_back").disabled
    app.button(key="guide_next").click().run()
    assert dict(app.query_params) == {"step": "2", "pair": "mk-en", "word": app.query_params["word"], "sentence": "1"}
    assert f"2. {STEPS[1].title}" in sentences(app)
    app.button(key="guide_back").click().run()
    assert f"1. {STEPS[0].title}" in sentences(app)


@pytest.mark.parametrize(("name", "value"), [("step", "12"), ("step", "<b>"), ("pair", "xx-yy"), ("answers", "!!"), ("answers", "Z" * 99)])
def test_a_bad_address_is_a_sentence_at_most(name: str, value: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    app = open_page("guide", **({"step": "3"} | {name: value}))
    assert not app.exception and not app.error
    if name != "answers":
        assert "There is no" in app.warning[0].value


def test_the_score_counts_the_class_and_the_machine_and_survives_reloading(open_page: OpenPage, app_workspace: Workspace) -> None:
    lesson = add_lesson(app_workspace)
    asked = choose.questions(lesson)
    assert len(asked) == choose.QUESTIONS
    app = open_page("guide", step="3")
    right = "ABCD"[asked[0].right]
    app.button(key=f"guide_option_{right}").click().run()
    assert {metric.label: metric.value for metric in app.metric} == {
        "You": "1 of 1",
        "The program": f"{int(asked[0].machine == asked[0].right)} of 1",
        "Words left": "7",
    }
    assert "\N{CHECK MARK} correct" in html_text(app)
    app.button(key="guide_next_word").click().run()
    wrong = "ABCD"[(asked[1].right + 1) % 4]
    app.button(key=f"guide_option_{wrong}").click().run()
    reloaded = open_page("guide", step="3", answers=app.query_params["answers"])
    assert {metric.label: metric.value for metric in reloaded.metric}["You"] == "1 of 2"
    finished = open_page("guide", step="3", answers="".join("ABCD"[question.right] for question in asked))
    assert "8 correct answers" in finished.success[0].value
    finished.button(key="guide_again").click().run()
    assert not finished.metric and finished.button(key="guide_option_A")


def test_the_method_decides_which_pairs_are_kept(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    kept = {method: html_text(open_page("guide", step="4", method=method)) for method in ("in both directions", "in either direction")}
    strict, loose = (int(text.split("Kept: ")[1].split()[0]) for text in kept.values())
    assert 0 < strict <= loose


def test_hostile_words_stay_text_in_the_lesson(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace, hostile=True)
    for step in range(1, COUNT + 1):
        app = open_page("guide", step=str(step))
        assert_sound(app)
        html_text(app)  # fails on a tag that is not ours


def test_the_runs_of_the_workspace_stand_beside_the_paper(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    add_run(app_workspace, "run-one", name="<b>Mine</b>")
    text = html_text(open_page("guide", step="8"))
    assert "<b>Mine</b>" in text and "75.0" in text and "12.8" in text


def test_without_a_run_the_tables_say_how_to_get_one(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    assert "No finished run on Macedonian" in sentences(open_page("guide", step="8"))


def test_a_damaged_lesson_asks_to_be_prepared_again(open_page: OpenPage, app_workspace: Workspace) -> None:
    path = data.file_of("mk-en", app_workspace)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no lesson")
    app = open_page("guide")
    assert_sound(app)
    assert app.button(key="guide_prepare")


def test_every_picture_says_how_many_true_neighbours_it_keeps(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    app = open_page("guide", step="9", pair="mk-en")
    assert_sound(app)
    assert "nearest in this picture" in html_text(app)
    app.segmented_control(key="guide_picture").set_value("random numbers").run()
    assert "Nothing here is a word" in html_text(app)


def test_the_presenter_mode_is_in_the_address_and_hides_the_navigation(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_lesson(app_workspace)
    plain = open_page("guide", pair="mk-en")
    assert not any("stSidebar" in element.value and "display: none" in element.value for element in plain.html if "20px" in element.value)
    app = open_page("guide", pair="mk-en", present="true")
    assert app.toggle(key="present").value
    assert any("20px" in element.value and "stSidebar" in element.value for element in app.html)


def test_the_quiz_shows_latin_letters(open_page: OpenPage, app_workspace: Workspace) -> None:
    lesson = add_lesson(app_workspace)
    app = open_page("guide", step="3", pair="mk-en")
    before = html_text(app)
    app.toggle(key="quiz_latin").set_value(True).run()
    assert_sound(app)
    words = lesson.src.sentence_of(choose.questions(lesson)[0].row)
    latin = " ".join(romanise(words, "mk"))
    assert latin in html_text(app) and latin not in before
