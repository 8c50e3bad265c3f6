"""Which mined pairs a reader wants to see, and in which order, as SQL conditions with parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lraln_core.errors import ConfigError

from .matching import Match, coerce, condition, searchable


class Direction(StrEnum):
    """How a pair was found."""

    ANY = "any"
    FORWARD = "forward"
    BACKWARD = "backward"
    MUTUAL = "mutual"  # in both directions


class Judged(StrEnum):
    """What people said about a pair."""

    ANY = "any"
    NOT_YET = "not yet"
    ALREADY = "already"
    RIGHT = "right"
    SIMILAR = "similar"
    WRONG = "wrong"
    UNSURE = "unsure"


class Sort(StrEnum):
    """Order of the pairs; ties are told apart by similarity, most similar first."""

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
    Sort.MOST_SIMILAR: "by_similarity",
    Sort.LEAST_SIMILAR: "by_similarity DESC",
    Sort.SRC_TOKEN: "by_src_token",
    Sort.TRG_TOKEN: "by_trg_token",
    Sort.ITERATION: "iteration, by_similarity",
    Sort.SRC_BEFORE: "by_src_before NULLS LAST, by_similarity",
    Sort.SRC_AFTER: "by_src_after NULLS LAST, by_similarity",
    Sort.TRG_BEFORE: "by_trg_before NULLS LAST, by_similarity",
    Sort.TRG_AFTER: "by_trg_after NULLS LAST, by_similarity",
    Sort.RANDOM: "hash(pair_id, $seed::BIGINT), pair_id",
}


# A pair of a run and what was said about it; a run without corpora keeps its judgements to itself.
JUDGED_PAIRS = """
    FROM runs r
    JOIN mined_pairs p ON p.run = r.number
    JOIN standing_judgements j
      ON j.src_corpus = coalesce(r.src_corpus, '') AND j.src_sentence = p.src_sentence AND j.src_word = p.src_word
     AND j.trg_corpus = coalesce(r.trg_corpus, '') AND j.trg_sentence = p.trg_sentence AND j.trg_word = p.trg_word
     AND (j.src_corpus <> '' OR j.run_id = r.id)
    WHERE r.id = $run_id AND p.run = $run AND j.verdict <> 'withdrawn'
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
    iteration: int | None = None  # counted from 0, as in the files
    direction: Direction = Direction.ANY
    multi_only: bool = False  # the sentence pair has several pairs in that iteration
    letters_only: bool = False  # both words hold a letter
    judged: Judged = Judged.ANY
    annotator: str = ""  # whose verdicts `judged` is about; '' for anybody's
    sort: Sort = Sort.MOST_SIMILAR
    seed: int = 0  # of the random order

    def __post_init__(self) -> None:
        for name, kind in (("match", Match), ("direction", Direction), ("judged", Judged), ("sort", Sort)):
            object.__setattr__(self, name, coerce(kind, getattr(self, name), name))
        for name, what in (("src_token", "The source word"), ("trg_token", "The target word")):
            object.__setattr__(self, name, searchable(getattr(self, name), self.match, what))
        for name in ("min_similarity", "max_similarity"):
            value = getattr(self, name)
            if value is not None and not -1e30 < value < 1e30:
                raise ConfigError(f"{name} = {value!r} is not a similarity.")
        for name in ("iteration", "seed"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 2**31:
                raise ConfigError(f"{name} = {value!r} is out of range.")

    def where(self, run: int) -> tuple[str, dict[str, Any]]:
        """(conditions for WHERE, their parameters); run is the number of the run in the database."""
        conditions, parameters = ["run = $run"], {"run": run}

        def add(text: str, **values: Any) -> None:
            conditions.append(text)
            parameters.update(values)

        if self.src_token:
            add(condition("src_token", "src_token", self.match), src_token=self.src_token)
        if self.trg_token:
            add(condition("trg_token", "trg_token", self.match), trg_token=self.trg_token)
        # Compared in the column's own type: 0.8 typed by a person and 0.8 stored as FLOAT are the same number.
        if self.min_similarity is not None:
            add("similarity >= $low::FLOAT", low=float(self.min_similarity))
        if self.max_similarity is not None:
            add("similarity <= $high::FLOAT", high=float(self.max_similarity))
        if self.iteration is not None:
            add("iteration = $iteration", iteration=int(self.iteration))
        if self.direction in (Direction.FORWARD, Direction.MUTUAL):
            add("forward")
        if self.direction in (Direction.BACKWARD, Direction.MUTUAL):
            add("backward")
        if self.multi_only:
            add("multi")
        if self.letters_only:
            add("letters")
        if self.judged is not Judged.ANY:
            negated = "NOT " if self.judged is Judged.NOT_YET else ""
            more = " AND j.annotator = $annotator" if self.annotator else ""
            if self.judged not in (Judged.NOT_YET, Judged.ALREADY):
                more += " AND j.verdict = $verdict"
                parameters["verdict"] = str(self.judged)
            add(f"pair_id {negated}IN (SELECT p.pair_id {JUDGED_PAIRS}{more})", run_id=self.run_id)
            if self.annotator:
                parameters["annotator"] = self.annotator
        return " AND ".join(conditions), parameters

    def order(self) -> tuple[str, dict[str, Any]]:
        """(columns for ORDER BY, their parameters)."""
        return _ORDERS[self.sort], {"seed": self.seed} if self.sort is Sort.RANDOM else {}
