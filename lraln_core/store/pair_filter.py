"""A selection of mined pairs and its order, as SQL conditions with parameters.

The unit is the distinct place: a source word occurrence with a target word occurrence. A place that several iterations found is
selected once, as the first of the iterations that the filter allows found it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lraln_core.errors import ConfigError
from lraln_core.evaluation.pair_scores import HUB_FROM
from lraln_core.evaluation.spelling import Alike

from .matching import Match, coerce, condition, searchable


class Direction(StrEnum):
    """How a pair was found."""

    ANY = "any"
    FORWARD = "forward"
    BACKWARD = "backward"
    MUTUAL = "mutual"  # in both directions


class Judged(StrEnum):
    """Verdicts on a pair."""

    ANY = "any"
    NOT_YET = "not yet"
    ALREADY = "already"
    RIGHT = "right"
    SIMILAR = "similar"
    WRONG = "wrong"
    UNSURE = "unsure"


class Trait(StrEnum):
    """What a scored pair may be; a pair of a run without scores is none of these."""

    HUB = "hub"  # one of its words is near to very many words
    SAME = "same spelling"
    ALIKE = "similar spelling"  # or the same
    FALSE_FRIEND = "false friend"  # spelled alike, and the lexicon gives another translation
    CONFLICT = "lexicon conflict"  # the lexicon knows both words, and not as translations of each other
    FUNCTION = "function word"  # one of its words is among the most frequent of its corpus


_ALIKE = f"alike >= {int(Alike.NEARLY)}"
_TRAITS = {
    Trait.HUB: f"greatest(src_hubness, trg_hubness) >= {HUB_FROM}",
    Trait.SAME: f"alike = {int(Alike.SAME)}",
    Trait.ALIKE: _ALIKE,
    Trait.FALSE_FRIEND: f"({_ALIKE} AND NOT in_lexicon)",
    Trait.CONFLICT: "NOT in_lexicon",
    Trait.FUNCTION: "(src_frequent OR trg_frequent)",
}


class Sort(StrEnum):
    """Order of the pairs; ties are ordered by similarity, most similar first. In a run with scores the similarity is the cosine under
    the final maps."""

    CSLS = "csls"  # highest first
    MOST_SIMILAR = "most similar"
    LEAST_SIMILAR = "least similar"
    SRC_TOKEN = "source word"
    TRG_TOKEN = "target word"
    ITERATION = "iteration"
    SRC_BEFORE = "before source word"  # by the words before it, the nearest first
    SRC_AFTER = "after source word"
    TRG_BEFORE = "before target word"
    TRG_AFTER = "after target word"
    RANDOM = "random"


_ORDERS = {
    Sort.CSLS: "csls DESC NULLS LAST, by_similarity",
    Sort.MOST_SIMILAR: "cosine DESC NULLS LAST, by_similarity",
    Sort.LEAST_SIMILAR: "cosine NULLS LAST, by_similarity DESC",
    Sort.SRC_TOKEN: "by_src_token",
    Sort.TRG_TOKEN: "by_trg_token",
    Sort.ITERATION: "iteration, by_similarity",
    Sort.SRC_BEFORE: "by_src_before NULLS LAST, by_similarity",
    Sort.SRC_AFTER: "by_src_after NULLS LAST, by_similarity",
    Sort.TRG_BEFORE: "by_trg_before NULLS LAST, by_similarity",
    Sort.TRG_AFTER: "by_trg_after NULLS LAST, by_similarity",
    Sort.RANDOM: "hash(pair_id, $seed::BIGINT), pair_id",
}


def judged_pairs(*, run: str = "$run", run_id: str = "$run_id") -> str:
    """FROM and WHERE that join the pairs `p` of a run with the verdicts `j` that stand on them; the arguments are placeholders.

    A verdict belongs to a place in two corpora and counts in every run that mined it; a run without corpora has its own verdicts.
    """
    return f"""
    FROM runs r
    JOIN mined_pairs p ON p.run = r.number
    JOIN standing_judgements j
      ON j.src_corpus = coalesce(r.src_corpus, '') AND j.src_sentence = p.src_sentence AND j.src_word = p.src_word
     AND j.trg_corpus = coalesce(r.trg_corpus, '') AND j.trg_sentence = p.trg_sentence AND j.trg_word = p.trg_word
     AND (j.src_corpus <> '' OR j.run_id = r.id)
    WHERE r.id = {run_id} AND p.run = {run} AND j.verdict <> 'withdrawn'
