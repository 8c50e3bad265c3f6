"""One function for all aligners over vectors: a similarity matrix and a method give links with their confidence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lraln_core.choices import Aligner

from . import matching, probabilities, transport
from .links import Float64, Link, from_matrix


def link(
    similarity: Float64,
    method: Aligner,
    *,
    temperature: float,
    threshold: float,
    null: float | None,
    entropy: float,
    iterations: int,
    filtering: int,
    rounds: int,
) -> tuple[Link, ...]:
    """The links of one sentence pair, sorted. similarity (n, m) holds cosines.

    temperature, threshold and null: of softmax and entmax (`probabilities.both_ways`); entropy, iterations and filtering: of transport;
    rounds: of itermax. The confidence of a link is the geometric mean of the probabilities of its words in the
    two directions: those of the method or, where it has none, of a softmax with the temperature.
    Raises ValueError for fast_align, which does not work on vectors.
    """
    if method is Aligner.TRANSPORT:
        forward, backward = transport.sinkhorn(similarity, entropy=entropy, iterations=iterations)
        linked = transport.self_label(forward, backward, filtering=filtering)
    elif method in (Aligner.SOFTMAX, Aligner.ENTMAX):
        forward, backward = probabilities.both_ways(similarity, temperature=temperature, null=null, sparse=method is Aligner.ENTMAX)
        linked = probabilities.above_threshold(forward, backward, threshold)
    else:
        forward, backward = probabilities.both_ways(similarity, temperature=temperature, null=None, sparse=False)
        positive = (similarity + 1) / 2  # itermax multiplies, so a similarity must not be negative
        if method is Aligner.ARGMAX:
            linked = matching.argmax(positive)
        elif method is Aligner.ITERMAX:
            linked = matching.itermax(positive, rounds)
        elif method is Aligner.MATCH:
            linked = matching.maximum_matching(positive)
        else:
            raise ValueError(f"{method} does not work on vectors")
    return from_matrix(linked, np.sqrt(forward * backward))


def sure_and_possible(links: Iterable[Link], sure: float, possible: float) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """Links with a confidence of at least `sure`, and those below it with at least `possible`; the rest is left out."""
    links = tuple(links)
    return (
        tuple(one for one in links if one.confidence >= sure),
        tuple(one for one in links if possible <= one.confidence < sure),
    )
