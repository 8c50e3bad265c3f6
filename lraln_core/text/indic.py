"""The Indic tokeniser (IndicNLP's trivial_tokenize) [Kakwani et al. 2020], which the paper uses for the Indian subcontinent."""

from __future__ import annotations

import re

from indicnlp.tokenize.indic_tokenize import trivial_tokenize

from lraln_core.records import Words

from .characters import is_visible, letter_pattern

# Punctuation outside ASCII that trivial_tokenize leaves glued to words; an apostrophe inside a word stays.
_TYPOGRAPHIC = re.compile(rf"[“”„«»‹›…–—•؛؟]|(?<!{letter_pattern()})[‘’]|[‘’](?!{letter_pattern()})")


class IndicWords:
    """Tokeniser of one language: call it with a sentence. Arabic-script languages take IndicNLP's rules for Urdu."""

    def __init__(self, code: str, script: str) -> None:
        self._rules = "ur" if script == "ARABIC" else code

    def __call__(self, text: str) -> Words:
        text = _TYPOGRAPHIC.sub(r" \g<0> ", " ".join(text.split()))
        words = " ".join(trivial_tokenize(text, self._rules)).split()
        return tuple(word for word in words if is_visible(word))
