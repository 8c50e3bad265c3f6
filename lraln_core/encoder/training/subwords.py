"""New subwords for a language: a vocabulary learned on its text, the most frequent pieces first [Wang et al. 2020]."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from tokenizers import Tokenizer, trainers

from lraln_core.errors import EncoderError
from lraln_core.records import Progress, Sentences

MIN_COUNT = 2  # a piece that occurs once is a misspelling or a name
LEARNED_PER_NEW = 3  # the learned vocabulary is larger than the wanted one: many of its pieces are known already or rarely used
MAX_PIECE_LENGTH, MEAN_PIECE_LENGTH = 16, 4  # characters; the first is the Unigram trainer's own limit
MARGIN = 0.01  # how much better than its old spelling a new Unigram piece must at least score
BATCH = 10_000
NO_CHARACTER = "\U0010fffd"  # private use


class SubwordKind(StrEnum):
    """How a tokenizer cuts words: WordPiece (BERT), Unigram (XLM-R types and the built-in encoder)."""

    WORDPIECE = "WordPiece"
    UNIGRAM = "Unigram"


@dataclass(frozen=True)
class NewPiece:
    """A subword to be added to the vocabulary."""

    text: str  # as in the vocabulary, with ## or ▁
    count: int  # how often it occurs in the corpus when the learned vocabulary cuts it
    score: float  # log probability for Unigram; 0 for WordPiece, which has none


def kind_of(tokenizer: Tokenizer) -> SubwordKind:
    """Raises EncoderError for tokenizers of another kind, such as byte-level BPE."""
    name = type(tokenizer.model).__name__
    try:
        return SubwordKind(name)
    except ValueError as error:
        raise EncoderError(
            f"The vocabulary of a {name} tokenizer cannot be extended, only one of WordPiece (BERT) or Unigram (XLM-R)."
        ) from error


def count_words(sentences: Sentences, *, progress: Progress | None = None) -> Counter[str]:
    """Word types with their counts; subwords never cross a word, so this is all that a vocabulary needs of a text."""
    counts: Counter[str] = Counter()
    for start in range(0, len(sentences), BATCH):
        stop = min(start + BATCH, len(sentences))
        for words in sentences.words(range(start, stop)):
            counts.update(words)
        if progress:
            progress(stop, len(sentences))
    return counts


def cut(words: Iterable[str], tokenizer: Tokenizer) -> Iterator[list[int]]:
    """Piece ids of every word, without special tokens."""
    words = list(words)
    for start in range(0, len(words), BATCH):
        batch = [[word] for word in words[start : start + BATCH]]
        for encoding in tokenizer.encode_batch(batch, is_pretokenized=True, add_special_tokens=False):
            yield encoding.ids


def piece_counts(words: Counter[str], tokenizer: Tokenizer) -> Counter[int]:
    """How often each piece id occurs in the text."""
    counts: Counter[int] = Counter()
    for count, ids in zip(words.values(), cut(words, tokenizer), strict=True):
        for number in ids:
            counts[number] += count
    return counts


def unknown_id(tokenizer: Tokenizer) -> int:
    """Id of the unknown piece, found by tokenising a private-use character."""
    return tokenizer.model.tokenize(NO_CHARACTER)[0].id


class Speller:
    """Old pieces that spell a new one."""

    def __init__(self, tokenizer: Tokenizer):
        self.kind = kind_of(tokenizer)
        self.model = tokenizer.model
        settings = json.loads(tokenizer.to_str())["model"]
        if self.kind is SubwordKind.WORDPIECE:
            self.vocabulary: dict[str, int] = settings["vocab"]
            self.prefix: str = settings["continuing_subword_prefix"]
            self.scores = None
        else:
            self.vocabulary = {piece: number for number, (piece, _) in enumerate(settings["vocab"])}
            self.prefix = ""
            self.scores = np.array([score for _, score in settings["vocab"]])
        self.unknown = unknown_id(tokenizer)

    def ids(self, piece: str) -> tuple[list[int], bool]:
        """The ids of the known parts, and whether they spell the whole piece."""
        found = self._greedy(piece) if self.kind is SubwordKind.WORDPIECE else [token.id for token in self.model.tokenize(piece)]
        known = [number for number in found if number != self.unknown]
        return known, len(known) == len(found) > 0

    def _greedy(self, piece: str) -> list[int]:
        """Longest match first, as WordPiece does, but from the middle of a word for a piece that continues a word."""
        inside = piece.startswith(self.prefix) and len(piece) > len(self.prefix)
        rest, found = piece.removeprefix(self.prefix) if inside else piece, []
        while rest:
            for stop in range(len(rest), 0, -1):
                number = self.vocabulary.get((self.prefix if inside else "") + rest[:stop])
                if number is not None:
                    break
            else:
                stop, number = 1, self.unknown
            found.append(number)
            rest, inside = rest[stop:], True
        return found


def learn_pieces(words: Counter[str], tokenizer: Tokenizer, size: int, *, progress: Progress | None = None) -> list[NewPiece]:
    """The `size` most frequent pieces of the text that the tokenizer lacks; characters it cannot write at all come first.

    words are counted types, which progress counts and may interrupt. Fewer pieces come back when the text has no more.
    Raises EncoderError for a tokenizer that is neither WordPiece nor Unigram.
    """
    old = Speller(tokenizer)
    parts = _parts(words, tokenizer)
    alphabet = _alphabet(parts, old)
    learned = _learn(words, tokenizer, old, parts, alphabet, LEARNED_PER_NEW * size, progress)
    names = {number: piece for piece, number in learned.get_vocab().items()}
    counts = {names[number]: count for number, count in piece_counts(words, learned).items()}
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    ranked = sorted(counts, key=lambda piece: (-counts[piece], piece))
    letters = sorted(alphabet, key=lambda piece: (-alphabet[piece], piece))
    chosen = {piece: max(alphabet[piece], counts.get(piece, 0)) for piece in letters if alphabet[piece] >= MIN_COUNT}
    chosen |= {piece: counts[piece] for piece in ranked if counts[piece] >= MIN_COUNT and piece not in chosen}
    unknown = {piece: count for piece, count in chosen.items() if piece not in old.vocabulary and piece not in special}
    wanted = dict(list(unknown.items())[:size])
    scores = _scores(wanted, counts, old) if old.scores is not None else dict.fromkeys(wanted, 0.0)
    return [NewPiece(piece, count, scores[piece]) for piece, count in wanted.items()]


def _parts(words: Counter[str], tokenizer: Tokenizer) -> Counter[str]:
    """What the subword model sees of each word, after the tokenizer's own normalisation and splitting."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        text = tokenizer.normalizer.normalize_str(word) if tokenizer.normalizer else word
        for part, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text) if tokenizer.pre_tokenizer else [(text, None)]:
            counts[part] += count
    return counts


