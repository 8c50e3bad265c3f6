"""A tagger that learns from unlabelled text of the tested language, on the same frozen CCWRs.

Every step is an option, none reads a tag of the tested language:
1. several seeds are averaged; 2. the words of the language get the mean and spread of the training words (`alignment/colouring.py`);
3. the shares of the tags in the text are estimated and the scores corrected by them; how much of 2 and 3 is done is chosen by the
agreement of taggers (`consensus.py`); 4. tags are decoded as valid IOB2, with the training tags' own transitions; 5. prototypes of the
tags are pulled together (`prototypes.py`); 6. self-training: a tagger learns from the training sentences and the machine-tagged text,
whose doubtful tags are dropped (`denoising.py`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lraln_core.alignment import colouring
from lraln_core.alignment import maps as maps_module
from lraln_core.errors import RunError
from lraln_core.text.iob2 import TaggedSentence

from .consensus import FULL, Candidate, candidates, most_agreed
from .decoding import decode, transitions
from .denoising import neighbour_consistency
from .prototypes import align, corrected, prototypes
from .scores import TAGS
from .tagger import LinearTagger, TaggedWords, TaggerOptions, average, fit

SETTLED = 0.005  # share of words whose tag changes in a round; below it self-training has ended
LARGEST_SHIFT = np.log(3.0)  # of a tag's share between the languages: a larger estimate is a mistake of the tagger
FEWEST_WORDS = 200  # of unlabelled text; mean, spread and shares of fewer say nothing
EM_STEPS = 50
KEPT = 0.5  # a machine-made tag with less weight than this counts as dropped
ENTITY_RATIO = 2.5  # share of words tagged as entity, unlabelled text to training text: beyond this factor nothing is believed
NEVER = -40.0  # log probability in place of minus infinity


@dataclass(frozen=True)
class AdaptationOptions:
    """What is done with unlabelled text; defaults and meanings are declared in runs/jobs/ner_options.py."""

    seeds: int
    colouring: float  # 0 only centres; negative leaves the words where they are
    shares: bool
    consensus: bool  # choose how much of the two before is done
    transitions: float
    prototypes: bool
    rounds: int  # of self-training at most
    neighbours: int  # of a word for the consistency of tags; 0: no such check
    agreement: bool


@dataclass(frozen=True)
class PseudoLabels:
    """The machine-made tags of the unlabelled text in the last round, and what the denoiser made of them. (n_words,) each."""

    sentences: tuple[TaggedSentence, ...]
    labels: np.ndarray  # int64
    confidence: np.ndarray  # float32, probability of the tag
    consistency: np.ndarray  # float32, share of the nearest words with the same tag; NaN where it was not asked for
    agreed: np.ndarray  # bool, whether both taggers of different data give the tag; True where it was not asked for
    weight: np.ndarray  # float32, in the loss; 0 was dropped


@dataclass(frozen=True)
class Round:
    """One step of the adaptation: share of unlabelled words whose tag differs from the step before, share tagged as entity, and weight."""

    changed: float
    entities: float
    kept: float


@dataclass(frozen=True)
class AdaptedTagger:
    """A linear tagger with the transitions of its decoder."""

    linear: LinearTagger
    change: np.ndarray | None  # (tags, tags); None takes the best tag of each word by itself

    def predict(self, words: TaggedWords) -> np.ndarray:
        """(n_words,) int64 labels, O for a word without a vector."""
        if self.change is None:
            return self.linear.predict(words)
        scores = log_softmax(words.vectors @ self.linear.weight.T + self.linear.bias)
        scores[~words.usable] = NEVER
        scores[~words.usable, 0] = 0
        return decode(scores, words.offsets, self.change)


@dataclass(frozen=True)
class Adaptation:
    """The tagger and how it came about."""

    tagger: AdaptedTagger
    pseudo: PseudoLabels
    rounds: tuple[Round, ...]
    self_training: int  # rounds of it that were done; without any no machine-made tag was learned from
    shares: np.ndarray  # (tags,) shares of the tags in the unlabelled text that the scores are corrected by
    chosen: Candidate  # how much of colouring and of the change of shares is done
    refused: str  # why the check without labels took back what was learned; "" where it did not

    def figures(self) -> dict[str, Any]:
        """The plain numbers, for JSON."""
        return {
            "rounds": [dataclasses.asdict(one) for one in self.rounds],
            "self_training": self.self_training,
            "shares": dict(zip(TAGS, self.shares.tolist(), strict=True)),
            "chosen": self.chosen._asdict(),
            "refused": self.refused,
            "pseudo_labels": len(self.pseudo.labels),
            "dropped": int((self.pseudo.weight < KEPT).sum()),
        }


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Log probabilities of each row, none below NEVER."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(np.maximum(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), NEVER))


def estimate_shares(probabilities: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The shares of the tags in a text, by expectation-maximisation from a tagger's probabilities there. -> (tags,)

    known: shares in the training text. Source: Saerens et al. 2002, equation 4. A share changes by a factor of exp(LARGEST_SHIFT) at most.
    """
    shares = known.copy()
    for _ in range(EM_STEPS):
        weighted = probabilities * (shares / known)
        shares = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
        shares = known * np.exp(np.clip(np.log(np.maximum(shares, 1e-9) / known), -LARGEST_SHIFT, LARGEST_SHIFT))
        shares /= shares.sum()
    return np.asarray(shares)


