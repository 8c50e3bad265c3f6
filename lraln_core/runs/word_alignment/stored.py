"""Similarities of the words of sentence pairs under a finished run, as a job stores them and as the page Word alignment reads them.

With them every method of linking words can be tried at once, because no language model is needed any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from lraln_core.alignment.in_sentence.links import Float64, Link, SentenceMatrix
from lraln_core.choices import Aligner
from lraln_core.errors import RunError, WorkspaceError
from lraln_core.files.atomic import read_json, write_json
from lraln_core.records import Words
from lraln_core.text.characters import has_letter
from lraln_core.text.pharaoh import AlignedSentence

from .align import align_matrix
from .config import AlignerConfig

DECIMALS = 4  # of a stored similarity


class Space(StrEnum):
    """Which vectors the similarities are of."""

    BEFORE = "before"  # those of the encoder as it is
    AFTER = "after"  # under the maps of the run, or those of the encoder that the run trained


METHODS = tuple(method for method in Aligner if method.uses_vectors or method is Aligner.FAST_ALIGN)
"""What can be linked from a stored text: its similarities, and the links of fast_align that are stored with them."""


class GoldSource(StrEnum):
    """Where the links that are compared with come from."""

    FILE = "file"  # given with the text
    FAST_ALIGN = "fast_align"  # made from the text itself, so a comparison and no truth
    NONE = "none"


@dataclass(frozen=True)
class StoredPair:
    """A sentence pair with its similarities."""

    src: Words
    trg: Words
    gold: AlignedSentence | None
    fast_align: tuple[Link, ...]  # its links, where there was text to learn from
    similarity: dict[Space, Float64]  # each (source words, target words)

    def links(self, config: AlignerConfig, space: Space) -> tuple[Link, ...]:
        """The links of a method on the vectors of a space; fast_align's do not depend on the space."""
        if config.method is Aligner.FAST_ALIGN:
            return self.fast_align
        return align_matrix(self._restricted(self.similarity[space], config.letters_only), config)

    def _restricted(self, similarity: Float64, letters_only: bool) -> SentenceMatrix:
        rows, columns = (
            np.array([place for place, word in enumerate(words) if seen[place] and (has_letter(word) or not letters_only)], np.int64)
            for words, seen in ((self.src, np.any(similarity, axis=1)), (self.trg, np.any(similarity, axis=0)))
        )
        return SentenceMatrix(similarity[np.ix_(rows, columns)], rows, columns)


@dataclass(frozen=True)
class StoredText:
    """Sentence pairs of one text."""

    name: str  # of its file
    gold: GoldSource
    total: int  # sentence pairs of the text, of which some may be left out here
    pairs: tuple[StoredPair, ...]


def write(path: Path, text: StoredText) -> None:
    """Write atomically; `read` is the inverse up to rounding."""
    write_json(path, {"name": text.name, "gold": text.gold, "total": text.total, "pairs": [_to_json(pair) for pair in text.pairs]})


def read(path: Path) -> StoredText | None:
    """What a job wrote; None where there is nothing yet. Raises RunError for a damaged file."""
    if not path.exists():
        return None
    try:
        stored = read_json(path)
        pairs = tuple(_from_json(pair) for pair in stored["pairs"])
        return StoredText(str(stored["name"]), GoldSource(stored["gold"]), int(stored["total"]), pairs)
    except (KeyError, TypeError, ValueError, IndexError, WorkspaceError) as error:
        raise RunError(f"{path} is damaged; compute the similarities again.") from error


def _to_json(pair: StoredPair) -> dict[str, Any]:
    return {
        "src": pair.src,
        "trg": pair.trg,
        "gold": None if pair.gold is None else [pair.gold.sure, pair.gold.possible],
        "fast_align": [[one.src, one.trg, round(one.confidence, DECIMALS)] for one in pair.fast_align],
        **{str(space): matrix.round(DECIMALS).tolist() for space, matrix in pair.similarity.items()},
    }


def _from_json(stored: dict[str, Any]) -> StoredPair:
    src, trg = (tuple(str(word) for word in stored[side]) for side in ("src", "trg"))
    similarity = {space: np.array(stored[space], np.float64).reshape(len(src), len(trg)) for space in Space}
    if not all(np.isfinite(matrix).all() for matrix in similarity.values()):
        raise ValueError("a similarity is not a finite number")
    gold = None
    if stored["gold"] is not None:
        gold = AlignedSentence(*(tuple(_link(link, src, trg) for link in links) for links in stored["gold"]))
    fast_align = tuple(Link(*_link(link[:2], src, trg), float(link[2])) for link in stored["fast_align"])
    return StoredPair(src, trg, gold, fast_align, similarity)


def _link(link: Sequence[Any], src: Words, trg: Words) -> tuple[int, int]:
    one, other = int(link[0]), int(link[1])
    if not (0 <= one < len(src) and 0 <= other < len(trg)):
        raise ValueError("a link lies outside of its sentences")
    return one, other
