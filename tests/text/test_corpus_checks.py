"""The checks of a corpus on hand-made sentences: each finds its own and leaves ordinary text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lraln_core.text import checks
from lraln_core.text.checks import Check, Finding

SWAHILI = (
    "Mto Nile hutiririka kuelekea kaskazini na kupitia nchi kadhaa za Afrika .",
    "Wakulima wanavuna mahindi katika bonde la mto kila mwaka .",
    "Shule yetu iko kijijini karibu na soko kubwa la samaki .",
    "Samaki wengi huishi katika maziwa makubwa ya Afrika Mashariki .",
)
MACEDONIAN = (
    "Војската ја премина реката во зори и стигна до градот .",
    "Учителот ги собра децата во дворот на старото училиште .",
    "Кој ја напиша првата граматика на овој јазик ?",
)
NEPALI = ("सेनाले बिहानै नदी पार गर्‍यो ।", "किसानहरू धान काट्दै छन् ।", "हाम्रो विद्यालय गाउँमा छ ।")
ENGLISH = (
    "The army crossed the river at dawn and reached the city .",
    "Farmers in the valley cut their rice when the rains end .",
)


def found(texts: tuple[str, ...], language: str) -> dict[Check, Finding]:
    return {one.check: one for one in checks.check_sentences([tuple(text.split()) for text in texts], texts, language)}


@pytest.mark.parametrize(("texts", "language"), [(SWAHILI, "sw"), (MACEDONIAN, "mk"), (NEPALI, "ne"), (ENGLISH, "en")])
def test_ordinary_text_raises_no_suspicion(texts: tuple[str, ...], language: str) -> None:
    assert {check: one.found for check, one in found(texts, language).items() if one.found} == {}


def test_a_wrong_script_is_counted_by_sentence() -> None:
    one = found((*MACEDONIAN, "Ova recenica e napisana so latinica .", "IBM и NATO се кратенки ."), "mk")[Check.SCRIPT]
    assert (one.found, one.looked_at, one.examples) == (1, 5, (3,))  # the last has 7 Latin letters of 19


def test_english_among_swahili() -> None:
    result = found((*SWAHILI, *ENGLISH, "Anasoma the book kila siku"), "sw")
    assert (result[Check.ENGLISH].found, result[Check.ENGLISH].examples) == (2, (4, 5))  # one English word is no English sentence
    assert result[Check.ENGLISH].suspicious
    assert Check.NOT_ENGLISH not in result


def test_another_language_in_an_english_corpus() -> None:
    result = found((*ENGLISH, *SWAHILI), "en")
    assert result[Check.NOT_ENGLISH].found == 4 and Check.ENGLISH not in result


def test_near_copies_differ_in_digits_and_punctuation_only() -> None:
    texts = ("Sura ya 1 : mwanzo wa habari .", "Sura ya 22 : Mwanzo wa habari !", "Sura ya tatu : mwanzo wa habari .")
    assert found(texts, "sw")[Check.NEAR_COPIES].examples == (1,)


def test_same_beginnings_and_ends_need_five_sentences() -> None:
    begin = tuple(f"Soma habari zaidi kuhusu {word} leo ." for word in ("mto", "ziwa", "mlima", "bahari", "mji"))
    end = tuple(f"{word} ni habari ya haki zote zimehifadhiwa ." for word in ("Mto", "Ziwa", "Mlima", "Bahari", "Mji"))
    assert found(begin, "sw")[Check.SAME_BEGINNING].found == 5
    assert found(begin[:4], "sw")[Check.SAME_BEGINNING].found == 0
    assert found(end, "sw")[Check.SAME_END].found == 5
    assert found(end, "sw")[Check.SAME_BEGINNING].found == 0


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("Tembelea https://example.org/habari kwa habari zaidi .", Check.ADDRESSES),
        ("Andika kwa mhariri@example.org ukitaka .", Check.ADDRESSES),
        ("Mto <b>Nile</b> ni mrefu sana .", Check.MARKUP),
        ("Mto&nbsp;Nile ni mrefu sana .", Check.MARKUP),
        ("Jumla : 12 45,6 78 910 11 - 13", Check.FEW_LETTERS),
        ("Nyumbani Habari Michezo", Check.FRAGMENTS),
    ],
)
def test_what_web_pages_leave_behind(text: str, check: Check) -> None:
    result = found((*SWAHILI, text), "sw")
    assert {one.check for one in result.values() if one.found} == {check}
    assert result[check].examples == (4,)


def test_combining_marks_count_as_letters() -> None:
    assert found(("हिन्दी में मात्राएँ बहुत हैं ।",), "ne")[Check.FEW_LETTERS].found == 0


def test_one_sentence_alone_is_never_suspicious() -> None:
    assert not Finding(Check.MARKUP, 1, 4, (0,)).suspicious
    assert Finding(Check.MARKUP, 2, 4, (0, 1)).suspicious
    assert not Finding(Check.MARKUP, 2, 1000, (0, 1)).suspicious
    assert Finding(Check.MARKUP, 2, 4, (0, 1)).sentence() == "markup: 2 of 4 sentences (50%)"


def test_the_sample_is_spread_over_the_corpus() -> None:
    assert checks.sample_positions(3).tolist() == [0, 1, 2]
    spread = checks.sample_positions(100_001, 5)
    assert spread.tolist() == [0, 25_000, 50_000, 75_000, 100_000]
    assert len(checks.sample_positions(1_000_000)) == checks.SAMPLE


@given(st.lists(st.text(max_size=60), max_size=12), st.sampled_from(["en", "sw", "mk", "ar", "ja"]))
def test_any_text_gives_counts_that_fit(texts: list[str], language: str) -> None:
    for one in checks.check_sentences([tuple(text.split()) for text in texts], texts, language):
        assert 0 <= len(one.examples) <= one.found <= one.looked_at == len(texts)
        assert all(0 <= at < len(texts) for at in one.examples)
        assert one.rule
