"""The language of a file is proposed from its name, its script, or its words; nothing is proposed where nothing points to one."""

from __future__ import annotations

import pytest

from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.text.formats.proposal import propose_language


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("news.mk.txt", "mk"),
        ("news.mk.txt.gz", "mk"),
        ("mk-news.txt", "mk"),
        ("Swahili_bible.tsv", "sw"),
        ("corpus-en.txt", "en"),
        ("my words.txt", None),
        ("what is it.txt", None),
        ("a mk b.txt", None),  # a code stands at the beginning or the end
    ],
)
def test_the_name_of_the_file(name: str, code: str | None) -> None:
    assert propose_language(name, []) == code


@pytest.mark.parametrize("code", ["en", "mk", "ne", "sw"])
def test_the_words_of_ten_sentences(code: str) -> None:
    lines = (SAMPLE_DATA / "corpora" / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    assert propose_language("text.txt", lines[200:210]) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("പുഴ ഗ്രാമത്തിലൂടെ ഒഴുകുന്നു", "ml"),
        ("Ποτάμι", "el"),
        ("Ovo je prva rečenica i ovo je druga rečenica", None),
        ("Река течёт через середину деревни", None),
        ("", None),
    ],
)
def test_a_script_of_one_language_decides_and_others_do_not(text: str, code: str | None) -> None:
    assert propose_language("text.txt", [text]) == code
