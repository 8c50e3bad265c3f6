"""Sentences with aligned lines, and lines of a concordance."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from lraln_core.views.highlight import Mark
from lraln_core.views.interlinear import Gloss, half_html, interlinear_html

TAG = re.compile(r"</?(bdi|mark|sup|span|div)(?: (?:class|dir|lang|title)=\"[^\"<>]*\")*>")


def test_words_stand_above_their_lines() -> None:
    found = interlinear_html(
        ["Река", "."], {0: Mark((2,))}, latin=["Reka", "."], glosses=[Gloss("river", "why", mined=True), Gloss()], language="mk"
    )
    first, second = found.split('<span class="lr-column">')[1:]
    assert first.index("Река") < first.index("Reka") < first.index("river")
    assert "<sup>2</sup>" in first and 'title="why"' in first and "lr-minedgloss" in first
    assert second.count("·") == 2  # punctuation has neither
    assert found.startswith('<bdi class="lr-sentence lr-aligned" dir="ltr" lang="mk">')


def test_a_window_leaves_out_the_rest() -> None:
    found = interlinear_html(list("abcdefg"), {3: Mark()}, latin=list("abcdefg"), window=1)
    assert found.count("lr-column") == 5 and found.count("…") == 2


def test_a_line_of_a_concordance() -> None:
    found = half_html(["The", "deep", "river", "runs", "."], 2, language="en", text="The deep river runs.")
    before, after = found.split("<mark")[0], found.split("</mark>")[1]
    assert ">The deep</bdi>" in before and ">runs.</bdi>" in after
    assert 'dir="rtl"' in half_html(["نهر", "عميق"], 0)


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8), st.data())
def test_nothing_of_a_text_is_markup(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    glosses = [Gloss(word, word, mined=True) for word in words]
    for found in (half_html(words, at, note="x"), interlinear_html(words, {at: Mark()}, latin=words, glosses=glosses)):
        assert "<" not in TAG.sub("", found) and ">" not in TAG.sub("", found)
    assert html.escape(words[at]) in half_html(words, at)
