"""What a user reads is one line of bounded length, whatever the message quotes."""

import pytest

from lraln_core.errors import LONGEST, ConfigError, LralnError


def test_line_breaks_become_spaces():
    assert str(ConfigError("the name\r\n'a\nb' cannot\tbe used")) == "the name 'a b' cannot be used"


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 100_000])
def test_an_endless_value_is_left_out_in_the_middle(length):
    text = "x" * (length - 5) + " end."
    said = str(LralnError(text))
    assert (said == text) == (length <= LONGEST) and len(said) <= LONGEST
    assert said.startswith("xxx") and said.endswith("end.")
