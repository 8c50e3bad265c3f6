"""The page Word alignment: figures of stored similarities, error rates, filter, and the jobs that it starts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lraln_core.alignment.in_sentence.links import Link
from lraln_core.errors import RunError
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from lraln_core.runs.word_alignment import stored
from lraln_core.runs.word_alignment.stored import GoldSource, Space, StoredPair, StoredText
from lraln_core.text.pharaoh import AlignedSentence
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_maps
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.test_hostile_text import SRC
from tests.app.workspaces import add_run

AGREE = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.1, 0.1, 0.9]])
GOLD = AlignedSentence(((0, 0), (1, 1), (2, 2)))


def pair(src: str, trg: str, before: np.ndarray, gold: AlignedSentence | None = GOLD) -> StoredPair:
    return StoredPair(tuple(src.split()), tuple(trg.split()), gold, (Link(0, 0, 0.9),), {Space.BEFORE: before, Space.AFTER: AGREE})


def text(gold: GoldSource = GoldSource.FILE) -> StoredText:
    right = pair("реката е длабока", "river is deep", AGREE)
    wrong = pair("градот е стар", "town is old", AGREE[:, [1, 0, 2]])
    return StoredText("test.tsv", gold, 2, (right, wrong))


@pytest.fixture
def run(app_workspace: Workspace) -> RunFolder:
    folder = add_run(app_workspace, "run-one")
    add_maps(folder)
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []
    monkeypatch.setattr(background, "start", lambda folder, workspace, command: commands.append(command))
    return commands


def press(app, label: str):
    return next(button for button in app.button if button.label == label).click().run()


def test_stored_similarities_come_back(tmp_path):
    assert stored.read(tmp_path / "none.json") is None
    stored.write(tmp_path / "a.json", text())
    found = stored.read(tmp_path / "a.json")
    assert found is not None and found.gold is GoldSource.FILE and found.total == 2
    for one, other in zip(found.pairs, text().pairs, strict=True):
        assert (one.src, one.trg, one.gold, one.fast_align) == (other.src, other.trg, other.gold, other.fast_align)
        np.testing.assert_allclose(one.similarity[Space.BEFORE], other.similarity[Space.BEFORE])


@pytest.mark.parametrize(
    "place, value",
    [(("trg",), ["river"]), (("before", 0, 0), "x"), (("gold", 0, 0), [0, 9]), (("gold",), 7), (("after", 1, 1), float("nan"))],
)
def test_a_damaged_file_is_said_in_a_sentence(tmp_path, place, value):
    stored.write(tmp_path / "a.json", text())
    written = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    inside = written["pairs"][0]
    for part in place[:-1]:
        inside = inside[part]
    inside[place[-1]] = value
    (tmp_path / "a.json").write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(RunError, match="damaged"):
        stored.read(tmp_path / "a.json")


def test_error_rates_figures_and_filter(open_page: OpenPage, run: RunFolder) -> None:
    stored.write(run.word_alignment, text())
    app = open_page("alignment", run="run-one")
    assert_sound(app)
    table = app.dataframe[0].value
    rates = {(row["Method"], row["Vectors"]): row["Error rate (AER)"] for _, row in table.iterrows()}
    assert rates["argmax", "After"].startswith("0") and rates["argmax", "Before"].startswith("33")
    assert "2 right" not in sentences(app) and "3 right" in sentences(app)  # the first pair is faultless
    app.segmented_control(key="alignment_filter").set_value("With wrong links").run()
    assert_sound(app)
    assert "1 right, 2 wrong, 2 missed" in sentences(app)
    (box,) = (one for one in app.selectbox if one.label.startswith("Sentence pair ("))
    assert box.label == "Sentence pair (1)"


def test_links_of_fast_align_are_not_shown_as_truth(open_page: OpenPage, run: RunFolder) -> None:
    stored.write(run.word_alignment, text(GoldSource.FAST_ALIGN))
    app = open_page("alignment", run="run-one")
    assert_sound(app)
    assert "came without links made by people" in sentences(app)
    assert "fast_align" not in set(app.dataframe[0].value["Method"])


def test_own_sentences_are_linked_in_a_job(open_page: OpenPage, run: RunFolder, started: list) -> None:
    app = open_page("alignment", run="run-one", alignment_view="Your own sentences")
    assert_sound(app)
    press(app, "Link the words")
    assert "Type a sentence and its translation" in sentences(app) and not started
    app.text_area(key="alignment_own_0").set_value("- реката")
    app.text_area(key="alignment_own_1").set_value("the river")
    press(app, "Link the words")
    (command,) = started
    assert command[0] == "similarities" and "--src-text=- реката" in command and "--trg-text=the river" in command
    stored.write(run.word_alignment_typed, StoredText("", GoldSource.NONE, 1, (pair("а б в", "a b c", AGREE, None),)))
    app = open_page("alignment", run="run-one", alignment_view="Your own sentences")
    assert_sound(app)
    assert "3 links" in sentences(app)


def test_the_job_is_started_and_a_damaged_result_is_said(open_page: OpenPage, run: RunFolder, started: list) -> None:
    app = open_page("alignment", run="run-one")
    press(app, "Compare the words")
    assert "Choose a file of sentence pairs" in sentences(app) and not started  # this run has no test set
    run.word_alignment.write_text("{}")
    app = open_page("alignment", run="run-one")
    assert not app.exception and "damaged" in sentences(app)


def test_hostile_words_stay_text(open_page: OpenPage, run: RunFolder) -> None:
    hostile = StoredText("x", GoldSource.FILE, 1, (pair(" ".join([SRC[0].split()[0], "<b>", "**x**"]), "a [b](javascript:1) c", AGREE),))
    stored.write(run.word_alignment, hostile)
    app = open_page("alignment", run="run-one")
    assert_sound(app)
    html_text(app)
