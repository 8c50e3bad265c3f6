"""Languages by code, and the sentence for a code that is not known."""

import pytest

from lraln_core.errors import LanguageError
from lraln_core.text.languages import LANGUAGES, get_language


def test_the_papers_thirteen_languages_and_english_are_known():
    assert {code for code, language in LANGUAGES.items() if language.in_paper} == set("bn eu mk ml af sw kn gu ne sd fo hsb mi".split())
    assert get_language("en").name == "English"
    assert len(LANGUAGES) > 110


@pytest.mark.parametrize(
    "code, name, script, indic",
    [
        ("mk", "Macedonian", "CYRILLIC", False),
        ("ne", "Nepali", "DEVANAGARI", True),
        ("sd", "Sindhi", "ARABIC", True),
        ("hsb", "Upper Sorbian", "LATIN", False),
    ],
)
def test_a_language_has_its_script_and_tokeniser(code, name, script, indic):
    language = get_language(code)
    assert (language.name, language.script, language.indic) == (name, script, indic)


def test_codes_are_lower_case_ascii_and_names_are_unique():
    assert all(code.isascii() and code.islower() and 2 <= len(code) <= 3 for code in LANGUAGES)
    assert len({language.name for language in LANGUAGES.values()}) == len(LANGUAGES)


@pytest.mark.parametrize(
    "code, sentence",
    [
        ("EN", "Unknown language code 'EN'; did you mean en (English)?"),
        ("mkd", "Unknown language code 'mkd'; did you mean mk (Macedonian)?"),
        ("Swahili", "Unknown language code 'Swahili'; did you mean sw (Swahili)?"),
        ("Macedonain", "Unknown language code 'Macedonain'; did you mean mk (Macedonian)?"),
        ("en-US", "Unknown language code 'en-US'; did you mean en (English)?"),
        ("xx", "Unknown language code 'xx'; use an ISO 639 code such as en, sw or mk."),
        ("мк", "Unknown language code 'мк'; use an ISO 639 code such as en, sw or mk."),
        ("", "No language is given; write a code such as en, sw or mk."),
        (None, "Unknown language code None; use an ISO 639 code such as en, sw or mk."),
    ],
)
def test_an_unknown_code_is_one_sentence_with_what_may_be_meant(code, sentence):
    with pytest.raises(LanguageError) as error:
        get_language(code)
    assert str(error.value) == sentence


def test_a_very_long_code_is_not_repeated_whole():
    with pytest.raises(LanguageError) as error:
        get_language("q" * 10_000)
    assert len(str(error.value)) < 120