def _part_of_the_way(move: maps_module.LanguageMap, share: float) -> maps_module.LanguageMap:
    """The map to the place `share` of the way from x to its image. The scores of a linear tagger there are the mean of those of both."""
    if share == 1:
        return move
    identity = np.eye(len(move.matrix), dtype=np.float32)
    if share == 0:
        return maps_module.LanguageMap(identity)
    matrix = (1 - share) * identity + share * move.matrix
    if move.mean is None:
        return maps_module.LanguageMap(matrix.astype(np.float32))
    # (1 - s) x + s M (x - m) = N (x - n), with N = (1 - s) I + s M and N n = s M m
    mean = np.linalg.solve(matrix.astype(np.float64), share * (move.matrix.astype(np.float64) @ move.mean))
    return maps_module.LanguageMap(matrix.astype(np.float32), mean.astype(np.float32))


def train_averaged(
    features: np.ndarray,
    targets: np.ndarray,
    offsets: np.ndarray,
    options: TaggerOptions,
    rng: np.random.Generator,
    *,
    seeds: int = 1,
    weights: np.ndarray | None = None,
    tick: Callable[[], None] = lambda: None,
) -> LinearTagger:
    """The mean of the weights of the last half of the epochs, over several random orders and dropout masks. Arguments as for `fit`."""
    taggers: list[LinearTagger] = []
    for stream in rng.spawn(seeds):
        for checkpoint in fit(features.copy(), targets, offsets, options, weights=weights, rng=stream):
            if checkpoint.epoch > options.epochs // 2:
                taggers.append(checkpoint.tagger)
            tick()
    return average(taggers)


