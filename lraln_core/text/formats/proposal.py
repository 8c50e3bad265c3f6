"""A proposal of the language of a file, from its name, else from its letters and frequent words; a person confirms or changes it."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

from lraln_core.files.workspace import SAMPLE_DATA
from lraln_core.text.languages import PAPER, get_language, language_choices, script_of_text
from lraln_core.text.reading import PACKED

FREQUENT = 120  # words of a sample text that are looked for
LEAST = 0.2  # share of the running words that must be among them
# Scripts that are written by one language nearly alone; the others leave the choice to the words.
ONE_LANGUAGE = {
    "MALAYALAM": "ml", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "GUJARATI": "gu", "GURMUKHI": "pa", "ORIYA": "or", "SINHALA": "si",
    "THAI": "th", "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "GEORGIAN": "ka", "ARMENIAN": "hy", "GREEK": "el", "HANGUL": "ko",
    "HIRAGANA": "ja", "CJK": "zh", "HEBREW": "he", "TIBETAN": "bo",
}  # fmt: skip
COMMON_WORDS = frozenset(
    "is it no to so my as or am be he id in of on up us we do go me an at by if ii vi iv la al".split()
)  # no codes in a name
_WORD = re.compile(r"[^\W\d_]+")


def propose_language(name: str, texts: Iterable[str]) -> str | None:
    """The code of the likely language of a file, None where nothing points to one. name: of the file; texts: its first sentences.

    A code or English name in the name of the file decides (news.mk.txt, swahili-bible.tsv); then a script that one language has; then
    the words that are frequent in the sample texts.
    """
    texts = list(texts)
    return _by_name(name) or ONE_LANGUAGE.get(script_of_text(texts)) or _by_words(texts)


def _by_name(name: str) -> str | None:
    stems = PurePath(name.replace("\\", "/")).name.split(".")
    if len(stems) > 2 and f".{stems[-1].lower()}" in {packing for _, packing in PACKED.values()}:
        stems.pop()
    parts = [part for stem in reversed(stems[:-1] or stems) for part in reversed(re.split(r"[^A-Za-z]+", stem)) if part]
    for at, part in enumerate(parts):
        found = _names().get(part.lower())
        # A code stands at the beginning or the end: news.mk.txt, mk-news.txt.
        if found and (len(part) > 3 or at in (0, len(parts) - 1)):
            return found
    return None


@functools.cache
def _names() -> dict[str, str]:
    """Codes of two letters and English names of one word, in lower case, to codes."""
    found: dict[str, str] = {}
    for code, label in language_choices().items():
        name = label.rpartition(" (")[0].lower()
        if len(code) == 2 and code not in COMMON_WORDS:
            found[code] = code
        if len(name) > 3 and name.isascii() and name.isalpha():
            found.setdefault(name, code)
    for code in ("eng", *(get_language(one).code for one in PAPER)):
        found[code] = get_language(code).code
    return found


def _by_words(texts: list[str]) -> str | None:
    words = [word.lower() for text in texts for word in _WORD.findall(text)]
    if len(words) < 5:
        return None
    share = {code: sum(word in frequent for word in words) / len(words) for code, frequent in _frequent().items()}
    best = max(share, key=lambda code: share[code], default=None)
    return best if best is not None and share[best] >= LEAST else None


@functools.cache
def _frequent() -> dict[str, frozenset[str]]:
    """The frequent words of each sample text that no other sample text has among its own."""
    most = {
        path.stem: [word for word, _ in Counter(w.lower() for w in _WORD.findall(path.read_text(encoding="utf-8"))).most_common(FREQUENT)]
        for path in sorted((SAMPLE_DATA / "corpora").glob("??.txt"))
    }
    often = Counter(word for words in most.values() for word in words)
    return {code: frozenset(word for word in words if often[word] == 1) for code, words in most.items()}
