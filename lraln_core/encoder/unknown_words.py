"""Words in a script that a tokenizer does not cover: they become the unknown piece, and their vectors carry no information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from lraln_core.errors import EncoderError
from lraln_core.records import Words

NO_CHARACTER = "\U0010fffd"  # private use: nothing is written with it
WORD_BEGINS = "\u2581"  # the piece of Unigram tokenizers that only says that a word begins


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
    try:
        encodings = tokenizer.encode_batch(lettered, is_pretokenized=True, add_special_tokens=False)
    except Exception as error:  # the library raises bare Exceptions
        raise EncoderError(f"The tokenizer of this language model failed: {error}.") from error
    known = sum(
        len({word for word, piece in zip(one.word_ids, one.ids, strict=True) if word is not None and piece not in empty})
        for one in encodings
    )
    return UnknownWords(total - known, total)


def _unknown_id(tokenizer: Tokenizer) -> int | None:
    """None for a tokenizer that can write everything."""
    try:
        found = tokenizer.model.tokenize(NO_CHARACTER)
    except Exception:  # a model without an unknown piece
        return None
    return found[0].id if len(found) == 1 else None