class Adapter:
    """Adapts a tagger of `training` to unlabelled words; `tick` is called after each epoch of any training."""

    def __init__(
        self,
        training: TaggedWords,
        unlabelled: TaggedWords,
        options: AdaptationOptions,
        tagger: TaggerOptions,
        *,
        rng: np.random.Generator,
        plain: LinearTagger | None = None,
        tick: Callable[[], None] = lambda: None,
    ):
        """plain: a tagger of `training` that exists already and is one of the seeds. The tags of `unlabelled` are not read.

        Raises RunError when a side has no word with a vector.
        """
        if not training.usable.any() or not unlabelled.usable.any():
            raise RunError("The tagger cannot learn from unlabelled text: one of the two languages has no word with a vector.")
        self.options, self.settings, self.rng, self.tick, self.plain = options, tagger, rng, tick, plain
        rows = np.flatnonzero(training.usable)
        self.x, self.y = training.vectors[rows], training.labels[rows]
        self.offsets = np.searchsorted(rows, training.offsets)
        self.unlabelled = unlabelled
        self.rows = np.flatnonzero(unlabelled.usable)
        self.coloured = maps_module.LanguageMap(np.eye(self.x.shape[1], dtype=np.float32))
        if options.colouring >= 0:
            self.coloured = colouring.fit(unlabelled.vectors[self.rows], self.x, power=options.colouring).src
        self._take(FULL)
        self.u_offsets = np.searchsorted(self.rows, unlabelled.offsets)
        counts = np.bincount(self.y, minlength=len(TAGS)) + 1.0
        self.known = counts / counts.sum()
        self.change = transitions(self.y, self.offsets, options.transitions)

    def _take(self, chosen: Candidate) -> None:
        """Do so much of colouring and of the change of shares from here on."""
        self.chosen, self.move = chosen, _part_of_the_way(self.coloured, chosen.move)
        self.u = maps_module.apply(self.move, self.unlabelled.vectors[self.rows]).astype(np.float32)

    def _choose(self, tagger: LinearTagger) -> None:
        """Take the candidate whose tags of the unlabelled text the other candidates agree with most."""
        offered = candidates(move=self.options.colouring >= 0, shares=self.options.shares)
        taggings: list[np.ndarray] = []
        for one in offered:
            self._take(one)
            taggings.append(self._tag(tagger)[0])
        believed = [not self._doubt(float((labels > 0).mean())) for labels in taggings]
        self._take(offered[most_agreed(taggings, self.u_offsets, believed)[0]])

    def run(self) -> Adaptation:
        """The adapted tagger."""
        options = self.options
        plain = tagger = self._teacher()
        if options.consensus:
            self._choose(tagger)
        halves = self._halves() if options.agreement and options.rounds else []
        labels, shares, log_p = self._tag(tagger)
        rounds = [Round(1.0, float((labels > 0).mean()), 1.0)]
        if options.prototypes:
            own = prototypes(self.x, np.eye(len(TAGS))[self.y])
            sure = np.exp(log_p) * (np.exp(log_p).max(axis=1, keepdims=True) > 0.8)
            tagger = align(tagger, self.x, self.y, own, prototypes(self.u, sure), self.rng)
            before, (labels, shares, log_p) = labels, self._tag(tagger)
            rounds.append(Round(float((labels != before).mean()), float((labels > 0).mean()), 1.0))
        pseudo, trained = self._judge(labels, log_p, []), 0
        for _ in range(options.rounds):
            trained += 1
            pseudo = self._judge(labels, log_p, halves)
            tagger = self._student(labels, log_p, pseudo.weight)
            before, (labels, shares, log_p) = labels, self._tag(tagger)
            changed = float((labels != before).mean())
            rounds.append(Round(changed, float((labels > 0).mean()), float(pseudo.weight.mean())))
            if changed < SETTLED:
                break
        refused = self._doubt(rounds[-1].entities)
        if refused:
            # the plain head and valid tags, which need no unlabelled text
            self._take(Candidate(0.0, 0.0))
            shares, tagger = self.known, plain
            self.change = transitions(self.y, self.offsets, 0.0)
        return Adaptation(self._on_words(tagger, shares), self._all_words(pseudo), tuple(rounds), trained, shares, self.chosen, refused)

    def _doubt(self, entities: float) -> str:
        """The check without labels: texts of one kind name about as many things; far more or fewer is a mistake of the tagger."""
        if len(self.rows) < FEWEST_WORDS:
            return f"The unlabelled text has {len(self.rows)} words; at least {FEWEST_WORDS} are needed."
        ratio = entities / max(1e-9, 1 - float(np.bincount(self.y, minlength=len(TAGS))[0]) / len(self.y))
        if 1 / ENTITY_RATIO <= ratio <= ENTITY_RATIO:
            return ""
        return f"The tagger marks {ratio:.2f} times as many words of the unlabelled text as are entities in the training text."

    def _train(self, x: np.ndarray, y: np.ndarray, offsets: np.ndarray, weights: np.ndarray | None = None, seeds: int = 0) -> LinearTagger:
        return train_averaged(x, y, offsets, self.settings, self.rng, seeds=seeds or self.options.seeds, weights=weights, tick=self.tick)

    def _teacher(self) -> LinearTagger:
        """The mean of as many taggers of the training words as there are seeds."""
        if self.plain is None:
            return self._train(self.x, self.y, self.offsets)
        more = self.options.seeds - 1
        if not more:
            return self.plain
        others = self._train(self.x, self.y, self.offsets, seeds=more)
        share = np.float32(1 / self.options.seeds)
        return LinearTagger(share * self.plain.weight + (1 - share) * others.weight, share * self.plain.bias + (1 - share) * others.bias)

    def _halves(self) -> list[LinearTagger]:
        """Two taggers, of the even and the odd sentences."""
        taggers = []
        sentence = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        for half in (0, 1):
            kept = np.flatnonzero(sentence % 2 == half)
            if not len(kept):
                return []
            taggers.append(self._train(self.x[kept], self.y[kept], np.searchsorted(kept, self.offsets), seeds=1))
        return taggers

    def _tag(self, tagger: LinearTagger) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels of the unlabelled words, the estimated shares of tags, and corrected log probabilities (n, tags)."""
        log_p = log_softmax(self.u @ tagger.weight.T + tagger.bias)
        shares = self.known
        if self.options.shares and self.chosen.shares:
            shares = self.known * (estimate_shares(np.exp(log_p), self.known) / self.known) ** self.chosen.shares
            shares = shares / shares.sum()
        log_p = log_softmax(log_p + np.log(shares / self.known))
        return decode(log_p, self.u_offsets, self.change), shares, log_p

    def _judge(self, labels: np.ndarray, log_p: np.ndarray, halves: Sequence[LinearTagger]) -> PseudoLabels:
        confidence = np.exp(log_p[np.arange(len(labels)), labels]).astype(np.float32)
        weight, consistency = np.ones(len(labels), np.float32), np.full(len(labels), np.nan, np.float32)
        if self.options.neighbours and self.options.rounds:
            found = neighbour_consistency(self.u, labels, self.options.neighbours)
            consistency, weight = found.share, weight * found.weight
        agreed = np.ones(len(labels), bool)
        if halves:
            one, other = (self._tag(tagger)[0] for tagger in halves)
            agreed = (one == labels) & (other == labels)
            weight = weight * agreed
        return PseudoLabels((), labels, confidence, consistency, agreed, weight)

    def _student(self, labels: np.ndarray, log_p: np.ndarray, weight: np.ndarray) -> LinearTagger:
        certain = np.eye(len(TAGS), dtype=np.float32)
        target = certain[labels]
        if self.options.prototypes:
            target = corrected(np.exp(log_p), self.u, prototypes(self.u, target * weight[:, None]))
        x, y = np.concatenate([self.x, self.u]), np.concatenate([certain[self.y], target])
        weights = np.concatenate([np.ones(len(self.y), np.float32), weight])
        return self._train(x, y, np.concatenate([self.offsets, self.offsets[-1] + self.u_offsets[1:]]), weights)

    def _on_words(self, tagger: LinearTagger, shares: np.ndarray) -> AdaptedTagger:
        """W (A (E - m)) + b + log of the change of shares, as one linear layer on E."""
        matrix = tagger.weight @ self.move.matrix
        bias = tagger.bias + np.log(shares / self.known)
        if self.move.mean is not None:
            bias = bias - matrix @ self.move.mean
        return AdaptedTagger(LinearTagger(matrix, bias.astype(np.float32)), self.change)

    def _all_words(self, pseudo: PseudoLabels) -> PseudoLabels:
        """The same for all words of the text; those without a vector are O with weight 0."""
        values: dict[str, Any] = {"sentences": self.unlabelled.sentences}
        for field, empty in (("labels", 0), ("confidence", 0), ("consistency", np.nan), ("agreed", False), ("weight", 0)):
            given = getattr(pseudo, field)
            whole = np.full(len(self.unlabelled.usable), empty, given.dtype)
            whole[self.rows] = given
            values[field] = whole
        return dataclasses.replace(pseudo, **values)
