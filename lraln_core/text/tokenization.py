"""The tokeniser of a language in a script: Indic, Moses, or word segmentation by ICU where words have no spaces between them.

The paper takes the Indic tokeniser for languages of the Indian subcontinent and Moses for the others (section 4.1).
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
from collections.abc import Callable

from lraln_core.errors import LanguageError
from lraln_core.records import Words

from .characters import is_visible, letter_pattern
from .languages import UNSPACED_SCRIPTS, get_language, is_indic

Tokenizer = Callable[[str], Words]

# Languages whose words ICU finds with dictionaries, in the scripts of these dictionaries; other languages that share such a
# script (Shan, Zhuang in characters) would be cut by the words of another language.
SEGMENTED = {
    "THAI": frozenset({"th"}),
    "LAO": frozenset({"lo"}),
    "KHMER": frozenset({"km"}),
    "MYANMAR": frozenset({"my"}),
    "CJK": frozenset("zh yue lzh wuu nan hak gan hsn cdo cjy cpx czh czo mnp ja".split()),
    "HIRAGANA": frozenset({"ja"}),
}


def tokenizer_for(code: str, *, tokenized: bool = False, script: str = "") -> Tokenizer:
    """A function from a sentence to its words; with `tokenized` it only splits at white space.

    script is that of the text, where it is another one than the language's own (see `languages.script_for`).
    Raises LanguageError for an unknown code, and for text without spaces that no segmenter knows, unless `tokenized`.
    """
    language = get_language(code)
    if tokenized:
        return split_words
    script = script or language.script
    if script in UNSPACED_SCRIPTS and not is_segmented(language.base, script):
        raise LanguageError(
            f"{language.name} ({language.code}) is written without spaces between words, and no word segmenter for it is known; "
            "separate its words by spaces first and mark the text as tokenised."
        )
    return _tokenizer(language.base, script)


def tokenizer_version(code: str, *, tokenized: bool = False, script: str = "") -> str:
    """Name and version of what `tokenizer_for` uses: part of a corpus's identity."""
    if tokenized:
        return "spaces"
    language = get_language(code)
    script = script or language.script
    if is_segmented(language.base, script):
        package = "icu4py"
    else:
        package = "indic-nlp-library" if is_indic(language.base, script) else "sacremoses"
    return f"{package} {importlib.metadata.version(package)}"


def split_words(text: str) -> Words:
    """The words of text that is tokenised already."""
    return tuple(text.split())


def is_segmented(base: str, script: str) -> bool:
    """Whether the words of a language in this script are found by ICU's dictionaries."""
    return base in SEGMENTED.get(script, frozenset())


@functools.cache
def _tokenizer(base: str, script: str) -> Tokenizer:
    # The libraries cost a quarter of a second and are loaded by the languages that need them only.
    if is_segmented(base, script):
        return _segmenter(base)
    if is_indic(base, script):
        return _indic(base, script)
    from .moses import MosesWords

    return MosesWords(base)


def _segmenter(base: str) -> Tokenizer:
    """Words between the word boundaries of Unicode Standard Annex 29, with ICU's dictionaries for the language."""
    from icu4py.breakers import WordBreaker

    def words(text: str) -> Words:
        return tuple(word for found in WordBreaker(text, base) if is_visible(word := found.strip()) and word)

    return words


def _indic(base: str, script: str) -> Tokenizer:
    """IndicNLP's trivial_tokenize [Kakwani et al. 2020]; languages in Arabic script take its rules for Urdu."""
    from indicnlp.tokenize.indic_tokenize import trivial_tokenize

    rules = "ur" if script == "ARABIC" else base
    letter = letter_pattern()
    # Punctuation outside ASCII that trivial_tokenize does not separate from words; an apostrophe inside a word stays.
    typographic = re.compile(rf"[“”„«»‹›…–—•؛؟]|(?<!{letter})[‘’]|[‘’](?!{letter})")

    def words(text: str) -> Words:
        text = typographic.sub(r" \g<0> ", " ".join(text.split()))
        return tuple(word for word in " ".join(trivial_tokenize(text, rules)).split() if is_visible(word))

    return words
