"""Quick checks of a corpus: other scripts, English sentences in another language, and remains of web pages.

They are heuristics over a sample of the sentences. Each is shown with its rule in words, so that the user can judge the result.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lraln_core.records import Words

from .characters import count_scripts, expected_scripts, has_letter
from .languages import get_language, script_for

SAMPLE = 5000  # sentences
EXAMPLES = 5
OWN_SCRIPT = 0.5  # share of a sentence's letters that should be of its language's script
ENGLISH_WORDS = frozenset("the and that with which were their this from have would they been these there when who its".split())
ENGLISH_SHARE, ENGLISH_DIFFERENT = 0.15, 2
LONG_ENOUGH = 8  # words; an English sentence of this length without any frequent word is rare
FREQUENT_ENGLISH = ENGLISH_WORDS | frozenset("of to in is it was for on are as be at by an or not a had has his her".split())
SAME_EDGE = 4  # words at the beginning or the end
REPEATED = 5  # sentences that begin or end alike
LETTERS_LEAST = 0.5
SHORT = 4  # words
_ADDRESS = re.compile(r"(?:https?://|www\.|[\w.+-]+@[\w-]+\.\w)", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-z][^<>]{0,80}>|&(?:[a-z]{2,8}|#\d{1,6});", re.IGNORECASE)
_ENDS = re.compile(r"[.!?\u2026:;\u0964\u0965\u061f\u06d4\u3002\uff01\uff1f\u1362\u104b]\W*$")


class Check(StrEnum):
    """The checks, by the name that is shown."""

    SCRIPT = "other script"
    ENGLISH = "English sentences"
    NOT_ENGLISH = "not English"
    NEAR_COPIES = "near copies"
    SAME_BEGINNING = "same beginning"
    SAME_END = "same end"
    ADDRESSES = "web addresses"
    MARKUP = "markup"
    FEW_LETTERS = "few letters"
    FRAGMENTS = "menu lines"


RULES = {  # which sentences are counted
    Check.SCRIPT: f"Less than {OWN_SCRIPT:.0%} of the letters belong to the script of the language.",
    Check.ENGLISH: f"At least {ENGLISH_DIFFERENT} different frequent English words (the, and, which ...), and at least "
    f"{ENGLISH_SHARE:.0%} of all words. Other foreign languages in the same script are not noticed.",
    Check.NOT_ENGLISH: f"{LONG_ENOUGH} words or more and none of the {len(FREQUENT_ENGLISH)} most frequent English words.",
    Check.NEAR_COPIES: "The same as an earlier sentence but for digits, punctuation and capitals.",
    Check.SAME_BEGINNING: f"The first {SAME_EDGE} words begin {REPEATED} sentences or more, as headings and page templates do.",
    Check.SAME_END: f"The last {SAME_EDGE} words end {REPEATED} sentences or more, as read-more links and licences do.",
    Check.ADDRESSES: "An address of a web page or an e-mail.",
    Check.MARKUP: "An HTML tag or a character entity such as &nbsp;",
    Check.FEW_LETTERS: f"Less than {LETTERS_LEAST:.0%} of what is not a space is a letter: tables, lists of numbers.",
    Check.FRAGMENTS: f"At most {SHORT} words and no full stop or other end of a sentence: menus, headings.",
}
WARN_FROM = {  # share of the sentences from which a warning is shown
    Check.SCRIPT: 0.02,
    Check.ENGLISH: 0.02,
    Check.NOT_ENGLISH: 0.05,
    Check.NEAR_COPIES: 0.02,
    Check.SAME_BEGINNING: 0.05,
    Check.SAME_END: 0.05,
    Check.ADDRESSES: 0.01,
    Check.MARKUP: 0.01,
    Check.FEW_LETTERS: 0.05,
    Check.FRAGMENTS: 0.1,
}


@dataclass(frozen=True)
class Finding:
    """One check over the sample."""

    check: Check
    found: int  # sentences
    looked_at: int
    examples: tuple[int, ...]  # numbers of sentences in the sample, from 0

    @property
    def share(self) -> float:
        return self.found / self.looked_at if self.looked_at else 0.0

    @property
    def suspicious(self) -> bool:
        """Whether a warning is shown."""
        return self.found > 1 and self.share >= WARN_FROM[self.check]

    @property
    def rule(self) -> str:
        return RULES[self.check]

    def sentence(self) -> str:
        """What was found, in a few words."""
        return f"{self.check.value}: {self.found:,} of {self.looked_at:,} sentences ({self.share:.0%})"


def sample_positions(size: int, count: int = SAMPLE) -> np.ndarray:
    """At most `count` positions of a corpus of `size` sentences, evenly spread."""
    return np.arange(size) if size <= count else np.linspace(0, size - 1, count).astype(np.int64)


def check_sentences(sentences: Sequence[Words], texts: Sequence[str], language: str) -> list[Finding]:
    """All checks that make sense for the language; texts are the sentences as written. Raises LanguageError."""
    known = get_language(language)
    scripts = expected_scripts(script_for(known, texts))
    tests: dict[Check, Callable[[Words, str], bool]] = {Check.SCRIPT: lambda words, text: _other_script(text, scripts)}
    if known.base == "en":
        tests[Check.NOT_ENGLISH] = lambda words, text: _not_english(words)
    else:
        tests[Check.ENGLISH] = lambda words, text: _english(words)
    found = {check: [at for at, pair in enumerate(zip(sentences, texts, strict=True)) if test(*pair)] for check, test in tests.items()}
    found[Check.NEAR_COPIES] = _near_copies(texts)
    found[Check.SAME_BEGINNING] = _same_edge(sentences, slice(None, SAME_EDGE))
    found[Check.SAME_END] = _same_edge([_without_punctuation(words) for words in sentences], slice(-SAME_EDGE, None))
    found[Check.ADDRESSES] = [at for at, text in enumerate(texts) if _ADDRESS.search(text)]
    found[Check.MARKUP] = [at for at, text in enumerate(texts) if _MARKUP.search(text)]
    found[Check.FEW_LETTERS] = [at for at, text in enumerate(texts) if _few_letters(text)]
    found[Check.FRAGMENTS] = [at for at, pair in enumerate(zip(sentences, texts, strict=True)) if _fragment(*pair)]
    return [Finding(check, len(places), len(sentences), tuple(places[:EXAMPLES])) for check, places in found.items()]


def _other_script(text: str, scripts: frozenset[str]) -> bool:
    letters = count_scripts([text])
    total = letters.total()
    return total > 0 and sum(letters[script] for script in scripts) < OWN_SCRIPT * total


def _english(words: Words) -> bool:
    frequent = [word for word in map(str.lower, words) if word in ENGLISH_WORDS]
    return len(set(frequent)) >= ENGLISH_DIFFERENT and len(frequent) >= ENGLISH_SHARE * len(words)


def _not_english(words: Words) -> bool:
    letters = [word.lower() for word in words if has_letter(word)]
    return len(letters) >= LONG_ENOUGH and not any(word in FREQUENT_ENGLISH for word in letters)


def _near_copies(texts: Sequence[str]) -> list[int]:
    seen: set[str] = set()
    copies = []
    for at, text in enumerate(texts):
        bare = "".join(filter(str.isalpha, text.lower()))
        if bare in seen:
            copies.append(at)
        seen.add(bare)
    return copies


def _without_punctuation(words: Words) -> Words:
    return tuple(word for word in words if any(map(str.isalnum, word)))


def _same_edge(sentences: Sequence[Words], edge: slice) -> list[int]:
    # Sentences that are hardly longer than the edge itself say nothing about templates.
    edges = [tuple(words[edge]) if len(words) > SAME_EDGE else () for words in sentences]
    counts = Counter(edges)
    return [at for at, words in enumerate(edges) if words and counts[words] >= REPEATED]


def _few_letters(text: str) -> bool:
    """Combining marks count as letters: in Indic scripts they are half of the characters."""
    shown = [char for char in text if not char.isspace()]
    return sum(char.isalpha() or _is_mark(char) for char in shown) < LETTERS_LEAST * len(shown)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _fragment(words: Words, text: str) -> bool:
    return len(_without_punctuation(words)) <= SHORT and not _ENDS.search(text)
