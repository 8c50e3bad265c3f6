"""Which mined pairs a reader wants to see, and in which order, as SQL conditions with parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..errors import ConfigError
from .matching import Match, coerce, condition, searchable


class Direction(StrEnum):
    """How a pair was found."""

    ANY = "any"
    FORWARD = "forward"
    BACKWARD = "backward"
    MUTUAL = "mutual"  # in both directions


class Sort(StrEnum):
    """Order of the pairs; ties are told apart by similarity, most similar first."""

    MOST_SIMILAR = "most similar"
    LEAST_SIMILAR = "least similar"
    SRC_TOKEN = "source word"
    TRG_TOKEN = "target word"
    ITERATION = "iteration"
    RANDOM = "random"


_ORDERS = {
    Sort.MOST_SIMILAR: "by_similarity",
    Sort.LEAST_SIMILAR: "by_similarity DESC",
    Sort.SRC_TOKEN: "by_src_token",
    Sort.TRG_TOKEN: "by_trg_token",
    Sort.ITERATION: "iteration, by_similarity",
    Sort.RANDOM: "hash(pair_id, $seed::BIGINT), pair_id",
}


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
    sort: Sort = Sort.MOST_SIMILAR
    seed: int = 0  # of the random order

    def __post_init__(self) -> None:
        for name, kind in (("match", Match), ("direction", Direction), ("sort", Sort)):
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
        return " AND ".join(conditions), parameters

    def order(self) -> tuple[str, dict[str, Any]]:
        """(columns for ORDER BY, their parameters)."""
        return _ORDERS[self.sort], {"seed": self.seed} if self.sort is Sort.RANDOM else {}
