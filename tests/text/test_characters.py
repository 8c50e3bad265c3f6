"""What stays of a line, and which script its letters have."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from lraln_core.text.characters import clean, count_scripts, has_letter, is_visible

ZWJ, ZWNJ = "\u200d", "\u200c"


def test_white_space_becomes_single_spaces():
    assert clean("  a\tb\u00a0 c\u2028d\r\n") == "a b c d"


def test_control_and_format_characters_go():
    assert clean("a\x00b\x07c\ufeffd\u00ade\u200ef\ufdd0g") == "abcdefg"


def test_text_is_composed_unless_asked_not_to():
    assert clean("cafe\u0301") == "caf\u00e9"
    assert clean("cafe\u0301", nfc=False) == "cafe\u0301"


def test_joiners_stay_where_the_script_spells_with_them():
    nepali = f"गर्{ZWJ}यो"
    assert clean(nepali, script="DEVANAGARI") == nepali
    assert clean(f"می{ZWNJ}رود", script="ARABIC") == f"می{ZWNJ}رود"
    assert clean(f"off{ZWNJ}er", script="LATIN") == "offer"


def test_arabic_number_signs_are_drawn_and_stay():
    assert clean("\u06dd12", script="ARABIC") == "\u06dd12"


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_no_control_character(text):
    once = clean(text, script="LATIN")
    assert clean(once, script="LATIN") == once
    assert not any(unicodedata.category(char) == "Cc" for char in once)


def test_letters_are_counted_by_script():
    assert count_scripts(["Abc, где 12", "ąｂ 日本"]) == {"LATIN": 5, "CYRILLIC": 3, "CJK": 2}


def test_letters_and_visible_words():
    assert has_letter("12 x") and has_letter("ন") and not has_letter("12_! ½")
    assert is_visible("a") and is_visible("،") and is_visible(f"र्{ZWJ}")
    assert not is_visible(ZWJ) and not is_visible("\ufe0f")
