"""A lesson in its file, how it is prepared with a fake encoder, and which words it chooses."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lraln_core.alignment.similarity import csls
from lraln_core.errors import ConfigError, RunError, WorkspaceError
from lraln_core.files.run_folder import State
from lraln_core.files.workspace import Workspace
from lraln_core.lesson import choose, data, prepare, stories
from tests.app.lessons import small_lesson


def test_a_lesson_comes_back_from_its_file(workspace: Workspace) -> None:
    lesson = small_lesson()
    path = data.file_of("mk-en", workspace)
    assert not data.is_ready("mk-en", workspace)
    data.save(lesson, path)
    assert data.is_ready("mk-en", workspace) and not data.is_ready("sw-en", workspace)
    back = data.load(path)
    assert back.pair == "mk-en" and back.src.sentences == lesson.src.sentences and back.trg.tokens == lesson.trg.tokens
    assert back.src.vectors == pytest.approx(lesson.src.vectors, abs=2e-3)  # kept as float16
    assert (back.nearest.forward == lesson.nearest.forward).all() and (back.links == lesson.links).all()


@pytest.mark.parametrize("content", [b"", b"no lesson", b"\x10" + bytes(40)])
def test_a_damaged_file_is_one_sentence(content: bytes, workspace: Workspace) -> None:
    path = data.file_of("mk-en", workspace)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert not data.is_ready("mk-en", workspace)
    with pytest.raises(WorkspaceError, match="prepare the lesson again"):
        data.load(path)


@pytest.mark.parametrize(("part", "name"), [("nearest", "forward"), ("nearest", "backward"), ("nearest", "csls"), ("", "links")])
@pytest.mark.parametrize("row", [-1, 10_000])
def test_words_that_are_not_there_are_damage(part: str, name: str, row: int, workspace: Workspace) -> None:
    lesson = small_lesson()
    changed = (getattr(lesson, part) if part else lesson).__dict__[name].copy()
    changed.flat[3] = row
    whole = (
        dataclasses.replace(lesson, nearest=dataclasses.replace(lesson.nearest, **{name: changed}))
        if part
        else (dataclasses.replace(lesson, links=changed))
    )
    data.save(whole, data.file_of("mk-en", workspace))
    with pytest.raises(WorkspaceError, match="prepare the lesson again"):
        data.load(data.file_of("mk-en", workspace))


def test_preparing_reads_the_samples_once_and_leaves_no_corpus(workspace: Workspace, fake_encoder, monkeypatch) -> None:
    monkeypatch.setattr(prepare, "open_encoder", lambda: fake_encoder)
    monkeypatch.setattr(prepare, "SENTENCES", 40)
    path = prepare.work("sw-en", workspace)
    assert data.is_ready("sw-en", workspace)
    assert data.folder_of("sw-en", workspace).state() is State.FINISHED
    lesson = data.load(path)
    assert len(lesson.src.sentences) == len(lesson.trg.sentences) == 40
    assert not workspace.corpora.exists()
    assert lesson.links.shape[1] == 2 and lesson.links.max() < max(len(lesson.test_src.tokens), len(lesson.test_trg.tokens))
    row = 5
    similarity = lesson.trg.units @ lesson.src.units[row]
    assert similarity[lesson.nearest.forward[row]] == pytest.approx(similarity.max(), abs=1e-3)
    encoded = len(fake_encoder.calls)
    prepare.work("sw-en", workspace)
    assert len(fake_encoder.calls) == encoded  # the cache had everything


def test_a_failure_is_told_in_the_status(workspace: Workspace, monkeypatch) -> None:
    def broken():
        raise RunError("No encoder today.")

    monkeypatch.setattr(prepare, "open_encoder", broken)
    with pytest.raises(RunError):
        prepare.work("mk-en", workspace)
    folder = data.folder_of("mk-en", workspace)
    assert folder.state() is State.FAILED and folder.status()["error"] == "No encoder today."
    with pytest.raises(ConfigError, match="no lesson 'xx-en'"):
        prepare.work("xx-en", workspace)


def test_chosen_sentences_hold_the_telling_ones_and_spread_over_the_rest() -> None:
    sentences = [("plain", str(at)) for at in range(20)]
    sentences[7] = sentences[15] = ("in", "Order")
    assert prepare.chosen(sentences, 6) == [0, 4, 7, 10, 14, 15]
    assert prepare.chosen(sentences, 100) == list(range(20))


def test_questions_have_one_right_answer_and_different_words() -> None:
    lesson = small_lesson()
    asked = choose.questions(lesson)
    assert len(asked) == choose.QUESTIONS and asked == choose.questions(lesson)
    for question in asked:
        forms = [lesson.trg.tokens[row].lower() for row in question.options]
        assert len(set(forms)) == choose.OPTIONS
        assert [lesson.translates(question.row, row) for row in question.options].count(True) == 1
        assert lesson.translates(question.row, question.options[question.right])
        similarity = lesson.trg.units[list(question.options)] @ lesson.src.units[question.row]
        assert similarity.argmax() == question.machine


def test_meanings_pairs_and_hubs_of_the_small_lesson() -> None:
    lesson = small_lesson()
    assert set(choose.meanings(lesson)) == {"order", "light"}
    assert all(lesson.translates(*pair) and lesson.nearest.mutual[pair[0]] for pair in choose.good_pairs(lesson))
    found = choose.hubs(lesson)
    assert [hub.cosine for hub in found] == sorted((hub.cosine for hub in found), reverse=True)
    counts = np.bincount(lesson.nearest.forward, minlength=len(lesson.trg.tokens))
    assert all(counts[hub.row] == hub.cosine for hub in found)


def test_meetings_are_of_different_sentences() -> None:
    lesson = small_lesson()
    met = choose.meetings(lesson)
    assert len(met) == 3
    for texts, rows in ((lesson.src, [one.src for one in met]), (lesson.trg, [one.trg for one in met])):
        places = [{texts.place(row)[0] for row in one} for one in rows]
        assert all(len(place) == 1 for place in places) and len(set.union(*places)) == 3


def test_learning_pulls_the_pairs_together_and_shrinks_the_maps() -> None:
    lesson = small_lesson()
    path = stories.path(lesson, exaggerated=True)
    assert path.steps[:3] == (0, 1, 5) and path.loss[-1] < path.loss[0]
    free, held = (stories.trial(lesson, wrong=0.0, held=held) for held in (False, True))
    assert free.steps == (0, 100, 200, 300, 400)
    assert free.size[0] == 1 and free.size[-1] < held.size[-1]
    assert 0 <= min(free.accuracy) and max(free.accuracy) <= 1


def test_a_hub_that_csls_replaces_by_a_translation_comes_with_every_number_of_the_sums() -> None:
    lesson = small_lesson()
    rows = [row for row in range(len(lesson.src.tokens)) if lesson.translates(row, int(lesson.nearest.forward[row]))]
    row, right = rows[0], int(lesson.nearest.forward[rows[0]])
    hub = next(at for at, token in enumerate(lesson.trg.tokens) if token == "nothing1")
    assert choose.corrected(lesson, hub) is None
    forward = lesson.nearest.forward.copy()
    forward[[row, rows[1]]] = hub
    by_csls = lesson.nearest.csls.copy()
    by_csls[rows[1]] = hub  # not corrected
    changed = dataclasses.replace(lesson, nearest=dataclasses.replace(lesson.nearest, forward=forward, csls=by_csls))
    one = choose.corrected(changed, hub)
    assert one is not None and (one.row, one.hub, one.translation) == (row, hub, right)
    scores = csls(lesson.src.units @ lesson.trg.units.T, data.CSLS_K)
    assert one.hub_csls == pytest.approx(scores[row, hub], abs=1e-5)
    assert one.translation_csls == pytest.approx(scores[row, right], abs=1e-5)
    assert choose.telling_hub(changed).row in [found.row for found in choose.hubs(changed)]
