"""Worksheets: the same number gives the same sheet, the key fits it, and the bank can be imported."""

from __future__ import annotations

import re
from html import unescape

import pytest

from lraln_core.lesson import worksheet
from lraln_core.lesson.data import Lesson
from tests.app.lessons import small_lesson


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return small_lesson()


def test_a_number_names_a_sheet(lesson: Lesson) -> None:
    assert worksheet.sheet(lesson, 3) == worksheet.sheet(lesson, 3) != worksheet.sheet(lesson, 4)
    items = worksheet.sheet(lesson, 3)
    assert len(items) >= worksheet.WORDS_ASKED + worksheet.CONCEPTS_ASKED
    assert all(0 <= item.right < len(item.options) <= len(worksheet.LETTERS) for item in items)


def test_the_words_that_are_asked_have_the_translation_of_the_word_list(lesson: Lesson) -> None:
    for item in worksheet.sheet(lesson, 1):
        if item.title == "Mining by hand":
            word = re.search(r"\[(.+?)\]", item.question).group(1)
            assert item.options[item.right].lower() in lesson.lexicon[word.lower()]


def test_a_table_asks_for_the_highest_of_row_and_column(lesson: Lesson) -> None:
    tables = [item for item in worksheet.bank(lesson) if item.title == "Both directions"]
    assert tables
    for item in tables:
        head, *rows = item.table
        src, trg = item.options[item.right].split(" – ")
        row, column = [line[0] for line in rows].index(src), head.index(trg)
        values = [[float(cell) for cell in line[1:]] for line in rows]
        assert values[row][column - 1] == max(values[row]) == max(line[column - 1] for line in values)


def test_the_key_fits_and_the_sheet_does_not_tell(lesson: Lesson) -> None:
    sheet, key = worksheet.worksheet_html(lesson, 2), worksheet.key_html(lesson, 2)
    for item in worksheet.sheet(lesson, 2):
        assert item.why not in unescape(sheet) and item.why in unescape(key)
    assert key.count("<li>") == sheet.count("<section>")


def test_hostile_words_are_text() -> None:
    hostile = small_lesson(hostile=True)
    assert "<script" not in worksheet.worksheet_html(hostile, 1) + worksheet.key_html(hostile, 1)


def test_the_bank_is_gift_with_one_right_answer_each(lesson: Lesson) -> None:
    items = worksheet.bank(lesson)
    blocks = worksheet.gift(items).strip().split("\n\n")
    assert len(blocks) == len(items)
    for block in blocks:
        assert block.startswith("::") and block.rstrip().endswith("}")
        assert len(re.findall(r"^  =", block, re.MULTILINE)) == 1
        assert not re.search(r"(?<!\\)[{}]", block.split("{", 1)[1].rsplit("}", 1)[0])
