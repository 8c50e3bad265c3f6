"""The Moses tokeniser (sacremoses) [Koehn et al. 2007] with corrections for apostrophes, combining marks and tokenised text.

Three things differ from plain Moses, each only where plain Moses splits a word wrongly:
apostrophes inside words stay there unless the language elides (Swahili ng'ombe is one word, English Tom's is Tom 's);
combining marks and zero-width joiners stay with their letter; text that is already tokenised is not changed.
"""

from __future__ import annotations

import functools
import re

from sacremoses.tokenize import MosesTokenizer

from lraln_core.records import Words

from .characters import JOINERS, character_class, is_visible, letter_pattern

# Unicode noncharacters, which never occur in text, replace apostrophes that belong to a word while Moses runs.
_HIDE = {"'": "\ufdd0", "’": "\ufdd1"}
_SHOW = str.maketrans({hidden: shown for shown, hidden in _HIDE.items()})

_QUOTE = "['’]"
_LETTER = letter_pattern()
_INSIDE = re.compile(rf"(?<={_LETTER}){_QUOTE}(?={_LETTER})")

# English: Tom's -> Tom 's, 1990's -> 1990 's; these parts are not split further when tokenised text is tokenised again.
_ENGLISH_SPLIT = re.compile(rf"(?<={_LETTER}){_QUOTE}(?={_LETTER})|(?<=\d){_QUOTE}(?=s)")
_ENGLISH_PART = re.compile(
    rf"(?<!\S){_QUOTE}(?=(?:s|re|ll|ve|d|m|t|o|n|em|am|til|cause)(?!\S))|(?<=\b[delnoy] ){_QUOTE}(?={_LETTER})", re.IGNORECASE
)
# Languages with elision: l'homme -> l' homme.
_ELIDING = frozenset({"fr", "it", "ca", "ga", "oc", "co", "sc", "scn"})
_ELISION_PART = re.compile(
    r"(?<!\S)((?:[ldjmtscnbvz]|qu|jusqu|lorsqu|puisqu|quelqu|presqu|aujourd|un|dell|all|dall|nell|sull|coll|quell|quest"
    r"|bell|sant|cent|mezz|tutt|anch|com|dov|senz)['’])(?=\s)",
    re.IGNORECASE,
)
# Words that begin with an apostrophe: Afrikaans 'n, Dutch 't.
_LEADING = {
    code: re.compile(rf"(?<!\w){_QUOTE}(?=[{letters}](?!\w))", re.IGNORECASE)
    for code, letters in {"af": "nkts", "nl": "nkts", "fy": "nkts"}.items()
}


class _Moses(MosesTokenizer):
    """MosesTokenizer with sets of characters that are built once, and with all letters of Unicode."""

    NONBREAKING_PREFIXES: frozenset[str]
    NUMERIC_ONLY_PREFIXES: frozenset[str]
    _alphabetic = frozenset(MosesTokenizer.IsAlpha)
    _lower = frozenset(MosesTokenizer.IsLower)

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.PAD_NOT_ISALNUM = _pad_pattern(), r" \1 "
        self.NONBREAKING_PREFIXES = frozenset(vars(self)["NONBREAKING_PREFIXES"])
        self.NUMERIC_ONLY_PREFIXES = frozenset(vars(self)["NUMERIC_ONLY_PREFIXES"])

    def islower(self, text: str) -> bool:
        return self._lower.issuperset(text)

    def isanyalpha(self, text: str) -> bool:
        return not self._alphabetic.isdisjoint(text)


@functools.cache
def _pad_pattern() -> re.Pattern[str]:
    letters = character_class(["L", "M", "Nd", "Nl"], MosesTokenizer.IsAlnum + JOINERS + "".join(_HIDE.values()))
    return re.compile(rf"([^{letters}\s\.'\`\,\-])")


class MosesWords:
    """Tokeniser of one language: call it with a sentence."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._moses = _Moses(code)

    def __call__(self, text: str) -> Words:
        if not text.isascii():
            text = text.translate(_SHOW)
        apostrophes = "'" in text or "’" in text
        words = self._moses.tokenize(self._hide_apostrophes(text) if apostrophes else text, escape=False)
        if apostrophes:
            words = [word.translate(_SHOW) for word in words]
        return tuple(words) if text.isascii() else tuple(filter(is_visible, words))

    def _hide_apostrophes(self, text: str) -> str:
        if self.code == "en":
            text = _ENGLISH_PART.sub(_hidden, text)
            return _ENGLISH_SPLIT.sub(lambda match: f" {_hidden(match)}", text)
        if self.code in _ELIDING:
            text = _ELISION_PART.sub(_hidden, text)
            return _INSIDE.sub(lambda match: f"{_hidden(match)} ", text)
        if self.code in _LEADING:
            text = _LEADING[self.code].sub(_hidden, text)
        return _INSIDE.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    return match.group().replace("'", _HIDE["'"]).replace("’", _HIDE["’"])
