"""Translations that people typed: in a file before they are in the database, and back when the database is lost."""

from __future__ import annotations

import pytest

from lraln_core.errors import ConfigError
from lraln_core.store.database import open_database
from lraln_core.store.judging.translations import MAX_CHARACTERS, reload_translations, translate, translations_file, translations_of
from lraln_core.store.sync import problems, sync

SENTENCE = "Реката е длабока ."


def test_the_latest_translation_stands_and_an_empty_one_takes_it_back(db):
    translate(db, "mk", SENTENCE, "The river is deep.", annotator="ana")
    translate(db, "mk", SENTENCE, "  The river\nis very deep. ")
    assert translations_of(db, "mk", [SENTENCE, "another"]) == {SENTENCE: "The river is very deep."}
    assert translations_of(db, "sr", [SENTENCE]) == {}
    translate(db, "mk", SENTENCE, "")
    assert translations_of(db, "mk", [SENTENCE]) == {}


def test_it_survives_the_loss_of_the_database(db, workspace):
    translate(db, "mk", SENTENCE, "<b>deep</b>", annotator="ana")
    db.close()
    workspace.database.unlink()
    again = open_database(workspace)
    assert sync(again, workspace) == []
    assert translations_of(again, "mk", [SENTENCE]) == {SENTENCE: "<b>deep</b>"}
    assert reload_translations(again) == []
    assert again.rows("SELECT count(*) FROM translations") == [(1,)]
    again.close()


def test_unreadable_lines_are_told(db, workspace):
    translate(db, "mk", SENTENCE, "deep")
    with open(translations_file(workspace), "ab") as file:
        file.write(b'{"id": 3}\n[]\nx')
    sync(db, workspace)
    assert "line 2 is not a translation" in problems(db)["reason"][0]
    translate(db, "mk", "друга", "another")
    assert translations_of(db, "mk", [SENTENCE, "друга"]) == {SENTENCE: "deep", "друга": "another"}


@pytest.mark.parametrize(("sentence", "text"), [(" ", "x"), (SENTENCE, "x" * (MAX_CHARACTERS + 1)), (SENTENCE, "\ud800")])
def test_what_cannot_be_kept_is_refused(db, workspace, sentence, text):
    with pytest.raises(ConfigError):
        translate(db, "mk", sentence, text)
    assert not translations_file(workspace).exists()
