"""Words of sentences: Moses, Indic, and text that is tokenised already."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacremoses import MosesTokenizer

from lraln_core.errors import LanguageError
from lraln_core.text.tokenization import tokenizer_for, tokenizer_version

SENTENCES = {
    "en": [
        "The army crossed the river at dawn, and the king's men followed.",
        "Dr. Smith didn't see it; he'd left for the U.S. in 1,950 carts (see p. 5).",
        "It’s 5 o'clock at O'Brien's, isn't it?",
        "Thiong'o wrote 'Petals of Blood' in Kenya.",
        "The boys' school opened in the 1990's … so they say.",
    ],
    "mk": [
        "Војската ја премина реката во зори.",
        "Градот „Охрид“ има 42.033 жители, т.е. повеќе од Струга.",
        "За́мокот е стар 3,5 века.",
    ],
    "sw": [
        "Ng'ombe wake walikunywa maji ya mto Ruvuma.",
        "Walimu waling’oa magugu, n.k. katika shamba la ng'ambo.",
        "Mwaka 1961 nchi ilipata uhuru wake.",
    ],
    "ne": ["सेनाले बिहानै नदी पार गर्‍यो।", "काठमाडौँ, नेपालको राजधानी हो ।"],
    "bn": ["নদীর তীরে একটি পুরানো শহর আছে।", "‘দু’জন’ মানুষ 1,000 টাকা দিল…"],
}


@pytest.mark.parametrize("code", SENTENCES)
def test_tokenised_text_comes_out_unchanged(code):
    tokenize = tokenizer_for(code)
    for sentence in SENTENCES[code]:
        words = tokenize(sentence)
        assert tokenize(" ".join(words)) == words


@pytest.mark.parametrize(
    "code, sentence, words",
    [
        ("en", "Tom's dog didn't bark.", "Tom 's dog didn 't bark ."),
        ("en", "“It’s late,” he said.", "“ It ’s late , ” he said ."),
        ("en", "Mr. Smith paid $5.", "Mr. Smith paid $ 5 ."),
        ("sw", "Ng'ombe wang’ara 'sana'.", "Ng'ombe wang’ara ' sana ' ."),
        ("af", "Hulle het 'n vakansie en foto's.", "Hulle het 'n vakansie en foto's ."),
        ("fr", "L'homme qu’il aime.", "L' homme qu’ il aime ."),
        ("mk", "Тој рече: „Да!“", "Тој рече : „ Да ! “"),
        ("ne", "नदी, पहाड।", "नदी , पहाड ।"),
        ("bn", "‘দু’জন’", "‘ দু’জন ’"),
        ("sd", "ڪراچي، پاڪستان۔ ڇا؟", "ڪراچي ، پاڪستان ۔ ڇا ؟"),
    ],
)
def test_words_of_a_sentence(code, sentence, words):
    assert tokenizer_for(code)(sentence) == tuple(words.split())


def test_combining_marks_and_joiners_stay_with_their_letter():
    assert tokenizer_for("mk")("за\u0301мок стар") == ("за\u0301мок", "стар")
    assert tokenizer_for("fa")("می\u200cرود خانه") == ("می\u200cرود", "خانه")


def test_invisible_words_are_left_out():
    assert tokenizer_for("ne")("नदी \u200d पहाड") == ("नदी", "पहाड")
    assert tokenizer_for("en")("red ❤\ufe0f heart") == ("red", "❤", "heart")


def test_plain_sentences_are_tokenised_as_by_plain_moses():
    sentences = [sentence for code in ("en", "mk", "sw") for sentence in SENTENCES[code]]
    plain = [sentence for sentence in sentences if not set("'’\u0301") & set(sentence)]
    assert len(plain) == 3
    for sentence in plain:
        assert list(tokenizer_for("en")(sentence)) == MosesTokenizer("en").tokenize(sentence, escape=False)


def test_tokenised_text_is_only_split_at_white_space():
    assert tokenizer_for("en", tokenized=True)("don't  stop\tU.S.A.!") == ("don't", "stop", "U.S.A.!")


@pytest.mark.parametrize(
    "code, sentence, words",
    [
        ("th", "ฉันรักภาษาไทย", "ฉัน รัก ภาษา ไทย"),
        ("tha_Thai", "ผมไปโรงเรียน 3 วัน", "ผม ไป โรงเรียน 3 วัน"),
        ("lo", "ຂ້ອຍຮັກພາສາລາວ", "ຂ້ອຍ ຮັກ ພາສາ ລາວ"),
        ("km", "ខ្ញុំស្រឡាញ់", "ខ្ញុំ ស្រឡាញ់"),
        ("my", "ကျွန်တော်မြန်မာစာ", "ကျွန်တော် မြန်မာ စာ"),
        ("zh", "我喜欢学习。", "我 喜欢 学习 。"),
        ("zh-Hant", "我喜歡學習。", "我 喜歡 學習 。"),
        ("ja", "私は東京へ行く。", "私 は 東京 へ 行く 。"),
    ],
)
def test_words_without_spaces_are_found_by_icu(code, sentence, words):
    assert tokenizer_for(code)(sentence) == tuple(words.split())
    assert tokenizer_version(code).startswith("icu4py ")


@pytest.mark.parametrize(("code", "name"), [("bo", "Tibetan"), ("shn_Mymr", "Shan"), ("dzo_Tibt", "Dzongkha")])
def test_a_language_without_spaces_and_segmenter_must_be_tokenised(code, name):
    with pytest.raises(LanguageError) as error:
        tokenizer_for(code)
    assert str(error.value).startswith(f"{name} (") and str(error.value).endswith(
        "is written without spaces between words, and no word segmenter for it is known; "
        "separate its words by spaces first and mark the text as tokenised."
    )
    assert tokenizer_for(code, tokenized=True)("ང་ བོད་") == ("ང་", "བོད་")


def test_the_script_of_the_text_chooses_the_tokeniser():
    assert tokenizer_for("nan", script="LATIN")("Goá ài-sioh.") == ("Goá", "ài-sioh", ".")
    assert tokenizer_for("x-village", script="DEVANAGARI")("नदी, पहाड।") == ("नदी", ",", "पहाड", "।")
    assert tokenizer_version("x-village", script="DEVANAGARI").startswith("indic-nlp-library ")


def test_an_unknown_language_has_no_tokeniser():
    for tokenized in (False, True):
        with pytest.raises(LanguageError):
            tokenizer_for("xx", tokenized=tokenized)


@pytest.mark.parametrize("code", ["en", "sw", "af", "fr", "ne", "ur", "th", "ja"])
@given(text=st.text(max_size=60))
def test_any_text_gives_visible_words_without_spaces(code, text):
    words = tokenizer_for(code)(text)
    assert isinstance(words, tuple)
    assert all(word and not any(char.isspace() for char in word) for word in words)


def test_the_version_names_the_library():
    assert tokenizer_version("en").startswith("sacremoses ")
    assert tokenizer_version("ne").startswith("indic-nlp-library ")
    assert tokenizer_version("ne", tokenized=True) == "spaces"


def test_each_library_is_loaded_only_by_the_languages_that_need_it():
    code = (
        "import sys; from lraln_core.text.tokenization import tokenizer_for as t; "
        "t('en', tokenized=True); t('ne')('a'); assert 'sacremoses' not in sys.modules; "
        "assert not any(name.startswith('sphinx') for name in sys.modules); t('en'); assert 'sacremoses' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
