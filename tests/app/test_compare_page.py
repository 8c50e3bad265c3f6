"""The page Compare: two runs made by hand that share their corpora or do not."""

from __future__ import annotations

import dataclasses

import pytest

from lraln_core.files.atomic import read_json, write_json
from lraln_core.files.run_folder import RunFolder, create
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from lraln_core.runs.presets import Preset
from lraln_core.runs.samples import sample_config
from lraln_core.store.database import Database
from lraln_core.store.judging.judgements import judge
from pages.components.shared.store import open_store
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import HOSTILE, NAME
from tests.app.workspaces import PAIRS, Texts, add_run, write_status

FEWER = Texts(pairs=(PAIRS[0][:2] + ((2, 0, 0, 0, 0.5, True, True),), PAIRS[0][:1]))  # two shared places, one of its own
VIEWS = ("Pairs in numbers", "Precision", "Word retrieval", "Named entities", "Only in one")


def share_corpora(workspace: Workspace, one: RunFolder, other: RunFolder) -> None:
    """Let the second run name the corpora of the first, whose texts are the same."""
    first, second = read_json(one.summary_file), read_json(other.summary_file)
    write_json(other.summary_file, second | {side: first[side] for side in ("src_corpus", "trg_corpus")})


@pytest.fixture
def two(app_workspace: Workspace) -> tuple[RunFolder, RunFolder]:
    one = add_run(app_workspace, "run-one", name="First", minutes=1)
    other = add_run(app_workspace, "run-two", name="Second", texts=FEWER, minutes=0)
    share_corpora(app_workspace, one, other)
    return one, other


def test_without_a_run_it_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("compare")
    assert_sound(app)
    assert "Run a sample on the page Home" in sentences(app)