def _alphabet(parts: Counter[str], old: Speller) -> Counter[str]:
    """The text's characters as pieces, with ## inside a word."""
    counts: Counter[str] = Counter()
    for part, count in parts.items():
        for at, character in enumerate(part):
            counts[(old.prefix if at else "") + character] += count
    return counts


def _learn(
    words: Counter[str],
    tokenizer: Tokenizer,
    old: Speller,
    parts: Counter[str],
    alphabet: Counter[str],
    size: int,
    progress: Progress | None,
) -> Tokenizer:
    """A tokenizer of the same kind and normalisation with a vocabulary learned on the words alone."""
    if not alphabet:
        raise EncoderError("There is no word to learn subwords from.")
    settings = json.loads(tokenizer.to_str()) | {"added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
    model, room = settings["model"], size + len(alphabet) + 1
    if old.kind is SubwordKind.WORDPIECE:
        model["vocab"] = {model["unk_token"]: 0}
        # Ties between merges are settled by piece number, and the numbers of letters not named here vary from run to run.
        named = [model["unk_token"], *sorted(alphabet)]
        trainer: trainers.WordPieceTrainer | trainers.UnigramTrainer = trainers.WordPieceTrainer(
            vocab_size=room, show_progress=False, special_tokens=named, continuing_subword_prefix=old.prefix
        )
    else:
        model |= {"vocab": [["<unk>", 0.0]], "unk_id": 0}
        trainer = trainers.UnigramTrainer(vocab_size=room, show_progress=False, special_tokens=["<unk>"], unk_token="<unk>")
    learner = Tokenizer.from_str(json.dumps(settings))
    learner.train_from_iterator(_repeated(words, progress), trainer)
    # Built again without the named letters as added tokens, which would be cut out of the text before the model sees it.
    model["vocab"] = json.loads(learner.to_str())["model"]["vocab"]
    if old.kind is SubwordKind.UNIGRAM:
        model["vocab"] += _whole_words(parts, {piece for piece, _ in model["vocab"]}, size)
    return Tokenizer.from_str(json.dumps(settings))


def _whole_words(parts: Counter[str], learned: set[str], size: int) -> list[tuple[str, float]]:
    """Frequent words with their log probability. The Unigram trainer proposes only strings that two different words share."""
    total = math.log(sum(len(part) * count for part, count in parts.items()) / MEAN_PIECE_LENGTH)
    ranked = sorted(parts, key=lambda part: (-parts[part], part))
    fitting = [part for part in ranked if parts[part] >= MIN_COUNT and 1 < len(part) <= MAX_PIECE_LENGTH and part not in learned]
    return [(part, math.log(parts[part]) - total) for part in fitting[:size]]


def _repeated(words: Counter[str], progress: Progress | None) -> Iterator[str]:
    for done, (word, count) in enumerate(words.items()):
        if progress and done % BATCH == 0:
            progress(done, len(words))
        for start in range(0, count, 1000):
            yield " ".join([word] * min(1000, count - start))


def _scores(wanted: dict[str, int], counts: dict[str, int], old: Speller) -> dict[str, float]:
    """Log probabilities on the scale of the old vocabulary.

    In the text alone a piece is far more probable than among a hundred languages; the median difference over the pieces
    both vocabularies have brings the two scales together. A piece that would still lose to its old spelling is lifted
    just above it, for otherwise it would never be used; none goes below the lowest old score, which sets the price of
    unknown characters.
    """
    if old.scores is None:
        raise ValueError("only Unigram vocabularies have scores")
    total = math.log(sum(counts.values()))
    frequent = [(piece, count) for piece, count in counts.items() if count >= MIN_COUNT and piece in old.vocabulary]
    shared = [old.scores[old.vocabulary[piece]] - math.log(count) + total for piece, count in frequent]
    usual = old.scores[old.scores < 0]  # special tokens score 0
    lowest, middle = (float(usual.min()), float(usual.mean())) if len(usual) else (0.0, 0.0)
    shift = float(np.median(shared)) if shared else middle - float(np.mean([math.log(n) - total for n in wanted.values() or [1]]))
    scores = {}
    for piece, count in wanted.items():
        ids, whole = old.ids(piece)
        spelled = float(old.scores[ids].sum()) + MARGIN if whole else -math.inf
        scores[piece] = round(max(min(math.log(count) - total + shift, -MARGIN), spelled, lowest), 4)
    return scores
