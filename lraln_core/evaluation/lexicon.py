"""Quality of mined pairs: precision by a lexicon, unique types (paper, Table 9), word pairs per sentence pair (section 5.3).

Every function takes the columns of pairs-NNNN.parquet, as a DataFrame or as a mapping of column name to array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

Pairs = pd.DataFrame | Mapping[str, np.ndarray]
Lexicon = Mapping[str, set[str]]
"""Source word to its translations, in lower case, as text.lexicon.read gives it."""


@dataclass(frozen=True)
class LexiconPrecision:
    """Counts of word pairs, tokens not types; words are compared in lower case.

    judged      the source word is an entry of the lexicon
    correct     judged, and the target word is one of its translations
    both_known  judged, and the target word is the translation of some entry: only there is a
                negative verdict reliable, since the lexicon lists few inflected forms

    coverage = judged / pairs, precision = correct / judged, precision_both_known = correct / both_known; a share of
    nothing is None. A lexicon is never complete, so precision is underestimated.
    """

    pairs: int
    judged: int
    both_known: int
    correct: int

    @property
    def coverage(self) -> float | None:
        return _share(self.judged, self.pairs)

    @property
    def precision(self) -> float | None:
        return _share(self.correct, self.judged)

    @property
    def precision_both_known(self) -> float | None:
        return _share(self.correct, self.both_known)

    def figures(self) -> dict[str, int | float | None]:
        """Counts and shares, for JSON."""
        shares = ("coverage", "precision", "precision_both_known")
        return asdict(self) | {name: getattr(self, name) for name in shares}


def precision(pairs: Pairs, lexicon: Lexicon) -> LexiconPrecision:
    """Precision of all pairs."""
    return _sum(_judge(pairs, lexicon))


def precision_by_iteration(pairs: Pairs, lexicon: Lexicon) -> dict[int, LexiconPrecision]:
    """Precision of each mining iteration that has a pair, in order."""
    judged = _judge(pairs, lexicon)
    iteration = np.asarray(pairs["iteration"])
    return {int(number): _sum(judged[iteration == number]) for number in np.unique(iteration)}


def precision_by_similarity(pairs: Pairs, lexicon: Lexicon, edges: Sequence[float]) -> list[tuple[float, float, LexiconPrecision]]:
    """Precision in the bands edges[i] <= similarity < edges[i + 1], empty ones included; the last band holds its upper edge.

    -> (lower edge, upper edge, precision) for each band. Raises ValueError when the edges do not rise.
    """
    if len(edges) < 2 or any(low >= high for low, high in zip(edges, edges[1:], strict=False)):
        raise ValueError(f"The edges of similarity bands must rise: {list(edges)}.")
    judged = _judge(pairs, lexicon)
    # Edges of the same precision as the similarities: 0.8 as float32 belongs to the band that starts at 0.8.
    similarity = np.asarray(pairs["similarity"], np.float32)
    bounds = np.asarray(edges, np.float32)
    band = np.searchsorted(bounds, similarity, side="right") - 1
    band[similarity == bounds[-1]] = len(edges) - 2
    return [(low, high, _sum(judged[band == i])) for i, (low, high) in enumerate(zip(edges, edges[1:], strict=False))]


def similarity_edges(pairs: Pairs, bands: int = 10) -> list[float]:
    """Edges that cut the pairs into bands of about equal size; fewer where similarities repeat. [] without pairs."""
    similarity = np.asarray(pairs["similarity"], np.float64)
    if not len(similarity):
        return []
    edges = np.unique(np.quantile(similarity, np.linspace(0, 1, bands + 1)))
    return edges.tolist() if len(edges) > 1 else [float(edges[0]), float(np.nextafter(np.float32(edges[0]), np.float32(2)))]


@dataclass(frozen=True)
class UniqueTypes:
    """Different words among the mined pairs of each language (paper, Table 9), and different pairs of them."""

    src: int
    trg: int
    pairs: int


def unique_types(pairs: Pairs, *, lower: bool = False) -> UniqueTypes:
    """Words that differ in case only are different types, unless `lower`."""
    src, trg = _tokens(pairs, lower)
    return UniqueTypes(src.nunique(), trg.nunique(), len(pd.DataFrame({"src": src, "trg": trg}).drop_duplicates()))


@dataclass(frozen=True)
class SentencePairs:
    """Sentence pairs that share at least one word pair in one iteration, and those that share several (paper, section 5.3)."""

    total: int
    several: int

    @property
    def several_share(self) -> float | None:
        """About 0.25 in the paper."""
        return _share(self.several, self.total)


def sentence_pairs(pairs: Pairs) -> SentencePairs:
    """Counted once an iteration: a sentence pair that is drawn again counts again, as it does in training."""
    columns = {name: np.asarray(pairs[name]) for name in ("iteration", "src_sentence", "trg_sentence")}
    sizes = pd.DataFrame(columns).value_counts(sort=False)
    return SentencePairs(len(sizes), int((sizes > 1).sum()))


def _judge(pairs: Pairs, lexicon: Lexicon) -> np.ndarray:
    """(n, 3) bool: judged, both known, correct; looked up once per different pair of words."""
    src, trg = _tokens(pairs, lower=True)
    src_code, src_words = pd.factorize(src)
    trg_code, trg_words = pd.factorize(trg)
    known_src = np.array([word in lexicon for word in src_words], bool)
    translations = set().union(*lexicon.values())
    known_trg = np.array([word in translations for word in trg_words], bool)
    key, place = np.unique(src_code * max(1, len(trg_words)) + trg_code, return_inverse=True)
    s, t = key // max(1, len(trg_words)), key % max(1, len(trg_words))
    correct = np.array([trg_words[j] in lexicon.get(src_words[i], ()) for i, j in zip(s, t, strict=True)], bool)
    judged: np.ndarray = np.stack([known_src[s], known_src[s] & known_trg[t], correct], 1)
    return np.asarray(judged[place.ravel()])


def _tokens(pairs: Pairs, lower: bool) -> tuple[pd.Series, pd.Series]:
    sides = (pd.Series(np.asarray(pairs[name], object), dtype="object") for name in ("src_token", "trg_token"))
    src, trg = (side.map(str.lower) if lower else side for side in sides)
    return src, trg


def _sum(judged: np.ndarray) -> LexiconPrecision:
    return LexiconPrecision(len(judged), *(int(count) for count in judged.sum(0)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