def test_one_run_alone_offers_its_counterpart(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("compare")
    assert_sound(app)
    assert "only one finished run" in sentences(app) and app.button(key="compare_launch").label == "Run the counterpart"


def test_numbers_and_overlap_by_place(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare")
    assert_sound(app)
    table = app.dataframe[0].value.set_index("Measure")
    assert list(table.loc["Word pairs (distinct places)"]) == ["6", "3"]
    assert list(table.loc["found in both directions"]) == ["66.7\xa0%", "66.7\xa0%"]
    assert "2 in both, 4 only in A, 1 only in B" in html_text(app)
    app.toggle(key="letters").set_value(False).run()
    assert list(app.dataframe[0].value.set_index("Measure").loc["Word pairs (distinct places)"]) == ["7", "3"]


def test_runs_on_other_corpora_are_compared_by_words_and_that_is_said(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", minutes=1)
    other = add_run(app_workspace, "run-two")
    summary = read_json(other.summary_file)
    write_json(other.summary_file, summary | {"src_corpus": None, "trg_corpus": None})
    app = open_page("compare")
    assert_sound(app)
    assert "used other corpora" in html_text(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_an_address(open_page: OpenPage, two: tuple, view: str) -> None:
    app = open_page("compare", run="run-two", other="run-one", view=view)
    assert_sound(app)
    assert (app.query_params["run"], app.query_params["other"]) == ("run-two", "run-one")
    assert app.query_params.get("view", VIEWS[0]) == view  # the first one needs no address of its own


def test_the_lexicon_judges_both(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare", view="Precision")
    assert_sound(app)
    table = app.dataframe[0].value
    assert list(table["Run"]) == ["A", "B"] and list(table["Pairs"]) == ["6", "3"]


def test_an_own_lexicon_is_used_and_stands_in_the_address(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare", view="Precision")
    app.file_uploader(key="compare_upload").set_value(("my words.tsv", "војската\tarmy\nкнига\tarmy\n".encode(), "text/plain")).run()
    app.button(key="compare_upload_use").click().run()
    assert_sound(app)
    table = app.dataframe[0].value  # A judges војската (right) and книга (wrong); B војската
    assert list(table["Correct"]) == ["50.0\xa0%", "100.0\xa0%"] and list(table["Correct pairs"]) == ["1", "1"]
    again = open_page("compare", view="Precision", lexicon=app.query_params["lexicon"])
    assert_sound(again)
    assert list(again.dataframe[0].value["Correct pairs"]) == ["1", "1"]


def test_a_bad_lexicon_is_one_sentence(open_page: OpenPage, two: tuple, app_workspace: Workspace) -> None:
    app = open_page("compare", view="Precision")
    app.file_uploader(key="compare_upload").set_value(("x.tsv", b"no tab here\n", "text/plain")).run()
    app.button(key="compare_upload_use").click().run()
    assert not app.exception and len(app.error) == 1
    assert not list((app_workspace.root / "uploads").iterdir())


def test_judgements_count_for_both_runs(open_page: OpenPage, two: tuple) -> None:
    open_page("compare")
    db: Database = open_store().db
    judge(db, "run-one", 0, "right", annotator="ana")
    app = open_page("compare", view="Precision")
    assert_sound(app)
    assert list(app.dataframe[-1].value["Correct"]) == ["100.0\xa0%", "100.0\xa0%"]


def test_the_same_test_allows_a_paired_comparison(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare", view="Word retrieval")
    assert_sound(app)
    assert "is not significant, it may be chance" in html_text(app)  # the two runs were given the same hits
    assert list(app.dataframe[0].value["A after"]) == ["75.0\xa0%"] * 3


def test_a_run_without_test_cannot_be_compared_in_retrieval(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one", minutes=1)
    add_run(app_workspace, "run-two", tested=False)
    app = open_page("compare", view="Word retrieval")
    assert_sound(app)
    assert "Run B was not tested after training" in sentences(app)


def test_named_entities_where_both_were_tested(open_page: OpenPage, two: tuple) -> None:
    kind = {"f1": 0.75, "precision": 0.5, "recall": 0.5, "gold": 2, "predicted": 2, "correct": 1}
    part = kind | {"f1": 0.5, "low": 0.4, "high": 0.6, "by_type": {"PER": kind}, "confusion": {"names": ["PER"], "counts": [[1]]}}
    for folder in two:
        write_json(folder.ner, {"target_dev": part, "averaged": part, "history": []})
    app = open_page("compare", view="Named entities")
    assert_sound(app)
    assert list(app.dataframe[0].value["F1"]) == ["50.0\xa0%"] * 4 and list(app.dataframe[0].value["PER"])[0] == "75.0\xa0%"


@pytest.mark.parametrize("value", [[], {}, {"target_dev": 1}, {"target_dev": {"f1": "x"}}])
def test_damaged_figures_of_named_entities_are_passed_over(open_page: OpenPage, two: tuple, value: object) -> None:
    for folder in two:
        write_json(folder.ner, value)
    assert_sound(open_page("compare", view="Named entities"))


def test_pairs_only_in_one_change_with_the_side(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare", view="Only in one")
    assert_sound(app)
    assert "**4 word pairs only in A**" in sentences(app) and "книга – book" in html_text(app)
    app.segmented_control(key="only").set_value("B").run()
    assert "**1 word pair only in B**" in sentences(app) and "Градот – The" in html_text(app)


def test_swapping(open_page: OpenPage, two: tuple) -> None:
    app = open_page("compare")
    assert app.query_params["run"] == "run-one"
    app.button(key="compare_swap").click().run()
    assert_sound(app)
    assert (app.query_params["run"], app.query_params["other"]) == ("run-two", "run-one")


@pytest.mark.parametrize("other", ["run-one", "nobody", "<script>", "x" * 500])
def test_bad_links_are_one_sentence(open_page: OpenPage, two: tuple, other: str) -> None:
    app = open_page("compare", run="run-one", other=other)
    assert_sound(app)
    assert len(app.warning) == 1 and app.query_params["other"] == "run-two"
    assert not open_page("compare", view=other, only=other, order=other, lexicon=other).exception


@pytest.mark.parametrize("view", VIEWS)
def test_a_failed_run_can_be_compared(open_page: OpenPage, app_workspace: Workspace, view: str) -> None:
    add_run(app_workspace, "run-one", minutes=1)
    add_run(app_workspace, "run-bad", state="failed", error="Nothing worked.")
    app = open_page("compare", run="run-one", other="run-bad", view=view)
    assert_sound(app)
    assert "did not finish" in sentences(app)


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_texts_stay_text(open_page: OpenPage, app_workspace: Workspace, view: str) -> None:
    add_run(app_workspace, "run-one", texts=HOSTILE, name=NAME, minutes=1)
    add_run(app_workspace, "run-two", texts=dataclasses.replace(HOSTILE, pairs=(HOSTILE.pairs[0][:2],)), name=NAME)
    app = open_page("compare", view=view)
    assert_sound(app)
    text = html_text(app)  # fails on a tag that is not ours
    assert view != "Only in one" or "two" in text


def as_sample(folder: RunFolder, method: str) -> None:
    write_json(folder.config, sample_config("mk-en", Preset.PAPER).to_json() | {"name": method, "mining": {"method": method}})


def test_the_counterpart_stands_first_and_is_the_default(open_page: OpenPage, app_workspace: Workspace) -> None:
    for minutes, (id, method) in enumerate((("run-a", "intersection"), ("run-b", "forward_backward"))):
        as_sample(add_run(app_workspace, id, minutes=minutes), method)
    add_run(app_workspace, "run-late", minutes=9)
    app = open_page("compare")
    assert_sound(app)
    assert (app.query_params["run"], app.query_params["other"]) == ("run-b", "run-a")
    chosen = app.selectbox(key="compare_other_run-b")
    assert chosen.format_func(chosen.value).startswith("Counterpart: ") and not [b for b in app.button if b.key == "compare_launch"]


def test_a_missing_counterpart_is_launched_and_followed_in_place(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_sample(add_run(app_workspace, "run-one"), "forward_backward")
    launched = []

    def launch(config, workspace):
        launched.append(config)
        folder = create(workspace.runs / "run-counterpart", config.to_json())
        write_status(folder, "queued")
        return folder

    monkeypatch.setattr(background, "launch_run", launch)
    app = open_page("compare")
    app.button(key="compare_launch").click().run()
    assert_sound(app)
    (config,) = launched
    assert config.mining.method == "intersection" and config.src.corpus.endswith("mk.txt")
    assert app.query_params["other"] == "run-counterpart" and "The two runs are compared here" in sentences(app)


def test_a_counterpart_whose_texts_are_gone_is_refused_in_a_sentence(
    open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(app_workspace, "run-one")
    (app_workspace.root / "texts" / "run-one.src.txt").unlink()
    monkeypatch.setattr(background, "launch_run", lambda *_: pytest.fail("it should not start"))
    app = open_page("compare")
    app.button(key="compare_launch").click().run()
    assert not app.exception and "not on this computer" in app.error[0].value
    assert folder.path.exists()
