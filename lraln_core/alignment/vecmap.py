"""VecMap: an orthogonal map between two type-level spaces, learned by self-learning [Artetxe et al. 2018; paper, section 4.2].

Map and dictionary are improved in turns; a random part of the similarities is hidden at first, and less of it whenever
the objective stops rising. The last step whitens, maps, re-weights by cross-correlation and de-whitens.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lraln_core.errors import ConfigError, RunError

from .dictionaries import induce
from .maps import LanguageMap, Maps
from .similarity import unit_rows

RANK_TOLERANCE = 1e-10  # relative to the largest eigenvalue


@dataclass(frozen=True)
class VecMapOptions:
    """The settings of the published VecMap code. Raises ConfigError for a value out of range."""

    self_learning: bool = True  # False: one map from the seed dictionary
    orthogonal: bool = False  # True: the last step is orthogonal too, the target is left as it is
    src_reweight: float = 0.5
    trg_reweight: float = 0.5
    csls_k: int = 10
    vocabulary_cutoff: int = 20_000  # most frequent words that dictionaries are induced over
    keep_probability: float = 0.1  # share of the similarities that is seen at first
    keep_growth: float = 2.0
    patience: int = 50  # iterations without improvement before more is seen, and before the end
    threshold: float = 1e-6  # least improvement of the objective

    @property
    def phases(self) -> int:
        """How often the share of the similarities that is seen grows until all are seen, the first phase included."""
        return 1 + math.ceil(math.log(1 / self.keep_probability, self.keep_growth))

    def __post_init__(self) -> None:
        limits = {
            "src_reweight": 0 <= self.src_reweight <= 1,
            "trg_reweight": 0 <= self.trg_reweight <= 1,
            "csls_k": self.csls_k >= 1,
            "vocabulary_cutoff": self.vocabulary_cutoff >= 1,
            "keep_probability": 0 < self.keep_probability <= 1,
            "keep_growth": self.keep_growth > 1,
            "patience": self.patience >= 1,
            "threshold": self.threshold > 0,
        }
        for name, fits in limits.items():
            if not fits:
                raise ConfigError(f"VecMap option {name} = {getattr(self, name)!r} is out of range.")


@dataclass(frozen=True)
class VecMapIteration:
    """One turn of self-learning."""

    number: int  # from 1
    keep_probability: float
    objective: float  # mean cosine of every word and its nearest
    improved: bool


@dataclass(frozen=True)
class VecMapResult:
    """Both maps, W (E - mean), into the common space; how they came about."""

    src: LanguageMap
    trg: LanguageMap
    dictionary: np.ndarray  # (n, 2) int64, the pairs the last map was learned from
    iterations: tuple[VecMapIteration, ...]
    reweighted: bool  # False: the last step is orthogonal, by option or because there are too few pairs


def learn(
    src: np.ndarray,
    trg: np.ndarray,
    seed: np.ndarray,
    options: VecMapOptions = VecMapOptions(),
    *,
    rng: np.random.Generator,
    progress: Callable[[VecMapIteration], None] | None = None,
) -> VecMapResult:
    """Map two spaces of anchors into one. src (n, d), trg (m, d), most frequent words first; seed (s, 2) row numbers.

    progress sees every iteration and may raise to stop. With fewer different words in the dictionary than dimensions,
    whitening has no answer, and the last step is orthogonal instead. Raises RunError for an empty seed.
    """
    seed = np.asarray(seed, np.int64).reshape(-1, 2)
    if not len(seed):
        raise RunError("VecMap has no seed dictionary: no word of one vocabulary is paired with a word of the other.")
    x, z = normalize(src), normalize(trg)
    dictionary, iterations = _self_learn(x, z, seed, options, rng, progress) if options.self_learning else (seed, [])
    pairs = x[dictionary[:, 0]], z[dictionary[:, 1]]
    enough = min(len(np.unique(column)) for column in dictionary.T) >= x.shape[1]
    reweighted = enough and not options.orthogonal
    if reweighted:
        src_matrix, trg_matrix = reweighted_maps(*pairs, options.src_reweight, options.trg_reweight)
    else:
        src_matrix, trg_matrix = orthogonal_map(*pairs), np.eye(x.shape[1])
    return VecMapResult(_language_map(src_matrix, src), _language_map(trg_matrix, trg), dictionary, tuple(iterations), reweighted)


def normalize(vectors: np.ndarray) -> np.ndarray:
    """Unit rows, centred, unit rows again [Artetxe et al. 2018, section 3.1]. (n, d) -> (n, d) float32."""
    unit = unit_rows(vectors)
    return unit_rows(unit - _centre(unit))


def _centre(unit: np.ndarray) -> np.ndarray:
    return np.asarray(unit.mean(0, dtype=np.float64), np.float32)


def _self_learn(
    x: np.ndarray,
    z: np.ndarray,
    dictionary: np.ndarray,
    options: VecMapOptions,
    rng: np.random.Generator,
    progress: Callable[[VecMapIteration], None] | None,
) -> tuple[np.ndarray, list[VecMapIteration]]:
    """Section 3.3 of Artetxe et al. 2018: the last dictionary, and the course of the objective."""
    iterations: list[VecMapIteration] = []
    keep, best, number, last_improvement = options.keep_probability, -np.inf, 1, 0
    frequent_x, frequent_z = x[: options.vocabulary_cutoff], z[: options.vocabulary_cutoff]
    while True:
        if number - last_improvement > options.patience:
            if keep >= 1:
                return dictionary, iterations
            keep, last_improvement = min(1.0, options.keep_growth * keep), number
        matrix = orthogonal_map(x[dictionary[:, 0]], z[dictionary[:, 1]]).astype(np.float32)
        induced = induce(frequent_x @ matrix.T, frequent_z, csls_k=options.csls_k, keep_probability=keep, rng=rng)
        dictionary, improved = induced.pairs, induced.objective - best >= options.threshold
        if improved:
            best, last_improvement = induced.objective, number
        iterations.append(VecMapIteration(number, keep, induced.objective, improved))
        if progress:
            progress(iterations[-1])
        number += 1


def orthogonal_map(src: np.ndarray, trg: np.ndarray) -> np.ndarray:
    """The orthogonal W with the least sum of |W x - z|^2 [Schönemann 1966]. src (n, d), trg (n, d) -> (d, d) float64."""
    left, _, right = np.linalg.svd((trg.T @ src).astype(np.float64))
    return np.asarray(left @ right)


def reweighted_maps(src: np.ndarray, trg: np.ndarray, src_reweight: float, trg_reweight: float) -> tuple[np.ndarray, np.ndarray]:
    """Whitening, orthogonal mapping, re-weighting, de-whitening [Artetxe et al. 2018, section 3.4]: the two maps, (d, d) float64.

    src (n, d), trg (n, d): paired rows. In each language: whiten with A, turn with U, scale each direction by its
    cross-correlation to the power of the weight, and de-whiten with U' A^-1 U.
    """
    src_white, src_back = whitening(src)
    trg_white, trg_back = whitening(trg)
    cross = src_white @ (src.astype(np.float64).T @ trg) @ trg_white
    left, correlation, right = np.linalg.svd(cross)

    def compose(white: np.ndarray, back: np.ndarray, turn: np.ndarray, weight: float) -> np.ndarray:
        return np.asarray(turn.T @ back @ turn @ np.diag(correlation**weight) @ turn.T @ white)

    return compose(src_white, src_back, left, src_reweight), compose(trg_white, trg_back, right.T, trg_reweight)


def whitening(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(V'V)^-1/2 and its inverse, both (d, d) symmetric float64; directions that the rows do not span are zero in both."""
    values, directions = np.linalg.eigh(vectors.astype(np.float64).T @ vectors)
    spanned = values > RANK_TOLERANCE * values[-1]
    root = np.sqrt(np.where(spanned, values, 0))
    inverse = np.divide(1, root, out=np.zeros_like(root), where=spanned)
    return (directions * inverse) @ directions.T, (directions * root) @ directions.T


def _language_map(matrix: np.ndarray, vectors: np.ndarray) -> LanguageMap:
    """The map as one for vectors of any length: the mean of the unit rows is brought to the size of the rows."""
    length = np.linalg.norm(np.asarray(vectors, np.float64), axis=1).mean()
    return LanguageMap(matrix.astype(np.float32), (_centre(unit_rows(vectors)) * length).astype(np.float32))


def paper_layers(result: VecMapResult) -> Maps:
    """The linear layers of the paper (footnote 9): an orthogonal matrix for the source, the identity for the target, no bias.

    The orthogonal matrix is the last step of learn with options.orthogonal. Raises ValueError for a re-weighted result.
    """
    if result.reweighted:
        raise ValueError("the paper's layers need a result whose last step is orthogonal")
    return Maps(LanguageMap(result.src.matrix), LanguageMap(result.trg.matrix))
