"""Subwords of pre-tokenised sentences, cut as the model's own tokenizer cuts running text.

WordPiece and Unigram tokenizers mark the start of every word they are given, so words can be passed one by one. Tokenizers that take
the space before a word as part of its first subword (byte-level BPE, Gemma-style BPE) would cut single words differently; for them
the sentence is joined with spaces, and the subwords are assigned to words by their character offsets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Encoding, Tokenizer

from lraln_core.errors import EncoderError
from lraln_core.records import Words

_CUTS_AT_SPACES = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}


@dataclass(frozen=True)
class Pieces:
    """The subwords of one sentence."""

    ids: list[int]
    words: list[int | None]  # the word each subword belongs to, None for special tokens
    special: list[bool]  # whether a subword is a special token that the tokenizer added


def takes_words(tokenizer: Tokenizer) -> bool:
    """Whether words passed one by one are cut as in running text."""
    pre_tokenizer = tokenizer.pre_tokenizer
    return pre_tokenizer is not None and _takes_words(json.loads(pre_tokenizer.__getstate__()))


def _takes_words(pre_tokenizer: Mapping[str, Any]) -> bool:
    kind = pre_tokenizer.get("type")
    if kind == "Sequence":
        parts = pre_tokenizer.get("pretokenizers", [])
        marks = [part for part in parts if part.get("type") in ("Metaspace", "ByteLevel")]
        return all(map(_takes_words, marks)) if marks else any(map(_takes_words, parts))
    if kind == "Metaspace":
        return bool(pre_tokenizer.get("prepend_scheme", "always" if pre_tokenizer.get("add_prefix_space", True) else "never") == "always")
    if kind == "ByteLevel":
        return bool(pre_tokenizer.get("add_prefix_space"))
    return kind in _CUTS_AT_SPACES


def cut(tokenizer: Tokenizer, sentences: Sequence[Words], *, special_tokens: bool = True) -> list[Pieces]:
    """The subwords of every sentence. Raises EncoderError when the tokenizer fails or puts two words into one subword."""
    whole = takes_words(tokenizer)
    inputs = [list(words) for words in sentences] if whole else [" ".join(words) for words in sentences]
    try:
        encodings = tokenizer.encode_batch(inputs, is_pretokenized=whole, add_special_tokens=special_tokens)
    except Exception as error:  # the library raises bare Exceptions
        message = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EncoderError(f"The tokenizer of this language model failed: {message}") from error
    special = [[bool(mark) for mark in encoding.special_tokens_mask] for encoding in encodings]
    if whole:
        return [Pieces(one.ids, one.word_ids, marks) for one, marks in zip(encodings, special, strict=True)]
    return [Pieces(one.ids, _words_at(one, marks, words), marks) for one, marks, words in zip(encodings, special, sentences, strict=True)]


def _words_at(encoding: Encoding, special: Sequence[bool], words: Words) -> list[int | None]:
    """The word of each subword by its offsets in the joined sentence; a subword of a space alone belongs to no word."""
    word_at = [number for number, word in enumerate(words) for _ in range(len(word) + 1)]  # a space belongs to the word before it
    places = [place for number, word in enumerate(words) for place in [*range(len(word)), -1]]  # -1 for a space
    found: list[int | None] = []
    for (start, stop), is_special in zip(encoding.offsets, special, strict=True):
        inside = {word_at[at] for at in range(start, min(stop, len(word_at))) if places[at] >= 0}
        if len(inside) > 1:
            one, other = sorted(inside)[:2]
            raise EncoderError(
                f"The tokenizer of this language model cuts {words[one]!r} and {words[other]!r} as one subword, so they have no "
                "vectors of their own; choose another encoder."
            )
        found.append(None if is_special or not inside else inside.pop())
    return found
