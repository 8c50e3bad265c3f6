"""The page of named entities: starting a test, its figures, and every sentence with its errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import SAMPLE_DATA, Workspace
from lraln_core.runs.jobs import background, ner_request
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_job, add_maps, add_ner
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import add_run


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been started."""
    commands: list[list[str]] = []
    monkeypatch.setattr(background, "start", lambda folder, workspace, command: commands.append(command))
    return commands


def press(app, label: str):
    return next(button for button in app.button if button.label == label).click().run()


def test_without_a_finished_run_it_says_what_to_do(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("ner")
    assert_sound(app)
    assert "Run a sample on the page Home" in sentences(app)


def test_a_run_without_maps_is_said(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("ner")
    assert_sound(app)
    assert "has no maps" in sentences(app)


def test_the_test_is_started_with_the_sentences_of_the_sample(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    app = open_page("ner", run="run-one")
    assert_sound(app)
    press(app, "Start the test")
    assert_sound(app)
    (command,) = started
    assert command[0] == "ner" and str(SAMPLE_DATA / "ner" / "mk.test.conll") in command and "--train-dev" in command


def test_files_are_read_before_the_test_starts(
    local_files: None, open_page: OpenPage, app_workspace: Workspace, started: list, tmp_path: Path
) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    app = open_page("ner", run="run-one")
    app.segmented_control(key="ner_first_kind_3").set_value("Files on this computer").run()
    press(app, "Start the test")
    assert "Choose at least" in app.error[0].value
    good, bad = tmp_path / "good.conll", tmp_path / "bad.conll"
    good.write_text("Ana\tB-PER\n", encoding="utf-8")
    bad.write_text("Ana\tPERSON\n", encoding="utf-8")
    app.text_input(key="ner_first_train_path").set_value(str(good)).run()
    for path, said in ((str(bad), "not an IOB2 tag"), ("relative.conll", "full path"), ("/no/such.conll", "such"), ("\0", "full path")):
        app.text_input(key="ner_first_test_path").set_value(path).run()
        press(app, "Start the test")
        assert not app.exception and said in app.error[0].value.replace("\\", "") and not started
    other = tmp_path / "uner.iob2"
    other.write_text("1\tAna\tI-PER\tfile\n2\tna\tO\tfile\n", encoding="utf-8")
    app.text_input(key="ner_first_test_path").set_value(str(other)).run()
    assert "Test sentences, Macedonian: IOB1, 1 sentences, 1 entities (1 PER)." in [one.value.replace("\\", "") for one in app.caption]
    app.selectbox(key="ner_first_scheme").set_value("BIOES").run()
    app.number_input(key="ner_first_tag_column").set_value(3).run()
    app.text_input(key="ner_first_encoding").set_value("utf-8").run()
    app.text_input(key="ner_first_test_path").set_value(str(good)).run()
    assert "line 1: there is no column 3 of tags" in app.warning[0].value.replace("\\", "")
    app.number_input(key="ner_first_tag_column").set_value(2).run()
    press(app, "Start the test")
    assert_sound(app)
    assert len(started) == 1 and "--dev" not in started[0]
    assert started[0][-6:] == ["--encoding", "utf-8", "--format", "BIOES", "--tag-column", "2"]


def test_uploads_are_kept_under_names_of_our_own(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    app = open_page("ner", run="run-one")
    app.segmented_control(key="ner_first_kind_2").set_value("Upload files").run()
    for name in ("train", "test"):
        app.file_uploader(key=f"ner_first_{name}_file").set_value((f"../{name}.conll", b"Ana\tB-PER\n", "text/plain")).run()
    press(app, "Start the test")
    assert_sound(app)
    assert all(Path(started[0][started[0].index(option) + 1]).parent == app_workspace.root / "uploads" for option in ("--train", "--test"))


@pytest.mark.parametrize("state", ["failed", "cancelled", "running"])
def test_a_test_that_stopped_says_why_and_offers_the_form(state, open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    add_maps(folder)
    add_job(folder, ner_request.JOB, state, error="x.conll line 2: ![x](u) stands alone." if state == "failed" else None)
    app = open_page("ner", run="run-one")
    assert not app.exception
    said = {"failed": "line 2", "cancelled": "was cancelled", "running": "ended from outside"}[state]
    assert said in sentences(app) and "![x](" not in sentences(app)
    assert any(button.label == "Start the test" for button in app.button)


def test_a_test_at_work_is_followed(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    add_maps(folder)
    job = add_job(folder, ner_request.JOB, "queued")
    app = open_page("ner", run="run-one")
    assert_sound(app)
    press(app, "Cancel")
    assert job.cancel_request.exists()
    assert not any(button.label == "Start the test" for button in app.button)


@pytest.mark.parametrize(("difference", "said"), [((0.1, 0.3), "The difference is significant"), ((-0.1, 0.5), "is not significant")])
def test_the_figures_say_whether_the_difference_holds(difference, said, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_ner(add_run(app_workspace, "run-one"), difference=difference)
    app = open_page("ner", run="run-one")
    assert_sound(app)
    text = html_text(app)
    assert "40.0\xa0%" in text and "60.0\xa0%" in text and said in text and ("may be chance" in text) == (difference[0] < 0)
    table = app.dataframe[0].value
    assert list(table["Class"]) == ["all classes", "person", "place", "organisation"]
    assert "60 English sentences" in sentences(app)


def test_what_unlabelled_text_changed_is_listed(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    add_ner(folder, refused="")
    app = open_page("ner", run="run-one", chosen_by="Without any, unlabelled text too")
    assert_sound(app)
    assert "What unlabelled text changed" in [one.value for one in app.subheader]
    assert "F1 against the plain tagger" in html_text(app)
    shown = sentences(app).replace("\\", "")  # st.markdown is given escaped text
    assert re.search(r"50\.0.{1,8}% of the colouring, 100\.0.{1,8}% of the estimated change of the tags", shown)
    frames = [frame.value for frame in app.dataframe]
    changes = next(frame for frame in frames if "Change" in frame)
    assert set(changes["Change"]) <= {"gained", "lost", "error gone", "error new"} and len(changes)
    tags = next(frame for frame in frames if "Dropped" in frame)
    assert list(tags["Dropped"]) == [False, True]
    app.segmented_control(key="learned_tags").set_value("dropped").run()
    assert_sound(app)
    assert list(next(frame.value for frame in app.dataframe if "Dropped" in frame.value)["Confidence"]) == [0.4]


def test_what_was_refused_is_said(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_ner(add_run(app_workspace, "run-one"), refused="The tagger marks 9.00 times as many words.")
    app = open_page("ner", run="run-one", chosen_by="Without any, unlabelled text too")
    assert_sound(app)
    assert "What was learned is not used" in sentences(app)


def test_learning_is_asked_for_in_the_form(open_page: OpenPage, app_workspace: Workspace, started: list) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    app = open_page("ner", run="run-one")
    app.toggle(key="ner_first_learn").set_value(True).run()
    app.number_input(key="ner_first_adaptation.rounds").set_value(2).run()
    app.multiselect(key="ner_first_more").set_value(["sw"]).run()
    press(app, "Start the test")
    assert_sound(app)
    assert "--learn" in started[0] and "--rounds=2" in started[0]
    assert f"sw={SAMPLE_DATA / 'ner' / 'sw.dev.conll'}" in started[0]


def test_sentences_with_errors_come_first_and_filters_follow_the_address(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_ner(add_run(app_workspace, "run-one"))
    app = open_page("ner", run="run-one")
    assert "**2 sentences** with 1 error" in sentences(app)
    text = html_text(app)
    assert "missed place: \u2068Скопје" in text and text.index("Скопје") < text.index("река")
    for parameters, count in (
        ({"error": "missed"}, 1),
        ({"error": "invented"}, 0),
        ({"class": "person", "error": "right"}, 1),
        ({"class": "organisation"}, 0),
        ({"change": "better"}, 1),
        ({"change": "worse"}, 0),
        ({"ner_word": "СКОП"}, 1),
        ({"change": "the same"}, 1),
    ):
        app = open_page("ner", run="run-one", **parameters)
        assert_sound(app)
        assert (f"**{count} sentence" in sentences(app)) if count else ("No sentence matches" in sentences(app)), parameters


@pytest.mark.parametrize("parameters", [{"class": "x"}, {"error": "x"}, {"ner_order": "x"}, {"sentences": "99"}, {"chosen_by": "<b>"},
                                        {"change": "?"}])  # fmt: skip
def test_a_bad_address_is_no_traceback(parameters, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_ner(add_run(app_workspace, "run-one"))
    assert_sound(open_page("ner", run="run-one", **parameters))


def test_a_result_without_the_one_before_is_shown_alone(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_ner(add_run(app_workspace, "run-one"), base=False)
    app = open_page("ner", run="run-one")
    assert_sound(app)
    assert "Only the vectors after training were tested" in sentences(app)


def test_damaged_results_are_one_sentence_and_the_form_stays(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder: RunFolder = add_run(app_workspace, "run-one")
    add_ner(folder)
    folder.ner.write_text("{", encoding="utf-8")
    app = open_page("ner", run="run-one")
    assert not app.exception and "start the test again" in app.error[0].value
    assert any(button.label == "Start the test" for button in app.button)


def test_hostile_words_are_text(open_page: OpenPage, app_workspace: Workspace) -> None:
    words = tuple(tuple(sentence.split()) for sentence in HOSTILE.src)
    add_ner(add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME), words=words)
    app = open_page("ner", run="run-one")
    assert_sound(app)
    assert words[0][0] in html_text(app)  # fails on a tag that is not ours
