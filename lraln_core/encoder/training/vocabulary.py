"""Extending a model's vocabulary with a language's most frequent new subwords (paper, section 4.1, after Wang et al. 2020).

The pieces become part of the subword model itself. Tokens that are merely added beside it would be matched inside words
and would lose the distinction between the start and the inside of a word.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from lraln_core.errors import EncoderError
from lraln_core.files.randomness import rng_for

from .language_model import LanguageModel, resize
from .subwords import NewPiece, Speller, SubwordKind, cut, kind_of, unknown_id


class Initialization(StrEnum):
    """Where the embedding row of a new piece comes from."""

    PIECES = "pieces"  # the mean of the rows of the old pieces that spelled it
    RANDOM = "random"  # normal, with mean and standard deviation of the old rows in each dimension


@dataclass(frozen=True)
class Coverage:
    """How finely a tokenizer cuts a text. A word it cannot write at all counts as one subword."""

    fertility: float  # subwords per word
    unknown_rate: float  # share of the words with an unknown part
    words: int  # running words that have any subword


@dataclass(frozen=True)
class VocabularyReport:
    """A vocabulary before and after its extension, measured on one text."""

    kind: SubwordKind
    new_pieces: int
    used_pieces: int  # new pieces that occur when the text is cut anew
    fertility_before: float
    fertility_after: float
    unknown_before: float
    unknown_after: float
    changed_words: float  # share of the running words that are cut otherwise than before
    words: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self) | {"kind": str(self.kind)}


@dataclass(frozen=True)
class Extension:
    """The pieces added to a vocabulary."""

    pieces: tuple[NewPiece, ...]
    ids: np.ndarray  # (n,) int64, embedding rows of the new pieces
    report: VocabularyReport


def add_pieces(
    opened: LanguageModel,
    pieces: Sequence[NewPiece],
    words: Counter[str],
    *,
    initialization: Initialization = Initialization.PIECES,
    seed: int = 1,
) -> Extension:
    """Add pieces to the vocabulary of tokenizer and model, which are changed; words are the text to measure on.

    Raises EncoderError without a piece, and for tokenizers that are neither WordPiece nor Unigram.
    """
    if not pieces:
        raise EncoderError("The text brings no subword that the vocabulary lacks; there is nothing to extend.")
    old = opened.tokenizer
    extended = extend_tokenizer(old, pieces)
    ids = np.array([extended.token_to_id(piece.text) for piece in pieces], np.int64)
    embeddings: Any = opened.model.get_input_embeddings()
    rows = int(embeddings.num_embeddings)
    resize(opened.model, int(ids.max()) + 1)
    speller = Speller(old)
    spelled = [speller.ids(piece.text)[0] if initialization is Initialization.PIECES else [] for piece in pieces]
    embeddings = opened.model.get_input_embeddings()
    tables = [embeddings.weight, opened.head.bias]
    for number, table in enumerate(tables):
        start_rows(table.data, rows, ids, spelled, rng_for(seed, "new-rows", number))
    opened.model.tie_weights()
    opened.tokenizer = extended
    return Extension(tuple(pieces), ids, compare(old, extended, words, ids))


def extend_tokenizer(tokenizer: Tokenizer, pieces: Sequence[NewPiece]) -> Tokenizer:
    """A copy whose subword model has the pieces as well; every old piece keeps its id. Raises EncoderError for other kinds."""
    kind = kind_of(tokenizer)
    settings = json.loads(tokenizer.to_str())
    vocabulary = settings["model"]["vocab"]
    beside = {token["id"]: token["content"] for token in settings["added_tokens"]}  # some lie beyond the model's own vocabulary
    if kind is SubwordKind.WORDPIECE:
        first = max([*vocabulary.values(), *beside]) + 1
        vocabulary |= {piece.text: first + number for number, piece in enumerate(pieces)}
    else:
        lowest = min(score for _, score in vocabulary)
        for number in range(len(vocabulary), max(beside, default=-1) + 1):  # here a piece's place in the list is its id
            vocabulary.append([beside.get(number, f"<unused{number}>"), lowest])
        vocabulary += [[piece.text, piece.score] for piece in pieces]
    return Tokenizer.from_str(json.dumps(settings))


def start_rows(table: torch.Tensor, old_rows: int, ids: np.ndarray, spelled: Sequence[Sequence[int]], rng: np.random.Generator) -> None:
    """Fill the rows `ids` of a table (rows, d) or (rows,): the mean of the rows that spelled a piece, else a random row.

    Random rows are normal with the mean and the standard deviation of the first `old_rows` rows in each dimension.
    """
    mean, deviation = table[:old_rows].mean(0), table[:old_rows].std(0)
    noise = torch.from_numpy(rng.standard_normal((len(ids), *table.shape[1:]), np.float32))
    rows = mean + noise * deviation
    for at, parts in enumerate(spelled):
        if parts:
            rows[at] = table[list(parts)].mean(0)
    table[torch.from_numpy(ids)] = rows


def changed_share(words: Counter[str], old: Tokenizer, new: Tokenizer) -> float:
    """Share of the running words that the two tokenizers cut differently."""
    return _changed(words, list(cut(words, old)), list(cut(words, new)))


def compare(old: Tokenizer, new: Tokenizer, words: Counter[str], new_ids: np.ndarray) -> VocabularyReport:
    """Both tokenizers on one text."""
    cuts = [list(cut(words, tokenizer)) for tokenizer in (old, new)]
    before, after = (_coverage(words, ids, unknown_id(old)) for ids in cuts)
    used = {number for ids in cuts[1] for number in ids} & set(new_ids.tolist())
    return VocabularyReport(
        kind_of(new),
        len(new_ids),
        len(used),
        before.fertility,
        after.fertility,
        before.unknown_rate,
        after.unknown_rate,
        _changed(words, *cuts),
        after.words,
    )


def _coverage(words: Counter[str], cuts: Sequence[Sequence[int]], unknown: int) -> Coverage:
    seen = [(count, ids) for count, ids in zip(words.values(), cuts, strict=True) if ids]  # words invisible to the tokenizer do not count
    total = sum(count for count, _ in seen)
    pieces = sum(count * len(ids) for count, ids in seen)
    lost = sum(count for count, ids in seen if unknown in ids)
    return Coverage(pieces / total, lost / total, total) if total else Coverage(float("nan"), float("nan"), 0)


def _changed(words: Counter[str], old: Sequence[Sequence[int]], new: Sequence[Sequence[int]]) -> float:
    return sum(count for count, one, two in zip(words.values(), old, new, strict=True) if one != two) / max(1, sum(words.values()))
