"""Corpora, Launch and Retrieval in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_corpus, add_run


def test_a_sample_corpus_is_added_with_one_click_searched_and_removed(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("corpora")
    app.button(key="add_sample_sw").click().run()
    assert_sound(app)
    assert {metric.label: metric.value for metric in app.metric}["Sentences"] == "480"
    assert app.button(key="add_sample_sw").disabled
    app.text_input(key="corpus_search").set_value("Kilimanjaro").run()
    assert "Kilimanjaro" in html_text(app)
    app.text_input(key="corpus_search").set_value("no such words at all").run()
    assert "No sentence matches" in sentences(app)
    remove = next(button for button in app.button if button.label == "Yes, remove it")
    remove.click().run()
    assert_sound(app)
    assert "There is no corpus yet" in sentences(app)
    assert not list(app_workspace.corpora.iterdir())


def test_a_file_is_uploaded_under_a_name_of_our_own(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("corpora")
    text = "Ovo je prva rečenica .\nOvo je druga rečenica .\n\nOvo je prva rečenica .\n"
    app.file_uploader(key="corpus_upload").set_value(("../../evil *name*.txt", text.encode(), "text/plain")).run()
    app.selectbox(key="upload_language").set_value("hr").run()
    app.toggle(key="upload_tokenized").set_value(True).run()
    app.button(key="corpus_upload_add").click().run()
    assert_sound(app)
    assert {metric.label: metric.value for metric in app.metric} == {
        "Sentences": "2",
        "Words": "10",
        "Distinct words": "6",
        "Left out": "2",
    }
    (saved,) = (app_workspace.root / "uploads").iterdir()
    assert saved.suffix == ".txt" and len(saved.stem) == 32 and saved.stem.isalnum()
    assert "evil" in app.selectbox(key="corpus_choice").format_func(app.selectbox(key="corpus_choice").value)


def test_both_languages_are_dropped_at_once_and_their_languages_proposed(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("corpora")
    texts = [("news.mk.txt", "Војската стигна вечерта .\n"), ("other.txt", "The river is deep and the town is old .\nShe has a book .\n")]
    app.file_uploader(key="corpus_upload").set_value([(name, text.encode(), "text/plain") for name, text in texts]).run()
    assert_sound(app)
    assert app.selectbox(key="upload_language").value == "mk" and app.selectbox(key="upload2_language").value == "en"
    app.selectbox(key="upload2_language").set_value(None).run()
    assert app.button(key="corpus_upload_add").disabled and "Choose the language of other.txt" in sentences(app).replace("\\", "")
    app.selectbox(key="upload2_language").set_value("en").run()
    app.button(key="corpus_upload_add").click().run()
    assert_sound(app)
    assert "1 sentence in Macedonian added" in sentences(app) and "2 sentences in English added" in sentences(app)
    assert len(list(app_workspace.corpora.glob("[!.]*"))) == 2


def test_a_bad_upload_is_one_sentence_and_leaves_nothing(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("corpora")
    app.file_uploader(key="corpus_upload").set_value(("latin1.txt", "caf\xe9 au lait\n".encode("latin-1"), "text/plain")).run()
    app.selectbox(key="upload_language").set_value("fr").run()
    app.button(key="corpus_upload_add").click().run()
    assert not app.exception
    said = app.error[0].value.replace("\\", "")
    assert "not UTF" in said and "latin1.txt" in said  # under the name that the user gave it
    assert not list((app_workspace.root / "uploads").iterdir())


@pytest.mark.parametrize("path", ["/no/such/file.txt", "relative.txt", "/", "\x00"])
def test_a_bad_path_is_one_sentence(local_files: None, open_page: OpenPage, path: str) -> None:
    app = open_page("corpora")
    app.text_input(key="corpus_path").set_value(path).run()
    app.selectbox(key="path_language").set_value("mk").run()
    app.button(key="corpus_path_add").click().run()
    assert not app.exception and len(app.error) == 1


def test_the_launch_form_starts_what_was_chosen(open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    launched = []
    monkeypatch.setattr(background, "launch_run", lambda config, workspace: launched.append(config) or RunFolder(workspace.runs / "x"))
    app = open_page("launch")
    assert_sound(app)
    assert "about" in app.metric[0].value
    app.selectbox(key="launch_src").set_value("sample-ne").run()
    app.selectbox(key="launch.mining.method").set_value("intersection").run()
    app.number_input(key="launch.training.steps").set_value(300).run()
    app.text_input(key="launch.name").set_value("Mine").run()
    app.button(key="launch_start").click().run()
    assert_sound(app)
    (config,) = launched
    assert (config.name, config.src.language, config.trg.language) == ("Mine", "ne", "en")
    assert (config.mining.method, config.training.steps, config.training.learning_rate) == ("intersection", 300, 5e-5)
    assert config.test.parallel.endswith("ne-en.tsv")


def test_a_corpus_whose_file_is_gone_is_offered_and_named_by_its_id(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = []
    monkeypatch.setattr(background, "launch_run", lambda config, workspace: launched.append(config) or RunFolder(workspace.runs / "x"))
    (gone, src), (_, trg) = (
        add_corpus(app_workspace, ("Првата реченица .",), "mk", "one.txt"),
        add_corpus(app_workspace, ("A first sentence .",), "en", "two.txt"),
    )
    gone.unlink()
    app = open_page("launch")
    app.selectbox(key="launch_src").set_value(src.id).run()
    app.selectbox(key="launch_trg").set_value(trg.id).run()
    app.button(key="launch_start").click().run()
    assert_sound(app)
    (config,) = launched
    assert (config.src.corpus_id, config.src.corpus, config.trg.corpus_id) == (src.id, "", trg.id)


def test_launch_without_parallel_text_is_refused_in_a_sentence(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "launch_run", lambda *_: pytest.fail("it should not start"))
    app = open_page("launch")
    app.selectbox(key="launch.system").set_value("linear_sup").run()
    app.button(key="launch_start").click().run()
    assert not app.exception
    assert "train" in app.error[0].value


def test_launch_shows_a_past_run_with_its_configuration(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    app = open_page("launch", run="run-one")
    assert_sound(app)
    options = app.dataframe[0].value
    assert dict(zip(options["Option"], options["Value"], strict=True))["src.language"] == read_json(folder.config)["src"]["language"]
    app.button(key="launch_remove_yes_run-one").click().run()
    assert not app.exception and not folder.path.exists()


@pytest.mark.parametrize(("page", "parameter"), [("launch", "run"), ("corpora", "corpus")])
def test_after_a_removal_the_next_one_is_asked_for_anew(open_page: OpenPage, app_workspace: Workspace, page: str, parameter: str) -> None:
    """The popover with the question and its button belong to one run or corpus: an impatient second click removes nothing."""
    if page == "launch":
        add_run(app_workspace, "run-one", minutes=1)
        add_run(app_workspace, "run-two", minutes=2)
    else:
        add_corpus(app_workspace, ("Првата реченица .",), "mk", "one.txt")
        add_corpus(app_workspace, ("A first sentence .",), "en", "two.txt")
    app = open_page(page)
    first = app.query_params[parameter]
    question = next(button for button in app.button if button.label == "Yes, remove it")
    question.click().run()
    assert not app.exception and app.query_params[parameter] != first
    other = next(button for button in app.button if button.label == "Yes, remove it")
    assert other.key != question.key


@pytest.mark.parametrize(
    ("outcome", "word"), [("gained", "Реката"), ("lost", "нова"), ("always correct", "Војската"), ("always wrong", "стара")]
)
def test_retrieval_lists_every_outcome(open_page: OpenPage, app_workspace: Workspace, outcome: str, word: str) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("retrieval", outcome=outcome)
    assert_sound(app)
    assert "**1 test word**" in sentences(app)
    cards = [element.value for element in app.html if element.value.startswith('<div class="lr-cards">')]
    assert word in cards[-1]


def test_retrieval_shows_both_directions_with_intervals(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    table = open_page("retrieval").dataframe[0].value
    assert list(table["Direction"]) == ["Macedonian → English", "English → Macedonian", "both, on average"]
    assert list(table["After"]) == ["75.0\xa0%"] * 3 and list(table["Interval after"]) == ["50.0 to 100.0"] * 3


def test_retrieval_of_a_run_without_test_says_how_to_add_one(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", tested=False)
    app = open_page("retrieval", run="run-one")
    assert not app.exception
    assert "add a test set" in sentences(app)


def test_an_own_test_set_is_saved_when_the_run_starts(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = []
    monkeypatch.setattr(background, "launch_run", lambda config, workspace: launched.append(config) or RunFolder(workspace.runs / "x"))
    app = open_page("launch")
    app.segmented_control(key="launch_test_3").set_value("Upload files").run()
    app.file_uploader(key="launch_test_text").set_value(("my test.tsv", "војска\tarmy\n".encode(), "text/plain")).run()
    assert not (app_workspace.root / "uploads").exists()
    app.button(key="launch_start").click().run()
    assert_sound(app)
    (config,) = launched
    assert Path(config.test.parallel).read_text(encoding="utf-8") == "војска\tarmy\n" and config.test.alignments == ""


def test_retrieval_by_kind_of_word(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-1")
    app = open_page("retrieval", run="run-1")
    assert_sound(app)
    assert "By kind of word" not in sentences(app)  # a run of an older version did not measure it
    band = {
        "by": "subwords",
        "band": "1",
        "pairs": 30,
        "before": 0.5,
        "after": 0.75,
        "low": 0.6,
        "high": 0.9,
        "difference": 0.25,
        "difference_low": 0.1,
        "difference_high": 0.4,
    }
    write_json(folder.breakdown, [band, band | {"band": "2", "difference_low": -0.1}])
    app = open_page("retrieval", run="run-1")
    assert_sound(app)
    assert "By kind of word" in sentences(app)
    assert app.dataframe[-1].value["Change"].tolist() == ["+25.0 *", "+25.0"]
    folder.breakdown.write_text('[{"by": 1}]')
    assert_sound(open_page("retrieval", run="run-1"))


def test_an_own_test_set_stays_chosen_when_a_language_changes(open_page: OpenPage) -> None:
    app = open_page("launch")
    app.segmented_control(key="launch_test_3").set_value("Upload files").run()
    app.selectbox(key="launch_trg").set_value("sample-sw").run()  # no sample test set for these languages
    assert app.segmented_control(key="launch_test_2").value == "Upload files"
    app.selectbox(key="launch_trg").set_value("sample-en").run()
    assert app.segmented_control(key="launch_test_3").value == "Upload files"


def test_the_same_corpus_on_both_sides_is_said(open_page: OpenPage) -> None:
    app = open_page("launch")
    assert not app.warning
    app.selectbox(key="launch_trg").set_value("sample-mk").run()
    assert "the same corpus" in app.warning[0].value


def test_the_launch_form_shows_the_options_of_the_system_and_says_what_was_changed(open_page: OpenPage) -> None:
    app = open_page("launch")
    app.segmented_control(key="launch_preset").set_value("paper").run()
    keys = {one.key for one in (*app.number_input, *app.text_input, *app.selectbox)}
    assert "launch.training.steps" in keys and not any(key.startswith(("launch.vecmap.", "launch.train.")) for key in keys if key)
    steps, before = app.number_input(key="launch.training.steps").value, sentences(app)
    app.number_input(key="launch.training.steps").set_value(steps + 7).run()
    assert "Changed from the paper" not in before  # it is the paper's recipe
    assert f"Changed from the paper: Update steps: {steps + 7} (paper: {steps})." in sentences(app).replace("\\", "")
    app.button(key="launch_reset").click().run()
    assert app.number_input(key="launch.training.steps").value == steps
    app.selectbox(key="launch.system").set_value("vecmap_sup").run()
    assert any(one.key == "launch.vecmap.vocabulary" for one in app.number_input)
