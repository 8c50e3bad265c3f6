"""The limits of a corpus, its report as JSON, and its warnings."""

import dataclasses
import json

import numpy as np
import pytest

from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.text import report as reports
from lraln_core.text.preparation import HashSet
from lraln_core.text.report import CorpusLimits, CorpusReport

REPORT = CorpusReport(
    file="news.mk.txt", language="mk", tokenized=False, column="", tokenizer="sacremoses 0.2.0", limits=CorpusLimits(),
    limit=0, lines=1000, kept=900, dropped={"too short": 100}, examples={"too short": [3, 9]}, words=9000, types=2500,
    letters={"CYRILLIC": 950, "LATIN": 50},
)  # fmt: skip


def with_dropped(**dropped):
    return dataclasses.replace(REPORT, dropped={reason.replace("_", " "): count for reason, count in dropped.items()})


def test_a_report_survives_json():
    assert reports.from_json(json.loads(json.dumps(REPORT.to_json()))) == REPORT


@pytest.mark.parametrize("change", [{"extra": 1}, {"limits": {"min_words": 0}}, {"limits": None}])
def test_a_report_of_another_shape_is_damage(change):
    with pytest.raises(WorkspaceError, match="A corpus report cannot be read"):
        reports.from_json({**REPORT.to_json(), **change})


def test_a_good_corpus_has_no_warning():
    assert REPORT.warnings() == ()


def test_the_wrong_script():
    wrong = dataclasses.replace(REPORT, letters={"LATIN": 880, "CYRILLIC": 120})
    assert wrong.warnings() == (
        "Only 12% of the letters are Cyrillic, the script of Macedonian; most are Latin: is this the right file and language?",
    )


def test_japanese_may_be_written_in_its_three_scripts():
    assert dataclasses.replace(REPORT, language="ja", letters={"CJK": 6, "HIRAGANA": 3, "KATAKANA": 1}).warnings() == ()


def test_many_repeats_long_lines_and_endless_lines():
    assert with_dropped(duplicate=250).warnings() == ("250 of 1,000 lines (25%) repeat an earlier one and were dropped.",)
    assert with_dropped(too_long=300).warnings() == ("300 of 1,000 lines (30%) are too long: is the text one sentence a line?",)
    assert with_dropped(line_too_long=2).warnings() == ("Lines of more than 1,000,000 bytes that were left out: 2.",)


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"min_words": 0}, "min_words = 0 must be a whole number from 1."),
        ({"max_words": 2.5}, "max_words = 2.5 must be a whole number from 1."),
        ({"max_chars": -1}, "max_chars = -1 must be a whole number from 1."),
        ({"min_words": 5, "max_words": 4}, "max_words = 4 is below min_words = 5."),
    ],
)
def test_limits_that_no_sentence_can_meet(values, sentence):
    with pytest.raises(ConfigError) as error:
        CorpusLimits(**values)
    assert str(error.value) == sentence


def test_limits_may_be_left_open():
    assert CorpusLimits(max_words=None, max_chars=None).max_words is None


def test_a_hash_set_remembers_what_a_python_set_remembers():
    rng = np.random.default_rng(0)
    ours, known = HashSet(), set()
    for _ in range(40):
        hashes = rng.integers(-300, 300, rng.integers(0, 60))
        expected = []
        for value in hashes.tolist():
            expected.append(value not in known)
            known.add(value)
        assert ours.add(hashes).tolist() == expected
        assert len(ours) == len(known)
