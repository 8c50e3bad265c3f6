"""Word retrieval on the test set: each gold link before and after alignment, by direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lraln_core.records import Words
from lraln_core.store.database import Database
from lraln_core.store.matching import Match, coerce, condition, require_page, searchable


class RetrievalDirection(StrEnum):
    """The direction of retrieval."""

    SRC2TRG = "src2trg"
    TRG2SRC = "trg2src"


class Outcome(StrEnum):
    """The effect of alignment on a link."""

    ALL = "all"
    GAINED = "gained"
    LOST = "lost"
    BOTH_RIGHT = "both right"
    BOTH_WRONG = "both wrong"


_OUTCOMES = {
    Outcome.ALL: "true",
    Outcome.GAINED: "hit_after AND NOT hit_before",
    Outcome.LOST: "hit_before AND NOT hit_after",
    Outcome.BOTH_RIGHT: "hit_before AND hit_after",
    Outcome.BOTH_WRONG: "NOT hit_before AND NOT hit_after",
}


@dataclass(frozen=True)
class LinkFilter:
    """A selection of the gold links of a run. Raises ConfigError when a value cannot be used."""

    run_id: str
    direction: RetrievalDirection = RetrievalDirection.SRC2TRG
    outcome: Outcome = Outcome.ALL
    word: str = ""  # the query word; '' for all
    match: Match = Match.EXACT

    def __post_init__(self) -> None:
        for name, kind in (("direction", RetrievalDirection), ("outcome", Outcome), ("match", Match)):
            object.__setattr__(self, name, coerce(kind, getattr(self, name), name))
        object.__setattr__(self, "word", searchable(self.word, self.match, "The word"))

    @property
    def query_side(self) -> str:
        return "src" if self.direction is RetrievalDirection.SRC2TRG else "trg"

    @property
    def answer_side(self) -> str:
        return "trg" if self.query_side == "src" else "src"

    def where(self, run: int) -> tuple[str, dict[str, Any]]:
        """(conditions for WHERE, their parameters)."""
        where = f"run = $run AND direction = $direction AND {_OUTCOMES[self.outcome]}"
        parameters: dict[str, Any] = {"run": run, "direction": str(self.direction)}
        if self.word:
            where += f" AND {condition(f'{self.query_side}_token', 'word', self.match)}"
            parameters["word"] = self.word
        return where, parameters


@dataclass(frozen=True)
class Place:
    """A word of a test sentence; words is empty and word is -1 where there is none."""

    sentence: int
    word: int
    words: Words

    @property
    def token(self) -> str:
        return self.words[self.word] if 0 <= self.word < len(self.words) else ""


@dataclass(frozen=True)
class RetrievedLink:
    """A gold link: the query word, its gold translation, and the words retrieved before and after alignment."""

    link: int
    query: Place
    gold: Place
    before: Place
    after: Place
    hit_before: bool
    hit_after: bool


def count_links(db: Database, filter: LinkFilter) -> int:
    """How many gold links the filter selects. Raises RunError when the run is not in the database."""
    where, parameters = filter.where(db.run_number(filter.run_id))
    return db.rows(f"SELECT count(*) FROM retrieval WHERE {where}", parameters)[0][0]


def page_of_links(db: Database, filter: LinkFilter, offset: int = 0, limit: int = 50) -> list[RetrievedLink]:
    """The selected gold links in reading order, with the sentences of their four words."""
    run = db.run_number(filter.run_id)
    where, parameters = filter.where(run)
    query, answer = filter.query_side, filter.answer_side
    rows = db.rows(
        f"SELECT link, {query}_sentence, {query}_word, {answer}_sentence, {answer}_word, "
        "answer_before_sentence, answer_before_word, answer_after_sentence, answer_after_word, hit_before, hit_after "
        f"FROM retrieval WHERE {where} ORDER BY link LIMIT $limit OFFSET $offset",
        parameters | require_page(offset, limit),
    )
    queries = _test_words(db, run, query, {row[1] for row in rows})
    answers = _test_words(db, run, answer, {row[column] for row in rows for column in (3, 5, 7)})

    return [
        RetrievedLink(
            link,
            Place(query_sentence, query_word, queries.get(query_sentence, ())),
            Place(gold_sentence, gold_word, answers.get(gold_sentence, ())),
            Place(before_sentence, before_word, answers.get(before_sentence, ())),
            Place(after_sentence, after_word, answers.get(after_sentence, ())),
            hit_before,
            hit_after,
        )
        for (
            link,
            query_sentence,
            query_word,
            gold_sentence,
            gold_word,
            before_sentence,
            before_word,
            after_sentence,
            after_word,
            hit_before,
            hit_after,
        ) in rows
    ]


def outcome_counts(db: Database, run_id: str, direction: RetrievalDirection | str = RetrievalDirection.SRC2TRG) -> dict[Outcome, int]:
    """How many links alignment gained, lost and left alone."""
    filter = LinkFilter(run_id, coerce(RetrievalDirection, direction, "direction"))
    where, parameters = filter.where(db.run_number(run_id))
    sums = ", ".join(f"count(*) FILTER ({condition})" for condition in _OUTCOMES.values())
    return dict(zip(_OUTCOMES, db.rows(f"SELECT {sums} FROM retrieval WHERE {where}", parameters)[0], strict=True))


def _test_words(db: Database, run: int, side: str, positions: set[int]) -> dict[int, Words]:
    rows = db.rows(
        f"SELECT position, {side}_words FROM test_sentences WHERE run = $run AND position IN (SELECT unnest($positions::BIGINT[]))",
        {"run": run, "positions": sorted(positions)},
    )
    return {position: tuple(words) for position, words in rows}
