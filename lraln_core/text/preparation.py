"""From a stream of lines to sentences.parquet: clean, tokenise, keep what fits the limits, drop repeats, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.files import schemas
from lraln_core.records import Words

from .characters import clean, count_scripts, has_letter, is_visible
from .reading import Sentence
from .report import CorpusLimits, DropReason
from .tokenization import Tokenizer

ROW_GROUP = 5000
EXAMPLES = 5


class _Sentence(NamedTuple):
    line: int
    text: str
    words: Words
    glosses: tuple[str, ...] = ()


class HashSet:
    """64-bit hashes in sorted numpy blocks: 8 bytes an element, where a Python set takes about 90.

    Two different strings have the same hash by chance in about n^2 of 2^65 sets of n strings.
    """

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []  # each sorted, int64; every block at least twice as long as the next

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def add(self, hashes: np.ndarray) -> np.ndarray:
        """Add hashes (n,) int64; (n,) bool, True where a hash occurs for the first time."""
        fresh = np.zeros(len(hashes), bool)
        fresh[np.unique(hashes, return_index=True)[1]] = True
        for block in self._blocks:
            place = np.minimum(np.searchsorted(block, hashes), len(block) - 1)
            fresh &= block[place] != hashes
        if fresh.any():
            self._blocks.append(np.sort(hashes[fresh]))
        while len(self._blocks) > 1 and len(self._blocks[-2]) < 2 * len(self._blocks[-1]):
            self._blocks[-2:] = [np.sort(np.concatenate(self._blocks[-2:]))]
        return fresh


def hash_strings(strings: list[str]) -> np.ndarray:
    """Hashes (n,) int64, valid within this process only."""
    return np.fromiter(map(hash, strings), np.int64, len(strings))


class Counts:
    """What became of the lines; memory grows by 8 bytes a sentence and 8 bytes a different word."""

    def __init__(self) -> None:
        self.lines = self.kept = self.words = 0
        self.dropped: Counter[str] = Counter()
        self.examples: dict[str, list[int]] = {}
        self.letters: Counter[str] = Counter()
        self.types = HashSet()

    def drop(self, reason: DropReason, line: int) -> None:
        self.dropped[reason.value] += 1
        examples = self.examples.setdefault(reason.value, [])
        if len(examples) < EXAMPLES:
            examples.append(line)

    def keep(self, sentences: list[_Sentence]) -> None:
        self.kept += len(sentences)
        words = [word for sentence in sentences for word in sentence.words]
        self.words += len(words)
        self.types.add(hash_strings(words))
        self.letters.update(count_scripts(sentence.text for sentence in sentences))


def write_sentences(
    lines: Iterable[Sentence],
    path: Path,
    *,
    tokenizer: Tokenizer,
    script: str,
    limits: CorpusLimits,
    limit: int = 0,
    own_words: bool = False,
    glossed: bool = False,
) -> Counts:
    """Write the sentences that fit, in row groups of ROW_GROUP, and stop after `limit` of them (0: all).

    own_words takes the words that a line brings instead of the tokeniser's; glossed does so too, and writes their glosses.
    """
    schema = schemas.GLOSSED_SENTENCES if glossed else schemas.SENTENCES
    counts, seen = Counts(), HashSet()
    pending: list[_Sentence] = []
    ready: list[_Sentence] = []
    with open(path, "wb") as file, pq.ParquetWriter(file, schema, compression=schemas.COMPRESSION) as writer:

        def settle() -> None:
            """Drop the repeats among the pending sentences, and write when a row group is full."""
            fresh = seen.add(hash_strings([sentence.text for sentence in pending]))
            new = [sentence for sentence, first in zip(pending, fresh, strict=True) if first]
            for index in np.flatnonzero(~fresh):
                counts.drop(DropReason.DUPLICATE, pending[index].line)
            pending.clear()
            counts.keep(new)
            ready.extend(new)
            while len(ready) >= ROW_GROUP:
                _write_group(writer, schema, ready[:ROW_GROUP], counts.kept - len(ready))
                del ready[:ROW_GROUP]

        for line in lines:
            counts.lines += 1
            found = _examine(line, tokenizer, script, limits, own_words or glossed)
            if isinstance(found, DropReason):
                counts.drop(found, line.number)
                continue
            pending.append(found)
            # Never more pending than may still be kept, so that the stream is not read past the limit.
            if len(pending) == (min(ROW_GROUP, limit - counts.kept) if limit else ROW_GROUP):
                settle()
                if counts.kept == limit:
                    break
        settle()
        if ready:
            _write_group(writer, schema, ready, counts.kept - len(ready))
    return counts


def _examine(line: Sentence, tokenizer: Tokenizer, script: str, limits: CorpusLimits, own_words: bool) -> _Sentence | DropReason:
    if line.text is None:
        return DropReason.LINE_TOO_LONG
    text = clean(line.text, script=script, nfc=limits.nfc)
    if not text:
        return DropReason.EMPTY
    if limits.max_chars is not None and len(text) > limits.max_chars:
        return DropReason.TOO_LONG
    if not has_letter(text):
        return DropReason.NO_LETTERS
    words, glosses = _own_words(line, script) if own_words and line.words else (tokenizer(text), ())
    if len(words) < limits.min_words:
        return DropReason.TOO_SHORT
    if limits.max_words is not None and len(words) > limits.max_words:
        return DropReason.TOO_LONG
    return _Sentence(line.number, text, words, glosses)


def _own_words(line: Sentence, script: str) -> tuple[Words, tuple[str, ...]]:
    """The visible words of a line as the file gives them, and their glosses."""
    words = [clean(word, script=script) for word in line.words or ()]
    glosses = line.glosses or ("",) * len(words)
    kept = [(word, gloss) for word, gloss in zip(words, glosses, strict=True) if word and is_visible(word)]
    return tuple(word for word, _ in kept), tuple(gloss for _, gloss in kept)


def _write_group(writer: pq.ParquetWriter, schema: pa.Schema, sentences: list[_Sentence], position: int) -> None:
    columns: dict[str, Any] = {
        "position": range(position, position + len(sentences)),
        "line": [sentence.line for sentence in sentences],
        "text": [sentence.text for sentence in sentences],
        "words": [sentence.words for sentence in sentences],
    }
    if "glosses" in schema.names:
        columns["glosses"] = [sentence.glosses or ("",) * len(sentence.words) for sentence in sentences]
    writer.write_table(schemas.build(columns, schema), row_group_size=ROW_GROUP)
