"""Words in a script that a tokenizer does not cover: they become the unknown piece, and their vectors carry no information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from lraln_core.records import Words

from . import word_pieces

NO_CHARACTER = "\U0010fffd"  # private use: nothing is written with it
WORD_BEGINS = "\u2581"  # the Unigram piece that marks the start of a word


@dataclass(frozen=True)
class UnknownWords:
    """How many of some words have no known subword; marks and numbers do not count."""

    unknown: int
    words: int

    @property
    def share(self) -> float:
        return self.unknown / self.words if self.words else 0.0


def count_unknown(sentences: Sequence[Words], tokenizer: Tokenizer) -> UnknownWords:
    """Words with a letter that no known piece is part of. Raises EncoderError when the tokenizer cannot be used."""
    lettered = [kept for words in sentences if (kept := [word for word in words if any(map(str.isalpha, word))])]
    total = sum(map(len, lettered))
    empty = {_unknown_id(tokenizer), tokenizer.token_to_id(WORD_BEGINS)}
    pieces = word_pieces.cut(tokenizer, [tuple(words) for words in lettered], special_tokens=False)
    known = sum(
        len({word for word, piece in zip(one.words, one.ids, strict=True) if word is not None and piece not in empty}) for one in pieces
    )
    return UnknownWords(total - known, total)


def _unknown_id(tokenizer: Tokenizer) -> int | None:
    """None for a tokenizer that can write everything."""
    try:
        found = tokenizer.model.tokenize(NO_CHARACTER)
    except Exception:  # a model without an unknown piece
        return None
    return found[0].id if len(found) == 1 else None
