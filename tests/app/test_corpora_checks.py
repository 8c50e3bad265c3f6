"""Corpora: checks, histogram and hostile sentences on the page."""

from __future__ import annotations

from lraln_core.files.workspace import Workspace
from pages.components.corpora import pieces as corpus_pieces
from tests.app.conftest import OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_corpus
from tests.views.test_plain_words import LetterPieces

BAD = (
    *(f"Soma habari zaidi kuhusu mto namba {at} ." for at in ("moja", "mbili", "tatu", "nne", "tano", "sita")),
    "The army crossed the river and they reached the city with their horses .",
    "There were many people who have seen the river and the city .",
    "Tembelea <b>https://example.org</b> leo &nbsp; sasa",
    "Andika kwa www.example.org <script>alert(1)</script> sasa",
)
HOSTILE = (
    "<img src=x onerror=alert(1)> &lt;b&gt; **bold** [a](javascript:alert(1)) :red[x] $x^2$ neno",
    "\u202eneno la pili\u202c na\u200bna \u2066neno\u2069 la tatu",
    "maneno " * 90 + ".",
)


def test_a_suspicious_corpus_is_warned_of_with_examples(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_corpus(app_workspace, BAD, "sw", "bad.txt")
    app = open_page("corpora")
    assert_sound(app)
    warned = "\n".join(warning.value.replace("\\", "") for warning in app.warning)
    for name in ("English sentences: 2 of 10", "same beginning: 6 of 10", "web addresses: 2 of 10", "markup: 2 of 10"):
        assert name in warned
    text = html_text(app)
    assert "<script>alert(1)</script>" in text  # an example, as text
    assert text.count("\N{CHECK MARK} ok") == 5


def test_an_ordinary_corpus_is_not_warned_of(open_page: OpenPage) -> None:
    app = open_page("corpora")
    app.button(key="add_sample_sw").click().run()
    assert_sound(app)
    assert not app.warning
    assert html_text(app).count("\N{CHECK MARK} ok") == 9


def test_pieces_per_word_are_drawn_beside_english_and_stay(open_page: OpenPage, app_workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(corpus_pieces, "subword_counter", LetterPieces)
    add_corpus(app_workspace, ("Wakulima wanavuna mahindi mengi .",), "sw", "one.txt")
    app = open_page("corpora")
    app.button(key="fertility_measure").click().run()
    assert_sound(app)
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Swahili"] == "7.00"  # 8, 8, 7 and 5 letters; the full stop has none
    assert "English, for comparison" in metrics
    again = open_page("corpora")  # a new visitor, or the same after reloading
    assert "Swahili" in {metric.label for metric in again.metric}


def test_hostile_sentences_stay_text(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_corpus(app_workspace, HOSTILE, "sw", "<b>x<b> ![i](evil.invalid) :red[n].txt")
    app = open_page("corpora")
    assert_sound(app)
    text = html_text(app)  # fails on a tag that is not ours
    assert "<img src=x onerror=alert(1)>" in text
    assert "![i](" not in sentences(app)