"""


@dataclass(frozen=True)
class PairFilter:
    """A selection of the mined pairs of a run. Raises ConfigError when a value cannot be used."""

    run_id: str
    src_token: str = ""  # '' for every word
    trg_token: str = ""
    match: Match = Match.EXACT
    min_similarity: float | None = None  # both ends belong to the selection
    max_similarity: float | None = None
    min_csls: float | None = None
    traits: tuple[Trait, ...] = ()  # pairs that have all of these
    without: tuple[Trait, ...] = ()  # and none of these
    iteration: int | None = None  # counted from 0, as in the files
    direction: Direction = Direction.ANY
    multi_only: bool = False  # the sentence pair has several pairs in that iteration
    letters_only: bool = False  # both words hold a letter
    found_in: int = 1  # at least so many iterations found a pair at this place
    judged: Judged = Judged.ANY
    annotator: str = ""  # whose verdicts `judged` refers to; '' for all annotators
    sort: Sort = Sort.MOST_SIMILAR
    seed: int = 0  # of the random order

    def __post_init__(self) -> None:
        for name, kind in (("match", Match), ("direction", Direction), ("judged", Judged), ("sort", Sort)):
            object.__setattr__(self, name, coerce(kind, getattr(self, name), name))
        for name, what in (("src_token", "The source word"), ("trg_token", "The target word")):
            object.__setattr__(self, name, searchable(getattr(self, name), self.match, what))
        for name in ("traits", "without"):
            object.__setattr__(self, name, tuple(coerce(Trait, trait, name) for trait in getattr(self, name)))
        for name in ("min_similarity", "max_similarity", "min_csls"):
            value = getattr(self, name)
            if value is not None and not -1e30 < value < 1e30:
                raise ConfigError(f"{name} = {value!r} is not a similarity.")
        for name in ("iteration", "seed", "found_in"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 2**31:
                raise ConfigError(f"{name} = {value!r} is out of range.")

    def where(self, run: int, prefix: str = "") -> tuple[str, dict[str, Any]]:
        """(conditions for WHERE that select every distinct place once, their parameters); run: its number in the database.

        Every parameter is named with the prefix, so that the conditions of two selections can stand in one statement.
        """
        text, parameters = self.every_mining(run, prefix)
        if self.iteration is not None:  # an iteration finds a place once
            return text, parameters
        if self._about_places():
            return f"pair_id = place AND {text}", parameters
        return f"run = ${prefix}run AND pair_id IN (SELECT min(pair_id) FROM mined_pairs WHERE {text} GROUP BY place)", parameters

    def _about_places(self) -> bool:
        """Whether all conditions are the same in every iteration that found a place."""
        found = (self.min_similarity, self.max_similarity, self.direction, self.multi_only)
        return found == (None, None, Direction.ANY, False)

    def every_mining(self, run: int, prefix: str = "") -> tuple[str, dict[str, Any]]:
        """The same conditions for every pair of every iteration: a place that three iterations found is selected three times."""
        conditions: list[str] = []
        parameters: dict[str, Any] = {}

        def given(name: str, value: Any) -> str:
            """The placeholder of a parameter."""
            parameters[prefix + name] = value
            return f"${prefix}{name}"

        conditions.append(f"run = {given('run', run)}")
        for column in ("src_token", "trg_token"):
            if text := getattr(self, column):
                given(column, text)
                conditions.append(condition(column, prefix + column, self.match))
        # Compared in the column's own type: 0.8 typed by a person and 0.8 stored as FLOAT are the same number.
        if self.min_similarity is not None:
            conditions.append(f"similarity >= {given('low', float(self.min_similarity))}::FLOAT")
        if self.max_similarity is not None:
            conditions.append(f"similarity <= {given('high', float(self.max_similarity))}::FLOAT")
        if self.min_csls is not None:
            conditions.append(f"csls >= {given('csls', float(self.min_csls))}::FLOAT")
        conditions += [f"coalesce({_TRAITS[trait]}, false)" for trait in self.traits]
        conditions += [f"NOT coalesce({_TRAITS[trait]}, false)" for trait in self.without]
        if self.iteration is not None:
            conditions.append(f"iteration = {given('iteration', int(self.iteration))}")
        if self.direction in (Direction.FORWARD, Direction.MUTUAL):
            conditions.append("forward")
        if self.direction in (Direction.BACKWARD, Direction.MUTUAL):
            conditions.append("backward")
        if self.multi_only:
            conditions.append("multi")
        if self.found_in > 1:
            conditions.append(f"found_in >= {given('found_in', int(self.found_in))}")
        if self.letters_only:
            conditions.append("letters")
        if self.judged is not Judged.ANY:
            negated = "NOT " if self.judged is Judged.NOT_YET else ""
            verdicts = judged_pairs(run=f"${prefix}run", run_id=given("run_id", self.run_id))
            if self.annotator:
                verdicts += f" AND j.annotator = {given('annotator', self.annotator)}"
            if self.judged not in (Judged.NOT_YET, Judged.ALREADY):
                verdicts += f" AND j.verdict = {given('verdict', str(self.judged))}"
            conditions.append(f"pair_id {negated}IN (SELECT p.pair_id {verdicts})")
        return " AND ".join(conditions), parameters

    def order(self) -> tuple[str, dict[str, Any]]:
        """(columns for ORDER BY, their parameters)."""
        return _ORDERS[self.sort], {"seed": self.seed} if self.sort is Sort.RANDOM else {}
