"""Languages by code or name: one canonical code each, the usual script, and the sentence for what is not known."""

import random
import subprocess
import sys

import pytest

from lraln_core.errors import LanguageError
from lraln_core.text.languages import (
    PAPER,
    canonical_code,
    get_language,
    language_choices,
    language_name,
    same_language,
    script_for,
    script_of_text,
    search_labels,
)

# Languages of earlier versions, stored in corpora and runs: their codes stay.
STORED = """en bn eu mk ml af sw kn gu ne sd fo hsb mi am an ar arz as ast awa az ba bar be bg bho bo br brx bs ca ce ceb ckb co cs cv
cy da de doi dsb dv ee el eo es et fa fi fr fy ga gd gl gn gom gu ha haw he hi hr ht hu hy id ig ilo is it ja jv ka kab kk km ko kok ks
ku ky la lb lg ln lo lt lv mai mg mn mr ms mt my nb nds new nl nn no ny oc om or os pa pcm pl pnb ps pt qu rm ro ru rw sa sah sc scn se
si sk skr sl sm sn so sq sr ss st su sv szl ta te tg th ti tk tl tn to tr ts tt tw ug uk ur uz vi war wo xh yi yo zh zu""".split()
INDIC = set("as awa bho bn brx doi gom gu hi kn kok ks mai ml mr ne new or pa pnb sa sd skr ta te ur".split())


def test_codes_of_earlier_versions_are_canonical_and_keep_their_tokeniser():
    assert [canonical_code(code) for code in STORED] == STORED
    assert {code for code in STORED if get_language(code).indic} == INDIC
    assert all(get_language(code).script for code in STORED)


def test_the_papers_languages_stand_first_in_the_list_of_all():
    codes = list(language_choices())
    assert codes[:14] == ["en", *PAPER] and len(codes) > 7500 and len(set(codes)) == len(codes)
    assert language_choices()["luo"] == "Luo (Kenya and Tanzania) (luo)"
    assert all(get_language(code).in_paper for code in PAPER) and not get_language("en").in_paper


@pytest.mark.parametrize(
    "code, name, script, indic",
    [
        ("mk", "Macedonian", "CYRILLIC", False),
        ("ne", "Nepali", "DEVANAGARI", True),
        ("sd", "Sindhi", "ARABIC", True),
        ("hsb", "Upper Sorbian", "LATIN", False),
        ("bn", "Bengali", "BENGALI", True),
        ("sat_Olck", "Santali", "OL", False),
        ("mni_Beng", "Manipuri", "BENGALI", True),
        ("ace_Arab", "Acehnese (Arabic script)", "ARABIC", False),
        ("ja", "Japanese", "HIRAGANA", False),
        ("ko", "Korean", "HANGUL", False),
        ("zh-Hant", "Chinese (Traditional script)", "CJK", False),
        ("qaa", "Private code qaa", "", False),
        ("x-Village", "Private code x-village", "", False),
    ],
)
def test_a_language_has_its_script_and_tokeniser(code, name, script, indic):
    language = get_language(code)
    assert (language.name, language.script, language.indic) == (name, script, indic)


@pytest.mark.parametrize(
    "text, code",
    [
        ("EN", "en"),
        ("en-US", "en"),
        ("en_GB", "en-GB"),
        ("mkd", "mk"),
        ("swh", "sw"),
        ("swa", "sw"),
        ("swh_Latn", "sw"),
        ("SWH_LATN", "sw"),
        (" Swahili ", "sw"),
        ("pes", "fa"),
        ("pes_Arab", "fa"),
        ("npi_Deva", "ne"),
        ("zho_Hans", "zh"),
        ("cmn_Hant", "zh-Hant"),
        ("arb_Arab", "ar"),
        ("fil", "tl"),
        ("twi_Latn", "tw"),
        ("iw", "he"),
        ("luo_Latn", "luo"),
        ("Tok Pisin", "tpi"),
        ("nso", "nso"),
        ("kea", "kea"),
        ("quc", "quc"),
        ("X-Village-2", "x-village-2"),
    ],
)
def test_every_way_of_writing_a_language_gives_its_canonical_code(text, code):
    assert canonical_code(text) == code == canonical_code(code)


def test_aliases_are_one_language():
    assert same_language("swh", "sw") and same_language("fa", "pes_Arab") and same_language("??", "??")
    assert not same_language("sw", "fa") and not same_language("sw", "??")


def test_a_language_is_found_by_each_of_its_codes():
    labels = search_labels()
    assert labels.keys() == language_choices().keys()
    assert (labels["sw"], labels["fa"], labels["luo"]) == (
        "Swahili (sw, swa, swh)",
        "Persian (fa, fas, pes)",
        "Luo (Kenya and Tanzania) (luo)",
    )


def test_canonical_codes_of_every_language_are_their_own_canonical_codes():
    codes = list(language_choices())
    for code in random.Random(0).sample(codes, 300):
        assert canonical_code(code) == code and code.isascii()


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("Swahilli", "Unknown language 'Swahilli'; did you mean Swahili (sw)?"),
        ("xx", "Unknown language 'xx'; use a code such as en, luo or swh_Latn, or an English name."),
        ("mk_Zzzx1234567890", "Unknown language 'mk_Zzzx1234567890'; did you mean Macedonian (mk)?"),
        ("мк", "Unknown language 'мк'; use a code such as en, luo or swh_Latn, or an English name."),
        ("und", "Unknown language 'und'; use a code such as en, luo or swh_Latn, or an English name."),
        ("../mk", "Unknown language '../mk'; use a code such as en, luo or swh_Latn, or an English name."),
        ("  ", "No language is given; write a code such as en, sw or luo_Latn."),
        (None, "Unknown language None; use a code such as en, luo or swh_Latn, or an English name."),
    ],
)
def test_an_unknown_language_is_one_sentence_with_what_may_be_meant(text, sentence):
    with pytest.raises(LanguageError) as error:
        get_language(text)
    assert str(error.value) == sentence


def test_a_very_long_code_is_not_repeated_whole():
    with pytest.raises(LanguageError) as error:
        get_language("q" * 10_000)
    assert len(str(error.value)) < 140


def test_the_name_of_a_stored_code_never_fails():
    assert [language_name(code) for code in ("mk", "swh_Latn", "??", "")] == ["Macedonian", "Swahili", "??", "unknown"]


def test_the_script_is_that_of_the_tag_then_the_usual_one_then_that_of_the_text():
    latin, arabic = ["Siku moja"], ["یک روز"]
    assert script_for(get_language("ace-Arab"), latin) == "ARABIC"
    assert script_for(get_language("sr"), latin) == "CYRILLIC"
    assert script_for(get_language("qaa"), arabic) == "ARABIC"
    assert script_for(get_language("qaa"), ["12"]) == ""
    assert script_for(get_language("nan"), latin) == "LATIN"  # Min Nan in Latin letters has spaces
    assert script_for(get_language("zh"), ["一天"]) == "CJK"
    assert script_for(get_language("ja"), ["東京"]) == "HIRAGANA"
    assert script_of_text(["東京は"]) == "HIRAGANA"


def test_nothing_is_loaded_or_asked_over_a_network():
    code = "import socket; socket.socket = None; from lraln_core.text.languages import *; assert get_language('Luo').code == 'luo'"
    subprocess.run([sys.executable, "-c", code], check=True)
