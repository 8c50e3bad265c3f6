"""Word alignment of a text under an AlignerConfig, from the vectors of its words or from its statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lraln_core.alignment import maps as maps_module
from lraln_core.alignment.in_sentence import methods
from lraln_core.alignment.in_sentence.links import Link, SentenceMatrix, sentence_matrices
from lraln_core.alignment.maps import Maps
from lraln_core.choices import Aligner
from lraln_core.records import Words, WordVectors
from lraln_core.text import eflomal, word_alignment
from lraln_core.text.characters import has_letter
from lraln_core.text.pharaoh import AlignedSentence

from .config import AlignerConfig


def align_vectors(
    src: Sequence[Words], trg: Sequence[Words], vectors: tuple[WordVectors, WordVectors], config: AlignerConfig, maps: Maps | None = None
) -> list[tuple[Link, ...]]:
    """The links of every sentence pair from the CCWRs of both sides, with maps or without. Raises MapsError."""
    return [align_matrix(matrix, config) for matrix in matrices(src, trg, vectors, maps, letters_only=config.letters_only)]


def align_statistics(
    src: Sequence[Words], trg: Sequence[Words], config: AlignerConfig, *, more: tuple[Sequence[Words], Sequence[Words]] = ((), ())
) -> list[tuple[Link, ...]]:
    """The links of every sentence pair by fast_align or eflomal, which learn from these pairs and from `more`. Raises LralnError."""
    align = eflomal.align_with_confidence if config.method is Aligner.EFLOMAL else word_alignment.align_with_confidence
    found = align([*src, *more[0]], [*trg, *more[1]], letters_only=config.letters_only)
    return [tuple(Link(*link, confidence) for link, confidence in links.items()) for links in found[: len(src)]]


def align_matrix(matrix: SentenceMatrix, config: AlignerConfig) -> tuple[Link, ...]:
    """The links of one sentence pair over the word numbers of its sentences."""
    if not matrix.similarity.size:
        return ()
    return matrix.renumber(
        methods.link(
            matrix.similarity,
            Aligner(config.method),
            temperature=config.temperature,
            threshold=config.threshold,
            null=config.null or None,
            entropy=config.entropy,
            iterations=config.iterations,
            filtering=config.filtering,
            rounds=config.rounds,
        )
    )


def matrices(
    src: Sequence[Words], trg: Sequence[Words], vectors: tuple[WordVectors, WordVectors], maps: Maps | None, *, letters_only: bool
) -> Iterator[SentenceMatrix]:
    """The similarities of every sentence pair under the maps; words without a vector are left out, and those without a letter."""
    sides = [
        side if one is None else side.replace_vectors(maps_module.apply(one, side.vectors))
        for side, one in zip(vectors, (maps.src, maps.trg) if maps else (None, None), strict=True)
    ]
    linkable = [
        side.valid & (~np.array([letters_only and not has_letter(word) for words in sentences for word in words], bool))
        for side, sentences in zip(sides, (src, trg), strict=True)
    ]
    return sentence_matrices(sides[0], sides[1], linkable[0], linkable[1])


def as_aligned(links: Sequence[tuple[Link, ...]], config: AlignerConfig) -> list[AlignedSentence]:
    """Links as sure and possible ones by the two thresholds."""
    parts = [methods.sure_and_possible(one, config.sure, config.possible) for one in links]
    return [AlignedSentence(*(tuple((link.src, link.trg) for link in part) for part in both)) for both in parts]
